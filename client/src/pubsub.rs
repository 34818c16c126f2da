//! Subscriptions that survive their connection.
//!
//! Owns one WebSocket per [`PubSub`] handle, made anew with jittered back-off whenever it breaks or goes silent.
//! Invariants: after every gap (first connection, reconnect, slow consumer) a subscriber gets [`Notice::Resync`] before
//! any newer notice, so "read the state on `Resync`, then follow" misses nothing; queues are bounded, and a slow
//! subscriber loses its own notices only.
//! Absent on purpose: reading state. Notices are hints; accounts are the truth.

mod connection;
#[cfg(test)]
mod tests;

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use solana_account::Account;
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client_api::filter::RpcFilterType;
use solana_signature::Signature;
use solana_transaction_error::TransactionError;
use tokio::sync::mpsc;

use crate::rpc::Backoff;
use crate::secret_url::shown_text;

/// What to be told about.
#[derive(Debug, Clone)]
pub enum Topic {
    /// One account.
    Account(Pubkey),
    /// Every account of a program that passes the filters.
    Program {
        /// The program.
        program: Pubkey,
        /// At most 4.
        filters: Vec<RpcFilterType>,
    },
    /// The fate of one transaction; ends after one notice.
    Signature(Signature),
    /// Every new slot.
    Slot,
}

/// What a subscriber is told.
#[derive(Debug, Clone)]
pub enum Notice {
    /// Something may have been missed: read the state now. Comes first on every subscription.
    Resync,
    /// An account changed.
    Account {
        /// Slot of the change.
        slot: u64,
        /// Which account.
        address: Pubkey,
        /// What it is now; closed accounts have no lamports.
        account: Box<Account>,
    },
    /// A transaction reached the commitment.
    Signature {
        /// Slot of the notice.
        slot: u64,
        /// Why it failed, if it did.
        error: Option<TransactionError>,
    },
    /// A new slot.
    Slot {
        /// The slot.
        slot: u64,
        /// Its parent.
        parent: u64,
        /// The newest rooted slot.
        root: u64,
    },
    /// The endpoint does not offer this subscription. The last notice: poll instead.
    Refused {
        /// What it said.
        reason: String,
    },
}

/// How to connect. Made by [`PubSubConfig::new`], then adjusted by field.
#[derive(Clone)]
#[non_exhaustive]
pub struct PubSubConfig {
    /// `ws://` or `wss://` address. May hold a key: not shown.
    pub url: String,
    /// Commitment of account, program and signature notices.
    pub commitment: CommitmentConfig,
    /// Bound of connecting, and of each subscribe request.
    pub connect_timeout: Duration,
    /// A connection without a slot notice for this long is dead, whatever TCP thinks.
    pub silence_max: Duration,
    /// Waits between connections.
    pub backoff: Backoff,
    /// Notices a subscriber may lag behind.
    pub queue_len: usize,
}

impl PubSubConfig {
    /// Defaults: confirmed, 10 s to connect, dead after 15 s of silence, queues of 1,024 notices.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            commitment: CommitmentConfig::confirmed(),
            connect_timeout: Duration::from_secs(10),
            silence_max: Duration::from_secs(15),
            backoff: Backoff::RECONNECT,
            queue_len: 1024,
        }
    }
}

impl std::fmt::Debug for PubSubConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PubSubConfig")
            .field("url", &shown_text(&self.url))
            .field("commitment", &self.commitment)
            .finish_non_exhaustive()
    }
}

/// The connection is gone for good: its task was stopped with the runtime.
#[derive(Debug, thiserror::Error)]
#[error("the subscription service has stopped")]
pub struct Stopped;

/// Subscribe requests wait here while the connection is being made.
const REQUESTS_MAX: usize = 64;

/// A handle to the connection. Cheap to clone; the connection ends when the last handle and subscription are gone.
#[derive(Debug, Clone)]
pub struct PubSub {
    requests: mpsc::Sender<connection::Request>,
    queue_len: usize,
}

impl PubSub {
    /// Starts connecting in the background. Must be called within a tokio runtime.
    pub fn start(config: PubSubConfig) -> Self {
        let (requests, receiver) = mpsc::channel(REQUESTS_MAX);
        let queue_len = config.queue_len.max(1);
        tokio::spawn(connection::run(config, receiver));
        Self { requests, queue_len }
    }

    /// Subscribes, now and again after every reconnect. Dropping the subscription ends it.
    ///
    /// # Errors
    /// [`Stopped`] if the runtime is shutting down.
    pub async fn subscribe(&self, topic: Topic) -> Result<Subscription, Stopped> {
        let (notices, receiver) = mpsc::channel(self.queue_len);
        self.requests
            .send(connection::Request { topic, notices })
            .await
            .map_err(|_| Stopped)?;
        Ok(Subscription { receiver })
    }
}

/// Notices of one topic.
#[derive(Debug)]
pub struct Subscription {
    receiver: mpsc::Receiver<Notice>,
}

impl Subscription {
    /// The next notice; `None` when there will be no more (after a signature's notice, a refusal or shutdown).
    pub async fn next(&mut self) -> Option<Notice> {
        self.receiver.recv().await
    }
}

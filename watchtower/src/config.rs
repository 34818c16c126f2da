//! What is watched, how often, and within which bounds.

use std::sync::Arc;
use std::time::Duration;

use client::entropy::EntropyClient;
use client::pubsub::PubSub;
use client::rpc::{Backoff, RpcPool};
use client::sender::Sender;
use client::Pubkey;
use solana_keypair::Keypair;

/// How a watchtower runs. Made by [`WatchtowerConfig::new`], then adjusted by field.
#[derive(Clone)]
#[non_exhaustive]
pub struct WatchtowerConfig {
    /// Where the chain is read.
    pub rpc: RpcPool,
    /// Tells of changes as they happen; without it they are found by polling alone.
    pub pubsub: Option<PubSub>,
    /// Watch only matches of this operator account.
    pub operator: Option<Pubkey>,
    /// Files proofs and runs errands. Without it faults and what is overdue are only reported.
    pub prover: Option<Prover>,
    /// Asks oracles for the answers that locked matches start with. Without it no errands are run.
    pub entropy: Option<EntropyClient>,
    /// One gateway for all oracles; `None`: as each oracle says.
    pub gateway: Option<String>,
    /// Bounds.
    pub limits: Limits,
    /// Intervals.
    pub pace: Pace,
    /// When to end.
    pub until: Until,
}

impl WatchtowerConfig {
    /// Everything at its default: all matches, by polling, reporting only, for ever.
    pub fn new(rpc: RpcPool) -> Self {
        Self {
            rpc,
            pubsub: None,
            operator: None,
            prover: None,
            entropy: None,
            gateway: None,
            limits: Limits::default(),
            pace: Pace::default(),
            until: Until::Stopped,
        }
    }
}

/// Who files proofs, pays their fees, and gets the challenger's share.
#[derive(Clone)]
pub struct Prover {
    /// Needs some SOL: fees, and for a Siege the rent of an upload, which comes back.
    pub keypair: Arc<Keypair>,
    /// Sends the transactions.
    pub sender: Sender,
}

/// Bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Matches watched at the same time, about 20 KB each. More are reported as not watched.
    pub matches_max: usize,
    /// Matches read at the same time.
    pub reads_at_once: usize,
    /// Transactions of one match that are read before the others get their turn.
    pub transactions_per_read_max: usize,
    /// Cases pursued at the same time; more wait.
    pub cases_at_once: usize,
    /// Reports that a slow receiver may lag behind.
    pub reports_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            matches_max: 4096,
            reads_at_once: 16,
            transactions_per_read_max: 400,
            cases_at_once: 16,
            reports_max: 1024,
        }
    }
}

/// Intervals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// Between two listings of all matches, without subscriptions.
    pub polling: Duration,
    /// Between two listings while subscriptions tell of changes.
    pub polling_subscribed: Duration,
    /// Between two looks for own cases that an earlier run has left unfinished, and for what is overdue.
    pub recovery: Duration,
    /// Between two lines of the log that say how it stands.
    pub summary: Duration,
    /// Waits after a failure, of one match or of the endpoint; never fewer attempts.
    pub backoff: Backoff,
    /// Slots beyond an operator's deadline before it is called silent.
    pub silence_margin_slots: u64,
    /// Slots for which what is due may wait for those whose work it is; overdue after them.
    pub overdue_grace_slots: u64,
    /// How long an errand is left alone that was refused: only a player can thaw or make a token account.
    pub errand_hold: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            polling: Duration::from_secs(2),
            polling_subscribed: Duration::from_secs(10),
            recovery: Duration::from_secs(60),
            summary: Duration::from_secs(60),
            backoff: Backoff::RECONNECT,
            silence_margin_slots: 4,
            overdue_grace_slots: 150,
            errand_hold: Duration::from_secs(3600),
        }
    }
}

/// When a watchtower ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Until {
    /// When it is stopped.
    #[default]
    Stopped,
    /// When everything that the chain held at its start is checked, and no case is open.
    CaughtUp,
}

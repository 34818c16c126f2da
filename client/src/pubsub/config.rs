//! How to connect.

use std::time::Duration;

use solana_commitment_config::CommitmentConfig;

use crate::backoff::Backoff;
use crate::secret_url::shown_text;

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

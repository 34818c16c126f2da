//! The handle of a stream.

use tokio::sync::mpsc;

use super::config::{AccountsFilter, GeyserConfig};
use super::connection;
use super::notice::GeyserNotice;

/// A stream that is kept up. Dropping it ends the stream.
#[derive(Debug)]
pub struct Geyser {
    notices: mpsc::Receiver<GeyserNotice>,
}

impl Geyser {
    /// Starts connecting in the background. Must be called within a tokio runtime.
    pub fn start(config: GeyserConfig, accounts: Vec<AccountsFilter>) -> Self {
        let (sender, notices) = mpsc::channel(config.queue_len.max(1));
        tokio::spawn(connection::run(config, accounts, sender));
        Self { notices }
    }

    /// The next notice; `None` when the runtime is shutting down.
    pub async fn next(&mut self) -> Option<GeyserNotice> {
        self.notices.recv().await
    }
}

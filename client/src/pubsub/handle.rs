//! The handle of a connection, and its subscriptions.

use tokio::sync::mpsc;

use super::config::PubSubConfig;
use super::connection;
use super::notice::{Notice, Topic};

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

//! A follower's end of a channel.

use std::fmt;
use std::sync::Arc;

use tokio::sync::{broadcast, watch};

use crate::session::Sessions;
use crate::table::Message;

/// Held by all handles of a link: its tasks end when the last is dropped.
#[derive(Clone)]
pub(crate) struct Alive {
    _held: Arc<watch::Sender<()>>,
}

impl Alive {
    /// The tasks have the receivers of `held`.
    pub(crate) fn new(held: watch::Sender<()>) -> Self {
        Self {
            _held: Arc::new(held),
        }
    }
}

/// A follower's end of a sharded channel. Dropping the last of a channel ends the subscription.
///
/// How to use it: wait for the first [`Message::Gap`], read the state that the messages change, apply the
/// messages; at each later gap read the state again. While the node is away nothing comes; the gap comes when
/// it is back.
pub struct Messages {
    sessions: Arc<Sessions>,
    /// The tasks of the link run as long as this.
    _alive: Alive,
    channel: Vec<u8>,
    receiver: broadcast::Receiver<Message>,
    /// The channel was followed already when this follower came.
    gap_is_due: bool,
}

impl Messages {
    pub(crate) fn new(sessions: &Arc<Sessions>, alive: Alive, channel: &str, backlog: usize) -> Self {
        let channel = channel.as_bytes().to_vec();
        let (receiver, gap_is_due) = sessions.follow(&channel, backlog);
        Self {
            sessions: sessions.clone(),
            _alive: alive,
            channel,
            receiver,
            gap_is_due,
        }
    }

    /// The next message, waiting for it. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Message {
        if std::mem::take(&mut self.gap_is_due) {
            return Message::Gap;
        }
        match self.receiver.recv().await {
            Ok(message) => message,
            Err(broadcast::error::RecvError::Lagged(_)) => {
                self.sessions.count_gap();
                Message::Gap
            }
            // The sender is in the table as long as somebody follows.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl fmt::Debug for Messages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Messages")
            .field(&String::from_utf8_lossy(&self.channel))
            .finish()
    }
}

impl Drop for Messages {
    fn drop(&mut self) {
        self.sessions.unfollow(&self.channel);
    }
}

//! Which channels are followed in this process, and by which connection.
//!
//! Invariant: whoever follows a channel gets every message from one [`Message::Gap`] to the next. Delivery
//! never waits: each channel has a ring, and who falls behind it gets a gap.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::broadcast;

/// What a follower of a channel gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// What somebody published.
    Data(Bytes),
    /// From here on everything comes; what was published before may have been missed. The first message is
    /// always this one: it says that the channel is followed now.
    Gap,
}

/// What is followed in this process.
#[derive(Default)]
pub(crate) struct Table {
    channels: Mutex<HashMap<Vec<u8>, Channel>>,
    numbers: AtomicU64,
}

struct Channel {
    /// A channel that was left and followed again is another one.
    number: u64,
    followers: usize,
    sender: broadcast::Sender<Message>,
    /// The connection that follows it.
    session: Option<u64>,
}

impl Table {
    /// Another with each call: for channels and connections.
    pub(crate) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// One more follower. Its end, and whether the channel is followed already.
    pub(crate) fn follow(&self, name: &[u8], backlog: usize) -> (broadcast::Receiver<Message>, bool) {
        let mut channels = self.channels.lock();
        let channel = channels.entry(name.to_vec()).or_insert_with(|| Channel {
            number: self.number(),
            followers: 0,
            sender: broadcast::Sender::new(backlog.max(1)),
            session: None,
        });
        channel.followers += 1;
        (channel.sender.subscribe(), channel.session.is_some())
    }

    /// One follower less. Whether it was the last.
    pub(crate) fn unfollow(&self, name: &[u8]) -> bool {
        let mut channels = self.channels.lock();
        let Some(channel) = channels.get_mut(name) else {
            return false;
        };
        channel.followers -= 1;
        let is_last = channel.followers == 0;
        if is_last {
            channels.remove(name);
        }
        is_last
    }

    /// The channels that are followed and of which this is true, with their numbers.
    pub(crate) fn wanted(&self, is_of_node: impl Fn(&[u8]) -> bool) -> HashMap<Vec<u8>, u64> {
        let channels = self.channels.lock();
        channels
            .iter()
            .filter(|(name, _)| is_of_node(name))
            .map(|(name, channel)| (name.clone(), channel.number))
            .collect()
    }

    /// A message came.
    pub(crate) fn deliver(&self, name: &[u8], message: Bytes) {
        if let Some(channel) = self.channels.lock().get(name) {
            let _ = channel.sender.send(Message::Data(message));
        }
    }

    /// A connection follows the channel from here on.
    pub(crate) fn confirm(&self, name: &[u8], session: u64) {
        if let Some(channel) = self.channels.lock().get_mut(name) {
            channel.session = Some(session);
            let _ = channel.sender.send(Message::Gap);
        }
    }

    /// A connection is gone: what it followed is followed by none.
    pub(crate) fn lost(&self, session: u64) {
        for channel in self.channels.lock().values_mut() {
            if channel.session == Some(session) {
                channel.session = None;
            }
        }
    }
}

//! Following sharded channels: who in this process follows what.
//!
//! [`Table`] says what is wanted; a task for each node makes it so, see [`super::session`]. Invariant: whoever follows a channel gets every message from one
//! [`Message::Gap`] to the next. Delivery never waits: each channel has a ring, and who falls behind it gets a gap.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::{broadcast, watch};

use super::link::{Alive, Shared};
use super::node::{Address, Node};
use super::observe::Metrics;
use super::session::serve;

/// What a follower of a channel gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// What somebody published.
    Data(Bytes),
    /// From here on everything comes; what was published before may have been missed. The first message is always this
    /// one: it says that the channel is followed now.
    Gap,
}

/// A follower's end of a sharded channel. Dropping the last of a channel ends the subscription.
///
/// How to use it: wait for the first [`Message::Gap`], read the state that the messages change, apply the messages; at
/// each later gap read the state again. While the node is away nothing comes; the gap comes when it is back.
pub struct Messages {
    shared: Arc<Shared>,
    /// The tasks of the link run as long as this.
    _alive: Arc<Alive>,
    channel: Vec<u8>,
    receiver: broadcast::Receiver<Message>,
    /// The channel was followed already when this follower came.
    gap_is_due: bool,
}

impl Messages {
    pub(super) fn new(shared: &Arc<Shared>, alive: Arc<Alive>, channel: &str, backlog: usize) -> Self {
        let channel = channel.as_bytes().to_vec();
        let (receiver, gap_is_due) = shared.table.follow(&channel, backlog);
        shared.table.serve_all(shared);
        Self {
            shared: shared.clone(),
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
                self.shared.metrics.gaps.increment(1);
                Message::Gap
            }
            // The sender is in the table as long as somebody follows.
            Err(broadcast::error::RecvError::Closed) => std::future::pending().await,
        }
    }
}

impl std::fmt::Debug for Messages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Messages")
            .field(&String::from_utf8_lossy(&self.channel))
            .finish()
    }
}

impl Drop for Messages {
    fn drop(&mut self) {
        self.shared.table.unfollow(&self.channel);
    }
}

/// What is followed in this process.
pub(super) struct Table {
    channels: Mutex<HashMap<Vec<u8>, Channel>>,
    /// Raised at every change of what is wanted or of who serves it.
    pub(super) version: watch::Sender<u64>,
    /// Nodes that have a task.
    served: Mutex<HashSet<Address>>,
    numbers: AtomicU64,
    metrics: Metrics,
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
    pub(super) fn new(metrics: Metrics) -> Self {
        Self {
            channels: Mutex::default(),
            version: watch::Sender::new(0),
            served: Mutex::default(),
            numbers: AtomicU64::new(1),
            metrics,
        }
    }

    /// Something changed that decides what each node is asked for.
    pub(super) fn changed(&self) {
        self.version.send_modify(|version| *version += 1);
    }

    fn follow(&self, name: &[u8], backlog: usize) -> (broadcast::Receiver<Message>, bool) {
        let followed = {
            let mut channels = self.lock();
            let channel = channels.entry(name.to_vec()).or_insert_with(|| Channel {
                number: self.number(),
                followers: 0,
                sender: broadcast::Sender::new(backlog.max(1)),
                session: None,
            });
            channel.followers += 1;
            (channel.sender.subscribe(), channel.session.is_some())
        };
        self.changed();
        followed
    }

    fn unfollow(&self, name: &[u8]) {
        {
            let mut channels = self.lock();
            let Some(channel) = channels.get_mut(name) else {
                return;
            };
            channel.followers -= 1;
            if channel.followers > 0 {
                return;
            }
            channels.remove(name);
        }
        self.changed();
    }

    /// The channels that a node should be asked for, with their numbers.
    pub(super) fn wanted(&self, shared: &Shared, node: &Node) -> HashMap<Vec<u8>, u64> {
        let channels = self.lock();
        let of_node = channels.iter().filter(|(name, _)| {
            shared
                .owner_of(name)
                .is_some_and(|owner| owner.address == node.address)
        });
        of_node
            .map(|(name, channel)| (name.clone(), channel.number))
            .collect()
    }

    /// Makes sure that every node has its task.
    pub(super) fn serve_all(&self, shared: &Arc<Shared>) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        for node in shared.topology.masters() {
            if served.insert(node.address.clone()) {
                shared.runtime.spawn(serve(shared.clone(), node));
            }
        }
    }

    pub(super) fn retire(&self, address: &Address) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.remove(address);
    }

    pub(super) fn deliver(&self, name: &[u8], message: Bytes) {
        if let Some(channel) = self.lock().get(name) {
            let _ = channel.sender.send(Message::Data(message));
        }
    }

    pub(super) fn confirm(&self, name: &[u8], session: u64) {
        if let Some(channel) = self.lock().get_mut(name) {
            channel.session = Some(session);
            let _ = channel.sender.send(Message::Gap);
        }
        self.metrics.gaps.increment(1);
    }

    /// A connection is gone: what it followed is followed by none.
    pub(super) fn lost(&self, session: u64) {
        for channel in self.lock().values_mut() {
            if channel.session == Some(session) {
                channel.session = None;
            }
        }
    }

    pub(super) fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Channel>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

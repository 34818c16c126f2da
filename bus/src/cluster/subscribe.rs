//! Following sharded channels: who in this process follows what, and one connection for it to each node.
//!
//! [`Table`] says what is wanted; a task for each node makes it so, again and again: after a restart of the node, after a
//! lost connection, when a slot moves. Invariant: whoever follows a channel gets every message from one
//! [`Message::Gap`] to the next. Delivery never waits: each channel has a ring, and who falls behind it gets a gap.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use redis::aio::MultiplexedConnection;
use redis::{Pipeline, PushInfo, PushKind, ServerErrorKind, Value};
use tokio::sync::{broadcast, watch, Notify};

use super::link::{redirection, Alive, Shared};
use super::node::{Address, Node};
use super::observe::Metrics;

/// A connection on which nothing changes is asked this often whether it is there.
const PING_EVERY: Duration = Duration::from_secs(1);
/// Until a lost connection is made again.
const RETRY_AFTER: Duration = Duration::from_millis(200);
/// Channels in one pipeline.
const PIPELINE_MAX: usize = 128;

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
pub(crate) struct Messages {
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
    pub(crate) async fn next(&mut self) -> Message {
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

impl Drop for Messages {
    fn drop(&mut self) {
        self.shared.table.unfollow(&self.channel);
    }
}

/// What is followed in this process.
pub(super) struct Table {
    channels: Mutex<HashMap<Vec<u8>, Channel>>,
    /// Raised at every change of what is wanted or of who serves it.
    version: watch::Sender<u64>,
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
    fn wanted(&self, shared: &Shared, node: &Node) -> HashMap<Vec<u8>, u64> {
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

    fn retire(&self, address: &Address) {
        let mut served = self.served.lock().unwrap_or_else(PoisonError::into_inner);
        served.remove(address);
    }

    fn deliver(&self, name: &[u8], message: Bytes) {
        if let Some(channel) = self.lock().get(name) {
            let _ = channel.sender.send(Message::Data(message));
        }
    }

    fn confirm(&self, name: &[u8], session: u64) {
        if let Some(channel) = self.lock().get_mut(name) {
            channel.session = Some(session);
            let _ = channel.sender.send(Message::Gap);
        }
        self.metrics.gaps.increment(1);
    }

    /// A connection is gone: what it followed is followed by none.
    fn lost(&self, session: u64) {
        for channel in self.lock().values_mut() {
            if channel.session == Some(session) {
                channel.session = None;
            }
        }
    }

    fn number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Vec<u8>, Channel>> {
        self.channels.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection that follows channels of one node.
struct Session {
    connection: MultiplexedConnection,
    pushes: Arc<Pushes>,
    /// What the node was asked for, with the numbers of the channels.
    asked: HashMap<Vec<u8>, u64>,
}

/// Where a connection's task puts what the node says unasked.
struct Pushes {
    number: u64,
    table: Arc<Table>,
    /// SUNSUBSCRIBEs that are on their way. The node also says so unasked, when a slot moved.
    leaving: AtomicUsize,
    over: AtomicBool,
    wake: Notify,
}

impl Pushes {
    fn take(&self, push: PushInfo) {
        let mut data = push.data.into_iter();
        let name = match data.next() {
            Some(Value::BulkString(name)) => name,
            _ => Vec::new(),
        };
        match push.kind {
            PushKind::SMessage => {
                if let Some(Value::BulkString(message)) = data.next() {
                    self.table.deliver(&name, message.into());
                }
            }
            PushKind::SSubscribe => self.table.confirm(&name, self.number),
            PushKind::SUnsubscribe => {
                let one_less = |leaving: usize| leaving.checked_sub(1);
                let (set, fetch) = (Ordering::AcqRel, Ordering::Acquire);
                if self.leaving.fetch_update(set, fetch, one_less).is_err() {
                    self.end();
                }
            }
            PushKind::Disconnection => self.end(),
            _ => {}
        }
    }

    fn end(&self) {
        self.over.store(true, Ordering::Release);
        self.wake.notify_one();
    }
}

/// Follows what is wanted of one node, until it serves nothing any more or the last handle of the link is dropped.
async fn serve(shared: Arc<Shared>, node: Arc<Node>) {
    let mut end = shared.end.clone();
    tokio::select! {
        () = follow(&shared, &node) => {}
        _ = end.changed() => {}
    }
}

async fn follow(shared: &Arc<Shared>, node: &Arc<Node>) {
    let table = &shared.table;
    let mut version = table.version.subscribe();
    let mut session: Option<Session> = None;
    loop {
        version.borrow_and_update();
        if !shared.topology.is_master(&node.address) {
            table.retire(&node.address);
            if let Some(session) = session {
                table.lost(session.pushes.number);
            }
            // A node that came back meanwhile gets a new task.
            table.serve_all(shared);
            return;
        }
        let wanted = table.wanted(shared, node);
        let pause = match agree(shared, node, &mut session, wanted).await {
            Ok(()) => PING_EVERY,
            Err(problem) => {
                tracing::debug!(node = %node.address, problem, "channels of Redis are not followed");
                if let Some(session) = session.take() {
                    let number = session.pushes.number;
                    // First, so that nothing comes after the loss is noted.
                    drop(session);
                    table.lost(number);
                    shared.metrics.disconnects.increment(1);
                }
                shared.refresh_soon();
                RETRY_AFTER
            }
        };
        let pushes = session.as_ref().map(|session| session.pushes.clone());
        let over = async {
            match &pushes {
                Some(pushes) => pushes.wake.notified().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = version.changed() => {}
            () = over => {}
            () = tokio::time::sleep(pause) => {}
        }
        if pause == RETRY_AFTER {
            // Changes of what is wanted do not make a node come back sooner.
            tokio::time::sleep(RETRY_AFTER / 4).await;
        }
    }
}

/// Asks the node for what is wanted and not followed, and leaves what is not wanted any more. An error says why the
/// connection, if there is one, is of no more use.
async fn agree(
    shared: &Arc<Shared>,
    node: &Node,
    session: &mut Option<Session>,
    wanted: HashMap<Vec<u8>, u64>,
) -> Result<(), String> {
    if session
        .as_ref()
        .is_some_and(|session| session.pushes.over.load(Ordering::Acquire))
    {
        return Err("the connection ended".to_owned());
    }
    if session.is_none() {
        if wanted.is_empty() {
            return Ok(());
        }
        *session = Some(Session::open(shared, node).await?);
    }
    let Some(session) = session else {
        return Ok(());
    };
    let new: Vec<(Vec<u8>, u64)> = wanted
        .iter()
        .filter(|(name, number)| session.asked.get(*name) != Some(*number))
        .map(|(name, number)| (name.clone(), *number))
        .collect();
    let old: Vec<Vec<u8>> = session
        .asked
        .keys()
        .filter(|name| !wanted.contains_key(*name))
        .cloned()
        .collect();
    if new.is_empty() && old.is_empty() {
        return session.ping().await;
    }
    for chunk in old.chunks(PIPELINE_MAX) {
        session.leave(chunk).await?;
    }
    for chunk in new.chunks(PIPELINE_MAX) {
        session.join(shared, node, chunk).await?;
    }
    Ok(())
}

impl Session {
    async fn open(shared: &Arc<Shared>, node: &Node) -> Result<Self, String> {
        let pushes = Arc::new(Pushes {
            number: shared.table.number(),
            table: shared.table.clone(),
            leaving: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            wake: Notify::new(),
        });
        let taker = pushes.clone();
        let sender = Arc::new(move |push: PushInfo| {
            taker.take(push);
            Ok::<(), ()>(())
        });
        let dial = shared.topology.dial();
        let connection = dial.connect(&node.address, Some(sender)).await;
        Ok(Self {
            connection: connection.map_err(|error| error.to_string())?,
            pushes,
            asked: HashMap::new(),
        })
    }

    async fn join(
        &mut self,
        shared: &Arc<Shared>,
        node: &Node,
        names: &[(Vec<u8>, u64)],
    ) -> Result<(), String> {
        let answers = self
            .tell("SSUBSCRIBE", names.iter().map(|(name, _)| name))
            .await?;
        for ((name, number), answer) in names.iter().zip(answers) {
            let Value::ServerError(error) = answer else {
                self.asked.insert(name.clone(), *number);
                continue;
            };
            if error.kind() != Some(ServerErrorKind::Moved) {
                return Err(error.to_string());
            }
            if let Some((slot, address)) = error.details().and_then(|details| redirection(details, node)) {
                shared.topology.moved(slot, address);
                shared.table.serve_all(shared);
                shared.table.changed();
            }
            shared.refresh_soon();
        }
        Ok(())
    }

    async fn leave(&mut self, names: &[Vec<u8>]) -> Result<(), String> {
        self.pushes.leaving.fetch_add(names.len(), Ordering::AcqRel);
        let answers = self.tell("SUNSUBSCRIBE", names.iter()).await?;
        for name in names {
            self.asked.remove(name);
        }
        // A refusal brings no push that would be counted; a new connection is simpler than to know better.
        match answers.into_iter().find_map(|answer| match answer {
            Value::ServerError(error) => Some(error.to_string()),
            _ => None,
        }) {
            Some(problem) => Err(problem),
            None => Ok(()),
        }
    }

    /// One command for each channel: those of different slots cannot share one.
    async fn tell(
        &mut self,
        verb: &str,
        names: impl Iterator<Item = &Vec<u8>>,
    ) -> Result<Vec<Value>, String> {
        let mut pipeline = Pipeline::new();
        for name in names {
            pipeline.cmd(verb).arg(name.as_slice());
        }
        let count = pipeline.len();
        let answers = self.connection.send_packed_commands(&pipeline, 0, count).await;
        let answers = answers.map_err(|error| error.to_string())?;
        if answers.len() == count {
            Ok(answers)
        } else {
            Err(format!("{} answers to {count} commands", answers.len()))
        }
    }

    async fn ping(&mut self) -> Result<(), String> {
        let answer = self.connection.send_packed_command(&redis::cmd("PING")).await;
        match answer {
            Ok(Value::ServerError(error)) => Err(error.to_string()),
            Ok(_) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }
}

//! One connection to each node for the channels that are followed there.
//!
//! [`Sessions`] has a task for each node. It makes what [`Table`] says so, again and again: after a restart
//! of the node, after a lost connection, when a slot moves. It compares what is wanted with what it asked
//! for; it is not told of single changes, so it can miss none.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use redis::aio::MultiplexedConnection;
use redis::{Pipeline, PushInfo, PushKind, ServerErrorKind, Value};
use tokio::sync::{broadcast, Notify};

use crate::net::Net;
use crate::node::{Address, Node};
use crate::redirection::Redirection;
use crate::table::{Message, Table};

/// A connection on which nothing changes is asked this often whether it is there.
const PING_EVERY: Duration = Duration::from_secs(1);
/// Until a lost connection is made again.
const RETRY_AFTER: Duration = Duration::from_millis(200);
/// Channels in one pipeline.
const PIPELINE_MAX: usize = 128;

/// What is followed, and the tasks that follow it.
pub(crate) struct Sessions {
    net: Arc<Net>,
    table: Table,
    /// Nodes that have a task.
    served: Mutex<HashSet<Address>>,
}

impl Sessions {
    /// Nothing is followed yet.
    pub(crate) fn new(net: Arc<Net>) -> Self {
        Self {
            net,
            table: Table::default(),
            served: Mutex::default(),
        }
    }

    /// One more follower of a channel. Its end, and whether the channel is followed already.
    pub(crate) fn follow(
        self: &Arc<Self>,
        channel: &[u8],
        backlog: usize,
    ) -> (broadcast::Receiver<Message>, bool) {
        let followed = self.table.follow(channel, backlog);
        self.net.changed();
        self.serve_all();
        followed
    }

    /// One follower of a channel less.
    pub(crate) fn unfollow(&self, channel: &[u8]) {
        if self.table.unfollow(channel) {
            self.net.changed();
        }
    }

    /// Takes note that a follower was told that messages may be missing.
    pub(crate) fn count_gap(&self) {
        self.net.metrics.gaps.increment(1);
    }

    /// Makes sure that every node has its task.
    fn serve_all(self: &Arc<Self>) {
        let mut served = self.served.lock();
        for node in self.net.topology.masters() {
            if served.insert(node.address.clone()) {
                self.net.runtime.spawn(serve(self.clone(), node));
            }
        }
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
    sessions: Arc<Sessions>,
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
                    self.sessions.table.deliver(&name, message.into());
                }
            }
            PushKind::SSubscribe => {
                self.sessions.table.confirm(&name, self.number);
                self.sessions.count_gap();
            }
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

/// Follows what is wanted of one node, until it serves nothing any more or the last handle of the link is
/// dropped.
async fn serve(sessions: Arc<Sessions>, node: Arc<Node>) {
    let mut end = sessions.net.end.clone();
    tokio::select! {
        () = follow(&sessions, &node) => {}
        _ = end.changed() => {}
    }
}

async fn follow(sessions: &Arc<Sessions>, node: &Arc<Node>) {
    let Sessions { net, table, served } = &**sessions;
    let mut changes = net.changes.subscribe();
    let mut session: Option<Session> = None;
    loop {
        changes.borrow_and_update();
        if !net.topology.is_master(&node.address) {
            served.lock().remove(&node.address);
            if let Some(session) = session {
                table.lost(session.pushes.number);
            }
            // A node that came back meanwhile gets a new task.
            sessions.serve_all();
            return;
        }
        // A node that is new gets one too: what it serves now was another's.
        sessions.serve_all();
        let is_of_node = |name: &[u8]| {
            net.owner_of(name)
                .is_some_and(|owner| owner.address == node.address)
        };
        let pause = match agree(sessions, node, &mut session, table.wanted(is_of_node)).await {
            Ok(()) => PING_EVERY,
            Err(problem) => {
                tracing::debug!(node = %node.address, problem, "channels of Redis are not followed");
                if let Some(session) = session.take() {
                    let number = session.pushes.number;
                    // First, so that nothing comes after the loss is noted.
                    drop(session);
                    table.lost(number);
                    net.metrics.disconnects.increment(1);
                }
                net.refresh_soon();
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
            _ = changes.changed() => {}
            () = over => {}
            () = tokio::time::sleep(pause) => {}
        }
        if pause == RETRY_AFTER {
            // Changes of what is wanted do not make a node come back sooner.
            tokio::time::sleep(RETRY_AFTER / 4).await;
        }
    }
}

/// Asks the node for what is wanted and not followed, and leaves what is not wanted any more. An error says
/// why the connection, if there is one, is of no more use.
async fn agree(
    sessions: &Arc<Sessions>,
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
        *session = Some(Session::open(sessions, node).await?);
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
        session.join(sessions, node, chunk).await?;
    }
    Ok(())
}

impl Session {
    async fn open(sessions: &Arc<Sessions>, node: &Node) -> Result<Self, String> {
        let pushes = Arc::new(Pushes {
            number: sessions.table.number(),
            sessions: sessions.clone(),
            leaving: AtomicUsize::new(0),
            over: AtomicBool::new(false),
            wake: Notify::new(),
        });
        let taker = pushes.clone();
        let sender = Arc::new(move |push: PushInfo| {
            taker.take(push);
            Ok::<(), ()>(())
        });
        let dial = sessions.net.topology.dial();
        let connection = dial.connect(&node.address, Some(sender)).await;
        Ok(Self {
            connection: connection.map_err(|error| error.to_string())?,
            pushes,
            asked: HashMap::new(),
        })
    }

    async fn join(
        &mut self,
        sessions: &Arc<Sessions>,
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
            let net = &sessions.net;
            let redirection = error.details().and_then(Redirection::parse);
            if let Some((slot, address)) = redirection.and_then(|to| net.topology.resolve(&to, node)) {
                net.topology.moved(slot, address);
                sessions.serve_all();
                net.changed();
            }
            net.refresh_soon();
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

//! The connection to the whole cluster: every call goes to the node that serves its keys.
//!
//! Invariants: every call ends within the time to connect and twice the time to answer; a node that is away delays the calls to it and no others. That
//! is why the routing is here and not the client library's own for clusters: that one stops all commands while it looks
//! for one node, and then the leases of all matches would run out together. A call may be sent twice when its connection
//! broke: every script here can be.
//!
//! Use: [`Link::call`] for one [`Call`], [`Link::run`] for many at once (a pipeline for each node), [`Link::publish`] to
//! tell others without waiting, [`Link::subscribe`] to be told (see [`Messages`]).

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use redis::{FromRedisValue, Pipeline, Value};
use tokio::runtime::Handle;
use tokio::sync::{watch, Mutex};
use tokio::time::Instant;

use super::call::Call;
use super::key::slot_of;
use super::node::{Address, Dial, Node, Use};
use super::observe::Metrics;
use super::publish::Lanes;
use super::subscribe::{Messages, Table};
use super::topology::{ranges, Topology};
use super::{ClusterConfig, ClusterError};

/// Who serves what is asked at most this often.
const REFRESH_MIN: Duration = Duration::from_millis(100);
/// What a follower of a channel may fall behind, in messages, unless it says otherwise.
const BACKLOG: usize = 256;

/// Cheap to clone. The tasks behind it end with the last clone and the last [`Messages`].
#[derive(Clone)]
pub(crate) struct Link {
    pub(super) shared: Arc<Shared>,
    alive: Arc<Alive>,
}

/// Dropped with the last handle, which the tasks see.
pub(crate) struct Alive {
    _held: watch::Sender<()>,
}

/// What the tasks hold too.
pub(super) struct Shared {
    pub(super) topology: Topology,
    pub(super) table: Arc<Table>,
    pub(super) metrics: Metrics,
    pub(super) runtime: Handle,
    /// Ends when the last handle is dropped.
    pub(super) end: watch::Receiver<()>,
    lanes: Lanes,
    refreshing: Mutex<Option<Instant>>,
    refresh_is_due: AtomicBool,
}

impl Link {
    /// Connects, and learns who serves what.
    pub(crate) async fn connect(config: &ClusterConfig) -> Result<Self, ClusterError> {
        let (seeds, login) = config.seeds()?;
        let dial = Dial {
            login,
            connect_timeout: config.connect_timeout,
            response_timeout: config.response_timeout,
        };
        let nodes = seeds
            .iter()
            .map(Address::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        let (held, end) = watch::channel(());
        let metrics = Metrics::new();
        let shared = Arc::new(Shared {
            topology: Topology::new(seeds, dial),
            table: Arc::new(Table::new(metrics.clone())),
            metrics,
            runtime: Handle::current(),
            end,
            lanes: Lanes::default(),
            refreshing: Mutex::default(),
            refresh_is_due: AtomicBool::new(false),
        });
        shared
            .refresh()
            .await
            .map_err(|error| ClusterError::Unreachable {
                nodes,
                problem: error.to_string(),
            })?;
        let alive = Arc::new(Alive { _held: held });
        Ok(Self { shared, alive })
    }

    /// Asks, and reads the answer as a `T`.
    pub(crate) async fn call<T: FromRedisValue>(&self, call: Call) -> Result<T, ClusterError> {
        let mut results = self.run(&[call]).await;
        let value = results.pop().unwrap_or_else(|| Ok(Value::Nil))?;
        redis::from_redis_value(value).map_err(|error| ClusterError::malformed("an answer", error))
    }

    /// Asks many things at once, each of the node that serves its keys; answers in the order of the calls. Calls to one
    /// node are carried out in their order, unless one is sent on to another node.
    pub(crate) async fn run(&self, calls: &[Call]) -> Vec<Result<Value, ClusterError>> {
        self.shared.run(calls, self.shared.patience()).await
    }

    /// [`Self::run`] for who cannot wait long: what is not answered within `time` is [`ClusterError::Down`].
    pub(crate) async fn run_within(
        &self,
        calls: &[Call],
        time: Duration,
    ) -> Vec<Result<Value, ClusterError>> {
        self.shared.run(calls, time).await
    }

    /// Tells all followers of a sharded channel. Never waits: when Redis is away or too slow the message is dropped and
    /// counted. Messages to one channel keep their order; one may come twice when a connection broke.
    pub(crate) fn publish(&self, channel: &str, message: Bytes) {
        Lanes::publish(&self.shared, channel, message);
    }

    /// Follows a sharded channel, through restarts of its node too. Falling more than 256 messages behind is a gap.
    pub(crate) fn subscribe(&self, channel: &str) -> Messages {
        self.subscribe_with(channel, BACKLOG)
    }

    /// [`Self::subscribe`] with another backlog, which the channel's first follower in this process decides.
    pub(crate) fn subscribe_with(&self, channel: &str, backlog: usize) -> Messages {
        Messages::new(&self.shared, self.alive.clone(), channel, backlog)
    }

    /// Asks every master whether it is there.
    pub(crate) async fn ping(&self) -> Result<(), ClusterError> {
        let shared = &self.shared;
        if shared.topology.unserved().is_some() {
            shared.refresh().await?;
        }
        if let Some(slot) = shared.topology.unserved() {
            return Err(ClusterError::Unserved { slot });
        }
        let mut pipeline = Pipeline::new();
        pipeline.cmd("PING");
        let masters = shared.topology.masters();
        let mut pings: FuturesUnordered<_> = masters
            .iter()
            .map(|node| {
                let pipeline = &pipeline;
                async move {
                    match node.send(pipeline, 1, Use::Brief).await {
                        Ok(values) => match values.into_iter().next() {
                            Some(Value::ServerError(error)) => Err(node.refused(error)),
                            _ => Ok(()),
                        },
                        Err(silence) => Err(silence.error),
                    }
                }
            })
            .collect();
        let mut answer = Ok(());
        while let Some(ping) = pings.next().await {
            answer = answer.and(ping);
        }
        if answer.is_err() {
            // Another node may serve its slots by now.
            shared.refresh_soon();
        }
        answer
    }
}

impl Shared {
    /// Asks who serves what: all known nodes at once, and takes the first answer.
    pub(super) async fn refresh(&self) -> Result<(), ClusterError> {
        let mut last = self.refreshing.lock().await;
        if last.is_some_and(|last| last.elapsed() < REFRESH_MIN) {
            return Ok(());
        }
        let mut pipeline = Pipeline::new();
        pipeline.cmd("CLUSTER").arg("SLOTS");
        let known = self.topology.known();
        let mut asked: FuturesUnordered<_> = known
            .iter()
            .map(|node| {
                let pipeline = &pipeline;
                async move {
                    let values = node
                        .send(pipeline, 1, Use::Brief)
                        .await
                        .map_err(|silence| silence.error)?;
                    ranges(values.into_iter().next().unwrap_or(Value::Nil), node)
                }
            })
            .collect();
        let mut answer = Err(ClusterError::Unserved { slot: 0 });
        while let Some(ranges) = asked.next().await {
            match ranges {
                // A node that forgot the cluster knows no slots.
                Ok(ranges) if ranges.is_empty() => {}
                Ok(ranges) => {
                    self.topology.learn(&ranges);
                    answer = Ok(());
                    break;
                }
                Err(error) => answer = Err(error),
            }
        }
        *last = Some(Instant::now());
        drop(last);
        self.topology_changed();
        answer
    }

    /// Has [`Self::refresh`] done by somebody else, once.
    pub(super) fn refresh_soon(self: &Arc<Self>) {
        if self.refresh_is_due.swap(true, Ordering::AcqRel) {
            return;
        }
        let shared = self.clone();
        self.runtime.spawn(async move {
            tokio::time::sleep(REFRESH_MIN).await;
            // From here on a new reason needs a new look.
            shared.refresh_is_due.store(false, Ordering::Release);
            if let Err(error) = shared.refresh().await {
                tracing::debug!(%error, "who serves which part of Redis is not known");
            }
        });
    }

    pub(super) fn topology_changed(&self) {
        self.lanes.keep(|address| self.topology.is_master(address));
        self.table.changed();
    }

    pub(super) fn lanes(&self) -> &Lanes {
        &self.lanes
    }

    /// The node that serves a channel.
    pub(super) fn owner_of(&self, channel: &[u8]) -> Option<Arc<Node>> {
        self.topology.owner(slot_of(channel))
    }
}

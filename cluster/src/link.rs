//! The connection to the whole cluster: every call goes to the node that serves its keys.
//!
//! Invariants: every call ends within the time to connect and twice the time to answer; a node that is away
//! delays the calls to it and no others. That is why the routing is ours and not a client library's (ADR
//! 0010): while those look for who serves what, commands to nodes that are well wait too, for seconds, and a
//! lease of a match lives for 1.5. A call may be sent twice when its connection broke: every script here can
//! be.
//!
//! Use: [`Link::call`] for one [`Call`], [`Link::run`] for many at once (a pipeline for each node),
//! [`Link::publish`] to tell others without waiting, [`Link::subscribe`] to be told (see [`Messages`]).

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use redis::{FromRedisValue, Pipeline, Value};
use tokio::sync::watch;

use crate::call::Call;
use crate::config::ClusterConfig;
use crate::error::ClusterError;
use crate::messages::{Alive, Messages};
use crate::net::Net;
use crate::node::{Address, Dial, Use};
use crate::observe::Metrics;
use crate::publish::Lanes;
use crate::session::Sessions;
use crate::topology::Topology;

/// What a follower of a channel may fall behind, in messages, unless it says otherwise.
const BACKLOG: usize = 256;

/// Cheap to clone. The tasks behind it end with the last clone and the last [`Messages`].
#[derive(Clone)]
pub(crate) struct Link {
    net: Arc<Net>,
    sessions: Arc<Sessions>,
    lanes: Arc<Lanes>,
    alive: Alive,
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
        let net = Arc::new(Net::new(Topology::new(seeds, dial), Metrics::new(), end));
        net.refresh().await.map_err(|error| ClusterError::Unreachable {
            nodes,
            problem: error.to_string(),
        })?;
        Ok(Self {
            sessions: Arc::new(Sessions::new(net.clone())),
            lanes: Arc::default(),
            alive: Alive::new(held),
            net,
        })
    }

    /// Asks, and reads the answer as a `T`.
    pub(crate) async fn call<T: FromRedisValue>(&self, call: Call) -> Result<T, ClusterError> {
        self.call_within(call, self.net.patience()).await
    }

    /// [`Self::call`] for who cannot wait long.
    pub(crate) async fn call_within<T: FromRedisValue>(
        &self,
        call: Call,
        time: Duration,
    ) -> Result<T, ClusterError> {
        let mut results = self.run_within(&[call], time).await;
        let value = results.pop().unwrap_or_else(|| Ok(Value::Nil))?;
        redis::from_redis_value(value).map_err(|error| ClusterError::malformed("an answer", error))
    }

    /// Asks many things at once, each of the node that serves its keys; answers in the order of the calls.
    /// Calls to one node are carried out in their order, unless one is sent on to another node.
    pub(crate) async fn run(&self, calls: &[Call]) -> Vec<Result<Value, ClusterError>> {
        self.net.run(calls, self.net.patience()).await
    }

    /// [`Self::run`] for who cannot wait long: what is not answered within `time`, or the usual time if that
    /// is shorter, is [`ClusterError::Down`].
    pub(crate) async fn run_within(
        &self,
        calls: &[Call],
        time: Duration,
    ) -> Vec<Result<Value, ClusterError>> {
        self.net.run(calls, time.min(self.net.patience())).await
    }

    /// Tells all followers of a sharded channel. Never waits: when Redis is away or too slow the message is
    /// dropped and counted. Messages to one channel keep their order; one may come twice when a connection
    /// broke.
    pub(crate) fn publish(&self, channel: &str, message: Bytes) {
        self.lanes.publish(&self.net, channel, message);
    }

    /// Follows a sharded channel, through restarts of its node too. Falling more than 256 messages behind is
    /// a gap.
    pub(crate) fn subscribe(&self, channel: &str) -> Messages {
        self.subscribe_with(channel, BACKLOG)
    }

    /// [`Self::subscribe`] with another backlog, which the channel's first follower in this process decides.
    pub(crate) fn subscribe_with(&self, channel: &str, backlog: usize) -> Messages {
        Messages::new(&self.sessions, self.alive.clone(), channel, backlog)
    }

    /// Asks every master whether it is there.
    pub(crate) async fn ping(&self) -> Result<(), ClusterError> {
        let net = &self.net;
        if net.topology.unserved().is_some() {
            net.refresh().await?;
        }
        if let Some(slot) = net.topology.unserved() {
            return Err(ClusterError::Unserved { slot });
        }
        let mut pipeline = Pipeline::new();
        pipeline.cmd("PING");
        let masters = net.topology.masters();
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
            net.refresh_soon();
        }
        answer
    }
}

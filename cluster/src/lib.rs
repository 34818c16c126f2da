//! What cranks and relays share through a Redis Cluster.
//!
//! Owns: who owns a match (a lease with a growing token), the ledger of its inputs, who is there, what relays remember
//! for each other, and the ways to the cluster. Times are those of Redis, so that clocks need not agree.
//!
//! Keys, with a prefix `P` and `{M}` the address of a match in braces, so that all of a match are on one node:
//!
//! | key | what |
//! |---|---|
//! | `P:game:{M}:lease` | string `token:holder`, ends with the lease |
//! | `P:game:{M}:fence` | string, the highest token ever given; 7 days |
//! | `P:game:{M}:ledger` | stream, entry N-0 is record N with the field `r`; 24 hours after the last |
//! | `P:game:{M}`, `P:games`, … | what relays show and what they send: the bridge of the crate `bus` writes and reads it |
//! | `P:cranks` | hash, name → `expiry matches capacity draining` |
//! | `P:token:{T}` | string, what belongs to a resume token; as long as the relay says |
//! | `P:…` | sharded channels of topics |
//!
//! Invariants: a write for a match is refused when a higher token was given. Every call ends, with an error at worst,
//! within seconds; a node that is away holds up nothing on the others. Everything may be lost with Redis: the chain and
//! the stores have what money depends on.
//!
//! Deliberately absent: what matches look like to players, TLS to Redis, reading from replicas, and any decision about
//! matches. No other crate knows Redis.

mod call;
mod config;
mod error;
mod key;
mod lease;
mod ledger;
mod link;
mod memory;
mod node;
mod observe;
mod presence;
mod publish;
mod retry;
mod route;
mod script;
mod session;
mod shared;
mod subscribe;
mod topic;
mod topology;

pub use call::{Call, Script};
pub use config::ClusterConfig;
pub use error::ClusterError;
pub use key::Keys;
pub use lease::{Holder, Lease, Renewal};
pub use ledger::AppendError;
pub use presence::Presence;
/// What Redis answers, and how it is read.
pub use redis::{from_redis_value, FromRedisValue, Value};
pub use retry::Backoff;
pub use shared::SharedLease;
pub use subscribe::{Message, Messages};
pub use topic::TopicReceiver;

use std::sync::Arc;

use bytes::Bytes;
use link::Link;

/// A handle on the Redis Cluster of an installation. Cheap to clone; connections and tasks end with the last clone and
/// the last receiver made from one.
#[derive(Clone)]
pub struct Cluster {
    config: Arc<ClusterConfig>,
    keys: Keys,
    link: Link,
}

impl Cluster {
    /// Connects to the cluster that the nodes belong to. Call it in a Tokio runtime, which then also runs its tasks.
    ///
    /// # Errors
    /// [`ClusterError::Setting`] when a setting cannot be used, [`ClusterError::Unreachable`] with the nodes tried when none
    /// answers.
    pub async fn connect(config: ClusterConfig) -> Result<Self, ClusterError> {
        let link = Link::connect(&config).await?;
        Ok(Self {
            keys: Keys::new(&config.prefix),
            config: Arc::new(config),
            link,
        })
    }

    /// Asks every master whether it is there: for health checks.
    ///
    /// # Errors
    /// [`ClusterError`] of one that is not, or [`ClusterError::Unserved`] when the cluster is incomplete.
    pub async fn ping(&self) -> Result<(), ClusterError> {
        self.link.ping().await
    }

    /// The names of all keys and channels.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Asks the node that serves the keys, and reads the answer as a `T`.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn call<T: FromRedisValue>(&self, call: Call) -> Result<T, ClusterError> {
        self.link.call(call).await
    }

    /// Asks many things at once, each of the node that serves its keys; answers in the order of the calls. Calls to one
    /// node are carried out in their order, unless one is sent on to another node.
    pub async fn run(&self, calls: &[Call]) -> Vec<Result<Value, ClusterError>> {
        self.link.run(calls).await
    }

    /// Tells all followers of a channel. Never waits: when Redis is away or too slow the message is dropped and counted.
    /// Messages to one channel keep their order; one may come twice when a connection broke.
    pub fn publish(&self, channel: &str, message: Bytes) {
        self.link.publish(channel, message);
    }

    /// Follows a channel, through restarts of its node too. Falling more than 256 messages behind is a gap.
    pub fn follow(&self, channel: &str) -> Messages {
        self.link.subscribe(channel)
    }

    /// [`Self::follow`] with another backlog, which the channel's first follower in this process decides.
    pub fn follow_with(&self, channel: &str, backlog: usize) -> Messages {
        self.link.subscribe_with(channel, backlog)
    }

    /// The settings it was connected with.
    pub fn config(&self) -> &ClusterConfig {
        &self.config
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Cluster").field(&self.config).finish()
    }
}

//! The handle that everything else of this crate is asked through.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use redis::{FromRedisValue, Value};

use crate::call::Call;
use crate::config::ClusterConfig;
use crate::error::ClusterError;
use crate::key::Keys;
use crate::link::Link;
use crate::messages::Messages;

/// A handle on the Redis Cluster of an installation. Cheap to clone; connections and tasks end with the last
/// clone and the last receiver made from one.
#[derive(Clone)]
pub struct Cluster {
    pub(crate) config: Arc<ClusterConfig>,
    pub(crate) keys: Keys,
    pub(crate) link: Link,
}

impl Cluster {
    /// Connects to the cluster that the nodes belong to. Call it in a Tokio runtime, which then also runs its
    /// tasks.
    ///
    /// # Errors
    /// [`ClusterError::Setting`] when a setting cannot be used, [`ClusterError::Unreachable`] with the nodes
    /// tried when none answers.
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

    /// The settings it was connected with.
    pub fn config(&self) -> &ClusterConfig {
        &self.config
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

    /// Asks many things at once, each of the node that serves its keys; answers in the order of the calls.
    /// Calls to one node are carried out in their order, unless one is sent on to another node.
    pub async fn run(&self, calls: &[Call]) -> Vec<Result<Value, ClusterError>> {
        self.link.run(calls).await
    }

    /// Tells all followers of a channel. Never waits: when Redis is away or too slow the message is dropped
    /// and counted. Messages to one channel keep their order; one may come twice when a connection broke.
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
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Cluster").field(&self.config).finish()
    }
}

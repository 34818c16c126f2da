//! Where the Redis Cluster is and how long to wait for it.

use std::time::Duration;

use redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo, ProtocolVersion, RedisConnectionInfo};

use crate::error::ClusterError;
use crate::node::Address;

const NODES_EXAMPLE: &str = "redis://10.0.0.1:6379";

/// Settings of a [`crate::Cluster`].
#[derive(Clone, PartialEq, Eq)]
pub struct ClusterConfig {
    /// `redis://[[USER]:PASSWORD@]HOST:PORT` of at least one node; the others are found through it. The user
    /// and password of the first are used for all.
    pub nodes: Vec<String>,
    /// What all keys begin with, so that several installations can share a cluster.
    pub prefix: String,
    /// How long a lease holds without renewal.
    pub lease_life: Duration,
    /// Replicas that must have a shared log record before it counts as written; 0 for none.
    pub replicas: u32,
    /// How long a node may take to answer.
    pub response_timeout: Duration,
    /// How long connecting to a node may take.
    pub connect_timeout: Duration,
}

impl ClusterConfig {
    /// The usual settings for these nodes.
    pub fn new(nodes: Vec<String>) -> Self {
        Self {
            nodes,
            prefix: "aurelius".to_owned(),
            lease_life: Duration::from_millis(1500),
            replicas: 0,
            response_timeout: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(2),
        }
    }

    /// Checks everything that can be checked without connecting.
    ///
    /// # Errors
    /// [`ClusterError::Setting`].
    pub fn check(&self) -> Result<(), ClusterError> {
        self.seeds().map(|_| ())
    }

    /// The nodes to begin with, and how to log in to every node.
    pub(crate) fn seeds(&self) -> Result<(Vec<Address>, RedisConnectionInfo), ClusterError> {
        // Braces would decide which part of a key makes its hash slot.
        if self.prefix.is_empty() || self.prefix.contains(['{', '}', ' ']) {
            return Err(ClusterError::Setting {
                setting: "the prefix of the keys in Redis (AURELIUS_REDIS_PREFIX)",
                problem: format!(
                    "is {:?}: it must have at least one character, no braces and no spaces",
                    self.prefix
                ),
                example: "AURELIUS_REDIS_PREFIX=aurelius",
            });
        }
        if self.lease_life < Duration::from_millis(100) {
            return Err(ClusterError::Setting {
                setting: "the life of a lease",
                problem: format!("is {:?}, and must be at least 100 ms", self.lease_life),
                example: "1500 ms",
            });
        }
        let mut seeds = Vec::new();
        let mut login = None;
        for (number, node) in self.nodes.iter().enumerate() {
            let (address, redis) = parse(node).map_err(|problem| ClusterError::Setting {
                setting: "a Redis node (REDIS_HOST_1, REDIS_HOST_2, …)",
                // Not what was given: it may hold a password.
                problem: format!("is wrong, number {}: {problem}", number + 1),
                example: NODES_EXAMPLE,
            })?;
            login.get_or_insert(redis);
            seeds.push(address);
        }
        let login = login.ok_or_else(|| ClusterError::Setting {
            setting: "the list of Redis nodes (REDIS_HOST_1, REDIS_HOST_2, …)",
            problem: "is empty".to_owned(),
            example: NODES_EXAMPLE,
        })?;
        Ok((seeds, login.set_protocol(ProtocolVersion::RESP3)))
    }
}

impl std::fmt::Debug for ClusterConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown: Vec<String> = self
            .nodes
            .iter()
            .map(|node| parse(node).map_or_else(|_| "wrong".to_owned(), |(address, _)| address.to_string()))
            .collect();
        f.debug_struct("ClusterConfig")
            .field("nodes", &shown)
            .field("prefix", &self.prefix)
            .field("lease_life", &self.lease_life)
            .field("replicas", &self.replicas)
            .field("response_timeout", &self.response_timeout)
            .field("connect_timeout", &self.connect_timeout)
            .finish()
    }
}

fn parse(node: &str) -> Result<(Address, RedisConnectionInfo), String> {
    let info: ConnectionInfo = node
        .into_connection_info()
        .map_err(|_| "it is not redis://[[USER]:PASSWORD@]HOST:PORT".to_owned())?;
    let ConnectionAddr::Tcp(host, port) = info.addr() else {
        return Err("it must be a redis:// address; TLS and Unix sockets are not supported".to_owned());
    };
    if info.redis_settings().db() != 0 {
        return Err("it names a database, and a cluster has only one".to_owned());
    }
    Ok((Address::new(host, *port), info.redis_settings().clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem_of(config: ClusterConfig) -> String {
        config.check().unwrap_err().to_string()
    }

    #[test]
    fn a_wrong_setting_is_named_and_no_password_is_shown() {
        let config = |node: &str| ClusterConfig::new(vec![node.to_owned()]);
        assert!(config("redis://:hunter2@10.0.0.1:7000").check().is_ok());
        assert!(problem_of(ClusterConfig::new(Vec::new())).contains("REDIS_HOST_1"));
        for wrong in [
            "http://:hunter2@10.0.0.1",
            "redis://:hunter2@10.0.0.1/3",
            "hunter2",
        ] {
            let text = problem_of(config(wrong));
            assert!(text.contains("redis://") && !text.contains("hunter2"), "{text}");
            assert!(!format!("{:?}", config(wrong)).contains("hunter2"));
        }
        let mut braces = config("redis://10.0.0.1");
        assert!(!format!("{braces:?}").contains("hunter2"));
        braces.prefix = "{a}".to_owned();
        assert!(problem_of(braces).contains("AURELIUS_REDIS_PREFIX"));
    }

    #[test]
    fn a_password_may_have_any_characters() {
        let node = "redis://:p%40ss%2Fw%C3%B6rd@a:6379".to_owned();
        let (seeds, login) = ClusterConfig::new(vec![node]).seeds().unwrap();
        assert_eq!(seeds, [Address::new("a", 6379)]);
        assert_eq!(login.password(), Some("p@ss/wörd"));
    }
}

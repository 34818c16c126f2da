//! What the tests of the cluster share.

use std::future::Future;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use cluster::{Cluster, ClusterConfig, Lease};
use protocol::MatchKey;
use tokio::time::Instant;

/// For everything that must happen some time, on a machine that does much else.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A handle with keys of its own on the cluster that the tests of this process share.
pub(crate) async fn connect(prefix: &str) -> Cluster {
    connect_with(settings(test_redis::shared(), prefix)).await
}

/// Settings with which a busy machine does not lose leases by accident.
pub(crate) fn settings(nodes: Vec<String>, prefix: &str) -> ClusterConfig {
    let mut config = ClusterConfig::new(nodes);
    config.prefix = prefix.to_owned();
    config.lease_life = Duration::from_secs(60);
    config
}

pub(crate) async fn connect_with(config: ClusterConfig) -> Cluster {
    Cluster::connect(config).await.expect("the cluster is there")
}

/// Another match with each call.
pub(crate) fn some_match() -> MatchKey {
    static NEXT: AtomicU8 = AtomicU8::new(1);
    MatchKey([NEXT.fetch_add(1, Ordering::Relaxed); 32])
}

/// Asks until the answer is yes, for at most [`PATIENCE`].
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, mut is_so: impl FnMut() -> F) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A lease on each node, in the order of the nodes: their slots are in ascending thirds.
pub(crate) async fn a_lease_on_each_node(cluster: &Cluster, redis: &test_redis::Cluster) -> [Lease; 3] {
    let mut leases = [None; 3];
    let mut number = 0;
    while leases.contains(&None) {
        number += 1;
        let match_key = MatchKey([number; 32]);
        let slot: usize = redis
            .ask(&["CLUSTER", "KEYSLOT", &match_key.to_string()])
            .parse()
            .unwrap();
        let node = &mut leases[slot / 5461];
        if node.is_none() {
            *node = cluster.acquire(&match_key, "a", 0).await.unwrap();
        }
    }
    leases.map(|lease| lease.expect("found above"))
}

/// Topics that are on this node.
pub(crate) async fn topic_on(redis: &test_redis::Cluster, prefix: &str, node: usize) -> String {
    let on_node = |topic: &String| {
        let slot: usize = redis
            .ask(&["CLUSTER", "KEYSLOT", &format!("{prefix}:{topic}")])
            .parse()
            .unwrap();
        slot / 5461 == node
    };
    (0..)
        .map(|number| format!("topic {number}"))
        .find(on_node)
        .unwrap()
}

/// What one node answers.
pub(crate) fn ask(port: u16, command: &[&str]) -> String {
    let out = std::process::Command::new("redis-cli")
        .args(["-p", &port.to_string()])
        .args(command)
        .output()
        .expect("redis-cli runs");
    String::from_utf8_lossy(&out.stdout).trim().to_owned()
}

//! A cluster that is being rearranged while it is used: slots on their way from node to node, a part without
//! a master, a node that is new, nodes that do not know their host. On Redis Clusters of each test's own.

use std::time::Duration;

use bytes::Bytes;
use cluster::{Cluster, Lease, Message, Renewal};
use tokio::time::{sleep, timeout};

use crate::support::{a_lease_on_each_node, ask, connect_with, settings, topic_on, until, PATIENCE};

fn record(number: u64) -> Bytes {
    Bytes::from(format!("record {number}"))
}

/// A slot on its way from the first node to the second.
struct Move {
    from: u16,
    to: u16,
    slot: String,
}

impl Move {
    /// Of the slot of a match on the first node.
    fn begin(redis: &test_redis::Cluster, lease: &Lease) -> Self {
        let [from, to, _] = redis.ports();
        let slot = redis.ask(&["CLUSTER", "KEYSLOT", &lease.match_key.to_string()]);
        let id = |port| ask(port, &["CLUSTER", "MYID"]);
        let set = |port, state, of: u16| {
            let answer = ask(port, &["CLUSTER", "SETSLOT", &slot, state, &id(of)]);
            assert_eq!(answer, "OK", "{state}");
        };
        set(to, "IMPORTING", from);
        set(from, "MIGRATING", to);
        Self { from, to, slot }
    }

    fn migrate(&self, key: &str) {
        let to = self.to.to_string();
        let answer = ask(self.from, &["MIGRATE", "127.0.0.1", &to, key, "0", "1000"]);
        assert_eq!(answer, "OK", "{key}");
    }

    fn migrate_rest(&self) {
        let keys = ask(self.from, &["CLUSTER", "GETKEYSINSLOT", &self.slot, "100"]);
        keys.lines().for_each(|key| self.migrate(key));
    }

    /// Everybody knows.
    fn end(self, redis: &test_redis::Cluster) {
        let heir = ask(self.to, &["CLUSTER", "MYID"]);
        let [_, _, third] = redis.ports();
        for port in [self.to, self.from, third] {
            assert_eq!(
                ask(port, &["CLUSTER", "SETSLOT", &self.slot, "NODE", &heir]),
                "OK"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_whose_keys_are_on_their_way_is_waited_for() {
    let redis = test_redis::Cluster::start();
    let mut config = settings(redis.urls(), "tryagain");
    config.response_timeout = Duration::from_secs(10);
    let cluster = connect_with(config).await;
    let lease = a_lease_on_each_node(&cluster, &redis).await[0];
    cluster.append(&lease, 1, &[record(1)]).await.unwrap();
    let moving = Move::begin(&redis, &lease);
    // Of the keys that a renewal needs one is here and one is there: neither node can do it.
    moving.migrate(&cluster.keys().lease(&lease.match_key));
    let renewing = {
        let cluster = cluster.clone();
        tokio::spawn(async move { cluster.renew(&[lease]).await })
    };
    sleep(Duration::from_millis(300)).await;
    assert!(!renewing.is_finished(), "it rests until the keys are together");
    moving.migrate_rest();
    assert_eq!(renewing.await.unwrap().unwrap(), [Renewal::Held]);
    // All keys are there, and the slot is not: each call is asked of one and sent on to the other, which has
    // no script.
    assert_eq!(ask(moving.to, &["SCRIPT", "FLUSH"]), "OK");
    cluster.append(&lease, 1, &[record(1), record(2)]).await.unwrap();
    moving.end(&redis);
    cluster.append(&lease, 3, &[record(3)]).await.unwrap();
    let shared_log = cluster.shared_log(&lease.match_key).await.unwrap();
    assert_eq!(shared_log, [record(1), record(2), record(3)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_that_stays_on_its_way_is_an_error_in_time() {
    let redis = test_redis::Cluster::start();
    let mut config = settings(redis.urls(), "stuck");
    config.response_timeout = Duration::from_millis(500);
    let cluster = connect_with(config).await;
    let leases = a_lease_on_each_node(&cluster, &redis).await;
    let moving = Move::begin(&redis, &leases[0]);
    moving.migrate(&cluster.keys().lease(&leases[0].match_key));
    let renewals = timeout(PATIENCE, cluster.renew(&leases)).await.unwrap().unwrap();
    assert_eq!(renewals, [Renewal::Unknown, Renewal::Held, Renewal::Held]);
    let error = cluster.renew(&leases[..1]).await.unwrap_err();
    assert!(
        error.is_transient() && error.to_string().contains("during rehashing"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_is_down_for_a_moment_is_waited_for() {
    let redis = test_redis::Cluster::start();
    let mut config = settings(redis.urls(), "clusterdown");
    config.response_timeout = Duration::from_secs(20);
    let cluster = connect_with(config).await;
    let lease = a_lease_on_each_node(&cluster, &redis).await[0];
    redis.stop(1);
    let first = redis.ports()[0];
    let is_down = || async { ask(first, &["CLUSTER", "INFO"]).contains("cluster_state:fail") };
    until("the rest gives up", is_down).await;
    let appending = {
        let cluster = cluster.clone();
        tokio::spawn(async move { cluster.append(&lease, 1, &[record(1)]).await })
    };
    sleep(Duration::from_millis(300)).await;
    assert!(!appending.is_finished(), "it rests until the cluster is whole");
    tokio::task::block_in_place(|| redis.start_again(1));
    appending.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_master_that_nobody_was_connected_to_is_found_with_its_keys_and_channels() {
    let redis = test_redis::Cluster::start_with_replicas();
    let cluster = connect_with(settings(redis.urls()[..1].to_vec(), "heir")).await;
    let leases = a_lease_on_each_node(&cluster, &redis).await;
    let topic = topic_on(&redis, "heir", 0).await;
    let mut follower = cluster.follow_topic(&topic);
    assert_eq!(follower.next().await, Message::Gap);
    cluster.append(&leases[0], 1, &[record(1)]).await.unwrap();
    // A replica takes the place of the first master, which nothing here was ever connected to.
    let heir: u16 = redis.urls()[3].rsplit_once(':').unwrap().1.parse().unwrap();
    assert_eq!(ask(heir, &["CLUSTER", "FAILOVER"]), "OK");
    assert_eq!(timeout(PATIENCE, follower.next()).await.unwrap(), Message::Gap);
    let goes_on = || async { cluster.append(&leases[0], 2, &[record(2)]).await.is_ok() };
    until("the new master takes records", goes_on).await;
    let shared_log = cluster.shared_log(&leases[0].match_key).await.unwrap();
    assert_eq!(shared_log, [record(1), record(2)]);
    arrives(&cluster, &topic, &mut follower).await;
}

async fn arrives(cluster: &Cluster, topic: &str, follower: &mut cluster::TopicReceiver) {
    let arriving = async {
        loop {
            cluster.publish_topic(topic, Bytes::from_static(b"here"));
            let wait = Duration::from_millis(200);
            if let Ok(Message::Data(_)) = timeout(wait, follower.next()).await {
                return;
            }
        }
    };
    timeout(PATIENCE, arriving).await.expect("messages come");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn report_20_nodes_that_name_a_question_mark_are_asked_where_they_are() {
    let redis = test_redis::Cluster::start();
    for port in redis.ports() {
        let setting = ["CONFIG", "SET", "cluster-preferred-endpoint-type", "hostname"];
        assert_eq!(ask(port, &setting), "OK");
    }
    let slots = ask(redis.ports()[0], &["CLUSTER", "SLOTS"]);
    assert!(slots.lines().any(|line| line == "?"), "{slots}");
    // One address is enough to find the others.
    let cluster = connect_with(settings(redis.urls()[..1].to_vec(), "question")).await;
    cluster.ping().await.unwrap();
    let leases = a_lease_on_each_node(&cluster, &redis).await;
    for lease in &leases {
        cluster.append(lease, 1, &[record(1)]).await.unwrap();
    }
    for node in 0..3 {
        let topic = topic_on(&redis, "question", node).await;
        let mut follower = cluster.follow_topic(&topic);
        assert_eq!(timeout(PATIENCE, follower.next()).await.unwrap(), Message::Gap);
        arrives(&cluster, &topic, &mut follower).await;
    }
    // Calls that are sent on are told `?` too: first just this once, then for good.
    let moving = Move::begin(&redis, &leases[0]);
    moving.migrate_rest();
    cluster.append(&leases[0], 2, &[record(2)]).await.unwrap();
    moving.end(&redis);
    cluster.append(&leases[0], 3, &[record(3)]).await.unwrap();
    let shared_log = cluster.shared_log(&leases[0].match_key).await.unwrap();
    assert_eq!(shared_log, [record(1), record(2), record(3)]);
}

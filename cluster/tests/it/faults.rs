//! Nodes that end and nodes that hang: calls end in bounded time, what is on other nodes goes on, and
//! afterwards everything works again. On Redis Clusters of each test's own.

use std::time::Duration;

use bytes::Bytes;
use cluster::{
    AppendError, Cluster, ClusterConfig, ClusterError, Held, Lease, Message, Presence, Renewal, TopicReceiver,
};
use tokio::time::Instant;

use crate::support::{a_lease_on_each_node, ask, connect_with, settings, topic_on, until, PATIENCE};

async fn next(follower: &mut TopicReceiver) -> Message {
    let next = tokio::time::timeout(PATIENCE, follower.next()).await;
    next.expect("a message comes")
}

fn record(number: u64) -> Bytes {
    Bytes::from(format!("record {number}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_hangs_delays_what_is_on_it_and_nothing_else() {
    let redis = test_redis::Cluster::start();
    let mut config = settings(redis.urls(), "hang");
    // Others take over its slots only if there are replicas; here the rest declares the cluster incomplete
    // after two seconds, which is not what this test is about.
    for port in redis.ports() {
        let answer = ask(port, &["CONFIG", "SET", "cluster-require-full-coverage", "no"]);
        assert_eq!(answer, "OK");
    }
    config.response_timeout = Duration::from_millis(500);
    config.connect_timeout = Duration::from_millis(500);
    config.lease_life = Duration::from_secs(60);
    let cluster = connect_with(config).await;
    let leases = a_lease_on_each_node(&cluster, &redis).await;
    for lease in &leases {
        cluster.append(lease, 1, &[record(1)]).await.unwrap();
    }
    let mut follower = cluster.follow_topic(&topic_on(&redis, "hang", 1).await);
    assert_eq!(next(&mut follower).await, Message::Gap);

    redis.pause(1);
    let begin = Instant::now();
    let error = cluster.append(&leases[1], 2, &[record(2)]).await.unwrap_err();
    assert!(matches!(error, AppendError::Cluster(_)), "{error}");
    let slow = begin.elapsed();
    assert!(slow < Duration::from_secs(10), "it took {slow:?}");
    // The others are not disturbed by calls that hang.
    let hanging = {
        let (cluster, lease) = (cluster.clone(), leases[1]);
        tokio::spawn(async move {
            for _ in 0..5 {
                let _ = cluster.append(&lease, 2, &[record(2)]).await;
            }
        })
    };
    for number in 2..200 {
        let begin = Instant::now();
        for lease in [&leases[0], &leases[2]] {
            cluster.append(lease, number, &[record(number)]).await.unwrap();
        }
        let slow = begin.elapsed();
        assert!(slow < Duration::from_secs(5), "record {number} took {slow:?}");
    }
    hanging.await.unwrap();
    // Nor do renewals of all together fail for all.
    let mut short = settings(redis.urls(), "hang");
    short.lease_life = Duration::from_secs(15);
    let renewals = connect_with(short).await.renew(&leases).await.unwrap();
    assert_eq!(renewals, [Renewal::Held, Renewal::Unknown, Renewal::Held]);
    assert!(cluster.ping().await.is_err());

    redis.resume(1);
    until("the node answers", || async { cluster.ping().await.is_ok() }).await;
    cluster.append(&leases[1], 2, &[record(2)]).await.unwrap();
    assert_eq!(
        cluster.shared_log(&leases[1].match_key).await.unwrap(),
        [record(1), record(2)]
    );
    assert_eq!(next(&mut follower).await, Message::Gap, "followed again");
}

/// What a crank does with the lives of leases that it really has: the node that hangs is the one with the
/// list of cranks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_hung_node_expires_no_lease_of_the_others_and_hides_none_of_their_holders() {
    let redis = test_redis::Cluster::start();
    for port in redis.ports() {
        let answer = ask(port, &["CONFIG", "SET", "cluster-require-full-coverage", "no"]);
        assert_eq!(answer, "OK");
    }
    let prefix = prefix_with_cranks_on(&redis, 1);
    let mut config = ClusterConfig::new(redis.urls());
    config.prefix = prefix;
    let life = config.lease_life;
    assert_eq!(life, Duration::from_millis(1500), "as a crank has it");
    let cluster = connect_with(config).await;
    let leases = a_lease_on_each_node(&cluster, &redis).await;
    let crank = Presence {
        name: "a".to_owned(),
        matches: 3,
        capacity: 64,
        draining: false,
    };
    cluster.announce(&crank).await.unwrap();
    let keeping = {
        let (cluster, leases) = (cluster.clone(), leases[..].to_vec());
        tokio::spawn(async move {
            let mut lost = 0;
            for _ in 0..20 {
                let renewals = cluster.renew(&leases).await.unwrap();
                let ran_out = |renewal: &&Renewal| !matches!(renewal, Renewal::Held | Renewal::Unknown);
                lost += [&renewals[0], &renewals[2]].into_iter().filter(ran_out).count();
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            lost
        })
    };
    redis.pause(1);
    let matches = leases.map(|lease| (lease.match_key, lease.token));
    for _ in 0..5 {
        let begin = Instant::now();
        let (announced, cranks) = tokio::join!(cluster.announce(&crank), cluster.cranks());
        assert!(announced.is_err() && cranks.is_err());
        assert!(begin.elapsed() < life, "{:?}", begin.elapsed());
        let held = cluster.holders(&matches).await.unwrap();
        assert!(
            matches!(held[..], [Held::By(_), Held::Unknown, Held::By(_)]),
            "{held:?}"
        );
        assert!(begin.elapsed() < 2 * life, "{:?}", begin.elapsed());
        let begin = Instant::now();
        assert!(cluster.acquire(&leases[1].match_key, "b", 0).await.is_err());
        assert!(
            begin.elapsed() < life + Duration::from_millis(500),
            "{:?}",
            begin.elapsed()
        );
    }
    assert_eq!(keeping.await.unwrap(), 0, "leases on healthy nodes ran out");
    redis.resume(1);
    let is_back = || async { cluster.announce(&crank).await.is_ok() };
    until("the node answers", is_back).await;
}

/// A prefix with which the list of cranks is on this node.
fn prefix_with_cranks_on(redis: &test_redis::Cluster, node: usize) -> String {
    let is_there = |prefix: &String| {
        let slot = redis.ask(&["CLUSTER", "KEYSLOT", &format!("{prefix}:cranks")]);
        slot.parse::<usize>().unwrap() / 5461 == node
    };
    (0..)
        .map(|number| format!("hung{number}"))
        .find(is_there)
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_node_that_comes_back_empty_costs_nothing_but_a_new_lease() {
    let redis = test_redis::Cluster::start();
    let cluster = connect_with(settings(redis.urls(), "loss")).await;
    let leases = a_lease_on_each_node(&cluster, &redis).await;
    let lease = leases[1];
    let key = lease.match_key;
    let records: Vec<Bytes> = (1..=20).map(record).collect();
    cluster.append(&lease, 1, &records).await.unwrap();

    redis.stop(1);
    let begin = Instant::now();
    assert!(cluster.append(&lease, 21, &[record(21)]).await.is_err());
    assert!(begin.elapsed() < Duration::from_secs(10));
    redis.start_again(1);
    until("the node answers", || async { cluster.ping().await.is_ok() }).await;

    // It says what is lost, instead of taking records that do not follow.
    let append = |lease: Lease, first: u64| {
        let (cluster, records) = (&cluster, &records[first as usize - 1..]);
        async move { cluster.append(&lease, first, records).await }
    };
    let takes_writes = || async { !matches!(append(lease, 20).await, Err(AppendError::Cluster(_))) };
    until("the cluster takes writes", takes_writes).await;
    assert_eq!(append(lease, 20).await, Err(AppendError::Missing));
    assert_eq!(cluster.renew(&leases[1..2]).await.unwrap(), [Renewal::Missing]);
    let new = cluster.acquire(&key, "a", lease.token).await.unwrap().unwrap();
    assert!(new.token > lease.token, "the floor is the store's");
    assert_eq!(append(new, 20).await, Err(AppendError::Gap { length: 0 }));
    append(new, 1).await.unwrap();
    assert_eq!(cluster.shared_log(&key).await.unwrap(), records);
    assert_eq!(
        append(lease, 20).await,
        Err(AppendError::Fenced { token: new.token })
    );
    // The others never lost anything.
    let others = [leases[0], leases[2]];
    assert_eq!(
        cluster.renew(&others).await.unwrap(),
        [Renewal::Held, Renewal::Held]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscriptions_survive_a_restart_of_their_node_and_say_so() {
    let redis = test_redis::Cluster::start();
    let cluster = connect_with(settings(redis.urls(), "follow")).await;
    let mut topics = Vec::new();
    for node in 0..3 {
        topics.push(topic_on(&redis, "follow", node).await);
    }
    let mut followers: Vec<TopicReceiver> = topics.iter().map(|topic| cluster.follow_topic(topic)).collect();
    for follower in &mut followers {
        assert_eq!(next(follower).await, Message::Gap);
    }
    for round in 0..2 {
        redis.stop(2);
        // Sent into the void: dropped, and nobody waits.
        cluster.publish_topic(&topics[2], Bytes::from_static(b"lost"));
        redis.start_again(2);
        assert_eq!(next(&mut followers[2]).await, Message::Gap, "round {round}");
        let until_it_arrives = async {
            loop {
                cluster.publish_topic(&topics[2], Bytes::from_static(b"here"));
                let wait = Duration::from_millis(200);
                match tokio::time::timeout(wait, followers[2].next()).await {
                    Ok(Message::Data(data)) if data == "here" => return,
                    _ => {}
                }
            }
        };
        tokio::time::timeout(PATIENCE, until_it_arrives)
            .await
            .expect("messages come again");
    }
    // Another that begins to follow now, and the other nodes, work as ever.
    let mut late = cluster.follow_topic(&topics[2]);
    assert_eq!(next(&mut late).await, Message::Gap);
    cluster.publish_topic(&topics[0], Bytes::from_static(b"0"));
    loop {
        match next(&mut followers[0]).await {
            Message::Data(data) => break assert_eq!(data, "0"),
            // Servers that thought the cluster incomplete may have been left meanwhile.
            Message::Gap => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slots_that_move_are_found_again() {
    let redis = test_redis::Cluster::start();
    let cluster = connect_with(settings(redis.urls(), "move")).await;
    let topic = topic_on(&redis, "move", 0).await;
    let mut follower = cluster.follow_topic(&topic);
    assert_eq!(next(&mut follower).await, Message::Gap);
    let slot = redis.ask(&["CLUSTER", "KEYSLOT", &format!("move:{topic}")]);
    let ports = redis.ports();
    let heir = ask(ports[1], &["CLUSTER", "MYID"]);
    for port in [ports[1], ports[0], ports[2]] {
        assert_eq!(ask(port, &["CLUSTER", "SETSLOT", &slot, "NODE", &heir]), "OK");
    }
    assert_eq!(
        next(&mut follower).await,
        Message::Gap,
        "followed at the new owner"
    );
    let arrives = async {
        loop {
            cluster.publish_topic(&topic, Bytes::from_static(b"here"));
            let wait = Duration::from_millis(200);
            if let Ok(Message::Data(_)) = tokio::time::timeout(wait, follower.next()).await {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, arrives)
        .await
        .expect("messages come again");
}

#[tokio::test]
async fn the_password_of_the_first_address_is_used_for_all() {
    let redis = test_redis::Cluster::start();
    for port in redis.ports() {
        assert_eq!(ask(port, &["CONFIG", "SET", "requirepass", "hunter2"]), "OK");
    }
    let address = |user: &str| format!("redis://{user}127.0.0.1:{}", redis.ports()[0]);
    for wrong in ["", ":hunter3@"] {
        let refused = Cluster::connect(settings(vec![address(wrong)], "password")).await;
        let text = refused.expect_err("a wrong password").to_string();
        assert!(text.contains("127.0.0.1") && !text.contains("hunter"), "{text}");
    }
    let cluster = connect_with(settings(vec![address(":hunter2@")], "password")).await;
    cluster.ping().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_takes_over_with_everything_that_was_acknowledged() {
    let redis = test_redis::Cluster::start_with_replicas();
    let mut config = settings(redis.urls(), "failover");
    config.replicas = 1;
    let cluster = connect_with(config).await;
    let leases = a_lease_on_each_node(&cluster, &redis).await;
    let lease = leases[0];
    let mut follower = cluster.follow_topic(&topic_on(&redis, "failover", 0).await);
    assert_eq!(next(&mut follower).await, Message::Gap);
    for number in 1..=50 {
        cluster.append(&lease, number, &[record(number)]).await.unwrap();
    }
    redis.stop(0);
    // Nobody tells the cluster's clients: they find out.
    let goes_on = || async {
        match cluster.append(&lease, 51, &[record(51)]).await {
            Ok(()) => true,
            // The only replica is a master now: there is none that could have it.
            Err(AppendError::Cluster(ClusterError::Replicas { .. })) => true,
            Err(AppendError::Cluster(_)) => false,
            Err(lost) => panic!("{lost}"),
        }
    };
    until("the replica takes over", goes_on).await;
    let expected: Vec<Bytes> = (1..=51).map(record).collect();
    assert_eq!(cluster.shared_log(&lease.match_key).await.unwrap(), expected);
    assert_eq!(
        cluster.renew(&leases).await.unwrap(),
        [Renewal::Held, Renewal::Held, Renewal::Held]
    );
    assert_eq!(
        next(&mut follower).await,
        Message::Gap,
        "followed at the new master"
    );
    // The old one comes back and follows the new one: again two have every record.
    redis.start_again(0);
    let durable = || async { cluster.append(&lease, 52, &[record(52)]).await.is_ok() };
    until("there is a replica again", durable).await;
}

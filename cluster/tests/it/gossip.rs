//! Presence, resume tokens and topics. On a real Redis Cluster.

use std::time::Duration;

use bytes::Bytes;
use cluster::{Cluster, ClusterConfig, ClusterError, Message, Presence};

use crate::support::{connect, connect_with, settings, until, PATIENCE};

fn presence(name: &str, matches: u32) -> Presence {
    Presence {
        name: name.to_owned(),
        matches,
        capacity: 100,
        draining: matches == 0,
    }
}

#[tokio::test]
async fn cranks_see_each_other_until_they_leave() {
    let cluster = connect("presence").await;
    assert!(cluster.cranks().await.unwrap().is_empty());
    for crank in [presence("b c:{d}", 3), presence("a", 7), presence("a", 0)] {
        cluster.announce(&crank).await.unwrap();
    }
    let both = [presence("a", 0), presence("b c:{d}", 3)];
    assert_eq!(cluster.cranks().await.unwrap(), both);
    cluster.withdraw("a").await.unwrap();
    cluster.withdraw("nobody").await.unwrap();
    assert_eq!(cluster.cranks().await.unwrap(), both[1..]);
}

#[tokio::test]
async fn a_crank_that_is_silent_is_gone() {
    let mut config = settings(test_redis::shared(), "silent");
    config.lease_life = Duration::from_millis(250);
    let short = connect_with(config).await;
    let cluster = connect("silent").await;
    short.announce(&presence("short", 1)).await.unwrap();
    cluster.announce(&presence("long", 2)).await.unwrap();
    let alone = || async { cluster.cranks().await.unwrap() == [presence("long", 2)] };
    until("its time is over", alone).await;
}

#[tokio::test]
async fn tokens_are_remembered_for_their_time() {
    let cluster = connect("tokens").await;
    let [first, second] = [[1; 32], [2; 32]];
    assert_eq!(cluster.recall(&first).await.unwrap(), None);
    cluster.remember(&first, b"one\0", PATIENCE * 10).await.unwrap();
    cluster
        .remember(&second, b"two", Duration::from_millis(150))
        .await
        .unwrap();
    assert_eq!(cluster.recall(&first).await.unwrap(), Some(b"one\0".to_vec()));
    cluster.remember(&first, b"", PATIENCE * 10).await.unwrap();
    let forgotten = || async { cluster.recall(&second).await.unwrap().is_none() };
    until("its time is over", forgotten).await;
    assert_eq!(cluster.recall(&first).await.unwrap(), Some(Vec::new()));
    let error = cluster
        .remember(&first, &[0; 70_000], PATIENCE)
        .await
        .unwrap_err();
    assert!(error.to_string().contains("65536"), "{error}");
}

#[tokio::test]
async fn a_topic_reaches_all_who_follow_it_in_order() {
    let (here, there) = (connect("topics").await, connect("topics").await);
    let mut followers = [
        here.follow_topic("relays"),
        there.follow_topic("relays"),
        there.follow_topic("relays"),
    ];
    let mut other = there.follow_topic("other");
    for follower in followers.iter_mut().chain([&mut other]) {
        assert_eq!(next(follower).await, Message::Gap, "now it is followed");
    }
    for number in 0..200u32 {
        here.publish_topic("relays", Bytes::from(number.to_string()));
    }
    for follower in &mut followers {
        for number in 0..200u32 {
            // A second follower of a process may get a second gap before the first message.
            let mut message = next(follower).await;
            while number == 0 && message == Message::Gap {
                message = next(follower).await;
            }
            assert_eq!(message, Message::Data(number.to_string().into()));
        }
    }
    here.publish_topic("other", Bytes::from_static(b"end"));
    assert_eq!(next(&mut other).await, Message::Data(Bytes::from_static(b"end")));
}

#[tokio::test]
async fn who_falls_behind_is_told_so_and_holds_nobody_up() {
    let cluster = connect("behind").await;
    let (mut slow, mut fast) = (cluster.follow_topic("t"), cluster.follow_topic("t"));
    assert_eq!(next(&mut fast).await, Message::Gap);
    assert_eq!(next(&mut slow).await, Message::Gap);
    let last = Message::Data(Bytes::from_static(b"1999"));
    let reader =
        tokio::spawn(
            async move { while next(&mut fast).await != Message::Data(Bytes::from_static(b"1999")) {} },
        );
    for number in 0..2000u32 {
        cluster.publish_topic("t", Bytes::from(number.to_string()));
        tokio::task::yield_now().await;
    }
    reader.await.unwrap();
    let mut seen = Vec::new();
    while seen.last() != Some(&last) {
        seen.push(next(&mut slow).await);
    }
    assert!(
        seen.contains(&Message::Gap) && seen.len() < 1000,
        "{} messages",
        seen.len()
    );
}

#[tokio::test]
async fn a_channel_that_was_left_can_be_followed_again() {
    let cluster = connect("again").await;
    for number in 0..20u32 {
        let mut follower = cluster.follow_topic("t");
        assert_eq!(next(&mut follower).await, Message::Gap);
        cluster.publish_topic("t", Bytes::from(number.to_string()));
        let expected = Message::Data(Bytes::from(number.to_string()));
        // What the one before published may still be on its way, but nothing is missed.
        while next(&mut follower).await != expected {}
    }
}

#[tokio::test]
async fn what_cannot_be_reached_is_named_without_its_password() {
    // A port that was free a moment ago: nobody answers there.
    let free = std::net::TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap();
    let node = format!("redis://:hunter2@127.0.0.1:{}", free.port());
    let error = Cluster::connect(ClusterConfig::new(vec![node.clone()]))
        .await
        .unwrap_err();
    let ClusterError::Unreachable { nodes, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(*nodes, format!("127.0.0.1:{}", free.port()));
    assert!(!error.to_string().contains("hunter2"), "{error}");
    // One that answers is enough.
    let nodes = [node.replace(":hunter2@", ""), test_redis::shared().remove(1)];
    let cluster = connect_with(settings(nodes.to_vec(), "one")).await;
    cluster.ping().await.unwrap();
}

async fn next(follower: &mut cluster::TopicReceiver) -> Message {
    let next = tokio::time::timeout(PATIENCE, follower.next()).await;
    next.expect("a message comes")
}

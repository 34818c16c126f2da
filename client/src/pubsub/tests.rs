//! Subscriptions over connections that break, refuse and stall.

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use scripted_node::ScriptedPubSub;
use serde_json::{json, Value};
use solana_signature::Signature;
use solana_transaction_error::TransactionError;

use super::*;
use crate::rpc::Backoff;

async fn listen() -> (ScriptedPubSub, PubSubConfig) {
    let node = ScriptedPubSub::listen().await;
    let mut config = PubSubConfig::new(&node.url);
    config.backoff = Backoff {
        first: Duration::from_millis(5),
        max: Duration::from_millis(20),
        attempts_max: u32::MAX,
    };
    config.silence_max = Duration::from_millis(300);
    (node, config)
}

fn account_result(slot: u64) -> Value {
    let owner = Pubkey::default().to_string();
    json!({ "context": { "slot": slot }, "value": {
        "lamports": slot, "data": ["AQI=", "base64"], "owner": owner, "executable": false, "rentEpoch": 0, "space": 2
    }})
}

async fn next(subscription: &mut Subscription) -> Option<Notice> {
    tokio::time::timeout(Duration::from_secs(5), subscription.next())
        .await
        .unwrap()
}

#[tokio::test]
async fn resync_comes_first_and_after_every_reconnect() {
    let (listener, config) = listen().await;
    let pubsub = PubSub::start(config);
    let address = Pubkey::new_unique();
    let mut subscription = pubsub.subscribe(Topic::Account(address)).await.unwrap();
    for round in 1..=3u64 {
        let mut socket = listener.accept().await;
        let id = socket.grant_until("accountSubscribe").await;
        assert!(
            matches!(next(&mut subscription).await, Some(Notice::Resync)),
            "round {round}"
        );
        socket.tell("account", id, account_result(round)).await;
        match next(&mut subscription).await {
            Some(Notice::Account {
                slot,
                address: at,
                account,
            }) => {
                assert_eq!(
                    (slot, at, account.lamports, account.data),
                    (round, address, round, vec![1, 2])
                );
            }
            other => panic!("round {round}: {other:?}"),
        }
        // Dropping the socket breaks the connection.
    }
}

#[tokio::test]
async fn a_connection_without_slots_is_dead() {
    let (listener, config) = listen().await;
    let pubsub = PubSub::start(config);
    let mut subscription = pubsub.subscribe(Topic::Slot).await.unwrap();
    // Grants, then says nothing while TCP stays up.
    let mut silent = listener.accept().await;
    silent.grant_until("slotSubscribe").await;
    silent.grant_until("slotSubscribe").await;
    assert!(matches!(next(&mut subscription).await, Some(Notice::Resync)));
    let mut second = listener.accept().await;
    let heartbeat = second.grant_until("slotSubscribe").await;
    let id = second.grant_until("slotSubscribe").await;
    assert!(matches!(next(&mut subscription).await, Some(Notice::Resync)));
    let slot = json!({ "slot": 5, "parent": 4, "root": 1 });
    second.tell("slot", heartbeat, slot.clone()).await;
    second.tell("slot", id, slot).await;
    assert!(matches!(
        next(&mut subscription).await,
        Some(Notice::Slot {
            slot: 5,
            parent: 4,
            root: 1
        })
    ));
    drop(silent);
}

#[tokio::test]
async fn a_refused_topic_ends_alone() {
    let (listener, config) = listen().await;
    let pubsub = PubSub::start(config);
    let mut refused = pubsub
        .subscribe(Topic::Program {
            program: aurelius::ID,
            filters: vec![],
        })
        .await
        .unwrap();
    let mut socket = listener.accept().await;
    let heartbeat = socket.grant_until("slotSubscribe").await;
    let request = socket.request().await;
    assert_eq!(request["method"], "programSubscribe");
    socket.refuse(&request, -32601, "Method not found").await;
    match next(&mut refused).await {
        Some(Notice::Refused { reason }) => assert!(reason.contains("Method not found"), "{reason}"),
        other => panic!("{other:?}"),
    }
    let mut slots = pubsub.subscribe(Topic::Slot).await.unwrap();
    socket.grant_until("slotSubscribe").await;
    assert!(matches!(next(&mut slots).await, Some(Notice::Resync)));
    assert!(next(&mut refused).await.is_none());
    socket
        .tell("slot", heartbeat, json!({ "slot": 1, "parent": 0, "root": 0 }))
        .await;
}

#[tokio::test]
async fn a_signature_is_told_once_with_its_error() {
    let (listener, config) = listen().await;
    let pubsub = PubSub::start(config);
    let mut subscription = pubsub
        .subscribe(Topic::Signature(Signature::default()))
        .await
        .unwrap();
    let mut socket = listener.accept().await;
    let id = socket.grant_until("signatureSubscribe").await;
    assert!(matches!(next(&mut subscription).await, Some(Notice::Resync)));
    let error = json!({ "InstructionError": [0, { "Custom": 6201 }] });
    let result = json!({ "context": { "slot": 9 }, "value": { "err": error } });
    socket.tell("signature", id, result).await;
    match next(&mut subscription).await {
        Some(Notice::Signature {
            slot: 9,
            error: Some(TransactionError::InstructionError(0, _)),
        }) => {}
        other => panic!("{other:?}"),
    }
    assert!(next(&mut subscription).await.is_none());
}

#[tokio::test]
async fn a_slow_subscriber_loses_only_its_own_notices_and_resynchronises() {
    let (listener, mut config) = listen().await;
    config.queue_len = 4;
    config.silence_max = Duration::from_secs(30);
    let pubsub = PubSub::start(config);
    let mut slow = pubsub
        .subscribe(Topic::Account(Pubkey::new_unique()))
        .await
        .unwrap();
    let mut fast = pubsub
        .subscribe(Topic::Account(Pubkey::new_unique()))
        .await
        .unwrap();
    let mut socket = listener.accept().await;
    let slow_id = socket.grant_until("accountSubscribe").await;
    let fast_id = socket.grant_until("accountSubscribe").await;
    assert!(matches!(next(&mut fast).await, Some(Notice::Resync)));
    for slot in 1..=20 {
        socket.tell("account", slow_id, account_result(slot)).await;
        socket.tell("account", fast_id, account_result(slot)).await;
        assert!(matches!(next(&mut fast).await, Some(Notice::Account { slot: s, .. }) if s == slot));
    }
    // What fitted, then a gap that is announced, then news again.
    assert!(matches!(next(&mut slow).await, Some(Notice::Resync)));
    for expected in 1..=3 {
        assert!(matches!(next(&mut slow).await, Some(Notice::Account { slot, .. }) if slot == expected));
    }
    assert!(matches!(next(&mut slow).await, Some(Notice::Resync)));
    socket.tell("account", slow_id, account_result(21)).await;
    assert!(matches!(
        next(&mut slow).await,
        Some(Notice::Account { slot: 21, .. })
    ));
}

#[tokio::test]
async fn report_34_dropped_subscriptions_are_ended_without_waiting_for_a_notice() {
    const DROPPED: usize = 200;
    let (listener, mut config) = listen().await;
    config.silence_max = Duration::from_secs(30);
    let pubsub = PubSub::start(config);
    let mut socket = listener.accept().await;
    // The first are ended while the last are still made. Not one notice is sent.
    let mut ended = 0;
    for _ in 0..DROPPED {
        let subscribing = pubsub.subscribe(Topic::Account(Pubkey::new_unique()));
        let granting = async {
            while socket.grant().await["method"] != "accountSubscribe" {
                ended += 1;
            }
        };
        let (subscription, ()) = tokio::join!(subscribing, granting);
        drop(subscription.unwrap());
    }
    let rest = async {
        while ended < DROPPED {
            assert_eq!(socket.grant().await["method"], "accountUnsubscribe");
            ended += 1;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), rest).await.unwrap();
}

#[tokio::test]
async fn a_notice_that_cannot_be_read_is_told_as_a_gap() {
    let (listener, config) = listen().await;
    let pubsub = PubSub::start(config);
    let topic = Topic::Account(Pubkey::new_unique());
    let mut subscription = pubsub.subscribe(topic).await.unwrap();
    let mut socket = listener.accept().await;
    let id = socket.grant_until("accountSubscribe").await;
    assert!(matches!(next(&mut subscription).await, Some(Notice::Resync)));
    let mut broken = account_result(7);
    broken["value"]["data"] = json!(["%%%", "base64"]);
    socket.tell("account", id, broken).await;
    assert!(matches!(next(&mut subscription).await, Some(Notice::Resync)));
}

//! Subscriptions over connections that break, refuse and stall.

use futures_util::{SinkExt, StreamExt};
use serde_json::{json, Value};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::WebSocketStream;

use super::*;

type Socket = WebSocketStream<TcpStream>;

async fn listen() -> (TcpListener, PubSubConfig) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = PubSubConfig::new(format!("ws://{}", listener.local_addr().unwrap()));
    config.backoff = Backoff {
        first: Duration::from_millis(5),
        max: Duration::from_millis(20),
        attempts_max: u32::MAX,
    };
    config.silence_max = Duration::from_millis(300);
    (listener, config)
}

async fn accept(listener: &TcpListener) -> Socket {
    let (stream, _) = listener.accept().await.unwrap();
    tokio_tungstenite::accept_async(stream).await.unwrap()
}

/// Reads requests until the subscription `method` comes; grants every one with its request id as subscription id.
async fn grant_until(socket: &mut Socket, method: &str) -> u64 {
    loop {
        let Some(Ok(message)) = socket.next().await else {
            panic!("the client hung up before {method}")
        };
        let Message::Text(text) = message else { continue };
        let request: Value = serde_json::from_str(&text).unwrap();
        let id = request["id"].as_u64().unwrap();
        send(socket, json!({ "jsonrpc": "2.0", "id": id, "result": id })).await;
        if request["method"] == method {
            return id;
        }
    }
}

async fn send(socket: &mut Socket, value: Value) {
    socket
        .send(Message::Text(value.to_string().into()))
        .await
        .unwrap();
}

fn notification(method: &str, subscription: u64, result: Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": { "result": result, "subscription": subscription } })
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
        let mut socket = accept(&listener).await;
        let id = grant_until(&mut socket, "accountSubscribe").await;
        assert!(
            matches!(next(&mut subscription).await, Some(Notice::Resync)),
            "round {round}"
        );
        send(
            &mut socket,
            notification("accountNotification", id, account_result(round)),
        )
        .await;
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
    let mut silent = accept(&listener).await;
    grant_until(&mut silent, "slotSubscribe").await;
    grant_until(&mut silent, "slotSubscribe").await;
    assert!(matches!(next(&mut subscription).await, Some(Notice::Resync)));
    let mut second = accept(&listener).await;
    let heartbeat = grant_until(&mut second, "slotSubscribe").await;
    let id = grant_until(&mut second, "slotSubscribe").await;
    assert!(matches!(next(&mut subscription).await, Some(Notice::Resync)));
    let slot = json!({ "slot": 5, "parent": 4, "root": 1 });
    send(
        &mut second,
        notification("slotNotification", heartbeat, slot.clone()),
    )
    .await;
    send(&mut second, notification("slotNotification", id, slot)).await;
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
    let mut socket = accept(&listener).await;
    let heartbeat = grant_until(&mut socket, "slotSubscribe").await;
    let Some(Ok(Message::Text(text))) = socket.next().await else {
        panic!("no request")
    };
    let request: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(request["method"], "programSubscribe");
    let error = json!({ "code": -32601, "message": "Method not found" });
    send(
        &mut socket,
        json!({ "jsonrpc": "2.0", "id": request["id"], "error": error }),
    )
    .await;
    match next(&mut refused).await {
        Some(Notice::Refused { reason }) => assert!(reason.contains("Method not found"), "{reason}"),
        other => panic!("{other:?}"),
    }
    let mut slots = pubsub.subscribe(Topic::Slot).await.unwrap();
    grant_until(&mut socket, "slotSubscribe").await;
    assert!(matches!(next(&mut slots).await, Some(Notice::Resync)));
    assert!(next(&mut refused).await.is_none());
    send(
        &mut socket,
        notification(
            "slotNotification",
            heartbeat,
            json!({ "slot": 1, "parent": 0, "root": 0 }),
        ),
    )
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
    let mut socket = accept(&listener).await;
    let id = grant_until(&mut socket, "signatureSubscribe").await;
    assert!(matches!(next(&mut subscription).await, Some(Notice::Resync)));
    let error = json!({ "InstructionError": [0, { "Custom": 6201 }] });
    let result = json!({ "context": { "slot": 9 }, "value": { "err": error } });
    send(&mut socket, notification("signatureNotification", id, result)).await;
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
    let mut socket = accept(&listener).await;
    let slow_id = grant_until(&mut socket, "accountSubscribe").await;
    let fast_id = grant_until(&mut socket, "accountSubscribe").await;
    assert!(matches!(next(&mut fast).await, Some(Notice::Resync)));
    for slot in 1..=20 {
        send(
            &mut socket,
            notification("accountNotification", slow_id, account_result(slot)),
        )
        .await;
        send(
            &mut socket,
            notification("accountNotification", fast_id, account_result(slot)),
        )
        .await;
        assert!(matches!(next(&mut fast).await, Some(Notice::Account { slot: s, .. }) if s == slot));
    }
    // What fitted, then a gap that is announced, then news again.
    assert!(matches!(next(&mut slow).await, Some(Notice::Resync)));
    for expected in 1..=3 {
        assert!(matches!(next(&mut slow).await, Some(Notice::Account { slot, .. }) if slot == expected));
    }
    assert!(matches!(next(&mut slow).await, Some(Notice::Resync)));
    send(
        &mut socket,
        notification("accountNotification", slow_id, account_result(21)),
    )
    .await;
    assert!(matches!(
        next(&mut slow).await,
        Some(Notice::Account { slot: 21, .. })
    ));
}

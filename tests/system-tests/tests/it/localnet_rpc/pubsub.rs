//! Subscriptions, with the client of the real network.

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use futures_util::{SinkExt, StreamExt};
use localnet::LocalnetConfig;
use serde_json::{json, Value};
use solana_commitment_config::CommitmentConfig;
use solana_pubsub_client::pubsub_client::PubsubClient;
use solana_rpc_client_api::config::{
    RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcSignatureSubscribeConfig, RpcTransactionLogsConfig,
    RpcTransactionLogsFilter, UiAccountEncoding,
};
use solana_rpc_client_api::filter::RpcFilterType;
use solana_rpc_client_api::response::{ReceivedSignatureResult, RpcSignatureResult};
use solana_signer::Signer;
use tokio_tungstenite::tungstenite::Message;

use super::support::{Bed, SOL};

/// Longer than anything here takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(30);
const SYSTEM: Pubkey = Pubkey::from_str_const("11111111111111111111111111111111");

fn confirmed(encoding: UiAccountEncoding) -> RpcAccountInfoConfig {
    RpcAccountInfoConfig {
        encoding: Some(encoding),
        commitment: Some(CommitmentConfig::confirmed()),
        ..RpcAccountInfoConfig::default()
    }
}

/// Keeps what a subscription receives, and the subscription open for as long as the chain runs.
/// Dropping it would wait for one more message, which may never come: the client reads under a lock
/// that its drop needs.
fn listen<S, R>((open, received): (S, R)) -> R {
    std::mem::forget(open);
    received
}

/// The port after the RPC port, and the RPC port itself.
fn urls(bed: &Bed) -> [String; 2] {
    [bed.chain.ws_url.clone(), bed.chain.rpc_url.replace("http", "ws")]
}

#[test]
fn an_account_is_followed_on_both_ports() {
    let bed = Bed::frozen();
    for (turn, url) in urls(&bed).into_iter().enumerate() {
        let friend = Pubkey::new_unique();
        let config = confirmed(UiAccountEncoding::Base64);
        let changes = listen(PubsubClient::account_subscribe(&url, &friend, Some(config)).unwrap());
        bed.run(&[bed.pay(&friend, SOL + turn as u64)], &[]);
        let change = changes.recv_timeout(PATIENCE).unwrap();
        assert_eq!(change.value.lamports, SOL + turn as u64);
        assert_eq!(change.context.slot, bed.slot());
        bed.run(&[bed.pay(&friend, 3 * SOL)], &[]);
        assert_eq!(
            changes.recv_timeout(PATIENCE).unwrap().value.lamports,
            4 * SOL + turn as u64
        );
    }
}

#[test]
fn a_program_is_followed_through_filters() {
    let bed = Bed::frozen();
    let config = |size| RpcProgramAccountsConfig {
        filters: Some(vec![RpcFilterType::DataSize(size)]),
        account_config: confirmed(UiAccountEncoding::Base64),
        ..RpcProgramAccountsConfig::default()
    };
    let url = &bed.chain.ws_url;
    let subscribe = |size| listen(PubsubClient::program_subscribe(url, &SYSTEM, Some(config(size))).unwrap());
    let (empty, large) = (subscribe(0), subscribe(9));
    let friend = Pubkey::new_unique();
    bed.run(&[bed.pay(&friend, SOL)], &[]);
    let mut seen = vec![
        empty.recv_timeout(PATIENCE).unwrap().value.pubkey,
        empty.recv_timeout(PATIENCE).unwrap().value.pubkey,
    ];
    seen.sort();
    let mut expected = vec![bed.payer.pubkey().to_string(), friend.to_string()];
    expected.sort();
    assert_eq!(seen, expected);
    assert!(large.try_recv().is_err());
}

#[test]
fn logs_are_followed_for_all_and_by_mention() {
    let bed = Bed::frozen();
    let friend = Pubkey::new_unique();
    let subscribe = |filter| {
        let config = RpcTransactionLogsConfig {
            commitment: Some(CommitmentConfig::confirmed()),
        };
        listen(PubsubClient::logs_subscribe(&bed.chain.ws_url, filter, config).unwrap())
    };
    let all = subscribe(RpcTransactionLogsFilter::All);
    let mention = RpcTransactionLogsFilter::Mentions(vec![friend.to_string()]);
    let mentions = subscribe(mention);
    let other = bed.run(&[bed.pay(&Pubkey::new_unique(), SOL)], &[]);
    let named = bed.run(&[bed.pay(&friend, SOL)], &[]);
    for expected in [other, named] {
        let logs = all.recv_timeout(PATIENCE).unwrap().value;
        assert_eq!(logs.signature, expected.to_string());
        assert!(logs.err.is_none());
        assert!(logs.logs[0].contains("invoke [1]"));
    }
    let logs = mentions.recv_timeout(PATIENCE).unwrap().value;
    assert_eq!(logs.signature, named.to_string());
}

#[test]
fn a_signature_is_notified_at_its_level_once() {
    let bed = Bed::frozen();
    let transaction = bed.sign(&[bed.pay(&Pubkey::new_unique(), SOL)], &[]);
    let signature = transaction.signatures[0];
    let subscribe = |commitment, received| {
        let config = RpcSignatureSubscribeConfig {
            commitment: Some(commitment),
            enable_received_notification: Some(received),
        };
        let url = &bed.chain.ws_url;
        listen(PubsubClient::signature_subscribe(url, &signature, Some(config)).unwrap())
    };
    let is_success = |result: RpcSignatureResult| matches!(result, RpcSignatureResult::ProcessedSignature(processed) if processed.err.is_none());
    let early = subscribe(CommitmentConfig::confirmed(), true);
    let rooted = subscribe(CommitmentConfig::finalized(), false);
    bed.rpc.send_transaction(&transaction).unwrap();
    assert_eq!(
        early.recv_timeout(PATIENCE).unwrap().value,
        RpcSignatureResult::ReceivedSignature(ReceivedSignatureResult::ReceivedSignature)
    );
    assert!(is_success(early.recv_timeout(PATIENCE).unwrap().value));
    // Subscribed after the fact: told at once.
    let late = subscribe(CommitmentConfig::processed(), false);
    assert!(is_success(late.recv_timeout(PATIENCE).unwrap().value));
    bed.warp(31);
    assert!(rooted.try_recv().is_err());
    bed.warp(1);
    assert!(is_success(rooted.recv_timeout(PATIENCE).unwrap().value));
}

#[test]
fn slots_and_roots_are_followed_as_they_come() {
    let bed = Bed::with(LocalnetConfig {
        slot_ms: 50,
        ..LocalnetConfig::default()
    });
    let slots = listen(PubsubClient::slot_subscribe(&bed.chain.ws_url).unwrap());
    let roots = listen(PubsubClient::root_subscribe(&bed.chain.ws_url).unwrap());
    let first = slots.recv_timeout(PATIENCE).unwrap();
    for ahead in 1..=5 {
        let slot = slots.recv_timeout(PATIENCE).unwrap();
        assert_eq!(slot.slot, first.slot + ahead);
        assert_eq!(slot.parent, slot.slot - 1);
        assert_eq!(slot.root, slot.slot - 32);
    }
    let root = roots.recv_timeout(PATIENCE).unwrap();
    assert_eq!(roots.recv_timeout(PATIENCE).unwrap(), root + 1);
}

/// Opens a raw socket, sends the requests, and answers `count` messages.
async fn exchange(url: &str, requests: &[Value], count: usize) -> Vec<Value> {
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    for request in requests {
        socket.send(Message::text(request.to_string())).await.unwrap();
    }
    let mut answers = Vec::new();
    while answers.len() < count {
        if let Message::Text(text) = socket.next().await.unwrap().unwrap() {
            answers.push(serde_json::from_str(&text).unwrap());
        }
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_subscriptions_are_refused_and_the_socket_lives() {
    let bed = tokio::task::spawn_blocking(Bed::frozen).await.unwrap();
    let call = |id, method: &str, params: Value| json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params});
    let requests = [
        call(1, "fooSubscribe", json!([])),
        call(2, "accountSubscribe", json!(["zz"])),
        call(3, "accountUnsubscribe", json!([123])),
        call(4, "logsSubscribe", json!([{"mentions": ["a", "b"]}])),
        json!("nonsense"),
        call(5, "getSlot", json!([])),
        call(6, "slotSubscribe", json!([])),
    ];
    let answers = exchange(&bed.chain.ws_url, &requests, 7).await;
    let codes: Vec<Value> = answers
        .iter()
        .map(|answer| answer["error"]["code"].clone())
        .collect();
    assert_eq!(
        codes[..6],
        [-32601, -32602, -32602, -32602, -32600, -32601].map(|c| json!(c))
    );
    assert!(answers[6]["result"].is_u64());

    // Unsubscribing works once.
    let id = answers[6]["result"].clone();
    let again = exchange(&bed.chain.ws_url, &[call(1, "slotUnsubscribe", json!([id]))], 1).await;
    assert_eq!(
        again[0]["error"]["message"], "Invalid subscription id.",
        "ids are per connection"
    );
    tokio::task::spawn_blocking(move || drop(bed)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_subscriber_is_dropped_and_the_others_are_not() {
    let mut config = LocalnetConfig {
        slot_ms: 2,
        ..LocalnetConfig::default()
    };
    config.limits.events_max = 32;
    let bed = tokio::task::spawn_blocking(|| Bed::with(config)).await.unwrap();
    let history = "SysvarS1otHistory11111111111111111111111111";
    let params = json!([history, {"encoding": "base64", "commitment": "processed"}]);
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "accountSubscribe", "params": params});
    // 175 kB a slot, 500 slots a second, and nobody reads.
    let (mut slow, _) = tokio_tungstenite::connect_async(&bed.chain.ws_url).await.unwrap();
    slow.send(Message::text(request.to_string())).await.unwrap();
    tokio::time::sleep(Duration::from_secs(2)).await;
    let close = tokio::time::timeout(PATIENCE, async {
        loop {
            match slow.next().await {
                Some(Ok(Message::Close(frame))) => return frame,
                Some(Ok(_)) => {}
                other => panic!("closed without a reason: {other:?}"),
            }
        }
    })
    .await
    .expect("the slow subscriber was never dropped")
    .expect("a close frame with a code");
    assert_eq!(u16::from(close.code), 1013);
    assert!(close.reason.contains("too slow"), "{}", close.reason);

    let quick = json!({"jsonrpc": "2.0", "id": 1, "method": "slotSubscribe"});
    assert_eq!(exchange(&bed.chain.ws_url, &[quick], 20).await.len(), 20);
    tokio::task::spawn_blocking(move || drop(bed)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_and_subscriptions_are_bounded() {
    let mut config = LocalnetConfig::default();
    config.limits.connections_max = 2;
    config.limits.subscriptions_max = 3;
    let bed = tokio::task::spawn_blocking(|| Bed::with(config)).await.unwrap();
    let url = &bed.chain.ws_url;
    let root = |id| json!({"jsonrpc": "2.0", "id": id, "method": "rootSubscribe"});
    let (first, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    let (second, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    assert!(
        tokio_tungstenite::connect_async(url).await.is_err(),
        "a third connection"
    );
    drop((first, second));
    // A place is free again as soon as the server has noticed.
    let mut tries = 0;
    while tokio_tungstenite::connect_async(url).await.is_err() {
        tries += 1;
        assert!(tries < 100, "no place became free");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let answers = exchange(url, &[root(1), root(2), root(3), root(4)], 4).await;
    let refusal = answers.iter().find(|answer| answer.get("error").is_some());
    let message = refusal.expect("a fourth subscription")["error"]["message"]
        .as_str()
        .unwrap();
    assert!(message.contains("may have 3"), "{message}");
    tokio::task::spawn_blocking(move || drop(bed)).await.unwrap();
}

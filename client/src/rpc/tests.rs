//! The pool against a node that is slow, overloaded, behind or wrong.

use std::time::{Duration, Instant};

use serde_json::{json, Value};

use anchor_lang::prelude::Pubkey;

use super::*;
use scripted_node::{Answer, ScriptedNode};

fn pool(url: &str) -> RpcPool {
    let mut config = RpcConfig::new(url);
    config.backoff = Backoff {
        first: Duration::from_millis(5),
        max: Duration::from_millis(20),
        attempts_max: 4,
    };
    config.timeout = Duration::from_millis(300);
    config.response_bytes_max = 4096;
    RpcPool::new(config).unwrap()
}

fn too_many(retry_after: &str) -> Answer {
    Answer::Http(format!(
        "HTTP/1.1 429 Too Many Requests\r\nretry-after: {retry_after}\r\ncontent-length: 0\r\n\r\n"
    ))
}

#[tokio::test]
async fn transient_failures_are_retried_until_the_answer_comes() {
    let node = ScriptedNode::start(|_, _, before| match before {
        0 => Answer::HangUp,
        1 => Answer::Http("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n".to_owned()),
        2 => Answer::Error {
            code: -32005,
            message: "Node is behind",
            data: json!({ "numSlotsBehind": 9 }),
        },
        _ => Answer::Result(json!(1234)),
    })
    .await;
    assert_eq!(pool(&node.url).slot().await.unwrap(), 1234);
    assert_eq!(node.methods(), ["getSlot"; 4]);
}

#[tokio::test]
async fn attempts_end() {
    let node = ScriptedNode::start(|_, _, _| Answer::Error {
        code: -32005,
        message: "behind",
        data: Value::Null,
    })
    .await;
    let error = pool(&node.url).slot().await.unwrap_err();
    assert!(error.is_transient());
    assert!(error.to_string().contains("getSlot"), "{error}");
    assert_eq!(node.methods().len(), 4);
}

#[tokio::test]
async fn a_refusal_is_not_repeated() {
    let node = ScriptedNode::start(|_, _, _| Answer::Error {
        code: -32602,
        message: "Invalid params",
        data: Value::Null,
    })
    .await;
    let error = pool(&node.url).slot().await.unwrap_err();
    assert!(!error.is_transient());
    assert!(error.to_string().contains("Invalid params"), "{error}");
    assert_eq!(node.methods().len(), 1);

    let node = ScriptedNode::start(|_, _, _| {
        Answer::Http("HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n".to_owned())
    })
    .await;
    let error = pool(&node.url).slot().await.unwrap_err();
    assert!(error.to_string().contains("401"), "{error}");
    assert_eq!(node.methods().len(), 1);
}

#[tokio::test]
async fn retry_after_is_honoured() {
    let node = ScriptedNode::start(|_, _, before| match before {
        0 => too_many("1"),
        _ => Answer::Result(json!(7)),
    })
    .await;
    let started = Instant::now();
    assert_eq!(pool(&node.url).slot().await.unwrap(), 7);
    assert!(
        started.elapsed() >= Duration::from_secs(1),
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn an_airdrop_is_asked_for_once() {
    let node = ScriptedNode::start(|_, _, _| Answer::HangUp).await;
    let error = pool(&node.url)
        .airdrop(&Pubkey::new_unique(), 1)
        .await
        .unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert_eq!(node.methods(), ["requestAirdrop"]);
}

#[tokio::test]
async fn silence_ends_with_the_timeout() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = RpcConfig::new(format!("http://{}", listener.local_addr().unwrap()));
    config.timeout = Duration::from_millis(100);
    config.backoff = Backoff {
        first: Duration::from_millis(1),
        max: Duration::from_millis(1),
        attempts_max: 2,
    };
    let started = Instant::now();
    let error = RpcPool::new(config).unwrap().slot().await.unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert!(started.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn nonsense_and_floods_are_refused() {
    for (body, what) in [
        ("<html></html>".to_owned(), "JSON-RPC"),
        (format!("\"{}\"", "x".repeat(5000)), "4096 bytes"),
    ] {
        let node = ScriptedNode::start(move |_, _, _| {
            Answer::Http(format!(
                "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            ))
        })
        .await;
        let error = pool(&node.url).slot().await.unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
        assert!(!error.is_transient());
        assert_eq!(node.methods().len(), 1);
    }
    let node = ScriptedNode::start(|_, _, _| {
        Answer::Http(
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_owned(),
        )
    })
    .await;
    let error = pool(&node.url).slot().await.unwrap_err();
    assert!(error.to_string().contains("302"), "{error}");
}

#[tokio::test]
async fn many_accounts_are_asked_for_in_chunks_and_keep_their_order() {
    let node = ScriptedNode::start(|_, params, _| {
        let keys = params[0].as_array().unwrap();
        let accounts: Vec<Value> = keys
            .iter()
            .map(|key| {
                let bytes = bs58::decode(key.as_str().unwrap()).into_vec().unwrap();
                if bytes[0] % 2 == 1 {
                    return Value::Null;
                }
                let data = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, [bytes[0]]);
                json!({ "lamports": 1, "data": [data, "base64"], "owner": key, "executable": false, "rentEpoch": 0, "space": 1 })
            })
            .collect();
        Answer::Result(json!({ "context": { "slot": 1 }, "value": accounts }))
    })
    .await;
    let mut config = RpcConfig::new(&node.url);
    config.response_bytes_max = 1 << 20;
    let addresses: Vec<Pubkey> = (0..=150u8)
        .map(|index| Pubkey::new_from_array([index; 32]))
        .collect();
    let accounts = RpcPool::new(config).unwrap().accounts(&addresses).await.unwrap();
    assert_eq!(node.methods(), ["getMultipleAccounts"; 2]);
    assert_eq!(accounts.len(), addresses.len());
    for (index, account) in accounts.iter().enumerate() {
        assert_eq!(
            account.as_ref().map(|a| a.data.clone()),
            (index % 2 == 0).then(|| vec![index as u8])
        );
    }
}

#[test]
fn addresses_that_are_none_are_refused_by_name() {
    for url in ["", "localhost:8899", "ws://localhost", "file:///x"] {
        let error = RpcPool::new(RpcConfig::new(url)).unwrap_err().to_string();
        assert!(
            error.contains("RPC address") && error.contains("https://"),
            "{error}"
        );
    }
}

//! The HTTP face itself: batches, notifications, CORS, health, the oracle gateway, and that reads
//! do not wait.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};

use anchor_lang::prelude::Pubkey;
use base64::prelude::{Engine, BASE64_STANDARD};
use serde_json::{json, Value};
use sha2::{Digest, Sha256};

use super::support::Bed;

/// Status, headers and body of one request.
fn request(bed: &Bed, head: &str, body: &str) -> (u16, String, String) {
    let address = bed.chain.rpc_url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "{head}\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    let (headers, body) = response.split_once("\r\n\r\n").unwrap();
    let status = headers.split(' ').nth(1).unwrap().parse().unwrap();
    (status, headers.to_ascii_lowercase(), body.to_owned())
}

fn post(bed: &Bed, body: Value) -> (u16, Value) {
    let head = "POST / HTTP/1.1\r\ncontent-type: application/json";
    let (status, _, text) = request(bed, head, &body.to_string());
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

#[test]
fn batches_are_answered_in_order_and_notifications_are_not() {
    let bed = Bed::frozen();
    let call = |id, method| json!({"jsonrpc": "2.0", "id": id, "method": method});
    let notification = json!({"jsonrpc": "2.0", "method": "getHealth"});
    let batch = json!([
        call(1, "getHealth"),
        notification,
        call(2, "nope"),
        5,
        call(3, "getSlot")
    ]);
    let (status, answers) = post(&bed, batch);
    assert_eq!(status, 200);
    let answers = answers.as_array().unwrap();
    assert_eq!(answers.len(), 4);
    assert_eq!(answers[0]["result"], "ok");
    assert_eq!(
        (&answers[1]["id"], &answers[1]["error"]["code"]),
        (&json!(2), &json!(-32601))
    );
    assert_eq!(
        (&answers[2]["id"], &answers[2]["error"]["code"]),
        (&Value::Null, &json!(-32600))
    );
    assert!(answers[3]["result"].is_u64());

    assert_eq!(post(&bed, json!([])).1["error"]["code"], -32600);
    assert_eq!(post(&bed, json!([notification])).0, 204);
    let many: Vec<Value> = (0..257).map(|id| call(id, "getHealth")).collect();
    let refusal = post(&bed, json!(many)).1;
    assert!(refusal["error"]["message"]
        .as_str()
        .unwrap()
        .contains("at most 256"));
    let (_, _, text) = request(&bed, "POST / HTTP/1.1", "{oops");
    assert!(text.contains("-32700"), "{text}");
}

#[test]
fn browsers_may_call() {
    let bed = Bed::frozen();
    let preflight = "OPTIONS / HTTP/1.1\r\norigin: http://example.org\r\n\
        access-control-request-method: POST\r\naccess-control-request-headers: content-type,solana-client";
    let (status, headers, _) = request(&bed, preflight, "");
    assert_eq!(status, 200);
    assert!(headers.contains("access-control-allow-origin: *"), "{headers}");
    assert!(headers.contains("access-control-allow-headers: *"), "{headers}");
    let (_, headers, body) = request(&bed, "GET /health HTTP/1.1\r\norigin: http://example.org", "");
    assert!(headers.contains("access-control-allow-origin: *"), "{headers}");
    assert_eq!(body, "ok");
}

#[test]
fn the_gateway_reveals_by_the_rule_of_the_mock_oracle() {
    let bed = Bed::frozen();
    let reveal = |body: Value| {
        let head = "POST /gateway/api/v1/randomness_reveal HTTP/1.1\r\ncontent-type: application/json";
        let (status, _, text) = request(&bed, head, &body.to_string());
        (status, serde_json::from_str::<Value>(&text).unwrap())
    };
    let (slothash, key) = ([3; 32], [0xa5; 32]);
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let (status, revealed) = reveal(json!({"slothash": slothash, "randomness_key": hex, "slot": 9}));
    assert_eq!(status, 200);
    let expected = Sha256::new()
        .chain_update(b"aurelius:mock-oracle")
        .chain_update(slothash)
        .chain_update(key)
        .finalize()
        .to_vec();
    assert_eq!(revealed["value"], json!(expected));
    assert_eq!(revealed["recovery_id"], 0);
    let signature = BASE64_STANDARD
        .decode(revealed["signature"].as_str().unwrap())
        .unwrap();
    assert_eq!((signature.len(), &signature[..32]), (64, &expected[..]));

    let (status, refused) = reveal(json!({"slothash": [1, 2], "randomness_key": hex, "slot": 9}));
    assert_eq!(status, 400);
    assert!(
        refused["error"].as_str().unwrap().contains("2 bytes"),
        "{refused}"
    );
}

#[test]
fn reads_do_not_wait_for_the_chain() {
    let bed = Bed::frozen();
    let done = AtomicBool::new(false);
    let someone = Pubkey::new_unique();
    std::thread::scope(|scope| {
        // Keeps the owner thread busy with one command after the other.
        let work = scope.spawn(|| {
            for _ in 0..5 {
                bed.warp(100_000);
            }
            done.store(true, Ordering::SeqCst);
        });
        let mut reads = 0;
        while !done.load(Ordering::SeqCst) {
            bed.rpc.get_balance(&someone).unwrap();
            reads += 1;
        }
        work.join().unwrap();
        // Were reads queued behind the five commands, there would be six at most.
        assert!(reads > 20, "{reads} reads while the chain was busy");
    });
}

//! Answers of an RPC node that cannot be trusted: each kind says or withholds one thing that is not so, and
//! passes the rest on.
//!
//! What is random follows from the seed and from how many requests came before, so that a run can be repeated
//! as far as the order of requests can.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use scripted_node::{serve_one, Answer};
use serde_json::{json, Value};
use solana_keypair::Signature;
use tokio::net::TcpStream;

/// How far ahead of the chain a node runs that does: past every deadline of a match.
const AHEAD_SLOTS: u64 = 10_000;

/// What is wrong with a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// Accounts and transactions are not there.
    Gone,
    /// It stands still: what was asked once is answered like that for ever.
    Stale,
    /// Its slots and block heights are those of a later time.
    Ahead,
    /// Answers are pages of a proxy, cut short, or have bytes in them that are none.
    Malformed,
    /// Errors and fields are of kinds that nobody has heard of.
    Unknown,
    /// Transactions are taken and forwarded to nobody.
    Swallows,
    /// Transactions have failed, it says, that have not.
    Failed,
    /// Connections are closed, or stay open without an answer.
    Drops,
}

impl Lie {
    /// All of them.
    pub const ALL: [Lie; 8] = [
        Lie::Gone,
        Lie::Stale,
        Lie::Ahead,
        Lie::Malformed,
        Lie::Unknown,
        Lie::Swallows,
        Lie::Failed,
        Lie::Drops,
    ];
}

/// One node's lies. Cheap to clone; clones share what it remembers.
#[derive(Clone, Debug)]
pub struct Lies {
    lie: Lie,
    percent: u8,
    memory: Arc<Mutex<Memory>>,
}

#[derive(Debug)]
struct Memory {
    random: StdRng,
    /// First answers, by the request.
    answers: HashMap<String, Value>,
}

impl PartialEq for Lies {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.memory, &other.memory)
    }
}

impl Lies {
    /// A node that lies in `percent` of a hundred answers that this lie is about.
    pub fn new(lie: Lie, percent: u8, seed: u64) -> Self {
        let memory = Memory {
            random: StdRng::seed_from_u64(seed),
            answers: HashMap::new(),
        };
        Self {
            lie,
            percent,
            memory: Arc::new(Mutex::new(memory)),
        }
    }

    /// Answers one request on `stream` in the place of the node at `target`.
    pub(super) async fn answer(&self, stream: TcpStream, target: SocketAddr) {
        let real = format!("http://{target}");
        serve_one(stream, |method, params| self.say(method, params), Some(&real)).await;
    }

    /// What it says to a request; `None`: the truth.
    fn say(&self, method: &str, params: &Value) -> Option<Answer> {
        let mut memory = self.memory.lock();
        if memory.random.gen_range(0..100) >= self.percent {
            return None;
        }
        let die = memory.random.gen_range(0..4u8);
        match self.lie {
            Lie::Gone => gone(method, params),
            Lie::Stale => {
                let request = format!("{method} {params}");
                Some(match memory.answers.get(&request) {
                    Some(before) => Answer::Result(before.clone()),
                    None => self.remembered(request),
                })
            }
            Lie::Ahead => Some(Answer::changed(|answer| {
                if let Some(result) = answer.get_mut("result") {
                    put_ahead(result);
                }
            })),
            Lie::Malformed => Some(malformed(die)),
            Lie::Unknown => Some(unknown(die)),
            Lie::Swallows => (method == "sendTransaction").then(|| swallowed(params)).flatten(),
            Lie::Failed => (method == "getSignatureStatuses").then(|| Answer::changed(fail_all)),
            Lie::Drops => Some(match die {
                0 => Answer::Never,
                _ => Answer::HangUp,
            }),
        }
    }

    fn remembered(&self, request: String) -> Answer {
        let memory = Arc::clone(&self.memory);
        Answer::changed(move |answer| {
            if let Some(result) = answer.get("result") {
                memory.lock().answers.insert(request.clone(), result.clone());
            }
        })
    }
}

/// A node that has none of it.
fn gone(method: &str, params: &Value) -> Option<Answer> {
    let nothing = match method {
        "getAccountInfo" => Value::Null,
        "getMultipleAccounts" | "getSignatureStatuses" => {
            json!(vec![Value::Null; params[0].as_array().map_or(0, Vec::len)])
        }
        "getProgramAccounts" | "getSignaturesForAddress" => return Some(Answer::Result(json!([]))),
        "getTransaction" => return Some(Answer::Result(Value::Null)),
        _ => return None,
    };
    Some(Answer::changed(move |answer| {
        if let Some(value) = answer.pointer_mut("/result/value") {
            *value = nothing.clone();
        }
    }))
}

/// Later slots and heights, wherever an answer has them.
fn put_ahead(result: &mut Value) {
    let later = |value: &mut Value| {
        if let Some(number) = value.as_u64() {
            *value = json!(number + AHEAD_SLOTS);
        }
    };
    later(result);
    for path in [
        "/absoluteSlot",
        "/blockHeight",
        "/context/slot",
        "/value/lastValidBlockHeight",
    ] {
        if let Some(value) = result.pointer_mut(path) {
            later(value);
        }
    }
}

fn malformed(die: u8) -> Answer {
    let http = |kind: &str, body: &str| {
        let length = body.len();
        Answer::Http(format!(
            "HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ))
    };
    match die {
        0 => http("text/html", "<html><body>Please wait</body></html>"),
        1 => http("application/json", "{\"jsonrpc\":\"2.0\",\"id\":1,\"resu"),
        2 => Answer::changed(|answer| {
            if let Some(result) = answer.get_mut("result") {
                spoil(result);
            }
        }),
        _ => Answer::Result(json!({ "context": { "slot": "soon" }, "value": [[], -1, "\u{0}"] })),
    }
}

/// Bytes that are no base 64, numbers that are texts.
fn spoil(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(spoil),
        Value::Object(members) => members.values_mut().for_each(spoil),
        Value::Number(number) => *value = json!(number.to_string()),
        Value::String(text) => *text = "%%%".to_owned(),
        Value::Null | Value::Bool(_) => {}
    }
}

fn unknown(die: u8) -> Answer {
    match die {
        0 => Answer::error(-39_999, "the flux is not aligned"),
        1 => Answer::Error {
            code: -32_603,
            message: "",
            data: json!({ "err": { "InstructionError": [0, "SomethingNew"] }, "logs": 7 }),
        },
        2 => Answer::error(
            -32_015,
            "Transaction version (9) is not supported by the requesting client",
        ),
        _ => Answer::changed(|answer| {
            if let Some(Value::Object(result)) = answer.get_mut("result") {
                result.insert("flux".to_owned(), json!({ "aligned": false }));
            }
        }),
    }
}

/// Takes a transaction and keeps it: the signature follows the count of signatures, which is one byte here.
fn swallowed(params: &Value) -> Option<Answer> {
    use base64::prelude::{Engine, BASE64_STANDARD};
    let bytes = BASE64_STANDARD.decode(params[0].as_str()?).ok()?;
    let first: [u8; 64] = bytes.get(1..65)?.try_into().ok()?;
    Some(Answer::Result(json!(Signature::from(first).to_string())))
}

/// Every transaction that is asked for has failed.
fn fail_all(answer: &mut Value) {
    let slot = answer.pointer("/result/context/slot").cloned();
    let statuses = answer.pointer_mut("/result/value").and_then(Value::as_array_mut);
    for status in statuses.into_iter().flatten() {
        *status = json!({
            "slot": slot, "confirmations": null, "confirmationStatus": "finalized",
            "err": { "InstructionError": [2, { "Custom": 1 }] },
            "status": { "Err": { "InstructionError": [2, { "Custom": 1 }] } },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scripted_node::ScriptedNode;

    async fn asked(lies: &Lies, method: &str, params: Value) -> Option<Value> {
        let real = ScriptedNode::with([
            ("getSlot", Answer::result(7)),
            ("getAccountInfo", Answer::in_context(7, json!({ "lamports": 1 }))),
            ("getSignatureStatuses", Answer::in_context(7, json!([null, null]))),
        ])
        .await;
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let target = real.url.trim_start_matches("http://").parse().unwrap();
        let lies = lies.clone();
        tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            lies.answer(stream, target).await;
        });
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let request = client
            .post(url)
            .header("content-type", "application/json")
            .body(body.to_string());
        let text = request.send().await.ok()?.text().await.ok()?;
        serde_json::from_str(&text).ok()
    }

    #[tokio::test]
    async fn each_lie_is_told_and_the_rest_is_the_truth() {
        let of = |lie| Lies::new(lie, 100, 3);
        let account = || json!(["address"]);
        let told = asked(&of(Lie::Gone), "getAccountInfo", account()).await.unwrap();
        assert_eq!(told["result"]["value"], Value::Null);
        let told = asked(&of(Lie::Gone), "getSlot", json!([])).await.unwrap();
        assert_eq!(told["result"], 7);
        let told = asked(&of(Lie::Ahead), "getSlot", json!([])).await.unwrap();
        assert_eq!(told["result"], 7 + AHEAD_SLOTS);
        let told = asked(&of(Lie::Ahead), "getAccountInfo", account()).await.unwrap();
        assert_eq!(told["result"]["context"]["slot"], 7 + AHEAD_SLOTS);
        let told = asked(&of(Lie::Failed), "getSignatureStatuses", json!([["a", "b"]]))
            .await
            .unwrap();
        assert!(told["result"]["value"][1]["err"].is_object(), "{told}");
        let silent = Lies::new(Lie::Gone, 0, 3);
        let told = asked(&silent, "getAccountInfo", account()).await.unwrap();
        assert_eq!(told["result"]["value"]["lamports"], 1);
        let stale = of(Lie::Stale);
        stale
            .memory
            .lock()
            .answers
            .insert("getSlot []".to_owned(), json!(5));
        assert_eq!(asked(&stale, "getSlot", json!([])).await.unwrap()["result"], 5);
        let signature = Signature::from([9; 64]);
        let bytes = [&[1][..], &[9; 64], &[0; 8]].concat();
        let text = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes);
        let told = asked(&of(Lie::Swallows), "sendTransaction", json!([text])).await;
        assert_eq!(told.unwrap()["result"], signature.to_string());
    }
}

//! A JSON-RPC node on loopback whose answers a test writes.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use parking_lot::Mutex;
use serde_json::{json, Value};
use tokio::net::{TcpListener, TcpStream};

use crate::http;

/// What the node says to one request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// This result.
    Result(Value),
    /// This error object.
    Error {
        /// JSON-RPC error code.
        code: i64,
        /// Its text.
        message: &'static str,
        /// What comes with it; null is left out by no node.
        data: Value,
    },
    /// Raw HTTP, head and body.
    Http(String),
    /// The connection is closed without an answer.
    HangUp,
    /// The connection stays open, and nothing comes.
    Never,
    /// This, after a while.
    Late(Duration, Box<Answer>),
    /// What the node behind says, changed; without one the connection is closed.
    Changed(Change),
}

/// Changes a whole JSON-RPC answer, `result` or `error` in it.
#[derive(Clone)]
pub struct Change(Arc<dyn Fn(&mut Value) + Send + Sync>);

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Change")
    }
}

impl Answer {
    /// A result.
    pub fn result(value: impl Into<Value>) -> Self {
        Self::Result(value.into())
    }

    /// A result with the slot at which it holds.
    pub fn in_context(slot: u64, value: Value) -> Self {
        Self::Result(json!({ "context": { "slot": slot }, "value": value }))
    }

    /// What the node behind says, changed by `change`.
    pub fn changed(change: impl Fn(&mut Value) + Send + Sync + 'static) -> Self {
        Self::Changed(Change(Arc::new(change)))
    }

    /// An error without data.
    pub fn error(code: i64, message: &'static str) -> Self {
        Self::Error {
            code,
            message,
            data: Value::Null,
        }
    }
}

type Script = dyn Fn(&str, &Value, usize) -> Option<Answer> + Send + Sync;

/// Reads one request from `socket` and answers it as `script` says; what that leaves alone is asked of the
/// node at `real`. The connection ends with it.
pub async fn serve_one(
    mut socket: TcpStream,
    script: impl FnOnce(&str, &Value) -> Option<Answer>,
    real: Option<&str>,
) {
    let Some(body) = http::read_body(&mut socket).await else {
        return;
    };
    let request: Value = serde_json::from_str(&body).unwrap_or_default();
    let mut answer = script(request["method"].as_str().unwrap_or_default(), &request["params"]);
    while let Some(Answer::Late(wait, then)) = answer {
        tokio::time::sleep(wait).await;
        answer = Some(*then);
    }
    let response = match (answer, real) {
        (Some(Answer::Result(result)), _) => {
            http::json(&json!({ "jsonrpc": "2.0", "id": request["id"], "result": result }))
        }
        (Some(Answer::Error { code, message, data }), _) => http::json(&json!({
            "jsonrpc": "2.0", "id": request["id"],
            "error": { "code": code, "message": message, "data": data },
        })),
        (Some(Answer::Http(response)), _) => response,
        (Some(Answer::Changed(change)), Some(real)) => match pass_on(real, body).await {
            Some(mut answer) => {
                (change.0)(&mut answer);
                http::json(&answer)
            }
            None => return,
        },
        (Some(Answer::Never), _) => return std::future::pending().await,
        (Some(Answer::HangUp | Answer::Late(..) | Answer::Changed(_)), _) | (None, None) => return,
        (None, Some(real)) => match pass_on(real, body).await {
            Some(answer) => http::json(&answer),
            None => return,
        },
    };
    http::respond(socket, &response).await;
}

/// A node on loopback. Ends with the runtime.
#[derive(Debug)]
pub struct ScriptedNode {
    /// Its address.
    pub url: String,
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl ScriptedNode {
    /// `answer` gets the method, its parameters, and how many requests came before.
    pub async fn start<F>(answer: F) -> Self
    where
        F: Fn(&str, &Value, usize) -> Answer + Send + Sync + 'static,
    {
        let script = move |method: &str, params: &Value, before: usize| Some(answer(method, params, before));
        Self::serve(Arc::new(script), None).await
    }

    /// One answer for each method; `*` stands for all others. A method without one hangs up.
    pub async fn with<const N: usize>(answers: [(&'static str, Answer); N]) -> Self {
        Self::start(move |method, _, _| {
            let of = |name: &str| answers.iter().find(|(of, _)| *of == name);
            let found = of(method).or_else(|| of("*"));
            found.map_or(Answer::HangUp, |(_, answer)| answer.clone())
        })
        .await
    }

    /// Answers where `answer` does, and passes the rest on to the node at `real`.
    pub async fn in_front_of<F>(real: &str, answer: F) -> Self
    where
        F: Fn(&str, &Value, usize) -> Option<Answer> + Send + Sync + 'static,
    {
        Self::serve(Arc::new(answer), Some(real.to_owned())).await
    }

    async fn serve(script: Arc<Script>, real: Option<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (script, seen, real) = (Arc::clone(&script), Arc::clone(&seen), real.clone());
                tokio::spawn(one_request(socket, script, seen, real));
            }
        });
        Self { url, requests }
    }

    /// Methods asked for so far.
    pub fn methods(&self) -> Vec<String> {
        let requests = self.requests.lock();
        requests.iter().map(|(method, _)| method.clone()).collect()
    }

    /// How often `method` was asked for.
    pub fn count(&self, method: &str) -> usize {
        self.params(method).len()
    }

    /// Parameters of every request of `method`.
    pub fn params(&self, method: &str) -> Vec<Value> {
        self.requests
            .lock()
            .iter()
            .filter(|(m, _)| m == method)
            .map(|(_, params)| params.clone())
            .collect()
    }
}

async fn one_request(
    socket: TcpStream,
    script: Arc<Script>,
    seen: Arc<Mutex<Vec<(String, Value)>>>,
    real: Option<String>,
) {
    let noted = |method: &str, params: &Value| {
        let before = {
            let mut seen = seen.lock();
            seen.push((method.to_owned(), params.clone()));
            seen.len() - 1
        };
        script(method, params, before)
    };
    serve_one(socket, noted, real.as_deref()).await;
}

async fn pass_on(real: &str, body: String) -> Option<Value> {
    // Made once: setting one up reads the system's certificates.
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    let client = CLIENT.get_or_init(|| {
        // No connection outlives the runtime of the test that made it.
        let builder = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0);
        builder.build().unwrap()
    });
    let request = client
        .post(real)
        .header("content-type", "application/json")
        .body(body);
    request.send().await.ok()?.json().await.ok()
}

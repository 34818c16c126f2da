//! A JSON-RPC node on loopback whose answers a test writes. Test code only.

use std::sync::{Arc, Mutex};

use serde_json::{json, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the node says to one request.
pub(crate) enum Answer {
    Result(Value),
    Error {
        code: i64,
        message: &'static str,
        data: Value,
    },
    /// Raw HTTP, head and body.
    Http(String),
    /// The connection is closed without an answer.
    HangUp,
}

pub(crate) struct ScriptedNode {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<(String, Value)>>>,
}

impl ScriptedNode {
    /// `answer` gets the method, its parameters, and how many requests came before.
    pub(crate) async fn start<F>(answer: F) -> Self
    where
        F: Fn(&str, &Value, usize) -> Answer + Send + Sync + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests: Arc<Mutex<Vec<(String, Value)>>> = Arc::default();
        let answer = Arc::new(answer);
        let seen = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                tokio::spawn(async move {
                    serve(socket, move |request: Value| {
                        let method = request["method"].as_str().unwrap_or_default().to_owned();
                        let params = request["params"].clone();
                        let mut seen = seen.lock().unwrap();
                        let before = seen.len();
                        seen.push((method.clone(), params.clone()));
                        drop(seen);
                        answer(&method, &params, before)
                    })
                    .await;
                });
            }
        });
        Self { url, requests }
    }

    /// Methods asked for so far.
    pub(crate) fn methods(&self) -> Vec<String> {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .map(|(method, _)| method.clone())
            .collect()
    }

    /// Parameters of every request of `method`.
    pub(crate) fn params(&self, method: &str) -> Vec<Value> {
        self.requests
            .lock()
            .unwrap()
            .iter()
            .filter(|(m, _)| m == method)
            .map(|(_, params)| params.clone())
            .collect()
    }
}

async fn serve(mut socket: TcpStream, answer: impl Fn(Value) -> Answer) {
    let mut request = Vec::new();
    let mut buffer = [0; 8192];
    let body = loop {
        let read = socket.read(&mut buffer).await.unwrap_or(0);
        if read == 0 {
            return;
        }
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length: usize = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length: ")?
                    .parse()
                    .ok()
            })
            .unwrap_or(0);
        if body.len() >= length {
            break body.to_owned();
        }
    };
    let json = |value: Value| {
        let body = value.to_string();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let response = match answer(serde_json::from_str(&body).unwrap_or_default()) {
        Answer::Result(result) => json(json!({ "jsonrpc": "2.0", "id": 0, "result": result })),
        Answer::Error { code, message, data } => json(
            json!({ "jsonrpc": "2.0", "id": 0, "error": { "code": code, "message": message, "data": data } }),
        ),
        Answer::Http(response) => response,
        Answer::HangUp => return,
    };
    socket.write_all(response.as_bytes()).await.unwrap_or_default();
    socket.shutdown().await.unwrap_or_default();
}

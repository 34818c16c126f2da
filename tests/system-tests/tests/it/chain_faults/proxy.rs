//! A JSON-RPC endpoint in front of the chain that fails as endpoints do.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::prelude::{Engine, BASE64_STANDARD};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::{json, Value};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::fate::{Delivery, Fates};

/// What happens to one request, whatever it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// The connection is closed and nothing is passed on.
    Lost,
    /// It is passed on, and the connection is closed.
    Unanswered,
    /// The answer breaks off in the middle.
    CutOff,
    /// 429 with `Retry-After: 1`.
    Limited,
    /// 500, not passed on.
    Failed,
    /// Passed on, and 500.
    FailedAfter,
    /// Late.
    Slow(Duration),
}

/// The endpoint; dropping it closes it.
pub(crate) struct Proxy {
    pub(crate) url: String,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

struct Shared {
    target: String,
    fates: Arc<Fates>,
    rng: Mutex<StdRng>,
    counts: Mutex<BTreeMap<&'static str, usize>>,
}

impl Proxy {
    pub(crate) async fn start(target: &str, seed: u64, fates: Arc<Fates>) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            target: target.trim_start_matches("http://").to_owned(),
            fates,
            rng: Mutex::new(StdRng::seed_from_u64(seed)),
            counts: Mutex::default(),
        });
        let serving = shared.clone();
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let shared = serving.clone();
                // A client that hangs up is no matter.
                tokio::spawn(async move { shared.serve(socket).await.ok() });
            }
        });
        Proxy { url, shared, task }
    }

    /// What went wrong, and how often.
    pub(crate) fn faults(&self) -> BTreeMap<&'static str, usize> {
        self.shared.counts.lock().unwrap().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    /// In a thousand requests: how many suffer what.
    fn fault(&self) -> Option<Fault> {
        let mut rng = self.rng.lock().unwrap();
        let (fault, name) = match rng.gen_range(0..1_000) {
            0..=29 => (Fault::Lost, "lost"),
            30..=59 => (Fault::Unanswered, "unanswered"),
            60..=79 => (Fault::CutOff, "cut off"),
            80..=94 => (Fault::Limited, "limited"),
            95..=114 => (Fault::Failed, "failed"),
            115..=134 => (Fault::FailedAfter, "failed after"),
            135..=234 => {
                let delay = Duration::from_millis(rng.gen_range(20..800));
                (Fault::Slow(delay), "slow")
            }
            _ => return None,
        };
        *self.counts.lock().unwrap().entry(name).or_default() += 1;
        Some(fault)
    }

    async fn serve(&self, mut socket: TcpStream) -> std::io::Result<()> {
        let Some(body) = read_request(&mut socket).await? else {
            return Ok(());
        };
        let fault = self.fault();
        match fault {
            Some(Fault::Lost) => return Ok(()),
            Some(Fault::Limited) => {
                let limited = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                return socket.write_all(limited.as_bytes()).await;
            }
            Some(Fault::Failed) => return server_error(&mut socket).await,
            Some(Fault::Slow(delay)) => tokio::time::sleep(delay).await,
            _ => {}
        }
        let Some(answer) = self.answer(&body).await? else {
            return Ok(());
        };
        match fault {
            Some(Fault::Unanswered) => Ok(()),
            Some(Fault::FailedAfter) => server_error(&mut socket).await,
            _ => {
                let head = format!(
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                    answer.len()
                );
                let shown = if fault == Some(Fault::CutOff) {
                    answer.len() / 2
                } else {
                    answer.len()
                };
                socket.write_all(head.as_bytes()).await?;
                socket.write_all(&answer.as_bytes()[..shown]).await
            }
        }
    }

    /// The chain's answer, or what is said instead of it; `None`: nothing is.
    async fn answer(&self, body: &str) -> std::io::Result<Option<String>> {
        let request: Value = serde_json::from_str(body).unwrap();
        match request["method"].as_str() {
            Some("sendTransaction") => self.send(body, &request).await,
            Some("getSignatureStatuses") => {
                let mut answer: Value = serde_json::from_str(&self.forward(body).await?).unwrap();
                let slot = answer["result"]["context"]["slot"].as_u64().unwrap_or(0);
                let signatures = request["params"][0].as_array().cloned().unwrap_or_default();
                if let Some(statuses) = answer["result"]["value"].as_array_mut() {
                    for (signature, status) in signatures.iter().zip(statuses) {
                        let signature = signature.as_str().unwrap();
                        *status = self.fates.status(signature, slot, status.take());
                    }
                }
                Ok(Some(answer.to_string()))
            }
            _ => self.forward(body).await.map(Some),
        }
    }

    async fn send(&self, body: &str, request: &Value) -> std::io::Result<Option<String>> {
        let text = request["params"][0].as_str().unwrap();
        let bytes = BASE64_STANDARD.decode(text).unwrap();
        // One signature of 64 bytes after its count.
        let signature = bs58::encode(&bytes[1..65]).into_string();
        let delivery = self.fates.deliver(&signature).await;
        let taken = json!({ "jsonrpc": "2.0", "id": request["id"], "result": signature }).to_string();
        match delivery {
            Delivery::Swallow => Ok(Some(taken)),
            Delivery::HangUp => self.forward(body).await.map(|_| None),
            Delivery::Times(times) => {
                let first = self.forward(body).await?;
                for _ in 1..times {
                    self.forward(body).await?;
                }
                Ok(Some(first))
            }
        }
    }

    async fn forward(&self, body: &str) -> std::io::Result<String> {
        let mut chain = TcpStream::connect(&self.target).await?;
        let request = format!(
            "POST / HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            self.target,
            body.len()
        );
        chain.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        chain.read_to_string(&mut answer).await?;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        Ok(body.to_owned())
    }
}

async fn server_error(socket: &mut TcpStream) -> std::io::Result<()> {
    let error = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    socket.write_all(error.as_bytes()).await
}

/// The body of the one request of a connection.
async fn read_request(socket: &mut TcpStream) -> std::io::Result<Option<String>> {
    let mut request = Vec::new();
    let mut buffer = [0; 16_384];
    loop {
        let read = socket.read(&mut buffer).await?;
        if read == 0 {
            return Ok(None);
        }
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().unwrap())
        });
        if body.len() >= length.unwrap_or(0) {
            return Ok(Some(body.to_owned()));
        }
    }
}

//! A PubSub node on loopback: what it grants and tells is the test's.

use futures_util::{SinkExt, StreamExt};
use serde_json::{json, Value};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::WebSocketStream;

/// Waits for connections.
#[derive(Debug)]
pub struct ScriptedPubSub {
    /// Its address.
    pub url: String,
    listener: TcpListener,
}

impl ScriptedPubSub {
    /// Listens on a free port.
    pub async fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("ws://{}", listener.local_addr().unwrap());
        Self { url, listener }
    }

    /// The next connection.
    pub async fn accept(&self) -> Socket {
        let (stream, _) = self.listener.accept().await.unwrap();
        Socket(tokio_tungstenite::accept_async(stream).await.unwrap())
    }
}

/// One connection. Dropping it breaks it.
#[derive(Debug)]
pub struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    /// The next request.
    pub async fn request(&mut self) -> Value {
        loop {
            match self.0.next().await {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(_)) => {}
                ended => panic!("the client hung up: {ended:?}"),
            }
        }
    }

    /// Reads requests until `method` comes; grants every one, with its request id as the subscription's.
    pub async fn grant_until(&mut self, method: &str) -> u64 {
        loop {
            let request = self.grant().await;
            if request["method"] == method {
                return request["id"].as_u64().unwrap();
            }
        }
    }

    /// Grants the next request, with its id as the subscription's, and gives it.
    pub async fn grant(&mut self) -> Value {
        let request = self.request().await;
        let id = request["id"].as_u64().unwrap();
        self.send(json!({ "jsonrpc": "2.0", "id": id, "result": id }))
            .await;
        request
    }

    /// Refuses a request.
    pub async fn refuse(&mut self, request: &Value, code: i64, message: &str) {
        let error = json!({ "code": code, "message": message });
        self.send(json!({ "jsonrpc": "2.0", "id": request["id"], "error": error }))
            .await;
    }

    /// Tells a subscriber; `kind` is `account`, `slot` and so on.
    pub async fn tell(&mut self, kind: &str, subscription: u64, result: Value) {
        let method = format!("{kind}Notification");
        let params = json!({ "result": result, "subscription": subscription });
        self.send(json!({ "jsonrpc": "2.0", "method": method, "params": params }))
            .await;
    }

    /// Sends anything.
    pub async fn send(&mut self, value: Value) {
        let text = Message::Text(value.to_string().into());
        self.0.send(text).await.unwrap();
    }
}

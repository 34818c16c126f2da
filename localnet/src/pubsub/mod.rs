//! PubSub over WebSocket: one task per connection, which owns its subscriptions.
//!
//! Every connection reads the chain's events from its own place in one bounded ring. A connection
//! whose socket is so slow that the ring runs over it is closed with code 1013 and a reason: the
//! chain never waits for a subscriber, and memory per subscriber is the subscriptions it made.
//! Requests for anything but subscriptions are answered with `Method not found`, as on the port of
//! a real node.

mod subscribe;
mod subscription;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{close_code, CloseFrame, Message, WebSocket};
use serde_json::{json, Value};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender};
use tokio::time::timeout;

use crate::chain::Event;
use crate::ledger::Ledger;
use crate::rpc::{answer, Request, RpcError};
use subscribe::{parse, Call};
use subscription::{Notification, Subscription};

/// A socket that takes longer than this for one message is dead.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest request on a PubSub socket.
pub(crate) const REQUEST_BYTES_MAX: usize = 64 * 1024;

/// What all connections share.
pub(crate) struct PubSub {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) events: Sender<Event>,
    next_subscription: AtomicU64,
    connections: AtomicUsize,
    connections_max: usize,
    subscriptions_max: usize,
}

/// A place among the connections; leaving it frees the place.
pub(crate) struct Admission(Arc<PubSub>);

impl Drop for Admission {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

impl PubSub {
    pub(crate) fn new(
        ledger: Arc<Ledger>,
        events: Sender<Event>,
        connections_max: usize,
        subscriptions_max: usize,
    ) -> Self {
        Self {
            ledger,
            events,
            next_subscription: AtomicU64::new(0),
            connections: AtomicUsize::new(0),
            connections_max,
            subscriptions_max,
        }
    }

    /// A place for one more connection, or `None` when all are taken.
    pub(crate) fn admit(self: &Arc<Self>) -> Option<Admission> {
        let taken = self.connections.fetch_add(1, Ordering::Relaxed);
        let admission = Admission(self.clone());
        (taken < self.connections_max).then_some(admission)
    }
}

/// Serves one socket until it closes, fails, or falls behind.
pub(crate) async fn serve(mut socket: WebSocket, admission: Admission) {
    let shared = admission.0.clone();
    let mut connection = Connection {
        events: shared.events.subscribe(),
        shared,
        subscriptions: Vec::new(),
    };
    loop {
        let flow = match connection.select(&mut socket).await {
            Input::Text(text) => connection.answer(&mut socket, &text).await,
            Input::Event(event) => connection.notify(&mut socket, &event).await,
            Input::Nothing => Ok(()),
            Input::Lagged(missed) => Err(Some(CloseFrame {
                code: close_code::AGAIN,
                reason: format!("subscriber too slow: {missed} events were missed").into(),
            })),
            Input::Closed => Err(None),
        };
        if let Err(close) = flow {
            if let Some(frame) = close {
                tracing::warn!(reason = %frame.reason, "a subscriber is disconnected");
                let _ = timeout(SEND_TIMEOUT, socket.send(Message::Close(Some(frame)))).await;
            }
            return;
        }
    }
}

/// Go on, or close with this frame (none when the socket is gone already).
type Flow = Result<(), Option<CloseFrame>>;

struct Connection {
    shared: Arc<PubSub>,
    events: Receiver<Event>,
    subscriptions: Vec<Subscription>,
}

enum Input {
    Text(String),
    Event(Event),
    /// A ping, which the library answers, or a pong.
    Nothing,
    Lagged(u64),
    Closed,
}

impl Connection {
    async fn select(&mut self, socket: &mut WebSocket) -> Input {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => Input::Text(text.to_string()),
                Some(Ok(Message::Binary(bytes))) => match String::from_utf8(bytes.to_vec()) {
                    Ok(text) => Input::Text(text),
                    Err(_) => Input::Text("not UTF-8".to_owned()),
                },
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => Input::Nothing,
                Some(Ok(Message::Close(_)) | Err(_)) | None => Input::Closed,
            },
            event = self.events.recv() => match event {
                Ok(event) => Input::Event(event),
                Err(RecvError::Lagged(missed)) => Input::Lagged(missed),
                Err(RecvError::Closed) => Input::Closed,
            },
        }
    }

    async fn answer(&mut self, socket: &mut WebSocket, text: &str) -> Flow {
        let requests = match serde_json::from_str(text) {
            Ok(Value::Array(batch)) => batch,
            Ok(single) => vec![single],
            Err(error) => {
                let refusal = answer(&Value::Null, Err(RpcError::parse(error)));
                return send(socket, &refusal).await;
            }
        };
        for request in requests {
            let (reply, first) = match Request::parse(request) {
                Ok(request) => {
                    let (result, first) = self.call(&request.method, request.params);
                    (request.id.map(|id| answer(&id, result)), first)
                }
                Err((id, error)) => (Some(answer(&id, Err(error))), Vec::new()),
            };
            if let Some(reply) = reply {
                send(socket, &reply).await?;
            }
            for notification in first {
                send(socket, &notification.message()).await?;
            }
        }
        Ok(())
    }

    /// Answers a call, and what must be notified at once: a signature that landed already.
    fn call(&mut self, method: &str, params: Option<Value>) -> (Result<Value, RpcError>, Vec<Notification>) {
        let call = match parse(method, params) {
            Ok(call) => call,
            Err(error) => return (Err(error), Vec::new()),
        };
        match call {
            Call::Unsubscribe(id) => {
                let before = self.subscriptions.len();
                self.subscriptions.retain(|known| known.id != id);
                let result = match self.subscriptions.len() < before {
                    true => Ok(json!(true)),
                    false => Err(RpcError::invalid_params("Invalid subscription id.")),
                };
                (result, Vec::new())
            }
            Call::Subscribe(topic) => {
                if self.subscriptions.len() >= self.shared.subscriptions_max {
                    let error = RpcError::internal(format!(
                        "Internal error: subscription refused, a connection may have {}",
                        self.shared.subscriptions_max
                    ));
                    return (Err(error), Vec::new());
                }
                let id = self.shared.next_subscription.fetch_add(1, Ordering::Relaxed);
                let mut subscription = Subscription::new(id, topic);
                let first = subscription.catch_up(&self.shared.ledger);
                if !subscription.is_done {
                    self.subscriptions.push(subscription);
                }
                (Ok(json!(id)), first)
            }
        }
    }

    async fn notify(&mut self, socket: &mut WebSocket, event: &Event) -> Flow {
        if self.subscriptions.is_empty() {
            return Ok(());
        }
        let mut notifications = Vec::new();
        for subscription in &mut self.subscriptions {
            subscription.react(event, &self.shared.ledger, &mut notifications);
        }
        self.subscriptions.retain(|subscription| !subscription.is_done);
        for notification in notifications {
            send(socket, &notification.message()).await?;
        }
        Ok(())
    }
}

async fn send(socket: &mut WebSocket, message: &Value) -> Flow {
    let text = Message::Text(message.to_string().into());
    match timeout(SEND_TIMEOUT, socket.send(text)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(None),
    }
}

//! The HTTP face: JSON-RPC by POST, PubSub by upgrade, health, and the oracle gateway.
//!
//! The RPC port serves everything; the port after it serves PubSub, as clients derive it. Any
//! origin may call: this chain is on loopback and its money is worth nothing.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{header, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::Router;
use tower_http::cors::{Any, CorsLayer};

use crate::gateway;
use crate::pubsub::{self, PubSub};
use crate::rpc::{answer_text, Node};

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) node: Arc<Node>,
    pub(crate) pubsub: Arc<PubSub>,
}

/// Routes of the RPC port.
pub(crate) fn rpc_router(shared: Shared) -> Router {
    let body_bytes_max = shared.node.limits.body_bytes_max;
    let cors = CorsLayer::new()
        .allow_origin(Any)
        .allow_methods(Any)
        .allow_headers(Any)
        .allow_private_network(true);
    Router::new()
        .route("/", post(json_rpc).get(upgrade))
        .route("/health", get(health))
        .route(
            "/gateway/api/v1/randomness_reveal",
            post(gateway::randomness_reveal),
        )
        .layer(DefaultBodyLimit::max(body_bytes_max))
        .layer(cors)
        .with_state(shared)
}

/// Routes of the PubSub port.
pub(crate) fn pubsub_router(shared: Shared) -> Router {
    Router::new().route("/", get(upgrade)).with_state(shared)
}

async fn json_rpc(State(shared): State<Shared>, body: Bytes) -> Response {
    match answer_text(&shared.node, &body).await {
        Some(answer) => ([(header::CONTENT_TYPE, "application/json")], answer.to_string()).into_response(),
        // Only notifications: nothing to answer.
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

async fn health() -> &'static str {
    "ok"
}

async fn upgrade(State(shared): State<Shared>, upgrade: WebSocketUpgrade) -> Response {
    let Some(admission) = shared.pubsub.admit() else {
        let reason = "too many WebSocket connections to the local chain";
        return (StatusCode::SERVICE_UNAVAILABLE, reason).into_response();
    };
    upgrade
        .max_message_size(pubsub::REQUEST_BYTES_MAX)
        .on_upgrade(|socket| pubsub::serve(socket, admission))
}

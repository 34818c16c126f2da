//! The public HTTP interface: health, metrics, matches, players, the page.

mod archive;
mod chain;
mod headers;
mod health;
mod matches;
mod page;
mod players;
mod query;
mod replay;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use tower_http::cors::{AllowOrigin, Any, CorsLayer};
use tower_http::timeout::TimeoutLayer;

use crate::client::Client;
use crate::failure::ApiFailure;
use crate::service::Service;
use crate::socket;

/// An answer must be ready within this; downloads may take longer to be read.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// All routes.
pub(crate) fn router(service: Arc<Service>) -> Router {
    let api = Router::new()
        .route("/chain", get(chain::chain))
        .route("/matches", get(matches::list))
        .route("/matches/{match}", get(matches::detail))
        .route("/matches/{match}/replay", get(replay::download))
        .route("/replays", get(replay::list))
        .route("/players/{wallet}", get(players::player))
        .route("/leaderboard", get(players::leaderboard))
        .fallback(|| async { ApiFailure::not_found("no such endpoint; see docs/PROTOCOL.md for the list") });
    Router::new()
        .route("/health", get(health::health))
        .route("/metrics", get(health::metrics))
        .route("/ws", get(socket::upgrade))
        .nest("/api", api)
        .with_state(service.clone())
        .fallback_service(page::page(&service.config))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::GATEWAY_TIMEOUT,
            ANSWER_TIMEOUT,
        ))
        .layer(cors(&service))
        .layer(middleware::map_response_with_state(
            headers::content_security_policy(&service.config),
            headers::complete,
        ))
        .layer(middleware::from_fn_with_state(service, limit_rate))
}

fn cors(service: &Service) -> CorsLayer {
    // Origins were checked to be header values when the configuration was.
    let origins: Vec<HeaderValue> = service
        .config
        .cors_origins
        .iter()
        .filter_map(|origin| origin.parse().ok())
        .collect();
    let origin = if origins.is_empty() {
        AllowOrigin::from(Any)
    } else {
        AllowOrigin::list(origins)
    };
    CorsLayer::new()
        .allow_methods([Method::GET])
        .allow_headers(Any)
        .allow_origin(origin)
}

async fn limit_rate(
    State(service): State<Arc<Service>>,
    Extension(client): Extension<Client>,
    request: Request,
    next: Next,
) -> Response {
    match service.addresses.request(client.address) {
        Ok(()) => next.run(request).await,
        Err(refused) => {
            service.metrics.connections_refused.increment(1);
            ApiFailure::from(refused).into_response()
        }
    }
}

//! The public HTTP interface: health, metrics, matches, players, the page.

mod archive;
mod health;
mod matches;
mod page;
mod players;
mod query;
mod replay;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{header, HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json, Router};
use protocol::api::ApiError;
use tower_http::cors::{AllowOrigin, Any, CorsLayer};
use tower_http::timeout::TimeoutLayer;

use crate::server::Client;
use crate::service::Service;
use crate::socket;

/// An answer must be ready within this; downloads may take longer to be read.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(15);

/// An answer that is not a success: a status, and a sentence.
#[derive(Debug)]
pub(crate) struct ApiFailure {
    status: StatusCode,
    message: String,
}

impl ApiFailure {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }
}

impl IntoResponse for ApiFailure {
    fn into_response(self) -> Response {
        (self.status, Json(ApiError { error: self.message })).into_response()
    }
}

/// The client is told nothing of our insides; the log has it.
impl From<store::StoreError> for ApiFailure {
    fn from(error: store::StoreError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "history cannot be read at the moment: try again",
        )
    }
}

/// All routes.
pub(crate) fn router(service: Arc<Service>) -> Router {
    let api = Router::new()
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
        .layer(middleware::map_response(add_headers))
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

/// The page has no inline script and talks to this service alone; nothing else may frame or reinterpret it.
async fn add_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
             img-src 'self' data:; connect-src 'self' ws: wss: http: https:; frame-ancestors 'none'; \
             base-uri 'none'; form-action 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

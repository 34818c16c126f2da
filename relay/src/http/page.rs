//! The web page: files with their types, and `index.html` for everything that is not a file.

use axum::http::{header, HeaderValue, Request};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{middleware, Router};
use tower_http::services::{ServeDir, ServeFile};

use crate::RelayConfig;

const NOT_BUILT: &str =
    "<!doctype html><title>Aurelius</title><p>The page is not built: <code>make page</code> \
                         builds it. The service itself runs; see <a href=\"/health\">/health</a> and \
                         <a href=\"/api/matches\">/api/matches</a>.";

/// The service of everything that is no other route.
pub(super) fn page(config: &RelayConfig) -> Router {
    let Some(folder) = &config.web_dir else {
        return Router::new().fallback(get(|| async { Html(NOT_BUILT) }));
    };
    let files = ServeDir::new(folder).fallback(ServeFile::new(folder.join("index.html")));
    Router::new()
        .fallback_service(files)
        .layer(middleware::from_fn(cache))
}

/// Files under `/assets` carry the hash of their content in the name and never change; everything else is asked for
/// again each time.
async fn cache(request: Request<axum::body::Body>, next: middleware::Next) -> Response {
    let is_asset = request.uri().path().starts_with("/assets/");
    let mut response = next.run(request).await.into_response();
    let is_page = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let policy = if is_asset && !is_page && response.status().is_success() {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static(policy));
    response
}

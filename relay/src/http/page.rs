//! The web page: its routes, its files with their types, and 404 for everything else.
//!
//! A file that is missing is never answered with the page: while relays of two versions serve together, a
//! script of the other version would come as HTML, and the browser would show nothing.

use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{header, HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::Router;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::config::RelayConfig;
use crate::failure::ApiFailure;

const NOT_BUILT: &str =
    "<!doctype html><title>Aurelius</title><p>The page is not built: <code>make page</code> \
                         builds it. The service itself runs; see <a href=\"health\">/health</a> and \
                         <a href=\"api/matches\">/api/matches</a>.";

const NOT_FOUND: &str =
    "<!doctype html><html lang=\"en\"><title>Not found: Aurelius</title><p>There is no page at this \
                         address.";

/// What search engines may read, unless the page brings its own file.
const ROBOTS: &str = "User-agent: *\nDisallow: /api/\nDisallow: /ws\n";

/// No file system takes a longer name in a path.
const PART_BYTES_MAX: usize = 255;

/// No path of ours is nearly as long.
const PATH_BYTES_MAX: usize = 2048;

/// Routes of the page with nothing after them.
const PLAIN_ROUTES: [&str; 6] = ["", "leaderboard", "history", "rules", "help", "my"];

/// Routes of the page that name one thing after them.
const NAMING_ROUTES: [&str; 2] = ["match", "player"];

struct Page {
    folder: Option<PathBuf>,
}

/// The service of everything that is no other route.
pub(super) fn page(config: &RelayConfig) -> Router {
    let page = Page {
        folder: config.web_dir.clone(),
    };
    Router::new().fallback(serve).with_state(Arc::new(page))
}

async fn serve(State(page): State<Arc<Page>>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        let why = ApiFailure::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "only GET and HEAD are answered here",
        );
        return ([(header::ALLOW, "GET,HEAD")], why).into_response();
    }
    let path = request.uri().path();
    if path.len() > PATH_BYTES_MAX {
        let why = format!(
            "the path has {} bytes; at most {PATH_BYTES_MAX} are read",
            path.len()
        );
        return ApiFailure::new(StatusCode::URI_TOO_LONG, why).into_response();
    }
    if let Some(depth) = depth_of_route(path) {
        return page.html(depth).await;
    }
    let (path, headers) = (path.to_owned(), request.headers().clone());
    let could_be_file = !path.contains("%00") && path.split('/').all(|part| part.len() <= PART_BYTES_MAX);
    let file = match &page.folder {
        Some(folder) if could_be_file => file(folder, request).await,
        _ => None,
    };
    match (file, path.as_str()) {
        (Some(file), _) => cached(file, &path),
        (None, "/robots.txt") => {
            ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], ROBOTS).into_response()
        }
        (None, "/favicon.ico") => page.icon(&headers).await,
        (None, _) => not_found(&headers),
    }
}

impl Page {
    /// The page, for a route so many levels below the first.
    async fn html(&self, depth: usize) -> Response {
        let Some(folder) = &self.folder else {
            return Html(NOT_BUILT).into_response();
        };
        match tokio::fs::read_to_string(folder.join("index.html")).await {
            Ok(text) => cached(Html(with_base(&text, depth)).into_response(), "/"),
            Err(error) => {
                tracing::error!(%error, folder = %folder.display(), "the page cannot be read");
                let why = "the page cannot be read at the moment: try again";
                ApiFailure::new(StatusCode::SERVICE_UNAVAILABLE, why).into_response()
            }
        }
    }

    /// Browsers ask for it by itself; the page's own icon is what they want.
    async fn icon(&self, headers: &HeaderMap) -> Response {
        if let Some(folder) = &self.folder {
            if let Ok(icon) = tokio::fs::read(folder.join("favicon.svg")).await {
                return cached(
                    ([(header::CONTENT_TYPE, "image/svg+xml")], icon).into_response(),
                    "/",
                );
            }
        }
        not_found(headers)
    }
}

/// How many levels below the first a route of the page is; none if the path is no route of it.
fn depth_of_route(path: &str) -> Option<usize> {
    let inside = path.strip_prefix('/')?;
    let plain = match inside.strip_suffix('/') {
        Some("") => return None,
        Some(plain) => plain,
        None => inside,
    };
    let is_route = match plain.split_once('/') {
        None => PLAIN_ROUTES.contains(&plain),
        Some((first, name)) => NAMING_ROUTES.contains(&first) && !name.is_empty() && !name.contains('/'),
    };
    is_route.then(|| inside.matches('/').count())
}

/// The page names its files relative to the place it is served under, which may have a path before it that
/// only the proxy knows. What is relative for a route below the first level has to begin further up.
fn with_base(html: &str, depth: usize) -> String {
    if depth == 0 {
        return html.to_owned();
    }
    let base = format!("<head><base href=\"{}\">", "../".repeat(depth));
    html.replacen("<head>", &base, 1)
}

/// The file at this path, if there is one.
async fn file(folder: &std::path::Path, request: Request) -> Option<Response> {
    let files = ServeDir::new(folder).append_index_html_on_directories(false);
    let response = match files.oneshot(request).await {
        Ok(response) => response.into_response(),
        Err(never) => match never {},
    };
    (response.status() != StatusCode::NOT_FOUND).then_some(response)
}

/// Files under `/assets` carry the hash of their content in the name and never change; everything else is
/// asked for again each time.
fn cached(mut response: Response, path: &str) -> Response {
    let never_changes = path.starts_with("/assets/") && response.status().is_success();
    let policy = match never_changes {
        true => "public, max-age=31536000, immutable",
        false => "no-cache",
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(policy));
    response
}

/// In the words of whoever asks: a person sees a sentence, everything else gets JSON.
fn not_found(headers: &HeaderMap) -> Response {
    let accept = headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok());
    let answer = match accept {
        Some(accept) if accept.contains("text/html") => {
            (StatusCode::NOT_FOUND, Html(NOT_FOUND)).into_response()
        }
        _ => ApiFailure::not_found("there is nothing at this path; see docs/PROTOCOL.md for what there is")
            .into_response(),
    };
    cached(answer, "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routes_have_their_depth_and_nothing_else_is_one() {
        for (path, depth) in [
            ("/", 0),
            ("/leaderboard", 0),
            ("/leaderboard/", 1),
            ("/my", 0),
            ("/match/abc", 1),
            ("/match/abc/", 2),
            ("/player/abc", 1),
        ] {
            assert_eq!(depth_of_route(path), Some(depth), "{path}");
        }
        for path in [
            "//",
            "/match",
            "/match/",
            "/match//",
            "/match/a/b",
            "/nope",
            "/assets/a.js",
            "/my/x",
            "",
        ] {
            assert_eq!(depth_of_route(path), None, "{path}");
        }
    }

    #[test]
    fn report_28_relative_addresses_begin_at_the_same_place_on_every_route() {
        let html = "<!doctype html><html><head><meta charset=utf-8></head></html>";
        assert_eq!(with_base(html, 0), html);
        assert!(with_base(html, 1).contains("<head><base href=\"../\"><meta"));
        assert!(with_base(html, 2).contains("<head><base href=\"../../\"><meta"));
    }
}

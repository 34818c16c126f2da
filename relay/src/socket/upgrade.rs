//! From an HTTP request to a socket.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Query, Request, State};
use axum::http::{header, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::Extension;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::WebSocketStream;

use super::outbox::Outbox;
use super::session::Session;
use crate::client::{Client, SocketPermits};
use crate::failure::ApiFailure;
use crate::limits::metered::Metered;
use crate::patience::Patient;
use crate::prepared::Encoding;
use crate::service::Service;
use crate::wire::Duplex;

/// `GET /ws`
pub(crate) async fn upgrade(
    State(service): State<Arc<Service>>,
    Extension(client): Extension<Client>,
    Query(query): Query<HashMap<String, String>>,
    mut request: Request,
) -> Result<Response, ApiFailure> {
    let encoding = encoding(&query)?;
    check_origin(&service, &request)?;
    let refused =
        |error: String| ApiFailure::bad_request(format!("/ws takes WebSocket upgrades only: {error}"));
    let response =
        create_response_with_body(&request, Body::empty).map_err(|error| refused(error.to_string()))?;
    check_key(&request).map_err(|error| refused(error.to_owned()))?;
    if !service.is_open() {
        return Err(ApiFailure::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "this relay is about to end: try again, or another",
        ));
    }
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let domain = service.names.for_client(host, client.reached);
    let permits = client.permits_for_socket(&service.addresses)?;
    let upgraded = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        match upgraded.await {
            Ok(upgraded) => serve(service, upgraded, encoding, domain, permits).await,
            Err(error) => tracing::debug!(%error, "a client left during the upgrade"),
        }
    });
    Ok(response.into_response())
}

/// Starts the socket's own task: what the upgrade needed is given back.
async fn serve(
    service: Arc<Service>,
    upgraded: Upgraded,
    encoding: Encoding,
    domain: Arc<str>,
    permits: SocketPermits,
) {
    // The server only ever hands out plain TCP connections; see `server`.
    let Ok(parts) = upgraded.downcast::<TokioIo<Patient>>() else {
        tracing::error!("an upgraded connection is not a TCP stream");
        return;
    };
    let limits = &service.config.limits;
    let (duplex, wire) = Duplex::new(parts.io.into_inner().into_inner());
    let stream = Metered::new(duplex, limits.bytes_per_second);
    let socket = WebSocketStream::from_partially_read(
        stream,
        parts.read_buf.to_vec(),
        Role::Server,
        Some(service.socket_config()),
    )
    .await;
    let outbox = Outbox::new(socket, wire, encoding, limits.send_timeout);
    service.metrics.sockets.increment(1.0);
    let gauge = service.metrics.sockets.clone();
    let session = Box::new(Session::new(service, outbox, domain));
    session.leave_if_closing();
    tokio::spawn(async move {
        session.run().await;
        gauge.decrement(1.0);
        drop(permits);
    });
}

fn encoding(query: &HashMap<String, String>) -> Result<Encoding, ApiFailure> {
    if let Some(unknown) = query.keys().find(|key| key.as_str() != "encoding") {
        return Err(ApiFailure::bad_request(format!(
            "unknown parameter {unknown:?}; expected `encoding`"
        )));
    }
    match query.get("encoding").map(String::as_str) {
        None | Some("binary") => Ok(Encoding::Binary),
        Some("json") => Ok(Encoding::Json),
        Some(other) => Err(ApiFailure::bad_request(format!(
            "`encoding` is {other:?}; expected `binary` or `json`"
        ))),
    }
}

/// The key is 16 random bytes in base64 (RFC 6455, 4.1), which the library does not check.
fn check_key(request: &Request) -> Result<(), &'static str> {
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY);
    let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    match key.map(HeaderValue::as_bytes) {
        Some([digits @ .., b'=', b'=']) if digits.len() == 22 && digits.iter().all(is_digit) => Ok(()),
        _ => Err("the header Sec-WebSocket-Key must be 16 bytes in base64"),
    }
}

/// Browsers do not guard WebSockets with CORS: the server looks at the origin.
fn check_origin(service: &Service, request: &Request) -> Result<(), ApiFailure> {
    let allowed = &service.config.cors_origins;
    let Some(origin) = request.headers().get(header::ORIGIN) else {
        return Ok(());
    };
    if allowed.is_empty()
        || allowed
            .iter()
            .any(|allowed| allowed.as_bytes() == origin.as_bytes())
    {
        return Ok(());
    }
    let same_host = request.headers().get(header::HOST).is_some_and(|host| {
        let origin = origin.as_bytes();
        let without_scheme = origin
            .strip_prefix(b"https://")
            .or_else(|| origin.strip_prefix(b"http://"));
        without_scheme == Some(host.as_bytes())
    });
    if same_host {
        return Ok(());
    }
    Err(ApiFailure::new(
        StatusCode::FORBIDDEN,
        "this origin may not connect; the operator allows it in CORS_ORIGIN",
    ))
}

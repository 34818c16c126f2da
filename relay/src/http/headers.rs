//! What every answer carries: what the page may do, and a reason on every failure.

use axum::body::to_bytes;
use axum::extract::State;
use axum::http::{header, HeaderValue};
use axum::response::{IntoResponse, Response};
use protocol::api::ChainInfo;

use crate::config::RelayConfig;
use crate::failure::ApiFailure;

/// A reason that came as text is at most so long.
const REASON_BYTES_MAX: usize = 1024;

/// What browsers let the page do.
pub(super) fn content_security_policy(config: &RelayConfig) -> HeaderValue {
    let Some(chain) = &config.chain_info else {
        // Where the chain is the page has to find out by itself.
        return policy("'self' ws: wss: http: https:");
    };
    let mut connect = "'self'".to_owned();
    for origin in origins(chain) {
        connect.push(' ');
        connect.push_str(&origin);
    }
    if chain.chain != "localnet" {
        // Wallets of phones listen on a port of their own choice.
        connect.push_str(" ws://localhost:*");
    }
    policy(&connect)
}

/// The policy of a page that may connect to these.
fn policy(connect: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
         img-src 'self' data:; connect-src {connect}; frame-ancestors 'none'; base-uri 'self'; form-action 'none'"
    );
    // Addresses were checked: they have visible characters only.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'self'"))
}

/// Where the chain is read and followed.
fn origins(chain: &ChainInfo) -> Vec<String> {
    let addresses = [Some(&chain.rpc), chain.pubsub.as_ref()];
    addresses
        .into_iter()
        .flatten()
        .filter_map(|address| origin(address))
        .collect()
}

/// Scheme, host and port of an address; none if it has none, or characters that would say something else in a
/// policy.
fn origin(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let fits = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-:[]_".contains(&byte))
    };
    (fits(scheme) && fits(host)).then(|| format!("{scheme}://{host}"))
}

/// Nothing else may frame or reinterpret an answer, and each failure says why as JSON, whoever made it.
pub(super) async fn complete(State(policy): State<HeaderValue>, response: Response) -> Response {
    let mut response = with_reason(response).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, policy),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ] {
        headers.entry(name).or_insert(value);
    }
    response
}

/// Libraries answer some failures themselves: with an empty body, or with text.
async fn with_reason(response: Response) -> Response {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response;
    }
    let kind = response.headers().get(header::CONTENT_TYPE);
    let is_text = kind.is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !is_text {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let told = to_bytes(body, REASON_BYTES_MAX).await.unwrap_or_default();
    let reason = match std::str::from_utf8(&told).map(str::trim) {
        Ok(text) if !text.is_empty() => text.to_owned(),
        _ => {
            let word = status
                .canonical_reason()
                .unwrap_or("this request failed")
                .to_lowercase();
            match parts
                .headers
                .get(header::ALLOW)
                .and_then(|allow| allow.to_str().ok())
            {
                Some(allow) => format!("{word}: expected one of {allow}"),
                None => word,
            }
        }
    };
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.remove(header::CONTENT_TYPE);
    (parts.headers, ApiFailure::new(status, reason)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_carry_no_path_no_secret_and_no_other_directive() {
        assert_eq!(
            origin("http://127.0.0.1:8899/"),
            Some("http://127.0.0.1:8899".into())
        );
        assert_eq!(
            origin("https://user:key@rpc.example/v1?key=secret"),
            Some("https://rpc.example".into())
        );
        assert_eq!(origin("ws://[::1]:8900"), Some("ws://[::1]:8900".into()));
        for none in [
            "",
            "rpc.example",
            "http://",
            "http://a b",
            "http://a;script-src",
            "http://*",
        ] {
            assert_eq!(origin(none), None, "{none}");
        }
    }
}

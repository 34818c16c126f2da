//! One JSON-RPC endpoint over HTTP: one request, one answer, no retry.
//!
//! Invariants: every request ends within the configured timeout; an answer longer than the configured bound is refused
//! while it is being read; redirects are not followed (a signed transaction goes where the operator said, nowhere else);
//! no error holds a key of the endpoint's address.
//! Absent on purpose: retry, back-off and the choice of an endpoint. Those live in [`super::pool`].

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use serde_json::{json, Value};

use super::config::RpcConfig;
use super::fault::{Fault, PREFLIGHT_FAILURE};
use super::method::Method;
use crate::secret_url::SecretUrl;

/// No endpoint may park us longer than this, whatever its `Retry-After` says.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(30);

/// What went wrong with one attempt.
#[derive(Debug)]
pub(super) struct AttemptError {
    pub(super) fault: Fault,
    /// The endpoint asked for this pause (`Retry-After`).
    pub(super) retry_after: Option<Duration>,
}

impl From<Fault> for AttemptError {
    fn from(fault: Fault) -> Self {
        Self {
            fault,
            retry_after: None,
        }
    }
}

impl From<reqwest::Error> for AttemptError {
    fn from(error: reqwest::Error) -> Self {
        Fault::Transport(error.without_url()).into()
    }
}

/// An HTTP endpoint with its own connection pool.
#[derive(Debug)]
pub(super) struct HttpEndpoint {
    http: reqwest::Client,
    url: SecretUrl,
    response_bytes_max: usize,
    request_id: AtomicU64,
}

impl HttpEndpoint {
    pub(super) fn new(config: &RpcConfig, url: SecretUrl) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder()
            .connect_timeout(config.connect_timeout)
            .timeout(config.timeout)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self {
            http,
            url,
            response_bytes_max: config.response_bytes_max,
            request_id: AtomicU64::new(0),
        })
    }

    pub(super) fn url(&self) -> &SecretUrl {
        &self.url
    }

    /// Sends a request once and gives the `result` member of the answer.
    pub(super) async fn call(&self, method: Method, params: &Value) -> Result<Value, AttemptError> {
        let id = self.request_id.fetch_add(1, Ordering::Relaxed);
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method.name(), "params": params });
        let response = self
            .http
            .post(self.url.expose().clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string())
            .send()
            .await?;
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            return Err(AttemptError {
                fault: Fault::Status(status.as_u16()),
                retry_after: retry_after(&response),
            });
        }
        if !status.is_success() {
            return Err(Fault::Redirect(status.as_u16()).into());
        }
        let body = self.read_bounded(response).await?;
        let mut json: Value =
            serde_json::from_slice(&body).map_err(|error| Fault::NotJsonRpc(error.to_string()))?;
        match json.get_mut("error") {
            Some(error) if !error.is_null() => Err(self.refusal(error.take()).into()),
            _ => match json.get_mut("result") {
                Some(result) => Ok(result.take()),
                None => Err(Fault::NotJsonRpc("it holds neither `result` nor `error`".to_owned()).into()),
            },
        }
    }

    async fn read_bounded(&self, mut response: reqwest::Response) -> Result<Vec<u8>, AttemptError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            if body.len() + chunk.len() > self.response_bytes_max {
                return Err(Fault::TooLong(self.response_bytes_max).into());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// The `error` member of an answer.
    fn refusal(&self, mut error: Value) -> Fault {
        let Some(code) = error.get("code").and_then(Value::as_i64) else {
            return Fault::NotJsonRpc("its error has no code".to_owned());
        };
        let message = error.get("message").and_then(Value::as_str).unwrap_or_default();
        Fault::Refused {
            code,
            message: self.url.scrub(message),
            // Of others nothing is used, and they might repeat our address.
            data: match code {
                PREFLIGHT_FAILURE => error.get_mut("data").map(Value::take).unwrap_or_default(),
                _ => Value::Null,
            },
        }
    }
}

fn retry_after(response: &reqwest::Response) -> Option<Duration> {
    let seconds = response
        .headers()
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse::<u64>()
        .ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}

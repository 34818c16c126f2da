//! One JSON-RPC endpoint over HTTP: one request, one answer, no retry.
//!
//! Invariants: every request ends within the configured timeout; an answer longer than the configured bound is refused
//! while it is being read; redirects are not followed (a signed transaction goes where the operator said, nowhere else).
//! Absent on purpose: retry, back-off and the choice of an endpoint. Those live in [`super::pool`].

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::StatusCode;
use serde_json::Value;
use solana_rpc_client_api::client_error::{Error, ErrorKind};
use solana_rpc_client_api::custom_error;
use solana_rpc_client_api::request::{RpcError, RpcRequest, RpcResponseErrorData};

use super::pool::RpcConfig;

/// No endpoint may park us longer than this, whatever its `Retry-After` says.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(30);

/// What went wrong with one attempt.
#[derive(Debug)]
pub(crate) struct AttemptError {
    pub(crate) error: Error,
    /// The endpoint asked for this pause (`Retry-After`).
    pub(crate) retry_after: Option<Duration>,
}

impl From<ErrorKind> for AttemptError {
    fn from(error: ErrorKind) -> Self {
        Self {
            error: error.into(),
            retry_after: None,
        }
    }
}

impl From<RpcError> for AttemptError {
    fn from(error: RpcError) -> Self {
        ErrorKind::from(error).into()
    }
}

/// Whether the same request may succeed a little later. The one place where this is decided.
pub(crate) fn is_transient(error: &ErrorKind) -> bool {
    match error {
        ErrorKind::Io(_) | ErrorKind::Middleware(_) => true,
        // Whatever breaks before or within an answer is the network's doing, except a request that could not be built.
        ErrorKind::Reqwest(error) => match error.status() {
            Some(status) => is_transient_status(status),
            None => !error.is_builder() && !error.is_redirect(),
        },
        ErrorKind::RpcError(RpcError::RpcResponseError { code, .. }) => is_transient_code(*code),
        _ => false,
    }
}

/// An HTTP endpoint with its own connection pool.
#[derive(Debug)]
pub(crate) struct HttpEndpoint {
    http: reqwest::Client,
    url: reqwest::Url,
    response_bytes_max: usize,
    request_id: AtomicU64,
}

impl HttpEndpoint {
    pub(crate) fn new(config: &RpcConfig, url: reqwest::Url) -> Result<Self, reqwest::Error> {
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

    pub(crate) fn url(&self) -> &reqwest::Url {
        &self.url
    }

    /// Sends `request` once and gives the `result` member of the answer.
    pub(crate) async fn call(&self, request: RpcRequest, params: Value) -> Result<Value, AttemptError> {
        let id = self.request_id.fetch_add(1, Ordering::Relaxed);
        let body = request.build_request_json(id, params).to_string();
        let response = self
            .http
            .post(self.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .send()
            .await
            .map_err(|error| ErrorKind::Reqwest(error.without_url()))?;

        if let Err(error) = response.error_for_status_ref() {
            let error = ErrorKind::Reqwest(error.without_url());
            return Err(AttemptError {
                error: error.into(),
                retry_after: retry_after(&response),
            });
        }
        if !response.status().is_success() {
            return Err(RpcError::ForUser(format!(
                "the endpoint answered HTTP status {} instead of JSON-RPC; give the address it points to",
                response.status()
            ))
            .into());
        }
        let body = self.read_bounded(response).await?;
        let mut json: Value = serde_json::from_slice(&body).map_err(|error| {
            RpcError::ParseError(format!("a JSON-RPC answer, found something else ({error})"))
        })?;
        match json.get_mut("error") {
            Some(error) if !error.is_null() => Err(decode_error(error.take()).into()),
            _ => Ok(json.get_mut("result").map(Value::take).unwrap_or(Value::Null)),
        }
    }

    async fn read_bounded(&self, mut response: reqwest::Response) -> Result<Vec<u8>, AttemptError> {
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| ErrorKind::Reqwest(error.without_url()))?
        {
            if body.len() + chunk.len() > self.response_bytes_max {
                return Err(RpcError::ForUser(format!(
                    "the endpoint's answer is longer than {} bytes; narrow the query or raise `response_bytes_max`",
                    self.response_bytes_max
                ))
                .into());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn is_transient_status(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::REQUEST_TIMEOUT
            | StatusCode::TOO_MANY_REQUESTS
            | StatusCode::INTERNAL_SERVER_ERROR
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
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

/// Codes of a node that is behind, starting or overloaded: the same request may succeed in a moment.
/// 429 and -32429 are what hosted providers put into the body instead of the HTTP status.
fn is_transient_code(code: i64) -> bool {
    const JSON_RPC_INTERNAL_ERROR: i64 = -32603;
    matches!(
        code,
        custom_error::JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY
            | custom_error::JSON_RPC_SERVER_ERROR_BLOCK_NOT_AVAILABLE
            | custom_error::JSON_RPC_SERVER_ERROR_BLOCK_STATUS_NOT_AVAILABLE_YET
            | custom_error::JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED
            | custom_error::JSON_RPC_SERVER_ERROR_LONG_TERM_STORAGE_UNREACHABLE
            | JSON_RPC_INTERNAL_ERROR
            | 429
            | -32429
    )
}

/// The `error` member of a JSON-RPC answer.
#[derive(serde::Deserialize)]
struct ErrorObject {
    code: i64,
    message: String,
    data: Option<Value>,
}

fn decode_error(error: Value) -> RpcError {
    let object: ErrorObject = match serde_json::from_value(error) {
        Ok(object) => object,
        Err(error) => return RpcError::ParseError(format!("a JSON-RPC error object ({error})")),
    };
    let data = match (object.code, object.data) {
        (custom_error::JSON_RPC_SERVER_ERROR_SEND_TRANSACTION_PREFLIGHT_FAILURE, Some(data)) => {
            serde_json::from_value(data)
                .map(RpcResponseErrorData::SendTransactionPreflightFailure)
                .unwrap_or(RpcResponseErrorData::Empty)
        }
        (custom_error::JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY, data) => RpcResponseErrorData::NodeUnhealthy {
            num_slots_behind: data.and_then(|data| data.get("numSlotsBehind")?.as_u64()),
        },
        _ => RpcResponseErrorData::Empty,
    };
    RpcError::RpcResponseError {
        code: object.code,
        message: object.message,
        data,
    }
}

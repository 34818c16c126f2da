//! One JSON-RPC endpoint over HTTP: one request, one answer, no retry.
//!
//! Invariants: every request ends within the configured timeout; an answer longer than the configured bound is refused
//! while it is being read; redirects are not followed (a signed transaction goes where the operator said, nowhere else);
//! no error holds a key of the endpoint's address.
//! Absent on purpose: retry, back-off and the choice of an endpoint. Those live in [`super::pool`].

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::StatusCode;
use serde_json::Value;
use solana_rpc_client_api::client_error::{Error, ErrorKind};
use solana_rpc_client_api::custom_error;
use solana_rpc_client_api::request::{RpcError, RpcRequest, RpcResponseErrorData};

use super::config::RpcConfig;
use crate::secret_url::SecretUrl;

/// No endpoint may park us longer than this, whatever its `Retry-After` says.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(30);

/// What went wrong with one attempt.
#[derive(Debug)]
pub(crate) struct AttemptError {
    pub(crate) error: Error,
    /// The endpoint asked for this pause (`Retry-After`).
    pub(crate) retry_after: Option<Duration>,
    /// Whose fault it is.
    pub(crate) blame: Blame,
    /// The endpoint may have acted on the request all the same.
    pub(crate) may_have_acted: bool,
}

/// Whose fault a failed attempt is, which says who is asked next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blame {
    /// The request's: every endpoint would say so.
    Request,
    /// The endpoint cannot serve this request, others may.
    Lacking,
    /// The endpoint does not serve us at all, others may.
    Unfit,
    /// The endpoint is behind or starting.
    Behind,
    /// The endpoint wants fewer requests.
    Limit,
    /// The endpoint, or the way to it, is broken.
    Broken,
}

impl Blame {
    /// Whether the same endpoint may serve the same request a little later.
    pub(crate) fn is_transient(self) -> bool {
        matches!(self, Self::Behind | Self::Limit | Self::Broken)
    }
}

impl AttemptError {
    /// There is no endpoint to ask.
    pub(crate) fn nobody() -> Self {
        RpcError::ForUser("no endpoint is left to ask".to_owned()).into()
    }
}

impl From<ErrorKind> for AttemptError {
    fn from(error: ErrorKind) -> Self {
        let blame = blame(&error);
        let unsent = matches!(&error, ErrorKind::Reqwest(error) if error.is_connect() || error.is_builder());
        Self {
            may_have_acted: blame == Blame::Broken && !unsent,
            error: error.into(),
            retry_after: None,
            blame,
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
    blame(error).is_transient()
}

fn blame(error: &ErrorKind) -> Blame {
    match error {
        ErrorKind::Io(_) | ErrorKind::Middleware(_) => Blame::Broken,
        // Whatever breaks before or within an answer is the network's doing, except a request that could not be built.
        ErrorKind::Reqwest(error) => match error.status() {
            Some(status) => blame_of_status(status),
            None if error.is_builder() => Blame::Request,
            None if error.is_redirect() => Blame::Unfit,
            None => Blame::Broken,
        },
        ErrorKind::RpcError(RpcError::RpcResponseError { code, .. }) => blame_of_code(*code),
        ErrorKind::RpcError(RpcError::ParseError(_)) => Blame::Unfit,
        _ => Blame::Request,
    }
}

/// An HTTP endpoint with its own connection pool.
#[derive(Debug)]
pub(crate) struct HttpEndpoint {
    http: reqwest::Client,
    url: SecretUrl,
    response_bytes_max: usize,
    request_id: AtomicU64,
}

impl HttpEndpoint {
    pub(crate) fn new(config: &RpcConfig, url: SecretUrl) -> Result<Self, reqwest::Error> {
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

    pub(crate) fn url(&self) -> &SecretUrl {
        &self.url
    }

    /// Sends `request` once and gives the `result` member of the answer.
    pub(crate) async fn call(&self, request: RpcRequest, params: Value) -> Result<Value, AttemptError> {
        let id = self.request_id.fetch_add(1, Ordering::Relaxed);
        let body = request.build_request_json(id, params).to_string();
        let response = self
            .http
            .post(self.url.expose().clone())
            .header(CONTENT_TYPE, "application/json")
            .body(body)
            .send()
            .await
            .map_err(|error| ErrorKind::Reqwest(error.without_url()))?;

        if let Err(error) = response.error_for_status_ref() {
            let failed = AttemptError::from(ErrorKind::Reqwest(error.without_url()));
            return Err(AttemptError {
                retry_after: retry_after(&response),
                ..failed
            });
        }
        if !response.status().is_success() {
            let failed = AttemptError::from(RpcError::ForUser(format!(
                "the endpoint answered HTTP status {} instead of JSON-RPC; give the address it points to",
                response.status()
            )));
            return Err(AttemptError {
                blame: Blame::Unfit,
                ..failed
            });
        }
        let body = self.read_bounded(response).await?;
        let mut json: Value = serde_json::from_slice(&body).map_err(|error| {
            RpcError::ParseError(format!("a JSON-RPC answer, found something else ({error})"))
        })?;
        match json.get_mut("error") {
            Some(error) if !error.is_null() => Err(decode_error(error.take(), &self.url).into()),
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

fn blame_of_status(status: StatusCode) -> Blame {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Blame::Limit,
        StatusCode::REQUEST_TIMEOUT => Blame::Broken,
        // No such key, no credit left, nothing there.
        StatusCode::UNAUTHORIZED
        | StatusCode::PAYMENT_REQUIRED
        | StatusCode::FORBIDDEN
        | StatusCode::NOT_FOUND
        | StatusCode::METHOD_NOT_ALLOWED
        | StatusCode::GONE
        | StatusCode::NOT_IMPLEMENTED
        | StatusCode::HTTP_VERSION_NOT_SUPPORTED => Blame::Unfit,
        status if status.is_server_error() => Blame::Broken,
        _ => Blame::Request,
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

/// Codes of a node that is behind, starting or overloaded: the same request may succeed in a moment.
/// 429 and -32429 are what hosted providers put into the body instead of the HTTP status.
fn blame_of_code(code: i64) -> Blame {
    const JSON_RPC_METHOD_NOT_FOUND: i64 = -32601;
    const JSON_RPC_INTERNAL_ERROR: i64 = -32603;
    match code {
        429 | -32429 => Blame::Limit,
        JSON_RPC_INTERNAL_ERROR => Blame::Broken,
        custom_error::JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY
        | custom_error::JSON_RPC_SERVER_ERROR_BLOCK_NOT_AVAILABLE
        | custom_error::JSON_RPC_SERVER_ERROR_BLOCK_STATUS_NOT_AVAILABLE_YET
        | custom_error::JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED
        | custom_error::JSON_RPC_SERVER_ERROR_LONG_TERM_STORAGE_UNREACHABLE => Blame::Behind,
        JSON_RPC_METHOD_NOT_FOUND
        | custom_error::JSON_RPC_SERVER_ERROR_TRANSACTION_HISTORY_NOT_AVAILABLE
        | custom_error::JSON_RPC_SERVER_ERROR_KEY_EXCLUDED_FROM_SECONDARY_INDEX => Blame::Lacking,
        _ => Blame::Request,
    }
}

/// The `error` member of a JSON-RPC answer.
#[derive(serde::Deserialize)]
struct ErrorObject {
    code: i64,
    message: String,
    data: Option<Value>,
}

fn decode_error(error: Value, from: &SecretUrl) -> RpcError {
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
        message: from.scrub(&object.message),
        data,
    }
}

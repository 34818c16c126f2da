//! What goes wrong with a request, and whose fault it is.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::Value;
use solana_rpc_client_api::custom_error;

use super::method::Method;

/// `sendTransaction` simulated the transaction, and it failed.
pub(crate) const PREFLIGHT_FAILURE: i64 = -32002;

/// A request that no endpoint answered in a way that could be used, after all retries.
#[derive(Debug, thiserror::Error)]
#[error("RPC request {method} failed at {endpoint}: {fault}")]
pub struct RequestError {
    /// The JSON-RPC method.
    pub method: &'static str,
    /// The host of the endpoint that said so; nothing secret.
    pub endpoint: String,
    /// What went wrong there. Its text is part of this error's.
    pub fault: Fault,
}

impl RequestError {
    pub(crate) fn new(method: Method, endpoint: impl Into<String>, fault: Fault) -> Self {
        Self {
            method: method.name(),
            endpoint: endpoint.into(),
            fault,
        }
    }

    /// Whether the same request may succeed a little later.
    pub fn is_transient(&self) -> bool {
        self.fault.blame().is_transient()
    }
}

/// What went wrong with one attempt.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// There was no connection, or it broke, or the answer took too long.
    #[error("{}", chain(.0))]
    Transport(reqwest::Error),
    /// No answer within the time that another endpoint is worth waiting for.
    #[error("no answer within {} ms", .0.as_millis())]
    Slow(Duration),
    /// HTTP said no.
    #[error("it answered HTTP status {0}")]
    Status(u16),
    /// HTTP said something that is no answer.
    #[error("it answered HTTP status {0} instead of JSON-RPC; give the address it points to")]
    Redirect(u16),
    /// The answer is longer than what is read.
    #[error("its answer is longer than {0} bytes; narrow the query or raise `response_bytes_max`")]
    TooLong(usize),
    /// The answer is not JSON-RPC.
    #[error("expected a JSON-RPC answer, found something else ({0})")]
    NotJsonRpc(String),
    /// An error object.
    #[error("{message} (code {code})")]
    Refused {
        /// JSON-RPC error code.
        code: i64,
        /// The endpoint's text, without keys of its address.
        message: String,
        /// The simulation, where one failed; null otherwise.
        data: Value,
    },
    /// A result that is not what the method answers.
    #[error("its answer is not usable: {0}")]
    Unusable(String),
    /// Every endpoint was found to be of no use.
    #[error("no endpoint is left to ask")]
    Nobody,
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
    pub(crate) const fn is_transient(self) -> bool {
        matches!(self, Self::Behind | Self::Limit | Self::Broken)
    }
}

impl Fault {
    /// Whose fault it is. The one place where this is decided.
    pub(crate) fn blame(&self) -> Blame {
        match self {
            Self::Transport(error) if error.is_builder() => Blame::Request,
            Self::Transport(error) if error.is_redirect() => Blame::Unfit,
            // What is unusable now may be whole in a moment: a proxy that cut an answer short.
            Self::Transport(_) | Self::Slow(_) | Self::Unusable(_) => Blame::Broken,
            Self::Status(status) => blame_of_status(*status),
            Self::Redirect(_) | Self::NotJsonRpc(_) => Blame::Unfit,
            Self::TooLong(_) | Self::Nobody => Blame::Request,
            Self::Refused { code, .. } => blame_of_code(*code),
        }
    }

    /// Whether the endpoint may have acted on the request all the same.
    pub(crate) fn may_have_acted(&self) -> bool {
        match self {
            Self::Transport(error) => !error.is_connect() && !error.is_builder(),
            fault => fault.blame() == Blame::Broken,
        }
    }

    /// Whether nothing came through at all, so that it says something about every method.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Transport(error) if error.is_connect())
    }
}

/// An error with its causes on one line: a transport's own text says "error sending request" and no more.
fn chain(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text = format!("{text}: {inner_text}");
        }
        cause = inner.source();
    }
    text
}

fn blame_of_status(status: u16) -> Blame {
    let Ok(status) = StatusCode::from_u16(status) else {
        return Blame::Unfit;
    };
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

/// Codes of a node that is behind, starting or overloaded: the same request may succeed in a moment.
/// 429 and -32429 are what hosted providers put into the body instead of the HTTP status.
fn blame_of_code(code: i64) -> Blame {
    const JSON_RPC_METHOD_NOT_FOUND: i64 = -32601;
    const JSON_RPC_INTERNAL_ERROR: i64 = -32603;
    /// The signature that a list was to begin behind is not in this node's ledger.
    const FILTER_TRANSACTION_NOT_FOUND: i64 = -32020;
    match code {
        429 | -32429 => Blame::Limit,
        JSON_RPC_INTERNAL_ERROR => Blame::Broken,
        custom_error::JSON_RPC_SERVER_ERROR_NODE_UNHEALTHY
        | custom_error::JSON_RPC_SERVER_ERROR_BLOCK_NOT_AVAILABLE
        | custom_error::JSON_RPC_SERVER_ERROR_BLOCK_STATUS_NOT_AVAILABLE_YET
        | custom_error::JSON_RPC_SERVER_ERROR_MIN_CONTEXT_SLOT_NOT_REACHED
        | custom_error::JSON_RPC_SERVER_ERROR_LONG_TERM_STORAGE_UNREACHABLE => Blame::Behind,
        JSON_RPC_METHOD_NOT_FOUND
        | FILTER_TRANSACTION_NOT_FOUND
        | custom_error::JSON_RPC_SERVER_ERROR_UNSUPPORTED_TRANSACTION_VERSION
        | custom_error::JSON_RPC_SERVER_ERROR_TRANSACTION_HISTORY_NOT_AVAILABLE
        | custom_error::JSON_RPC_SERVER_ERROR_KEY_EXCLUDED_FROM_SECONDARY_INDEX => Blame::Lacking,
        _ => Blame::Request,
    }
}

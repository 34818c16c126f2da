//! Errors as a real node words and numbers them.

use serde::Serialize;
use serde_json::{json, Value};

use crate::chain::Unavailable;

/// A JSON-RPC error object.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RpcError {
    pub(crate) code: i64,
    pub(crate) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data: Option<Value>,
}

/// What a method answers.
pub(crate) type RpcResult = Result<Value, RpcError>;

impl RpcError {
    fn new(code: i64, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            data: None,
        }
    }

    pub(crate) fn parse(reason: impl std::fmt::Display) -> Self {
        Self::new(-32700, format!("Parse error: {reason}"))
    }

    pub(crate) fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(-32600, message)
    }

    pub(crate) fn method_not_found(method: &str) -> Self {
        Self::new(-32601, format!("Method not found: {method}"))
    }

    pub(crate) fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(-32602, message)
    }

    pub(crate) fn internal(message: impl Into<String>) -> Self {
        Self::new(-32603, message)
    }

    pub(crate) fn block_cleaned_up(slot: u64, first_available: u64) -> Self {
        Self::new(
            -32001,
            format!(
                "Block {slot} cleaned up, does not exist on node. First available block: \
                 {first_available}"
            ),
        )
    }

    /// `result` is the whole simulation, as `simulateTransaction` would show it.
    pub(crate) fn preflight_failure(reason: impl std::fmt::Display, result: Value) -> Self {
        Self {
            data: Some(result),
            ..Self::new(-32002, format!("Transaction simulation failed: {reason}"))
        }
    }

    pub(crate) fn block_not_available(slot: u64) -> Self {
        Self::new(-32004, format!("Block not available for slot {slot}"))
    }

    pub(crate) fn slot_skipped(slot: u64) -> Self {
        Self::new(
            -32007,
            format!("Slot {slot} was skipped, or missing due to ledger jump to recent snapshot"),
        )
    }

    pub(crate) fn no_snapshot() -> Self {
        Self::new(-32008, "No snapshot")
    }

    pub(crate) fn unsupported_transaction_version(version: u8) -> Self {
        Self::new(
            -32015,
            format!(
                "Transaction version ({version}) is not supported by the requesting client. \
                 Please try the request again with the following configuration parameter: \
                 \"maxSupportedTransactionVersion\": {version}"
            ),
        )
    }

    pub(crate) fn min_context_slot_not_reached(context_slot: u64) -> Self {
        Self {
            data: Some(json!({ "contextSlot": context_slot })),
            ..Self::new(-32016, "Minimum context slot has not been reached")
        }
    }
}

impl From<Unavailable> for RpcError {
    /// A real node that cannot keep up reports itself unhealthy; clients try again.
    fn from(unavailable: Unavailable) -> Self {
        let message = match unavailable {
            Unavailable::Busy => "Node is unhealthy: its transaction queue is full, try again",
            Unavailable::Stopped => "Node is unhealthy: the local chain has stopped",
        };
        Self {
            data: Some(json!({ "numSlotsBehind": null })),
            ..Self::new(-32005, message)
        }
    }
}

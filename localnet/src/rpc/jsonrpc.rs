//! The JSON-RPC 2.0 envelope: single requests, batches, notifications.

use serde::Deserialize;
use serde_json::{json, Value};

use super::dispatch::call;
use super::error::{RpcError, RpcResult};
use super::node::Node;

/// A well-formed request.
#[derive(Debug)]
pub(crate) struct Request {
    /// Echoed in the answer; absent in a notification, which gets none.
    pub(crate) id: Option<Value>,
    pub(crate) method: String,
    pub(crate) params: Option<Value>,
}

#[derive(Deserialize)]
struct RawRequest {
    #[serde(default)]
    jsonrpc: Option<String>,
    #[serde(default, deserialize_with = "present")]
    id: Option<Value>,
    method: String,
    #[serde(default)]
    params: Option<Value>,
}

/// Keeps an explicit `null` id apart from a missing one.
fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(from).map(Some)
}

impl Request {
    /// Errors carry the id to answer to: null when it cannot be known.
    pub(crate) fn parse(value: Value) -> Result<Self, (Value, RpcError)> {
        let id = value.get("id").cloned().unwrap_or(Value::Null);
        if !matches!(id, Value::Null | Value::String(_) | Value::Number(_)) {
            let error = RpcError::invalid_request("Invalid request: bad `id`");
            return Err((Value::Null, error));
        }
        let raw: RawRequest = serde_json::from_value(value).map_err(|error| {
            let error = RpcError::invalid_request(format!("Invalid request: {error}"));
            (id.clone(), error)
        })?;
        if raw.jsonrpc.as_deref() != Some("2.0") {
            let error = RpcError::invalid_request("Invalid request: `jsonrpc` must be \"2.0\"");
            return Err((id, error));
        }
        Ok(Self {
            id: raw.id,
            method: raw.method,
            params: raw.params,
        })
    }
}

/// The text of an answer to one request.
pub(crate) fn answer(id: &Value, result: RpcResult) -> Value {
    match result {
        Ok(result) => json!({ "jsonrpc": "2.0", "result": result, "id": id }),
        Err(error) => json!({ "jsonrpc": "2.0", "error": error, "id": id }),
    }
}

/// Answers the body of an HTTP request; `None` when it held only notifications.
pub(crate) async fn answer_text(node: &Node, body: &[u8]) -> Option<Value> {
    match serde_json::from_slice(body) {
        Ok(Value::Array(batch)) => answer_batch(node, batch).await,
        Ok(single) => answer_one(node, single).await,
        Err(error) => Some(answer(&Value::Null, Err(RpcError::parse(error)))),
    }
}

async fn answer_batch(node: &Node, batch: Vec<Value>) -> Option<Value> {
    let refusal = if batch.is_empty() {
        Some("Invalid request: an empty batch".to_owned())
    } else if batch.len() > node.limits.batch_max {
        Some(format!(
            "Invalid request: a batch of {} requests, at most {} are allowed",
            batch.len(),
            node.limits.batch_max
        ))
    } else {
        None
    };
    if let Some(reason) = refusal {
        let error = RpcError::invalid_request(reason);
        return Some(answer(&Value::Null, Err(error)));
    }
    let mut answers = Vec::with_capacity(batch.len());
    for request in batch {
        answers.extend(answer_one(node, request).await);
    }
    (!answers.is_empty()).then_some(Value::Array(answers))
}

async fn answer_one(node: &Node, value: Value) -> Option<Value> {
    match Request::parse(value) {
        Ok(request) => {
            let result = call(node, &request.method, request.params).await;
            request.id.map(|id| answer(&id, result))
        }
        Err((id, error)) => Some(answer(&id, Err(error))),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;

    #[test]
    fn requests_and_notifications_are_told_apart() {
        let request = Request::parse(json!({"jsonrpc": "2.0", "id": 1, "method": "m"})).unwrap();
        assert_eq!(request.id, Some(json!(1)));
        let null = Request::parse(json!({"jsonrpc": "2.0", "id": null, "method": "m"})).unwrap();
        assert_eq!(null.id, Some(Value::Null));
        let notification = Request::parse(json!({"jsonrpc": "2.0", "method": "m"})).unwrap();
        assert_eq!(notification.id, None);
    }

    #[test]
    fn malformed_requests_are_invalid_with_the_id_they_had() {
        for (request, id) in [
            (json!({"jsonrpc": "2.0", "id": 7}), json!(7)),
            (json!({"id": "x", "method": "m"}), json!("x")),
            (json!({"jsonrpc": "1.0", "id": 3, "method": "m"}), json!(3)),
            (json!({"jsonrpc": "2.0", "id": [1], "method": "m"}), Value::Null),
            (json!(5), Value::Null),
        ] {
            let (found, error) = Request::parse(request).unwrap_err();
            assert_eq!((found, error.code), (id, -32600));
        }
    }
}

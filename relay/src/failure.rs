//! Answers that are not a success: a status, and a sentence that says what would be right.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::Json;
use protocol::api::ApiError;

use crate::limits::addresses::Refused;

/// An answer that is not a success: a status, and a sentence.
#[derive(Debug)]
pub(crate) struct ApiFailure {
    status: StatusCode,
    message: String,
}

impl ApiFailure {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }
}

impl IntoResponse for ApiFailure {
    fn into_response(self) -> Response {
        (self.status, Json(ApiError { error: self.message })).into_response()
    }
}

/// The client is told nothing of our insides; the log has it.
impl From<store::StoreError> for ApiFailure {
    fn from(error: store::StoreError) -> Self {
        tracing::error!(error = &error as &dyn std::error::Error, "the store failed");
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "history cannot be read at the moment: try again",
        )
    }
}

impl From<Refused> for ApiFailure {
    fn from(refused: Refused) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, refused.to_string())
    }
}

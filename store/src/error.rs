//! Why a store operation failed. Backend errors are carried as opaque causes so that no backend leaks through.

use std::path::PathBuf;

use crate::{IntentId, IntentState, Key};

/// The cause inside a backend.
pub type BackendError = Box<dyn std::error::Error + Send + Sync + 'static>;

/// Every way a store operation can fail.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    #[error("cannot open the database file {}: check that its folder exists and can be written", path.display())]
    Open {
        path: PathBuf,
        #[source]
        source: BackendError,
    },
    #[error("cannot bring the database's tables up to date")]
    Migrate(#[source] BackendError),
    #[error("the database refused to {operation}")]
    Query {
        operation: &'static str,
        #[source]
        source: BackendError,
    },
    #[error("the database holds a wrong value in {column}: {reason}")]
    Corrupt { column: &'static str, reason: String },
    #[error("{field} is {value}, more than the {max} that can be stored")]
    TooLarge {
        field: &'static str,
        value: u64,
        max: u64,
    },
    #[error("intent {id} cannot go from {from:?} to {to:?}")]
    Transition {
        id: IntentId,
        from: Box<IntentState>,
        to: Box<IntentState>,
    },
    #[error("there is no intent {0}")]
    NoIntent(IntentId),
    #[error("there is no match {}", hex(.0))]
    NoMatch(Key),
}

impl StoreError {
    /// Whether the same call may succeed later without any change (a busy or unreachable database).
    pub fn is_transient(&self) -> bool {
        matches!(self, StoreError::Query { .. })
    }
}

fn hex(key: &Key) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

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
    #[error("cannot use the database {database}: check that the server runs, and the user, password and database's name")]
    Connect {
        /// Its address without the password.
        database: String,
        #[source]
        source: BackendError,
    },
    #[error("another crank uses the database {database}")]
    Claimed {
        /// Its address without a password.
        database: String,
    },
    #[error("cannot bring the tables of the database {database} up to date")]
    Migrate {
        /// Its address without a password.
        database: String,
        #[source]
        source: BackendError,
    },
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
        match self {
            StoreError::Query { source, .. } => !breaks_a_constraint(source),
            StoreError::Connect { .. } => true,
            _ => false,
        }
    }
}

/// A row that the tables cannot hold is refused again however often it is written.
fn breaks_a_constraint(source: &BackendError) -> bool {
    use sqlx::error::ErrorKind::{CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation};
    let error = source.downcast_ref::<sqlx::Error>();
    error
        .and_then(sqlx::Error::as_database_error)
        .is_some_and(|error| {
            matches!(
                error.kind(),
                CheckViolation | ForeignKeyViolation | NotNullViolation | UniqueViolation
            )
        })
}

fn hex(key: &Key) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! Why a store operation failed. Backend errors are carried as opaque causes so that no backend leaks
//! through.

use std::path::PathBuf;

use crate::intent::{IntentId, IntentState};
use crate::sharing::Sharing;
use crate::types::Key;

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
    #[error("{}", locked(database, *wanted, *held))]
    Locked {
        /// Its address without a password.
        database: String,
        /// How it was to be used.
        wanted: Sharing,
        /// How others use it.
        held: Sharing,
    },
    #[error(
        "the database {database} is behind a pooler that gives another session for each transaction: sessions are needed, \
         so set PgBouncer's `pool_mode = session` for it, or name the server itself"
    )]
    Pooled {
        /// Its address without a password.
        database: String,
    },
    #[error("cranks cannot share the database {database}, a file: several cranks need PostgreSQL, which all of them reach")]
    NotShared { database: String },
    #[error("cannot bring the tables of the database {database} up to date")]
    Migrate {
        /// Its address without a password.
        database: String,
        #[source]
        source: BackendError,
    },
    #[error("no room is left for the database file {}: make room on its disk", path.display())]
    NoRoom {
        path: PathBuf,
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
    #[error("there is no match {}", hex::encode(.0))]
    NoMatch(Key),
    #[error("match number {match_id} of its operator, or its key, is written already")]
    Taken { match_id: u64 },
    #[error("{}", fenced(match_key, *token, *fence))]
    Fenced {
        match_key: Key,
        /// Of the handle that was to write.
        token: u64,
        /// Of the match.
        fence: u64,
    },
    #[error(
        "a handle on match {} was to write about match {}: this program is wrong",
        hex::encode(handle),
        hex::encode(written)
    )]
    OtherMatch { handle: Key, written: Key },
}

impl StoreError {
    /// Whether the same call may succeed later without any change (a busy or unreachable database).
    pub fn is_transient(&self) -> bool {
        match self {
            StoreError::Query { source, .. } => !source.downcast_ref().is_some_and(is_final),
            StoreError::Connect { .. } | StoreError::NoRoom { .. } => true,
            _ => false,
        }
    }
}

/// Whether the database would refuse the same again however often it is asked: a row that the tables cannot
/// hold, a statement or a value that it does not understand. Everything else may pass: a lost connection, a
/// server that starts or is replaced, a lock that somebody holds, a full disk.
fn is_final(error: &sqlx::Error) -> bool {
    use sqlx::error::ErrorKind::{CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation};
    let error = match error {
        sqlx::Error::Database(error) => error,
        sqlx::Error::Encode(_)
        | sqlx::Error::Decode(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. }
        | sqlx::Error::TypeNotFound { .. }
        | sqlx::Error::Configuration(_) => return true,
        _ => return false,
    };
    let breaks_a_constraint = matches!(
        error.kind(),
        CheckViolation | ForeignKeyViolation | NotNullViolation | UniqueViolation
    );
    // PostgreSQL's classes of what is wrong with a statement: not supported, its data, its names and its
    // grammar.
    let is_misunderstood = error.code().is_some_and(|code| {
        code.len() == SQLSTATE_LEN && ["0A", "22", "42"].iter().any(|class| code.starts_with(class))
    });
    breaks_a_constraint || is_misunderstood
}

/// PostgreSQL's codes have this many characters; SQLite's are numbers of at most four.
const SQLSTATE_LEN: usize = 5;

/// Who uses the database, and what to do about it.
fn locked(database: &str, wanted: Sharing, held: Sharing) -> String {
    let what = match (wanted, held) {
        (Sharing::Alone, Sharing::Alone) => {
            "another crank uses the database {}: stop that one first, or let both share their matches over one Redis"
        }
        (Sharing::Alone, Sharing::Leased) => {
            "another crank uses the database {}, and shares its matches over Redis: connect this one to the same Redis, or \
             stop all of those first"
        }
        (Sharing::Leased, _) => {
            "another crank uses the database {}, and it works alone: stop it first, or start it again with the same Redis \
             as this one"
        }
    };
    what.replace("{}", database)
}

/// Why a token that is not the fence may not write.
fn fenced(match_key: &Key, token: u64, fence: u64) -> String {
    let key = hex::encode(match_key);
    if token < fence {
        format!(
            "another crank owns match {key} now: this one had it under token {token}, and the database knows of {fence}"
        )
    } else {
        format!(
            "this crank has match {key} under token {token}, of which the database does not know yet: its fence is {fence} \
             and must be raised before anything is written"
        )
    }
}

//! The embedded backend: one SQLite file in WAL mode.
//!
//! One connection writes (SQLite allows one writer anyway, so waiting happens in our queue and not in its busy loop),
//! a few read. `synchronous = FULL`: a committed intent survives a power cut, not only a kill.

mod bans;
mod column;
mod history;
mod history_read;
mod intents;
mod matches;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::SqlitePool;

use crate::{Store, StoreError};

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../migrations/sqlite");

const READERS_MAX: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);

/// The pools every room shares.
#[derive(Clone)]
struct Pools {
    write: SqlitePool,
    read: SqlitePool,
}

/// Opens the file and migrates it.
pub(crate) async fn open(path: &Path) -> Result<Store, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(BUSY_TIMEOUT)
        .foreign_keys(true);
    let open_error = |source| StoreError::Open {
        path: path.to_owned(),
        source: Box::new(source),
    };
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options.clone())
        .await
        .map_err(open_error)?;
    MIGRATIONS
        .run(&write)
        .await
        .map_err(|source| StoreError::Migrate(Box::new(source)))?;
    let read = SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(open_error)?;
    let pools = Arc::new(Pools { write, read });
    Ok(Store {
        intents: pools.clone(),
        matches: pools.clone(),
        history: pools.clone(),
        bans: pools,
    })
}

/// Turns a backend error into ours, saying what was being done.
fn refused(operation: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |source| StoreError::Query {
        operation,
        source: Box::new(source),
    }
}

//! The embedded database: one SQLite file in WAL mode.
//!
//! One connection writes (SQLite allows one writer anyway, so waiting happens in our queue and not in its
//! busy loop), a few read. `synchronous = FULL`: a committed intent survives a power cut, not only a kill.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::query::Query;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Sqlite, SqliteExecutor, SqlitePool};

use super::value::without_nul;
use crate::database::migrations;
use crate::database::row::Row;
use crate::database::statement::{Access, Statement};
use crate::database::value::Value;
use crate::error::StoreError;

const READERS_MAX: u32 = 4;
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(10);
/// A disk with less than this left is full: the next checkpoint of a match may not fit.
const ROOM_BYTES: usize = 64 * 1024;

/// The connections to one file.
#[derive(Clone)]
pub(crate) struct Pools {
    write: SqlitePool,
    pub(crate) read: SqlitePool,
    file: Arc<Path>,
}

impl Pools {
    /// Where a statement runs.
    pub(super) fn pool(&self, statement: &Statement) -> &SqlitePool {
        match statement.access() {
            Access::Read => &self.read,
            Access::Write => &self.write,
        }
    }

    /// Whether the disk takes more: what the database file reuses of its own room says nothing about that.
    ///
    /// Errors: [`StoreError::NoRoom`].
    pub(super) async fn check_room(&self) -> Result<(), StoreError> {
        let mut name = OsString::from(self.file.as_os_str());
        name.push(format!(".room-{}", std::process::id()));
        let written = tokio::fs::write(&name, [0; ROOM_BYTES]).await;
        // Half a file is a file too.
        let _ = tokio::fs::remove_file(&name).await;
        written.map_err(|error| StoreError::NoRoom {
            path: self.file.to_path_buf(),
            source: Box::new(error),
        })
    }

    /// A transaction that holds the write lock from its beginning.
    pub(super) async fn begin(&self) -> Result<sqlx::Transaction<'static, Sqlite>, sqlx::Error> {
        self.write.begin_with("BEGIN IMMEDIATE").await
    }
}

/// Opens the file, creating it if absent, and migrates it.
pub(crate) async fn open(path: &Path) -> Result<Pools, StoreError> {
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
    let migrate_error = |source| StoreError::Migrate {
        database: path.display().to_string(),
        source: Box::new(source),
    };
    let migrator = migrations::SQLITE.migrator().await.map_err(migrate_error)?;
    migrator.run(&write).await.map_err(migrate_error)?;
    let read = SqlitePoolOptions::new()
        .max_connections(READERS_MAX)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .connect_with(options)
        .await
        .map_err(open_error)?;
    Ok(Pools {
        write,
        read,
        file: path.into(),
    })
}

pub(super) async fn rows<'e>(
    executor: impl SqliteExecutor<'e>,
    statement: &Statement,
    values: &[Value<'_>],
) -> Result<Vec<Row>, StoreError> {
    let rows = bound(statement, values).fetch_all(executor).await;
    let rows = rows.map_err(|error| statement.refused(error))?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

pub(super) async fn row<'e>(
    executor: impl SqliteExecutor<'e>,
    statement: &Statement,
    values: &[Value<'_>],
) -> Result<Option<Row>, StoreError> {
    // All of them: a statement that changes something has done so for others only when its last row was read.
    let rows = rows(executor, statement, values).await?;
    Ok(rows.into_iter().next())
}

pub(super) async fn execute<'e>(
    executor: impl SqliteExecutor<'e>,
    statement: &Statement,
    values: &[Value<'_>],
) -> Result<u64, StoreError> {
    let done = bound(statement, values).execute(executor).await;
    Ok(done.map_err(|error| statement.refused(error))?.rows_affected())
}

fn bound<'q>(statement: &Statement, values: &'q [Value<'q>]) -> Query<'q, Sqlite, SqliteArguments<'q>> {
    let query = sqlx::query(statement.sqlite());
    values.iter().fold(query, |query, value| match *value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value.map(without_nul)),
        Value::Bytes(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
    })
}

//! The database of larger operators: PostgreSQL 15 or newer.
//!
//! A pool of a stated size; nothing waits without an end: not for a connection, a lock, a statement, or a
//! server that vanished without a word. What commits is on disk as the server is configured; leave its
//! `synchronous_commit` on.

use std::future::Future;
use std::io;
use std::time::Duration;

use sqlx::postgres::{PgArguments, PgConnectOptions, PgPoolOptions};
use sqlx::query::Query;
use sqlx::{ConnectOptions, Connection, Executor, PgConnection, PgExecutor, PgPool, Postgres, Row as _};

use super::value::without_nul;
use crate::database::migrations;
use crate::database::row::Row;
use crate::database::statement::Statement;
use crate::database::value::Value;
use crate::error::StoreError;
use crate::sharing::Sharing;
use crate::url::DatabaseUrl;

type Transaction = sqlx::Transaction<'static, Postgres>;

/// Connections of one process. A crank writes a few rows a second for each match, a relay reads; of the 100
/// that PostgreSQL allows unless told otherwise, several processes can have as many.
const CONNECTIONS_MAX: u32 = 10;
/// How long to wait for an answer while connecting, and for a free connection later: less than the 15 s that
/// the relay gives an answer.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection that was not used for this long is closed.
const IDLE_TIMEOUT: Duration = Duration::from_secs(10 * 60);
/// A connection older than this is replaced, so that a failed-over server is found again.
const LIFETIME_MAX: Duration = Duration::from_secs(30 * 60);
/// For each connection of the pool. A lock is held for a few milliseconds; the largest statement reads 200
/// rows. A process that stops in the middle of a transaction loses its locks before others stop waiting for
/// them: of a match that is taken over, say.
const TIMEOUTS: &str = "SET statement_timeout = '8s'; SET lock_timeout = '5s'; \
                        SET idle_in_transaction_session_timeout = '3s'";

/// How long to wait for an answer, a commit's included: a little more than the server itself would let it
/// take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an idle connection may take to show that there is still a server at its other end, before another
/// is used.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

/// Number of the advisory lock that a crank holds, alone or with others: "aurelius" in ASCII.
const CRANK_LOCK: i64 = i64::from_be_bytes(*b"aurelius");

/// Connects, and migrates the tables.
pub(crate) async fn open(options: &PgConnectOptions, url: &DatabaseUrl) -> Result<PgPool, StoreError> {
    let options = options.clone().application_name("aurelius");
    let connect_error = |source| StoreError::Connect {
        database: url.to_string(),
        source,
    };
    require_sessions(&options, url).await?;
    migrate(&options, url).await?;
    PgPoolOptions::new()
        .max_connections(CONNECTIONS_MAX)
        .acquire_timeout(CONNECT_TIMEOUT)
        .idle_timeout(IDLE_TIMEOUT)
        .max_lifetime(LIFETIME_MAX)
        .after_connect(|connection, _| Box::pin(async move { connection.execute(TIMEOUTS).await.map(drop) }))
        // In the place of the pool's own test, which has no end. What comes fresh from a read-only server is
        // used once, so that it is the server that says so.
        .test_before_acquire(false)
        .before_acquire(|connection, _| Box::pin(takes_writes(connection, PING_TIMEOUT)))
        // What was given up in the middle still owes its answer: the connection waits for it here, or is
        // closed.
        .after_release(|connection, _| Box::pin(answers(connection, ANSWER_TIMEOUT)))
        .connect_with(options)
        .await
        .map_err(|error| connect_error(Box::new(error)))
}

/// Whether there is a server at the other end. An error closes the connection.
async fn answers(connection: &mut PgConnection, patience: Duration) -> Result<bool, sqlx::Error> {
    within(patience, connection.ping()).await.map(|()| true)
}

/// Whether there is a server at the other end that takes writes. An error closes the connection: a server
/// that became a replica keeps its connections, and whoever stayed on them would never come to the one that
/// took its place.
async fn takes_writes(connection: &mut PgConnection, patience: Duration) -> Result<bool, sqlx::Error> {
    // As text, without a statement that either side would have to keep.
    let row = within(patience, connection.fetch_one("SHOW transaction_read_only")).await?;
    match row.try_get::<&str, _>(0)? {
        "off" => Ok(true),
        _ => {
            let text =
                "the server is read-only: it has become a replica, or was set so; a primary is expected here";
            Err(sqlx::Error::Io(io::Error::new(
                io::ErrorKind::ReadOnlyFilesystem,
                text,
            )))
        }
    }
}

/// Refuses a database whose sessions are not ours to keep. Errors: [`StoreError::Pooled`],
/// [`StoreError::Connect`].
pub(crate) async fn require_sessions(
    options: &PgConnectOptions,
    url: &DatabaseUrl,
) -> Result<(), StoreError> {
    let database = url.to_string();
    match within(CONNECT_TIMEOUT, is_pooled(options)).await {
        Ok(false) => Ok(()),
        Ok(true) => Err(StoreError::Pooled { database }),
        Err(error) => Err(StoreError::Connect {
            database,
            source: Box::new(error),
        }),
    }
}

/// Whether a pooler stands in between that gives another session of the server for each transaction
/// (PgBouncer's `pool_mode = transaction` or `statement`). Settings, prepared statements and the crank's
/// lock belong to a session: behind such a pooler they come and go, and two cranks could hold one lock.
///
/// What one connection sets, another sees there, because it gets the session that was given back last.
async fn is_pooled(options: &PgConnectOptions) -> Result<bool, sqlx::Error> {
    const SEEN: &str = "SELECT COALESCE(current_setting('aurelius.seen', true), '')";
    let mut one = options.connect().await?;
    let mut other = options.connect().await?;
    one.execute("SET aurelius.seen = 'one'").await?;
    other.execute("BEGIN").await?;
    let seen_by_other: String = other.fetch_one(SEEN).await?.try_get(0)?;
    let seen_by_one: String = one.fetch_one(SEEN).await?.try_get(0)?;
    other.execute("ROLLBACK").await?;
    if seen_by_other == "one" {
        other.execute("RESET aurelius.seen").await?;
    }
    let _ = one.close().await;
    let _ = other.close().await;
    Ok(seen_by_other == "one" || seen_by_one != "one")
}

/// What it gives, or an error when that takes too long.
async fn within<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    tokio::time::timeout(patience, answer).await.unwrap_or_else(|_| {
        let text = format!("the server gave no answer within {} s", patience.as_secs());
        Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, text)))
    })
}

/// Begins a transaction.
pub(super) async fn begin(pool: &PgPool) -> Result<Transaction, sqlx::Error> {
    within(ANSWER_TIMEOUT, pool.begin()).await
}

/// Makes everything of a transaction take effect. After an error it may have, or not.
pub(super) async fn commit(tx: Transaction) -> Result<(), sqlx::Error> {
    within(ANSWER_TIMEOUT, tx.commit()).await
}

/// On a connection of its own: another process may be migrating too, and the second waits for the first as
/// long as that takes.
async fn migrate(options: &PgConnectOptions, url: &DatabaseUrl) -> Result<(), StoreError> {
    let connect_error = |source| StoreError::Connect {
        database: url.to_string(),
        source,
    };
    let mut connection = tokio::time::timeout(CONNECT_TIMEOUT, options.connect())
        .await
        .map_err(|_| connect_error(format!("no answer within {} s", CONNECT_TIMEOUT.as_secs()).into()))?
        .map_err(|error| connect_error(Box::new(error)))?;
    let migrate_error = |source| StoreError::Migrate {
        database: url.to_string(),
        source: Box::new(source),
    };
    let migrator = migrations::POSTGRES.migrator().await.map_err(migrate_error)?;
    migrator
        .run_direct(&mut connection)
        .await
        .map_err(migrate_error)?;
    // The tables are up to date whether the server hears the farewell or not.
    let _ = connection.close().await;
    Ok(())
}

/// A connection that holds the crank's lock on the database: PostgreSQL's advisory lock of a session,
/// exclusive or shared, which ends with the connection.
pub(crate) struct LockSession(PgConnection);

impl LockSession {
    /// Whether the connection, and the lock with it, is there.
    pub(crate) async fn is_alive(&mut self) -> bool {
        takes_writes(&mut self.0, ANSWER_TIMEOUT).await.is_ok()
    }
}

/// Takes the lock; or tells how others hold it that do not bear this one.
pub(crate) async fn lock(
    options: &PgConnectOptions,
    sharing: Sharing,
) -> Result<Result<LockSession, Sharing>, sqlx::Error> {
    within(CONNECT_TIMEOUT, async {
        let mut connection = options
            .clone()
            .application_name("aurelius crank")
            .connect()
            .await?;
        if try_lock(&mut connection, sharing).await? {
            return Ok(Ok(LockSession(connection)));
        }
        // What is refused to share is held alone. The lock that tells ends with the connection, here.
        let is_shared = sharing == Sharing::Alone && try_lock(&mut connection, Sharing::Leased).await?;
        Ok(Err(if is_shared {
            Sharing::Leased
        } else {
            Sharing::Alone
        }))
    })
    .await
}

async fn try_lock(connection: &mut PgConnection, sharing: Sharing) -> Result<bool, sqlx::Error> {
    let statement = match sharing {
        Sharing::Alone => "SELECT pg_try_advisory_lock($1)",
        Sharing::Leased => "SELECT pg_try_advisory_lock_shared($1)",
    };
    sqlx::query_scalar(statement)
        .bind(CRANK_LOCK)
        .fetch_one(connection)
        .await
}

pub(super) async fn rows<'e>(
    executor: impl PgExecutor<'e>,
    statement: &Statement,
    values: &[Value<'_>],
) -> Result<Vec<Row>, StoreError> {
    let rows = within(ANSWER_TIMEOUT, bound(statement, values).fetch_all(executor)).await;
    let rows = rows.map_err(|error| statement.refused(error))?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}

pub(super) async fn row<'e>(
    executor: impl PgExecutor<'e>,
    statement: &Statement,
    values: &[Value<'_>],
) -> Result<Option<Row>, StoreError> {
    let row = within(ANSWER_TIMEOUT, bound(statement, values).fetch_optional(executor)).await;
    Ok(row.map_err(|error| statement.refused(error))?.map(Row::Postgres))
}

pub(super) async fn execute<'e>(
    executor: impl PgExecutor<'e>,
    statement: &Statement,
    values: &[Value<'_>],
) -> Result<u64, StoreError> {
    let done = within(ANSWER_TIMEOUT, bound(statement, values).execute(executor)).await;
    Ok(done.map_err(|error| statement.refused(error))?.rows_affected())
}

fn bound<'q>(statement: &Statement, values: &'q [Value<'q>]) -> Query<'q, Postgres, PgArguments> {
    let query = sqlx::query(statement.postgres());
    values.iter().fold(query, |query, value| match *value {
        Value::Int(value) => query.bind(value),
        Value::Text(value) => query.bind(value.map(without_nul)),
        Value::Bytes(value) => query.bind(value),
        Value::Bool(value) => query.bind(value),
    })
}

//! The two databases behind one interface: statements and values in, rows out.
//!
//! Owns: connections, transactions, and the only calls of the SQL library that run anything. Rooms are
//! written once, over [`Database`]. Invariants: a transaction that is dropped changed nothing; on SQLite
//! writers wait in one queue. Absent: what the statements mean.

pub(crate) mod migrations;
pub(crate) mod postgres;
pub(crate) mod row;
pub(crate) mod sqlite;
pub(crate) mod statement;
pub(crate) mod value;

use sqlx::{PgPool, Postgres, Sqlite};

use self::row::Row;
use self::statement::Statement;
use self::value::Value;
use crate::error::StoreError;
use crate::url::DatabaseUrl;

/// An open database with up-to-date tables.
#[derive(Clone)]
pub(crate) enum Database {
    Sqlite(sqlite::Pools),
    Postgres(PgPool),
}

/// Statements that take effect together, with [`Transaction::commit`], or not at all.
pub(crate) enum Transaction {
    Sqlite(sqlx::Transaction<'static, Sqlite>),
    Postgres(sqlx::Transaction<'static, Postgres>),
}

impl Database {
    /// Opens the database and brings its tables up to date.
    pub(crate) async fn open(url: &DatabaseUrl) -> Result<Database, StoreError> {
        match url {
            DatabaseUrl::Sqlite(path) => sqlite::open(path).await.map(Database::Sqlite),
            DatabaseUrl::Postgres(options) => postgres::open(options, url).await.map(Database::Postgres),
        }
    }

    /// Whether there is room for more. Of a server's disk only the server knows: it refuses writes.
    pub(crate) async fn check_room(&self) -> Result<(), StoreError> {
        match self {
            Database::Sqlite(pools) => pools.check_room().await,
            Database::Postgres(_) => Ok(()),
        }
    }

    /// Begins a transaction. `purpose` completes "the database refused to".
    pub(crate) async fn begin(&self, purpose: &'static str) -> Result<Transaction, StoreError> {
        match self {
            Database::Sqlite(pools) => pools.begin().await.map(Transaction::Sqlite),
            Database::Postgres(pool) => postgres::begin(pool).await.map(Transaction::Postgres),
        }
        .map_err(|error| statement::refused(purpose, error))
    }

    /// Every row of the answer.
    pub(crate) async fn rows(
        &self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        match self {
            Database::Sqlite(pools) => sqlite::rows(pools.pool(statement), statement, values).await,
            Database::Postgres(pool) => postgres::rows(pool, statement, values).await,
        }
    }

    /// The first row of the answer, if there is one.
    pub(crate) async fn row(
        &self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, StoreError> {
        match self {
            Database::Sqlite(pools) => sqlite::row(pools.pool(statement), statement, values).await,
            Database::Postgres(pool) => postgres::row(pool, statement, values).await,
        }
    }

    /// How many rows were changed.
    pub(crate) async fn execute(
        &self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        match self {
            Database::Sqlite(pools) => sqlite::execute(pools.pool(statement), statement, values).await,
            Database::Postgres(pool) => postgres::execute(pool, statement, values).await,
        }
    }
}

impl Transaction {
    /// The first row of the answer, if there is one.
    pub(crate) async fn row(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, StoreError> {
        match self {
            Transaction::Sqlite(tx) => sqlite::row(&mut **tx, statement, values).await,
            Transaction::Postgres(tx) => postgres::row(&mut **tx, statement, values).await,
        }
    }

    /// How many rows were changed.
    pub(crate) async fn execute(
        &mut self,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        match self {
            Transaction::Sqlite(tx) => sqlite::execute(&mut **tx, statement, values).await,
            Transaction::Postgres(tx) => postgres::execute(&mut **tx, statement, values).await,
        }
    }

    /// Makes everything take effect. `purpose` completes "the database refused to".
    pub(crate) async fn commit(self, purpose: &'static str) -> Result<(), StoreError> {
        match self {
            Transaction::Sqlite(tx) => tx.commit().await,
            Transaction::Postgres(tx) => postgres::commit(tx).await,
        }
        .map_err(|error| statement::refused(purpose, error))
    }
}

//! Writing for the owner of a match only.
//!
//! Owns the guard of a fenced handle, and the ways by which every room writes. Invariant: no room writes by
//! another way, so that a handle whose token is not the match's fence writes nothing. The check is the
//! transaction's first statement, and holds the row of the match: on PostgreSQL by its lock, on SQLite
//! because a transaction has the whole file.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use crate::database::row::Row;
use crate::database::statement::{statements, Statement};
use crate::database::value::Value;
use crate::database::{Database, Transaction};
use crate::error::StoreError;
use crate::types::Key;

statements! {
    CHECK: Write "check who owns the match" =
        "SELECT fence FROM matches WHERE match_key = $1",
        "SELECT fence FROM matches WHERE match_key = $1 FOR NO KEY UPDATE";
}

/// What a fenced handle may write, and while what holds.
#[derive(Clone)]
pub(super) struct Guard {
    match_key: Key,
    token: Arc<AtomicU64>,
}

/// What a write is about.
#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    Match(&'a Key),
    /// What is no match's own: bans; or known only later, with [`Rooms::allow`].
    Any,
}

/// Every room, over one database.
pub(crate) struct Rooms {
    pub(crate) database: Database,
    /// Who may write by this handle; anybody, without.
    guard: Option<Guard>,
}

impl Rooms {
    pub(crate) fn new(database: Database) -> Rooms {
        Rooms {
            database,
            guard: None,
        }
    }
}

impl Rooms {
    /// The same rooms, for the owner of a match.
    pub(crate) fn fenced(&self, match_key: Key, token: Arc<AtomicU64>) -> Rooms {
        Rooms {
            database: self.database.clone(),
            guard: Some(Guard { match_key, token }),
        }
    }

    /// Begins a transaction that writes. `purpose` completes "the database refused to".
    pub(super) async fn begin(
        &self,
        subject: Subject<'_>,
        purpose: &'static str,
    ) -> Result<Transaction, StoreError> {
        if let Subject::Match(match_key) = subject {
            self.allow(match_key)?;
        }
        let mut tx = self.database.begin(purpose).await?;
        if let Some(guard) = &self.guard {
            guard.check(&mut tx).await?;
        }
        Ok(tx)
    }

    /// Runs one statement that writes; tells how many rows it changed.
    pub(super) async fn write(
        &self,
        subject: Subject<'_>,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<u64, StoreError> {
        if self.guard.is_none() {
            return self.database.execute(statement, values).await;
        }
        let mut tx = self.begin(subject, statement.purpose()).await?;
        let changed = tx.execute(statement, values).await?;
        tx.commit(statement.purpose()).await?;
        Ok(changed)
    }

    /// Runs one statement that writes; gives the first row of its answer.
    pub(super) async fn write_row(
        &self,
        subject: Subject<'_>,
        statement: &Statement,
        values: &[Value<'_>],
    ) -> Result<Option<Row>, StoreError> {
        if self.guard.is_none() {
            return self.database.row(statement, values).await;
        }
        let mut tx = self.begin(subject, statement.purpose()).await?;
        let row = tx.row(statement, values).await?;
        tx.commit(statement.purpose()).await?;
        Ok(row)
    }

    /// Whether this handle may write about the match at all. Errors: [`StoreError::OtherMatch`].
    pub(super) fn allow(&self, match_key: &Key) -> Result<(), StoreError> {
        match &self.guard {
            Some(guard) if guard.match_key != *match_key => Err(StoreError::OtherMatch {
                handle: guard.match_key,
                written: *match_key,
            }),
            _ => Ok(()),
        }
    }
}

impl Guard {
    /// Refuses unless the token is the fence, which then stays as it is until the transaction ends.
    async fn check(&self, tx: &mut Transaction) -> Result<(), StoreError> {
        let row = tx.row(CHECK, &[(&self.match_key).into()]).await?;
        let fence = row.ok_or(StoreError::NoMatch(self.match_key))?.int("fence")?;
        // Read after the wait for the row: the token may have been raised meanwhile, and the fence with it.
        let token = self.token.load(Ordering::SeqCst);
        if token != fence {
            return Err(StoreError::Fenced {
                match_key: self.match_key,
                token,
                fence,
            });
        }
        Ok(())
    }
}

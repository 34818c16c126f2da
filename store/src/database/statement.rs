//! The SQL of the rooms, as constants.
//!
//! Invariant: every statement that a room runs is a [`Statement`] in the room's list, so that the test in
//! `check` can prepare all of them on both databases. Parameters are `$1`, `$2`, … in both. What concerns a
//! connection (time limits, the lock) belongs to the database's own file and is no statement of a room.

use crate::error::StoreError;

/// One statement, with what it is for and its text for each database.
pub(crate) struct Statement {
    purpose: &'static str,
    access: Access,
    sqlite: &'static str,
    postgres: &'static str,
}

/// Whether a statement changes anything. SQLite has one connection for those that do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

impl Statement {
    /// A statement with the same text for both databases. `purpose` completes "the database refused to".
    pub(crate) const fn new(purpose: &'static str, access: Access, text: &'static str) -> Statement {
        Statement::differing(purpose, access, text, text)
    }

    /// A statement with a text for each database.
    pub(crate) const fn differing(
        purpose: &'static str,
        access: Access,
        sqlite: &'static str,
        postgres: &'static str,
    ) -> Statement {
        Statement {
            purpose,
            access,
            sqlite,
            postgres,
        }
    }

    pub(crate) fn purpose(&self) -> &'static str {
        self.purpose
    }

    pub(crate) fn access(&self) -> Access {
        self.access
    }

    pub(crate) fn sqlite(&self) -> &'static str {
        self.sqlite
    }

    pub(crate) fn postgres(&self) -> &'static str {
        self.postgres
    }

    /// The database's error as ours, saying what was being done.
    pub(crate) fn refused(&self, source: sqlx::Error) -> StoreError {
        refused(self.purpose, source)
    }
}

/// A database's error as ours.
pub(crate) fn refused(operation: &'static str, source: sqlx::Error) -> StoreError {
    StoreError::Query {
        operation,
        source: Box::new(source),
    }
}

/// Defines the statements of a room, and `STATEMENTS`, the list of them.
macro_rules! statements {
    ($($name:ident: $access:ident $purpose:literal = $($text:expr),+;)+) => {
        $(const $name: &$crate::database::statement::Statement =
            &$crate::database::statement::statements!(@one $access $purpose, $($text),+);)+

        /// Every statement of this room, by name.
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[(&str, &$crate::database::statement::Statement)] = &[$((stringify!($name), $name)),+];
    };
    (@one $access:ident $purpose:literal, $text:expr) => {
        $crate::database::statement::Statement::new($purpose, $crate::database::statement::Access::$access, $text)
    };
    (@one $access:ident $purpose:literal, $sqlite:expr, $postgres:expr) => {
        $crate::database::statement::Statement::differing($purpose, $crate::database::statement::Access::$access, $sqlite, $postgres)
    };
}
pub(crate) use statements;

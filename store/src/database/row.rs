//! Columns to values, with every range checked: a table that somebody edited gives an error, not a wrong
//! number.

use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::Row as _;

use crate::error::StoreError;

/// One row of an answer.
pub(crate) enum Row {
    Sqlite(SqliteRow),
    Postgres(PgRow),
}

/// The column of the row, whichever database it comes from.
macro_rules! get {
    ($row:expr, $column:expr) => {
        match $row {
            Row::Sqlite(row) => row.try_get($column),
            Row::Postgres(row) => row.try_get($column),
        }
        .map_err(|error| corrupt($column, error))
    };
}

impl Row {
    /// An integer column as any integer type.
    pub(crate) fn int<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, StoreError> {
        let value: i64 = get!(self, column)?;
        T::try_from(value).map_err(|_| corrupt(column, format!("{value} is out of range")))
    }

    /// A nullable integer column.
    pub(crate) fn int_opt<T: TryFrom<i64>>(&self, column: &'static str) -> Result<Option<T>, StoreError> {
        let value: Option<i64> = get!(self, column)?;
        value
            .map(|v| T::try_from(v).map_err(|_| corrupt(column, format!("{v} is out of range"))))
            .transpose()
    }

    /// A truth value.
    pub(crate) fn truth(&self, column: &'static str) -> Result<bool, StoreError> {
        get!(self, column)
    }

    /// A text column.
    pub(crate) fn text(&self, column: &'static str) -> Result<String, StoreError> {
        get!(self, column)
    }

    /// A nullable text column.
    pub(crate) fn text_opt(&self, column: &'static str) -> Result<Option<String>, StoreError> {
        get!(self, column)
    }

    /// A column of bytes, of any length.
    pub(crate) fn blob(&self, column: &'static str) -> Result<Vec<u8>, StoreError> {
        get!(self, column)
    }

    /// A column of exactly `N` bytes.
    pub(crate) fn bytes<const N: usize>(&self, column: &'static str) -> Result<[u8; N], StoreError> {
        exact(column, self.blob(column)?)
    }

    /// A nullable column of exactly `N` bytes.
    pub(crate) fn bytes_opt<const N: usize>(
        &self,
        column: &'static str,
    ) -> Result<Option<[u8; N]>, StoreError> {
        let value: Option<Vec<u8>> = get!(self, column)?;
        value.map(|v| exact(column, v)).transpose()
    }
}

/// The error for a value that cannot be ours.
pub(crate) fn corrupt(column: &'static str, reason: impl std::fmt::Display) -> StoreError {
    StoreError::Corrupt {
        column,
        reason: reason.to_string(),
    }
}

fn exact<const N: usize>(column: &'static str, value: Vec<u8>) -> Result<[u8; N], StoreError> {
    let len = value.len();
    value
        .try_into()
        .map_err(|_| corrupt(column, format!("{len} bytes instead of {N}")))
}

//! Columns to values and back, with every range checked: a file somebody edited gives an error, not a wrong number.

use sqlx::sqlite::SqliteRow;
use sqlx::Row;

use crate::StoreError;

/// An unsigned 64-bit quantity as a column. Errors above `i64::MAX`, which no balance of a real mint reaches.
pub(super) fn quantity(field: &'static str, value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::TooLarge {
        field,
        value,
        max: i64::MAX as u64,
    })
}

/// An integer column as any integer type.
pub(super) fn int<T: TryFrom<i64>>(row: &SqliteRow, column: &'static str) -> Result<T, StoreError> {
    let value: i64 = row.try_get(column).map_err(|error| corrupt(column, error))?;
    T::try_from(value).map_err(|_| corrupt(column, format!("{value} is out of range")))
}

/// A nullable integer column.
pub(super) fn int_opt<T: TryFrom<i64>>(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<T>, StoreError> {
    let value: Option<i64> = row.try_get(column).map_err(|error| corrupt(column, error))?;
    value
        .map(|v| T::try_from(v).map_err(|_| corrupt(column, format!("{v} is out of range"))))
        .transpose()
}

/// A text column.
pub(super) fn text(row: &SqliteRow, column: &'static str) -> Result<String, StoreError> {
    row.try_get(column).map_err(|error| corrupt(column, error))
}

/// A nullable text column.
pub(super) fn text_opt(row: &SqliteRow, column: &'static str) -> Result<Option<String>, StoreError> {
    row.try_get(column).map_err(|error| corrupt(column, error))
}

/// A blob column of any length.
pub(super) fn blob(row: &SqliteRow, column: &'static str) -> Result<Vec<u8>, StoreError> {
    row.try_get(column).map_err(|error| corrupt(column, error))
}

/// A blob column of exactly `N` bytes.
pub(super) fn bytes<const N: usize>(row: &SqliteRow, column: &'static str) -> Result<[u8; N], StoreError> {
    exact(column, blob(row, column)?)
}

/// A nullable blob column of exactly `N` bytes.
pub(super) fn bytes_opt<const N: usize>(
    row: &SqliteRow,
    column: &'static str,
) -> Result<Option<[u8; N]>, StoreError> {
    let value: Option<Vec<u8>> = row.try_get(column).map_err(|error| corrupt(column, error))?;
    value.map(|v| exact(column, v)).transpose()
}

/// The error for a value that cannot be ours.
pub(super) fn corrupt(column: &'static str, reason: impl std::fmt::Display) -> StoreError {
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

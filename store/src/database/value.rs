//! What goes into a statement: the types that both databases have.

use std::borrow::Cow;

use crate::error::StoreError;

/// One parameter of a statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Value<'a> {
    Int(Option<i64>),
    Text(Option<&'a str>),
    Bytes(Option<&'a [u8]>),
    Bool(bool),
}

/// An unsigned 64-bit quantity as a column. Errors above `i64::MAX`, which no balance of a real mint reaches.
pub(crate) fn quantity(field: &'static str, value: u64) -> Result<Value<'static>, StoreError> {
    let value = i64::try_from(value).map_err(|_| StoreError::TooLarge {
        field,
        value,
        max: i64::MAX as u64,
    })?;
    Ok(Value::Int(Some(value)))
}

/// As [`quantity`], of a nullable column.
pub(crate) fn optional_quantity(
    field: &'static str,
    value: Option<u64>,
) -> Result<Value<'static>, StoreError> {
    value.map_or(Ok(Value::Int(None)), |value| quantity(field, value))
}

/// The text as both databases can hold it: PostgreSQL's has no NUL, and words of strangers (an RPC's error)
/// may.
pub(super) fn without_nul(text: &str) -> Cow<'_, str> {
    if text.contains('\0') {
        Cow::Owned(text.replace('\0', "\u{fffd}"))
    } else {
        Cow::Borrowed(text)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Value::Text(Some(value))
    }
}

impl<'a> From<Option<&'a str>> for Value<'a> {
    fn from(value: Option<&'a str>) -> Self {
        Value::Text(value)
    }
}

impl<'a> From<&'a [u8]> for Value<'a> {
    fn from(value: &'a [u8]) -> Self {
        Value::Bytes(Some(value))
    }
}

impl<'a, const N: usize> From<&'a [u8; N]> for Value<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Value::Bytes(Some(value))
    }
}

impl<'a, const N: usize> From<Option<&'a [u8; N]>> for Value<'a> {
    fn from(value: Option<&'a [u8; N]>) -> Self {
        Value::Bytes(value.map(<[u8; N]>::as_slice))
    }
}

impl From<Option<i64>> for Value<'_> {
    fn from(value: Option<i64>) -> Self {
        Value::Int(value)
    }
}

macro_rules! from_integer {
    ($($type:ty)+) => {$(
        impl From<$type> for Value<'_> {
            fn from(value: $type) -> Self {
                Value::Int(Some(value.into()))
            }
        }
    )+};
}
from_integer!(u8 u32 i64);

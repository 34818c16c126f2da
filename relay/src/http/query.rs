//! Query strings and path parts, with errors that say what would be right.

use std::collections::HashMap;
use std::str::FromStr;

use super::ApiFailure;

/// The parameters of a query string.
pub(super) type Parameters = HashMap<String, String>;

/// Refuses parameters that the endpoint does not know: a misspelt one would be ignored in silence.
pub(super) fn only(parameters: &Parameters, known: &[&str]) -> Result<(), ApiFailure> {
    match parameters.keys().find(|name| !known.contains(&name.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(ApiFailure::bad_request(format!(
            "unknown parameter {unknown:.50?}; expected one of {known:?}"
        ))),
    }
}

/// A parameter as a key, if it is there.
pub(super) fn key<T: FromStr<Err: std::fmt::Display>>(
    parameters: &Parameters,
    name: &str,
) -> Result<Option<T>, ApiFailure> {
    parameters.get(name).map(|text| path_key(name, text)).transpose()
}

/// A part of the path as a key.
pub(super) fn path_key<T: FromStr<Err: std::fmt::Display>>(name: &str, text: &str) -> Result<T, ApiFailure> {
    text.parse()
        .map_err(|error| ApiFailure::bad_request(format!("`{name}`: {error}")))
}

/// The parameter `limit`: 1 to `max`.
pub(super) fn limit(parameters: &Parameters, default: u32, max: u32) -> Result<u32, ApiFailure> {
    let Some(text) = parameters.get("limit") else {
        return Ok(default);
    };
    match text.parse() {
        Ok(limit) if (1..=max).contains(&limit) => Ok(limit),
        _ => Err(ApiFailure::bad_request(format!(
            "`limit` is {text:.50?}; expected a number from 1 to {max}"
        ))),
    }
}

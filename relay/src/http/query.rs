//! Query strings and path parts, with errors that say what would be right.

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::str::FromStr;

use crate::failure::ApiFailure;

const LIMIT_DEFAULT: u32 = 50;
const LIMIT_MAX: u32 = 200;

// To know whether there is another page, one row more than the page is asked for.
const _: () = assert!(LIMIT_MAX < store::LIMIT_MAX);

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

/// The parameter `limit`: how many rows a page has.
pub(super) fn limit(parameters: &Parameters) -> Result<u32, ApiFailure> {
    number(parameters, "limit", LIMIT_DEFAULT, 1..=LIMIT_MAX)
}

/// A parameter as a number of the range, `default` if it is not there.
pub(super) fn number(
    parameters: &Parameters,
    name: &str,
    default: u32,
    range: RangeInclusive<u32>,
) -> Result<u32, ApiFailure> {
    let Some(text) = parameters.get(name) else {
        return Ok(default);
    };
    match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(ApiFailure::bad_request(format!(
            "`{name}` is {text:.50?}; expected a number from {} to {}",
            range.start(),
            range.end()
        ))),
    }
}

/// Cuts rows that were asked for with one more than the page's `limit`, and says whether there was one more.
pub(super) fn cut<T>(rows: &mut Vec<T>, limit: u32) -> bool {
    let has_more = rows.len() > limit as usize;
    rows.truncate(limit as usize);
    has_more
}

//! Single values as they are typed: what parses them, and what is said when one is wrong or missing.

use std::net::IpAddr;

use client::Pubkey;
use player::relays::Relays;
use reqwest::Url;

use crate::failure::ConfigError;

/// What to say when a required setting is missing.
pub fn missing(variable: &str, flag: &str, example: &str) -> ConfigError {
    ConfigError::new(format!("{variable} (or {flag})"), "is missing", example)
}

/// The relays that were named, one at least.
pub fn relays_of(urls: Vec<Url>) -> Result<Relays, ConfigError> {
    Relays::of(urls).ok_or_else(|| {
        missing(
            "AURELIUS_RELAY_URL",
            "--relay",
            "AURELIUS_RELAY_URL=http://127.0.0.1:8080, or several with commas",
        )
    })
}

/// An address in base 58, for use by other parsers: the message says what would be right.
pub fn parse_address(text: &str) -> Result<Pubkey, String> {
    text.parse().map_err(|_| {
        format!(
            "`{text}` is not an address: 32 bytes in base 58, for example So11111111111111111111111111111111111111112"
        )
    })
}

/// The mint of the stakes.
pub fn parse_mint(text: &str) -> Result<Pubkey, String> {
    named("AURELIUS_MINT", parse_address(text))
}

pub(super) fn parse_program_id(text: &str) -> Result<Pubkey, String> {
    named("AURELIUS_PROGRAM_ID", parse_address(text))
}

/// A TCP port for the page; 0 asks the system for a free one.
pub fn parse_port(text: &str) -> Result<u16, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a port: a number from 0 to 65535, for example PORT=8080"))
}

/// An address of this machine to listen on.
pub fn parse_host(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| {
        format!(
            "`{text}` is no IP address: one of this machine, 127.0.0.1 for itself alone, 0.0.0.0 for every interface"
        )
    })
}

/// The base address of a relay.
pub fn parse_relay_url(text: &str) -> Result<Url, String> {
    named(
        "AURELIUS_RELAY_URL",
        parse_url(text, &["http", "https"], "http://127.0.0.1:8080"),
    )
}

/// The randomness gateway.
pub fn parse_gateway_url(text: &str) -> Result<Url, String> {
    named(
        "AURELIUS_GATEWAY_URL",
        parse_url(text, &["http", "https"], "http://127.0.0.1:8899"),
    )
}

fn parse_url(text: &str, schemes: &[&str], example: &str) -> Result<Url, String> {
    let wrong = |why: String| {
        format!(
            "`{text}` is not {}:// address ({why}), for example {example}",
            schemes.join(":// or ")
        )
    };
    if !text.contains("://") {
        return Err(wrong(format!(
            "it has no scheme; {}://{text} would have one",
            schemes[0]
        )));
    }
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    if !schemes.contains(&url.scheme()) {
        return Err(wrong(format!("its scheme is {}", url.scheme())));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it has no host".into()));
    }
    Ok(url)
}

pub(super) fn parse_origin(text: &str) -> Result<String, String> {
    if text == "*" {
        return Ok(text.to_owned());
    }
    let url = parse_url(text, &["http", "https"], "CORS_ORIGIN=https://play.example");
    let url = named("CORS_ORIGIN", url)?;
    if url.path() != "/" || url.query().is_some() {
        return Err(format!("CORS_ORIGIN: `{text}` has a path; an origin is scheme, host and port only, for example https://play.example"));
    }
    Ok(url.origin().ascii_serialization())
}

fn named<T>(variable: &str, result: Result<T, String>) -> Result<T, String> {
    result.map_err(|problem| format!("{variable}: {problem}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrong_values_name_the_variable_and_a_right_one() {
        for (problem, variable) in [
            (parse_mint("hello").err(), "AURELIUS_MINT"),
            (parse_port("99999").err(), "PORT"),
            (parse_origin("https://a.example/x").err(), "CORS_ORIGIN"),
        ] {
            let problem = problem.unwrap();
            assert!(problem.contains(variable), "{problem}");
            assert!(problem.contains("for example"), "{problem}");
        }
    }
}

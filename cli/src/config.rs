//! Flags and environment shared by several commands, and how they become typed settings.
//!
//! A setting comes from its flag, else from its environment variable, else from the stated default. A setting that is
//! missing or wrong stops the start with the name of the variable and an example; nothing is guessed.

mod cluster;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use player::keyfile::{self, KeyfileError};
use reqwest::Url;
use solana_keypair::Keypair;
use store::{DatabaseUrl, DatabaseUrlError};

use client::Pubkey;
pub use cluster::{Cluster, ClusterArgs, Hidden};
use player::relays::Relays;

use crate::failure::ConfigError;

/// Where the page and the WebSocket are served.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Serving players")]
pub struct ListenArgs {
    /// Address to listen on; 0.0.0.0 for every interface
    #[arg(long, env = "HOST", value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub host: IpAddr,
    /// Origin that browsers may call from, `*` for any; repeat or separate with commas [default: any, there are no cookies]
    #[arg(long, env = "CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',', value_parser = parse_origin)]
    pub cors_origin: Vec<String>,
    /// Directory of the built web page [default: web/dist under the current directory or beside the sources]
    #[arg(long, env = "AURELIUS_WEB_DIR", value_name = "DIR")]
    pub web_dir: Option<PathBuf>,
}

/// How players reach the service when something stands in front of it.
#[derive(Debug, Clone, Args)]
pub struct ProxyArgs {
    /// Host, and port if it is not the usual one, that players reach and sign-ins name [default: localhost and the port]
    #[arg(long, env = "AURELIUS_DOMAIN", value_name = "HOST")]
    pub domain: Option<String>,
    /// A proxy in front writes the client's address at the end of X-Forwarded-For; limits count that one
    #[arg(long, env = "AURELIUS_BEHIND_PROXY")]
    pub behind_proxy: bool,
}

/// Which database a crank or a relay keeps its memory in.
#[derive(Clone, Default, Args)]
pub struct DatabaseArgs {
    /// Database of intents, history and bans, as postgres://USER:PASSWORD@HOST:PORT/DATABASE or sqlite:PATH [default: a SQLite file in the data directory]
    // A text until the command runs: what fails to parse here is printed, and may hold a password.
    #[arg(
        long,
        env = "DATABASE_URL",
        value_name = "URL",
        hide_env_values = true,
        help_heading = "Database"
    )]
    pub database_url: Option<String>,
}

impl DatabaseArgs {
    /// The database that was asked for, if one was. The error does not repeat what was given.
    pub fn resolve(&self) -> Result<Option<DatabaseUrl>, ConfigError> {
        let parsed = self.database_url.as_deref().map(str::parse).transpose();
        parsed.map_err(|error: DatabaseUrlError| {
            ConfigError::new(
                "DATABASE_URL (or --database-url)",
                format!("is wrong: {error}"),
                "DATABASE_URL=postgres://aurelius:secret@127.0.0.1:5432/aurelius",
            )
        })
    }
}

impl std::fmt::Debug for DatabaseArgs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = self.database_url.as_ref().map(|_| "hidden");
        f.debug_struct("DatabaseArgs")
            .field("database_url", &shown)
            .finish()
    }
}

/// What to say when a required setting is missing.
pub fn missing(variable: &str, flag: &str, example: &str) -> ConfigError {
    ConfigError::new(format!("{variable} (or {flag})"), "is missing", example)
}

/// The key pair in a file written by `solana-keygen`: a JSON array of 64 bytes. Errors name the setting.
pub fn read_keypair(path: &Path, variable: &str, flag: &str) -> Result<Keypair, ConfigError> {
    keyfile::read(path).map_err(|error| keyfile_error(variable, flag, &error))
}

/// What to say about a key pair file that cannot be used.
pub fn keyfile_error(variable: &str, flag: &str, error: &KeyfileError) -> ConfigError {
    ConfigError::new(
        format!("{variable} (or {flag})"),
        error.to_string(),
        format!("{variable}=$HOME/.config/solana/id.json (make one with `solana-keygen new`)"),
    )
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

fn parse_program_id(text: &str) -> Result<Pubkey, String> {
    named("AURELIUS_PROGRAM_ID", parse_address(text))
}

/// A TCP port for the page; 0 asks the system for a free one.
pub fn parse_port(text: &str) -> Result<u16, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a port: a number from 0 to 65535, for example PORT=8080"))
}

/// The base address of a relay.
pub fn parse_relay_url(text: &str) -> Result<Url, String> {
    named(
        "AURELIUS_RELAY_URL",
        parse_url(text, &["http", "https"], "http://127.0.0.1:8080"),
    )
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
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    if !schemes.contains(&url.scheme()) {
        return Err(wrong(format!("its scheme is {}", url.scheme())));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it has no host".into()));
    }
    Ok(url)
}

fn parse_origin(text: &str) -> Result<String, String> {
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
    fn a_wrong_database_is_named_and_its_password_is_not() {
        let arguments = |text: &str| DatabaseArgs {
            database_url: Some(text.to_owned()),
        };
        assert!(DatabaseArgs::default().resolve().unwrap().is_none());
        let right = arguments("postgres://me:secret@db.example/game");
        assert_eq!(
            right.resolve().unwrap().unwrap().to_string(),
            "postgres://me@db.example:5432/game"
        );
        let wrong = arguments("mysql://me:hunter2@db.example/game");
        let error = wrong.resolve().unwrap_err().to_string();
        assert!(
            error.starts_with("DATABASE_URL (or --database-url) is wrong: "),
            "{error}"
        );
        for shown in [error, format!("{wrong:?}")] {
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

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

    #[test]
    fn a_key_pair_file_that_is_none_is_named_with_its_setting() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("id.json");
        std::fs::write(&path, "hello").unwrap();
        let error = read_keypair(&path, "AURELIUS_KEYPAIR", "--keypair").unwrap_err();
        let error = error.to_string();
        assert!(error.contains("id.json, which is not a key pair file"), "{error}");
        assert!(error.starts_with("AURELIUS_KEYPAIR (or --keypair)"), "{error}");
    }
}

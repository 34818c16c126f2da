//! The log: level, format, where it goes.
//!
//! Records name what they are about with the same fields everywhere: `match_key` a match, `player` a wallet,
//! `slot` a place in a match. As JSON every field stands at the top of its object, those of the spans around
//! a record too ([`json`]).

mod json;

use clap::{Args, ValueEnum};
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::EnvFilter;

use crate::ConfigError;

/// Crates whose own records below a warning tell an operator nothing.
const QUIET: &str = "hyper=warn,hyper_util=warn,h2=warn,reqwest=warn,rustls=warn,tungstenite=warn,tokio_tungstenite=warn,sqlx=warn,tower_http=warn,solana=warn,solana_rpc_client=warn,solana_pubsub_client=warn,solana_runtime=warn";

/// How log records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// One line a record, for people.
    Text,
    /// One JSON object a line, for collectors.
    Json,
}

/// Where records go.
#[derive(Debug, Clone)]
pub struct Sink<W> {
    /// Makes the writer of each record.
    pub writer: W,
    /// Whether records for people are coloured.
    pub in_colour: bool,
}

/// Flags of the log, the same for every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Log")]
pub struct LogArgs {
    /// error, warn, info, debug, trace, or directives such as `info,crank=debug` [default: info for services, warn otherwise]
    #[arg(long, env = "LOG_LEVEL", value_name = "LEVEL", global = true)]
    pub log_level: Option<String>,
    /// How records are written to standard error
    #[arg(
        long,
        env = "LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text",
        global = true
    )]
    pub log_format: LogFormat,
}

impl LogArgs {
    /// Starts the log, which goes to `sink`. `default_level` is used when the user named none.
    ///
    /// # Errors
    /// A level that does not parse.
    pub fn start<W>(&self, default_level: &str, sink: Sink<W>) -> Result<(), ConfigError>
    where
        W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
    {
        let level = self.log_level.as_deref().unwrap_or(default_level);
        let filter = filter(level)?;
        let builder = tracing_subscriber::fmt()
            .with_env_filter(filter)
            .with_writer(sink.writer);
        // A second start in one process (tests) keeps the first log.
        let _ = match self.log_format {
            LogFormat::Text => builder.with_ansi(sink.in_colour).try_init(),
            LogFormat::Json => builder
                .fmt_fields(JsonFields::new())
                .event_format(json::Flat)
                .try_init(),
        };
        Ok(())
    }
}

fn filter(level: &str) -> Result<EnvFilter, ConfigError> {
    let wrong = |why: &str| {
        ConfigError::new(
            "LOG_LEVEL (or --log-level)",
            format!("is `{level}`, {why}"),
            "LOG_LEVEL=info or LOG_LEVEL=info,crank=debug",
        )
    };
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    // A single unknown word would be taken for the name of a crate and silence everything.
    let bare = !level.contains(['=', ',', '[']);
    if bare && !LEVELS.contains(&level.trim().to_ascii_lowercase().as_str()) {
        return Err(wrong("which is no level"));
    }
    // Our own directives come first: later ones of the user override them.
    let directives = if bare {
        format!("{level},{QUIET}")
    } else {
        format!("{QUIET},{level}")
    };
    EnvFilter::try_new(directives).map_err(|_| wrong("which does not parse"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_directives_parse_and_nonsense_is_named() {
        for level in ["info", "WARN", "off", "info,crank=debug", "crank=trace"] {
            assert!(filter(level).is_ok(), "{level}");
        }
        for level in ["loud", "", "crank=loud"] {
            let error = filter(level).unwrap_err().to_string();
            assert!(error.starts_with("LOG_LEVEL"), "{error}");
        }
    }
}

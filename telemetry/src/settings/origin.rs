//! Where a wrong value was typed: an error names the place that has to be changed.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use super::flag::{example_of, reason};
use crate::ConfigError;

/// Why the command line did not become a command.
#[derive(Debug)]
pub enum Refused {
    /// Wrong usage; or help or version, which clap reports the same way.
    Usage(clap::Error),
    /// The configuration file.
    Config(ConfigError),
}

/// What to say about arguments that were refused. clap blames the flag for a value that its variable gave.
pub(super) fn explain(error: clap::Error, command: &Command, arguments: &[OsString]) -> Refused {
    match from_environment(&error, command, arguments) {
        Some(wrong) => Refused::Config(wrong),
        None => Refused::Usage(error),
    }
}

/// The error, if it is about a value that stands in an environment variable.
fn from_environment(error: &clap::Error, command: &Command, arguments: &[OsString]) -> Option<ConfigError> {
    if !matches!(error.kind(), ErrorKind::ValueValidation | ErrorKind::InvalidValue) {
        return None;
    }
    let text = |kind: ContextKind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    // As in `--host <ADDRESS>`.
    let long = text(ContextKind::InvalidArg)?.split_whitespace().next()?;
    let value = text(ContextKind::InvalidValue)?;
    let is_given = arguments.iter().any(|argument| {
        let argument = argument.to_string_lossy();
        argument == long || argument.starts_with(&format!("{long}="))
    });
    let flag = flag_called(command, long.strip_prefix("--")?)?;
    let variable = flag.get_env()?.to_str()?;
    let set = std::env::var(variable).ok()?;
    if is_given || !set.contains(value) {
        return None;
    }
    let problem = match flag.is_hide_env_values_set() {
        true => "in the environment is wrong (its value is not shown)".to_owned(),
        false => format!("in the environment {}", reason(error, value)),
    };
    let example = format!("{variable}={}", example_of(flag).trim_matches('"'));
    Some(ConfigError::new(variable, problem, example))
}

fn flag_called<'a>(command: &'a Command, long: &str) -> Option<&'a Arg> {
    let mut own = command.get_arguments();
    own.find(|flag| flag.get_long() == Some(long) && flag.get_env().is_some())
        .or_else(|| command.get_subcommands().find_map(|sub| flag_called(sub, long)))
}

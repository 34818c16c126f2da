//! How a command ends: its exit status, and the one line an error becomes.
//!
//! Every error a user sees is one line: what was tried, the chain of causes, and what to do about it.
//! Absent on purpose: backtraces and debug formatting, which tell a user nothing.

use std::fmt;

use player::connection::Unreachable;
pub use telemetry::ConfigError;

use crate::shutdown::{Shutdown, Signal};

/// The exit status of a command that ran to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Everything asked for was done, or the verdict is good: 0.
    Success,
    /// The command ran, and what it checked is wrong: 1.
    Rejected,
    /// The command ran, what it checked was wrong, and the program has punished it: 3.
    Punished,
    /// The command ran, and of what it was to check some could not be seen; what was seen is good: 4.
    Unseen,
    /// The command ran, nothing it checked is wrong, and money is overdue that anybody may move: 5.
    Overdue,
}

impl Outcome {
    /// The process exit status.
    pub fn code(self) -> u8 {
        match self {
            Outcome::Success => 0,
            Outcome::Rejected => 1,
            Outcome::Punished => 3,
            Outcome::Unseen => 4,
            Outcome::Overdue => 5,
        }
    }
}

/// What to look at when no relay answers.
const RELAY_ADVICE: &str = "check AURELIUS_RELAY_URL (or --relay), or start one with `aurelius demo`";

/// Exit status of an error while running.
pub const EXIT_FAILED: u8 = 1;
/// Exit status of a wrong flag or missing configuration, and of a verification that could not be done.
pub const EXIT_USAGE: u8 = 2;

/// An error with what the user can do about it.
#[derive(Debug)]
pub struct Advised {
    /// What went wrong.
    source: anyhow::Error,
    /// What the person at the keyboard can do about it.
    advice: String,
}

impl fmt::Display for Advised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", one_line(&self.source), self.advice)
    }
}

// The source is printed as part of the message, so it is not given again as a cause.
impl std::error::Error for Advised {}

/// Work that was cut short because somebody asked for the end.
#[derive(Debug)]
pub struct Stopped {
    /// The signal that asked for it.
    by: Signal,
    /// What is left undone, a clause.
    what: String,
}

impl Stopped {
    /// `what` says what is left undone: a clause such as "stopped before the match was verified".
    pub fn new(shutdown: &Shutdown, what: impl Into<String>) -> Self {
        Self {
            by: shutdown.signal().unwrap_or(Signal::Terminate),
            what: what.into(),
        }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl std::error::Error for Stopped {}

/// Adds what to do to an error.
pub trait Advise<T> {
    /// On error, appends `advice`: a clause without a capital or full stop, such as "start one with `aurelius
    /// localnet`".
    fn advise(self, advice: impl Into<String>) -> anyhow::Result<T>;
}

impl<T, E: Into<anyhow::Error>> Advise<T> for Result<T, E> {
    fn advise(self, advice: impl Into<String>) -> anyhow::Result<T> {
        self.map_err(|error| {
            let source = error.into();
            // A configuration error already says what to do, and must stay recognisable.
            if source.chain().any(|cause| cause.is::<ConfigError>()) {
                return source;
            }
            anyhow::Error::new(Advised {
                source,
                advice: advice.into(),
            })
        })
    }
}

/// The error as one line, causes joined with colons, none repeated.
pub fn one_line(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain() {
        let text = cause.to_string().replace(['\n', '\r'], " ");
        // Some libraries print their cause in their own message as well.
        if !line.is_empty() && line.contains(text.trim_end_matches('.')) {
            continue;
        }
        if !line.is_empty() {
            line.push_str(": ");
        }
        line.push_str(&text);
    }
    line
}

/// The error as it is told: one line, with what to do where only its kind is known.
pub fn told(error: &anyhow::Error) -> String {
    let line = one_line(error);
    match error.chain().any(|cause| cause.is::<Unreachable>()) {
        true => format!("{line}; {RELAY_ADVICE}"),
        false => line,
    }
}

/// The exit status for an error.
pub fn exit_code_of(error: &anyhow::Error) -> u8 {
    if let Some(stopped) = error.chain().find_map(|cause| cause.downcast_ref::<Stopped>()) {
        return stopped.by.exit_status();
    }
    match error.chain().any(|cause| cause.is::<ConfigError>()) {
        true => EXIT_USAGE,
        false => EXIT_FAILED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn an_error_is_one_line_with_its_causes_and_what_to_do() {
        let error = Err::<(), _>(std::io::Error::other("connection refused"))
            .context("cannot reach http://127.0.0.1:1")
            .advise("start one with `aurelius localnet`")
            .unwrap_err();
        assert_eq!(
            one_line(&error),
            "cannot reach http://127.0.0.1:1: connection refused; start one with `aurelius localnet`"
        );
        assert_eq!(exit_code_of(&error), EXIT_FAILED);
    }

    #[test]
    fn a_repeated_cause_is_printed_once() {
        let inner = std::io::Error::other("disk full");
        let error = anyhow::Error::new(inner).context("cannot write: disk full");
        assert_eq!(one_line(&error), "cannot write: disk full");
    }

    #[test]
    fn configuration_errors_keep_their_status_under_advice_and_context() {
        let error = Err::<(), _>(ConfigError::new(
            "AURELIUS_MINT (or --mint)",
            "is missing",
            "AURELIUS_MINT=So11111111111111111111111111111111111111112",
        ))
        .advise("unused")
        .context("cannot start the crank")
        .unwrap_err();
        assert_eq!(exit_code_of(&error), EXIT_USAGE);
        assert!(one_line(&error).contains("AURELIUS_MINT"));
    }
}

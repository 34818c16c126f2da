//! How an error is told: one line on standard error, for people or, with `--json`, for programs.

use std::ffi::OsString;
use std::io::IsTerminal;

use serde_json::json;

use crate::failure::{told, EXIT_USAGE};
use crate::terminal::{Colour, Style};

/// For whom errors are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errors {
    /// `error: ` and a sentence.
    Text,
    /// `{"error":"…","exit_status":1}`.
    Json,
}

impl Errors {
    /// JSON where the arguments ask for JSON, whether they can be understood otherwise or not.
    pub fn asked_for(arguments: &[OsString]) -> Errors {
        let mut flags = arguments.iter().take_while(|argument| *argument != "--");
        match flags.any(|argument| argument == "--json") {
            true => Errors::Json,
            false => Errors::Text,
        }
    }

    /// Tells an error of a command.
    pub fn tell(self, error: &anyhow::Error, status: u8) {
        let line = told(error);
        match self {
            Errors::Json => eprintln!("{}", json!({ "error": line, "exit_status": status })),
            Errors::Text => {
                let style = Style::detect(std::io::stderr().is_terminal());
                eprintln!("{} {line}", style.paint(Colour::Bad, "error:"));
            }
        }
    }

    /// Tells why arguments are no command line.
    pub fn refuse(self, refused: &clap::Error) {
        match self {
            Errors::Text => {
                // Nothing can be told where standard error is closed.
                let _ = refused.print();
            }
            Errors::Json => {
                let text = refused.to_string();
                let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
                let sentence = lines.next().unwrap_or_default();
                let sentence = sentence.strip_prefix("error: ").unwrap_or(sentence);
                eprintln!("{}", json!({ "error": sentence, "exit_status": EXIT_USAGE }));
            }
        }
    }
}

//! Configuration that is missing or wrong.

use std::fmt;

/// Configuration that is missing or wrong. Names the variable and flag, and shows a right value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    setting: String,
    problem: String,
    example: String,
}

impl ConfigError {
    /// `setting` as the user writes it (`AURELIUS_MINT (or --mint)`), `problem` continues the sentence,
    /// `example` is a complete right assignment.
    pub fn new(setting: impl Into<String>, problem: impl Into<String>, example: impl Into<String>) -> Self {
        Self {
            setting: setting.into(),
            problem: problem.into(),
            example: example.into(),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {}; for example: {}",
            self.setting, self.problem, self.example
        )
    }
}

impl std::error::Error for ConfigError {}

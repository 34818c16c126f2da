//! Which database is used.

use clap::Args;
use store::{DatabaseUrl, DatabaseUrlError};

use crate::failure::ConfigError;

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
}

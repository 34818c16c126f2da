//! Where a database is, as people write it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use sqlx::postgres::PgConnectOptions;

/// The address of a database: `sqlite:PATH` or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`.
///
/// Shown without its password, whatever it is shown by.
#[derive(Clone)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A server, and how to speak to it.
    Postgres(Box<PgConnectOptions>),
}

/// A text that is no address of a database. Does not repeat the text: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}; expected sqlite:PATH or postgres://USER:PASSWORD@HOST:PORT/DATABASE")]
pub struct DatabaseUrlError {
    reason: String,
}

impl FromStr for DatabaseUrl {
    type Err = DatabaseUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = |reason: String| DatabaseUrlError { reason };
        let (scheme, rest) = text
            .split_once(':')
            .ok_or_else(|| wrong("it names no kind of database".into()))?;
        match scheme {
            "sqlite" => sqlite_path(rest)
                .map(DatabaseUrl::Sqlite)
                .map_err(|reason| wrong(reason.into())),
            "postgres" | "postgresql" => {
                let options: PgConnectOptions = text.parse().map_err(|error: sqlx::Error| {
                    wrong(format!(
                        "it cannot be understood ({error}); characters such as @ and / in a password are written %40 and %2F"
                    ))
                })?;
                Ok(DatabaseUrl::Postgres(Box::new(options)))
            }
            _ => Err(wrong("it begins with neither sqlite: nor postgres:".into())),
        }
    }
}

fn sqlite_path(rest: &str) -> Result<PathBuf, &'static str> {
    let path = rest.strip_prefix("//").unwrap_or(rest);
    match path {
        "" => Err("it names no file"),
        ":memory:" => Err("the store needs a file, and memory is none"),
        path if path.contains('?') => {
            Err("the file's name has a ? in it, and settings after one are not known")
        }
        path => Ok(path.into()),
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DatabaseUrl::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            DatabaseUrl::Postgres(options) => {
                write!(f, "postgres://{}@", options.get_username())?;
                match options.get_socket() {
                    Some(socket) => write!(f, "{}", socket.display())?,
                    None => f.write_str(options.get_host())?,
                }
                write!(f, ":{}", options.get_port())?;
                // PostgreSQL's rule for who names none.
                let database = options.get_database().unwrap_or(options.get_username());
                write!(f, "/{database}")
            }
        }
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, shown: &str) {
        let url: DatabaseUrl = text.parse().unwrap();
        assert_eq!(url.to_string(), shown);
        assert_eq!(format!("{url:?}"), format!("DatabaseUrl({shown})"));
    }

    #[test]
    fn addresses_are_shown_without_their_password() {
        check("sqlite:data/a.db", "sqlite:data/a.db");
        check("sqlite:///var/a.db", "sqlite:/var/a.db");
        check(
            "postgres://me:secret@db.example:5433/game",
            "postgres://me@db.example:5433/game",
        );
        check(
            "postgresql://me:secret@db.example",
            "postgres://me@db.example:5432/me",
        );
        check(
            "postgres://me@db.example/game?password=secret",
            "postgres://me@db.example:5432/game",
        );
        check(
            "postgres://me:secret@localhost/game?host=/run/db",
            "postgres://me@/run/db:5432/game",
        );
    }

    #[test]
    fn wrong_addresses_are_told_what_would_be_right_and_not_repeated() {
        for text in [
            "",
            "secret",
            "/var/secret.db",
            "mysql://me:secret@host/game",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:secret.db?mode=ro",
            "postgres://me:sec/ret@host/game",
            "postgres://me:secret@host:99999/game",
        ] {
            let error = text.parse::<DatabaseUrl>().unwrap_err().to_string();
            assert!(
                error.contains("expected sqlite:PATH or postgres://"),
                "{text}: {error}"
            );
            assert!(!error.contains("sec"), "{text}: {error}");
        }
    }
}

//! The rooms, written once for both databases.
//!
//! A room's SQL stands at the top of its file. What differs between the databases is one clause: PostgreSQL locks the row
//! it is about to change, SQLite the file. What a room writes goes through `fence`.

mod bans;
mod fence;
mod history;
mod history_read;
mod intents;
mod matches;
mod statistics;

use crate::database::Database;

/// Every room, over one database.
pub(crate) struct Rooms {
    database: Database,
    /// Who may write by this handle; anybody, without.
    guard: Option<fence::Guard>,
}

impl Rooms {
    pub(crate) fn new(database: Database) -> Rooms {
        Rooms {
            database,
            guard: None,
        }
    }
}

/// Every statement that this program runs, by room and name.
#[cfg(test)]
pub(crate) fn statements() -> Vec<(&'static str, &'static str, &'static crate::database::Statement)> {
    let rooms = [
        ("bans", bans::STATEMENTS),
        ("fence", fence::STATEMENTS),
        ("history", history::STATEMENTS),
        ("history_read", history_read::STATEMENTS),
        ("intents", intents::STATEMENTS),
        ("matches", matches::STATEMENTS),
        ("statistics", statistics::STATEMENTS),
    ];
    rooms
        .into_iter()
        .flat_map(|(room, list)| {
            list.iter()
                .map(move |(name, statement)| (room, *name, *statement))
        })
        .collect()
}

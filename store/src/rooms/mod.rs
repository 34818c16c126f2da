//! The rooms, written once for both databases.
//!
//! A room's SQL stands at the top of its file. What differs between the databases is one clause: PostgreSQL
//! locks the row it is about to change, SQLite the file. What a room writes goes through `fence`.

mod bans;
pub(crate) mod fence;
mod history;
mod history_read;
mod intents;
mod matches;
mod statistics;

/// Every statement that this program runs, by room and name.
#[cfg(test)]
pub(crate) fn statements() -> Vec<(
    &'static str,
    &'static str,
    &'static crate::database::statement::Statement,
)> {
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

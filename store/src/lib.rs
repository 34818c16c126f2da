//! What an operator must not forget: intents, its own matches, history and bans.
//!
//! Owns: the durable tables and their interface, one trait for each room. [`Store`] is a cheap handle on
//! every room; [`Store::open`] opens an embedded SQLite file or a PostgreSQL server, which behave alike:
//! `tests/suite` runs on both.
//!
//! Invariants: an intent moves only along [`IntentState::may_become`]; a start time once written is never
//! changed; a result is counted in the statistics once, however often it is recorded; a match's fence only
//! grows, and a handle of [`Store::fenced`] whose token it does not equal writes nothing.
//!
//! Absent: clocks (callers pass the time), chain types, money rules, and any SQL outside the folder of the
//! rooms.

mod bans;
#[cfg(test)]
mod check;
mod database;
mod error;
mod history;
mod intent;
mod intents;
mod lock;
mod matches;
mod rooms;
mod sharing;
mod store;
mod types;
mod url;

pub use bans::{Ban, Bans};
pub use error::{BackendError, StoreError};
pub use history::{
    CheckpointRow, EliminationRow, EntryRow, History, LeaderboardFilter, LeaderboardRow, MatchFilter,
    MatchHistory, MatchRow, MatchStatus, MatchSteps, MatchTerms, Mode, Page, PlacementRow, PlayerMatchRow,
    PlayerStats, ReplayRow, ResultRecord, LIMIT_MAX, REPLAY_BYTES_MAX,
};
pub use intent::{Attempt, Intent, IntentCounts, IntentId, IntentKind, IntentState};
pub use intents::Intents;
pub use lock::Lock;
pub use matches::{MatchPhase, MatchRecord, Matches, UnfinishedMatch};
pub use sharing::Sharing;
pub use store::Store;
pub use types::{Key, Signature, UnixMs, UnixUs};
pub use url::{DatabaseUrl, DatabaseUrlError};

//! What an operator must not forget: intents, its own matches, history and bans.
//!
//! Owns: the durable tables and their interface, one trait for each room. [`Store`] is a cheap handle that holds one
//! implementation of every room; [`Store::open_sqlite`] is the embedded one. Another database is another
//! implementation of the four traits that passes `tests/suite`.
//!
//! Invariants: an intent moves only along [`IntentState::may_become`]; a start time once written is never changed; a
//! result is counted in the statistics once, however often it is recorded.
//!
//! Absent: clocks (callers pass the time), chain types, money rules, and any SQL outside the backend's folder.

mod bans;
mod error;
mod history;
mod intents;
mod matches;
mod sqlite;

use std::path::Path;
use std::sync::Arc;

pub use bans::{Ban, Bans};
pub use error::{BackendError, StoreError};
pub use history::{
    CheckpointRow, EliminationRow, EntryRow, History, LeaderboardRow, MatchFilter, MatchHistory, MatchRow,
    MatchStatus, PlacementRow, PlayerHistory, PlayerMatchRow, PlayerStats, ResultRecord,
};
pub use intents::{Attempt, Intent, IntentCounts, IntentId, IntentKind, IntentState, Intents};
pub use matches::{MatchPhase, MatchRecord, Matches};

/// A public key or digest: 32 bytes.
pub type Key = [u8; 32];
/// A transaction signature: 64 bytes.
pub type Signature = [u8; 64];
/// Milliseconds since the Unix epoch.
pub type UnixMs = i64;
/// Microseconds since the Unix epoch; used where a tick (16.7 ms) must be placed exactly.
pub type UnixUs = i64;

/// A handle on every room. Cloning shares the same database.
#[derive(Clone)]
pub struct Store {
    /// What the crank wants to do on chain.
    pub intents: Arc<dyn Intents>,
    /// The operator's own view of its matches, secrets included.
    pub matches: Arc<dyn Matches>,
    /// What the public may read.
    pub history: Arc<dyn History>,
    /// Wallets that may not play, and the flags that led there.
    pub bans: Arc<dyn Bans>,
}

impl Store {
    /// Opens (creating if absent) the SQLite file at `path` and brings its tables up to date.
    ///
    /// Errors: [`StoreError::Open`] names the file; [`StoreError::Migrate`] if its tables are newer than this program
    /// or cannot be upgraded.
    pub async fn open_sqlite(path: &Path) -> Result<Store, StoreError> {
        sqlite::open(path).await
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

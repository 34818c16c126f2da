//! History: what the public may read about matches and players.
//!
//! Invariants: recording the same thing twice changes nothing; statistics count a match once. Amounts are
//! base units of the match's mint. Absent: secrets, and anything that is not final or public on chain.

pub use arena::{MatchStatus, Mode};
use async_trait::async_trait;

use crate::error::StoreError;
use crate::types::{Key, Signature, UnixMs};

/// The heading of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchRow {
    pub match_key: Key,
    pub match_id: u64,
    pub mode: Mode,
    pub status: MatchStatus,
    pub mint: Key,
    pub stake_per_warrior: u64,
    pub rules_hash: Key,
    pub players: u8,
    pub warriors: u8,
    pub pot: u64,
    pub fee: u64,
    pub burn: u64,
    pub seed: Option<Key>,
    pub genesis_leaf: Option<Key>,
    /// The wallet of the first-ranked player, once settled.
    pub winner: Option<Key>,
    /// Ticks simulated.
    pub ticks: u32,
    pub created_at_ms: UnixMs,
    pub started_at_ms: Option<UnixMs>,
    pub ended_at_ms: Option<UnixMs>,
    /// Name of the replay file in the operator's replay folder.
    pub replay_file: Option<String>,
    /// Hash of the last state, once it is on chain.
    pub final_leaf: Option<Key>,
    /// What was agreed when the match was opened; none in rows of versions that did not keep it.
    pub terms: Option<MatchTerms>,
    /// The transactions of its steps, as far as they are known.
    pub steps: MatchSteps,
}

/// What was agreed when a match was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchTerms {
    /// Decimals of the mint: how amounts are shown.
    pub decimals: u8,
    /// What people call the token.
    pub symbol: String,
    /// Player slots.
    pub players_max: u8,
    /// Warrior cap.
    pub warriors_max: u8,
    /// The tick at which the match ends at the latest.
    pub length_ticks: u32,
    /// Who runs it: the wallet that signs for the operator.
    pub operator: Key,
    /// The rules table, byte for byte as pinned on chain.
    pub rules: Vec<u8>,
    /// First key of the drip chain.
    pub drip_root: Key,
}

/// The transactions that brought a match from one status to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatchSteps {
    pub created: Option<Signature>,
    pub locked: Option<Signature>,
    pub started: Option<Signature>,
    pub proposed: Option<Signature>,
    pub finalized: Option<Signature>,
}

/// One player's entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    pub slot: u8,
    pub player: Key,
    pub session_key: Key,
    pub warriors: u8,
    pub paid: u64,
    pub late: bool,
    pub signature: Option<Signature>,
}

/// One checkpoint as posted on chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckpointRow {
    pub index: u32,
    /// Tick after which it was taken.
    pub tick: u32,
    pub digest: Key,
    pub signature: Option<Signature>,
    pub posted_at_ms: Option<UnixMs>,
    /// Hash of the state after its last segment; none in rows of versions that did not keep it.
    pub leaf: Option<Key>,
    /// The slot it landed in, once it did.
    pub slot: Option<u64>,
}

/// What one player got out of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacementRow {
    pub slot: u8,
    pub player: Key,
    /// 1 is the winner; equal players share a place. 0 for an entry that was never admitted.
    pub place: u8,
    pub paid: u64,
    pub payout: u64,
    /// The payout is the return of an entry that was never admitted.
    pub refunded: bool,
    pub warriors: u8,
    pub warriors_alive: u8,
    /// Sum of hit points left, in hundredths.
    pub hp_centi: u32,
    pub eliminations: u32,
    /// Damage dealt, in hundredths of a hit point.
    pub damage_centi: u64,
    pub claim_signature: Option<Signature>,
}

/// One warrior's death.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EliminationRow {
    pub tick: u32,
    pub victim_warrior: u8,
    pub victim_slot: u8,
    /// Warrior and player slot of the killer; `None` when the environment or the zone did it.
    pub attacker: Option<(u8, u8)>,
}

/// The final outcome of a match, recorded once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResultRecord {
    pub match_key: Key,
    pub mint: Key,
    pub placements: Vec<PlacementRow>,
    pub eliminations: Vec<EliminationRow>,
}

/// Everything recorded about one match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchHistory {
    pub row: MatchRow,
    pub entries: Vec<EntryRow>,
    pub checkpoints: Vec<CheckpointRow>,
    pub placements: Vec<PlacementRow>,
    pub eliminations: Vec<EliminationRow>,
}

/// What a player did in one mint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayerStats {
    pub mint: Key,
    pub matches: u64,
    pub wins: u64,
    pub eliminations: u64,
    pub warriors_lost: u64,
    pub damage_centi: u64,
    pub staked: u64,
    pub won: u64,
}

/// One match of a player's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlayerMatchRow {
    pub match_key: Key,
    pub mode: Mode,
    pub status: MatchStatus,
    pub mint: Key,
    pub paid: u64,
    /// Place and payout once the result is recorded.
    pub outcome: Option<(u8, u64)>,
    pub created_at_ms: UnixMs,
}

/// One line of the index of replays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayRow {
    pub match_key: Key,
    pub match_id: u64,
    pub mode: Mode,
    pub ended_at_ms: Option<UnixMs>,
    /// Name in the operator's replay folder.
    pub file: String,
}

/// One line of the leaderboard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaderboardRow {
    pub player: Key,
    pub stats: PlayerStats,
}

/// Which matches to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatchFilter {
    pub status: Option<MatchStatus>,
    /// Only matches recorded before this one; for paging.
    pub before: Option<Key>,
    /// At most this many, and never more than [`LIMIT_MAX`].
    pub limit: u32,
}

/// Which part of a list whose order is that of matches, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Only what belongs to matches recorded before this one; nothing if the match is unknown.
    pub before: Option<Key>,
    /// At most this many, and never more than [`LIMIT_MAX`].
    pub limit: u32,
}

/// Which part of the leaderboard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeaderboardFilter {
    /// Of one mint, or of all (one line for each player and mint then).
    pub mint: Option<Key>,
    /// How many lines to leave out, and never more than [`LeaderboardFilter::OFFSET_MAX`].
    pub offset: u32,
    /// At most this many, and never more than [`LIMIT_MAX`].
    pub limit: u32,
}

impl LeaderboardFilter {
    /// The database walks over every line that is left out: nobody may ask it to walk for long.
    pub const OFFSET_MAX: u32 = 10_000;
}

/// The most rows one call returns, whatever it lists: a page of 200, and the row that tells that there is
/// another page.
pub const LIMIT_MAX: u32 = 201;

/// The largest replay file that is kept, in bytes: far more than a Siege of 100 warriors who use every change
/// has.
pub const REPLAY_BYTES_MAX: usize = 16 << 20;

/// The room of history.
#[async_trait]
pub trait History: Send + Sync {
    /// Writes or replaces the heading of a match. Terms, last leaf and transactions that are known are not
    /// overwritten by missing ones.
    async fn upsert_match(&self, row: &MatchRow) -> Result<(), StoreError>;

    /// Writes or replaces one player's entry.
    async fn record_entry(&self, match_key: &Key, entry: &EntryRow) -> Result<(), StoreError>;

    /// Forgets the entry of a player who left before the match was locked.
    async fn remove_entry(&self, match_key: &Key, slot: u8) -> Result<(), StoreError>;

    /// Writes or replaces one checkpoint. A known signature, time, leaf or slot is not overwritten by a
    /// missing one.
    async fn record_checkpoint(&self, match_key: &Key, checkpoint: &CheckpointRow) -> Result<(), StoreError>;

    /// Writes the outcome and counts it in the statistics, once: later calls for the match change nothing.
    /// Returns whether this call was the one.
    async fn record_result(&self, result: &ResultRecord) -> Result<bool, StoreError>;

    /// Records the transaction that paid a player.
    async fn record_claim(&self, match_key: &Key, slot: u8, signature: &Signature) -> Result<(), StoreError>;

    /// Keeps a match's replay file, in the place of what was kept before. For relays that do not see the
    /// crank's replay folder; the index of replays is made of the headings all the same.
    ///
    /// Errors: [`StoreError::TooLarge`] above [`REPLAY_BYTES_MAX`].
    async fn record_replay(&self, match_key: &Key, bytes: &[u8]) -> Result<(), StoreError>;

    /// A match's replay file, if it was kept here.
    async fn replay(&self, match_key: &Key) -> Result<Option<Vec<u8>>, StoreError>;

    /// Headings, newest first.
    async fn matches(&self, filter: &MatchFilter) -> Result<Vec<MatchRow>, StoreError>;

    /// Everything about one match.
    async fn match_history(&self, match_key: &Key) -> Result<Option<MatchHistory>, StoreError>;

    /// A player's statistics, one element for each mint played; empty for a stranger.
    async fn player_stats(&self, wallet: &Key) -> Result<Vec<PlayerStats>, StoreError>;

    /// A player's matches, newest first; empty for a stranger.
    async fn player_matches(&self, wallet: &Key, page: &Page) -> Result<Vec<PlayerMatchRow>, StoreError>;

    /// The best players by amount won, then wins.
    async fn leaderboard(&self, filter: &LeaderboardFilter) -> Result<Vec<LeaderboardRow>, StoreError>;

    /// The index of replays, newest match first: every match whose heading names a replay file.
    async fn replays(&self, page: &Page) -> Result<Vec<ReplayRow>, StoreError>;

    /// The name of a match's replay file, if there is one.
    async fn replay_file(&self, match_key: &Key) -> Result<Option<String>, StoreError>;
}

//! The operator's own view of its matches, written before a match exists on chain.
//!
//! Invariants: the start time is written once and never moved; the fence of a match only grows. Absent:
//! leases, which say who may raise a fence; secrets. What the chain tells of a match can be written again
//! from there, so an empty database costs no live match.

use arena::Mode;
use async_trait::async_trait;

use crate::error::StoreError;
use crate::types::{Key, UnixMs, UnixUs};

/// How far the operator is with a match. The first seven follow the chain, the others are the operator's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MatchPhase {
    /// Written here, not yet seen on chain.
    Creating,
    Open,
    Locked,
    Live,
    Proposed,
    Settled,
    Cancelled,
    Voided,
    /// Its accounts are closed: nothing is left to do.
    Closed,
    /// It never came to exist on chain and never will.
    Abandoned,
}

impl MatchPhase {
    pub const ALL: [MatchPhase; 10] = [
        MatchPhase::Creating,
        MatchPhase::Open,
        MatchPhase::Locked,
        MatchPhase::Live,
        MatchPhase::Proposed,
        MatchPhase::Settled,
        MatchPhase::Cancelled,
        MatchPhase::Voided,
        MatchPhase::Closed,
        MatchPhase::Abandoned,
    ];

    /// The name under which the phase is stored.
    pub fn name(self) -> &'static str {
        match self {
            MatchPhase::Creating => "creating",
            MatchPhase::Open => "open",
            MatchPhase::Locked => "locked",
            MatchPhase::Live => "live",
            MatchPhase::Proposed => "proposed",
            MatchPhase::Settled => "settled",
            MatchPhase::Cancelled => "cancelled",
            MatchPhase::Voided => "voided",
            MatchPhase::Closed => "closed",
            MatchPhase::Abandoned => "abandoned",
        }
    }

    /// The inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<MatchPhase> {
        MatchPhase::ALL.into_iter().find(|phase| phase.name() == name)
    }

    /// Whether nothing is left to do for the match.
    pub fn is_final(self) -> bool {
        matches!(self, MatchPhase::Closed | MatchPhase::Abandoned)
    }
}

/// One match as the operator keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchRecord {
    pub match_key: Key,
    /// The operator account; with `match_id` it gives the match's address.
    pub operator: Key,
    pub match_id: u64,
    pub mode: Mode,
    pub mint: Key,
    /// The rules table, byte for byte as pinned on chain.
    pub rules: Vec<u8>,
    pub stake_per_warrior: u64,
    pub players_max: u8,
    pub warriors_max: u8,
    /// The slot of a calendar match, 0 for a lobby.
    pub scheduled_slot: u64,
    pub phase: MatchPhase,
    pub created_at_ms: UnixMs,
    /// When tick 0 began.
    pub start_unix_us: Option<UnixUs>,
}

/// An unfinished match, as much of it as cranks that share a database need to see of each other's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfinishedMatch {
    pub match_key: Key,
    pub operator: Key,
    pub match_id: u64,
    pub mode: Mode,
    pub mint: Key,
    /// The rules table, byte for byte as pinned on chain.
    pub rules: Vec<u8>,
    pub stake_per_warrior: u64,
    pub players_max: u8,
    pub warriors_max: u8,
    /// The slot of a calendar match, 0 for a lobby.
    pub scheduled_slot: u64,
    pub phase: MatchPhase,
    pub created_at_ms: UnixMs,
    /// The highest token under which a crank owned it; 0 if none ever did.
    pub fence: u64,
    /// The name of that crank.
    pub holder: Option<String>,
}

/// The room of the operator's matches.
#[async_trait]
pub trait Matches: Send + Sync {
    /// Writes a new match that nobody owns: its fence is 0. Errors: [`StoreError::Taken`] if the key, or the
    /// operator's match id, is already there.
    async fn insert(&self, record: &MatchRecord) -> Result<(), StoreError>;

    /// Writes a new match that `holder` owns under `token`, which becomes its fence. Errors as
    /// [`insert`](Self::insert).
    ///
    /// After a transient error it may be there all the same: [`StoreError::Taken`] of the next call is then
    /// to be answered with a look at what [`get`](Self::get) gives.
    async fn insert_owned(&self, record: &MatchRecord, token: u64, holder: &str) -> Result<(), StoreError>;

    /// Makes `to` the fence of the match and `holder` its owner, if the fence is lower. Returns whether
    /// `holder` owns the match under `to` now; so it may be asked again after a transient error. False:
    /// somebody owns it under a token that is as high or higher. Waits for the write of a fenced handle that
    /// is under way.
    ///
    /// Errors: [`StoreError::NoMatch`].
    async fn raise_fence(&self, match_key: &Key, to: u64, holder: &str) -> Result<bool, StoreError>;

    /// The highest token under which a crank owned the match; 0 if none ever did. Errors:
    /// [`StoreError::NoMatch`].
    async fn fence(&self, match_key: &Key) -> Result<u64, StoreError>;

    /// One match, if there.
    async fn get(&self, match_key: &Key) -> Result<Option<MatchRecord>, StoreError>;

    /// Every match that is not in a final phase, oldest first.
    async fn unfinished(&self) -> Result<Vec<MatchRecord>, StoreError>;

    /// As [`unfinished`](Self::unfinished), with the owners: cheap enough to ask several
    /// times a second, however many matches there ever were.
    async fn unfinished_keys(&self) -> Result<Vec<UnfinishedMatch>, StoreError>;

    /// Records how far a match is. Errors: [`StoreError::NoMatch`].
    async fn set_phase(&self, match_key: &Key, phase: MatchPhase) -> Result<(), StoreError>;

    /// Records when tick 0 began, unless that is already recorded, and returns what is recorded.
    ///
    /// Errors: [`StoreError::NoMatch`].
    async fn set_start(&self, match_key: &Key, start_unix_us: UnixUs) -> Result<UnixUs, StoreError>;

    /// The highest match id this operator ever used here.
    async fn last_match_id(&self, operator: &Key) -> Result<Option<u64>, StoreError>;
}

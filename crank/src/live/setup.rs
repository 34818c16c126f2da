//! What is fixed when a match starts, and why one cannot go on.

use arena::{ArenaError, Digest, Rules};
use protocol::MatchKey;

use super::cheat::Cheat;
use super::intake::InputWindow;
use crate::drip::DripChain;

/// Everything that is fixed when a match starts.
#[derive(Clone, Debug)]
pub struct MatchSetup {
    /// Address of the match account.
    pub match_key: MatchKey,
    /// The rules pinned in it.
    pub rules: Rules,
    /// Warrior slots of the state.
    pub capacity: u8,
    /// Player slot of each warrior present at genesis, in roster order.
    pub owners: Vec<u8>,
    /// Made of the revealed randomness.
    pub seed: Digest,
    /// The keys of its checkpoints.
    pub drip: DripChain,
    /// How far a player's idea of the tick may be off.
    pub window: InputWindow,
    /// A lie, for demonstrations.
    pub cheat: Option<Cheat>,
}

/// Why a live match cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The rules refused what the crank built: a defect, or a damaged log.
    #[error("the rules refused tick {tick}: {source}")]
    Rules {
        /// The tick that was to be made.
        tick: u32,
        /// Why.
        source: ArenaError,
    },
    /// The drip chain is shorter than the match.
    #[error("there is no drip key for checkpoint {0}: the drip chain belongs to another rules table")]
    NoDripKey(u32),
    /// A tick was to be made whose rolls nobody can know yet.
    #[error("the beacon of checkpoint {0} is not known: its slot has to pass first")]
    NoBeacon(u32),
}

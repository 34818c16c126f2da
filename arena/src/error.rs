//! Why the rules refuse something. Every variant names what was wrong and what would be right.

use core::fmt;

/// A refusal. No operation that returns one has changed what it was given, except where its docs say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArenaError {
    /// A byte string has the wrong length.
    Length {
        /// What was measured.
        what: &'static str,
        /// Bytes given.
        got: usize,
        /// Bytes that would be right.
        expected: usize,
    },
    /// A number of the rules table is out of its bounds.
    Rules {
        /// The field of the table.
        field: &'static str,
        /// What it must be.
        must: &'static str,
    },
    /// The list of owners is not one a match can have.
    Roster {
        /// The first offending warrior.
        warrior: usize,
        /// What must hold.
        must: &'static str,
    },
    /// The number of warrior slots does not fit the rules or the roster.
    Capacity {
        /// Slots asked for.
        got: usize,
        /// What it must be.
        must: &'static str,
    },
    /// State bytes that no run of the rules can have produced.
    State {
        /// The field of the layout.
        field: &'static str,
        /// Which warrior or power-up, 0 for the header.
        index: usize,
        /// What it must be.
        must: &'static str,
    },
    /// Packed inputs that the rules refuse.
    Inputs {
        /// The offending byte or warrior.
        at: usize,
        /// What must hold.
        must: &'static str,
    },
    /// A late entry that the rules do not admit on this tick.
    Admission {
        /// The tick that was to be made.
        tick: u32,
        /// What must hold.
        must: &'static str,
    },
    /// The occupancy grid belongs to another tick of another state: rebuild it first.
    StaleScratch {
        /// Tick of the state.
        tick: u32,
        /// Tick the grid was last in step with.
        scratch_tick: u32,
    },
    /// Payouts that cannot be computed from what was given.
    Settlement {
        /// The player concerned, 0 when it is about the whole match.
        player: usize,
        /// What must hold.
        must: &'static str,
    },
}

impl fmt::Display for ArenaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Length { what, got, expected } => write!(f, "{what}: {got} bytes, must be {expected}"),
            Self::Rules { field, must } => write!(f, "rules table: {field} must be {must}"),
            Self::Roster { warrior, must } => write!(f, "roster, warrior {warrior}: {must}"),
            Self::Capacity { got, must } => write!(f, "capacity of {got} warriors: must be {must}"),
            Self::State { field, index, must } => write!(f, "state, {field} of {index}: must be {must}"),
            Self::Inputs { at, must } => write!(f, "packed inputs, at {at}: {must}"),
            Self::Admission { tick, must } => write!(f, "late entry at tick {tick}: {must}"),
            Self::StaleScratch { tick, scratch_tick } => {
                write!(
                    f,
                    "the grid is of tick {scratch_tick}, the state of tick {tick}: rebuild the grid"
                )
            }
            Self::Settlement { player, must } => write!(f, "settlement, player {player}: {must}"),
        }
    }
}

impl core::error::Error for ArenaError {}

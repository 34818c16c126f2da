//! A crank that lies, in each way that the rules allow to express, and an observer who has only what was posted.
//!
//! Owns the kinds of lies, how each is told so that the program takes the checkpoint, and the watcher who re-executes
//! what was posted. Every lie but [`Cheat::ForeignLeaf`] leaves a state that the rules could reach from somewhere: the
//! crank goes on from it honestly, as a real one would.
//! **Deliberately absent:** any channel from the liar to the watcher but the posted instruction.

mod crank;
mod forge;
mod watcher;

use arena::Rules;

pub use crank::{random_inputs, CheatingCrank};
pub use watcher::{posted, Watcher};

use crate::setup::{quick_blitz, quick_siege};

/// A way to lie about one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cheat {
    /// A living warrior gets ten hit points, or loses them where it has all.
    HitPoints,
    /// A dead warrior lives again, with one hit point.
    Resurrection,
    /// A living warrior stands on the nearest free cell instead of its own.
    Position,
    /// One tick of the segment is rolled with another key, chosen so that the damage differs.
    DamageRoll,
    /// A warrior is credited with an elimination, taken from one who has one if there is one.
    KillCredit,
    /// The posted inputs hold a change that the crank did not make.
    SkippedInput,
    /// The crank made a change that the posted inputs do not hold.
    InventedInput,
    /// A change took effect in another slot than the one it is posted for.
    MovedInput,
    /// A late entry is posted as admitted, and was not.
    SkippedAdmission,
    /// A power-up lies where none fell; where all slots are taken, one is gone.
    PowerUp,
    /// A living warrior rages, and has collected nothing.
    Effect,
    /// The safe zone is a cell smaller on each side; where it is as small as can be, larger.
    Zone,
    /// A special event holds that was not drawn.
    SpecialEvent,
    /// A warrior has dealt more damage than anybody, which decides ties.
    Ranking,
    /// A warrior fights for its neighbour's owner.
    Owner,
    /// The match is over in the middle of the segment, with nobody's victory.
    EarlyEnd,
    /// The segment is stepped with another drip key than the revealed one.
    WrongDripKey,
    /// The leaves of two segments of the checkpoint are swapped.
    SwappedLeaves,
    /// The leaf is that of no state.
    ForeignLeaf,
    /// The posted inputs are such as the rules refuse.
    RefusedInputs,
}

impl Cheat {
    /// All kinds.
    pub const ALL: [Cheat; 20] = [
        Cheat::HitPoints,
        Cheat::Resurrection,
        Cheat::Position,
        Cheat::DamageRoll,
        Cheat::KillCredit,
        Cheat::SkippedInput,
        Cheat::InventedInput,
        Cheat::MovedInput,
        Cheat::SkippedAdmission,
        Cheat::PowerUp,
        Cheat::Effect,
        Cheat::Zone,
        Cheat::SpecialEvent,
        Cheat::Ranking,
        Cheat::Owner,
        Cheat::EarlyEnd,
        Cheat::WrongDripKey,
        Cheat::SwappedLeaves,
        Cheat::ForeignLeaf,
        Cheat::RefusedInputs,
    ];
}

/// [`quick_blitz`] in an arena so small, with so much lying about and so few hit points, that everything that can happen
/// happens in 240 ticks.
pub fn busy_blitz() -> Rules {
    busy(Rules {
        segments_per_checkpoint: 2,
        ..quick_blitz()
    })
}

/// [`quick_siege`], as busy as [`busy_blitz`], for 20 warriors.
pub fn busy_siege() -> Rules {
    busy(quick_siege())
}

fn busy(rules: Rules) -> Rules {
    Rules {
        warriors_max: 20,
        arena_side: 10,
        zone_side_final: 6,
        hp_max_centi: 5_000,
        hp_late_centi: 3_500,
        attack_ticks: 15,
        environment_ticks: 45,
        shrink_start_ticks: 150,
        shrink_every_ticks: 60,
        power_up_every_ticks: 15,
        power_up_chance_bps: 9_000,
        power_up_life_ticks: 120,
        event_every_ticks: 60,
        event_ticks: 30,
        ..rules
    }
}

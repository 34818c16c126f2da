//! The rules as a table of numbers. Its bytes are pinned, by hash, in every match.
//!
//! **Invariant:** a table that [`Rules::validate`] accepts bounds every loop of the simulation and every number in
//! the state. **Absent:** any rule that depends on a number not in the table, apart from the layout limits of the
//! crate root.

#[cfg(test)]
mod tests;
mod validate;

pub use validate::{DURATION_LIMIT_TICKS, LENGTH_LIMIT_TICKS, SIDE_LIMIT};

use core::fmt;

use bytemuck::{Pod, Zeroable};

use crate::digest::{Digest, Sha256};
use crate::error::ArenaError;

/// Length of the table in bytes.
pub const RULES_LEN: usize = 96;
/// Version of the table's layout.
pub const RULES_VERSION: u8 = 1;

/// Which of the two games a table describes.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// 2–20 warriors, 90 seconds, winner takes all, no late entry.
    Blitz = 0,
    /// 2–100 warriors, 300 seconds, three paid places, late entry.
    Siege = 1,
}

impl Mode {
    /// Both modes, in the order of their bytes.
    pub const ALL: [Self; 2] = [Self::Blitz, Self::Siege];

    /// The word used in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blitz => "blitz",
            Self::Siege => "siege",
        }
    }

    /// The mode with this word: the inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

impl From<Mode> for u8 {
    fn from(mode: Mode) -> Self {
        mode as Self
    }
}

impl TryFrom<u8> for Mode {
    type Error = UnknownMode;

    fn try_from(byte: u8) -> Result<Self, UnknownMode> {
        match byte {
            0 => Ok(Self::Blitz),
            1 => Ok(Self::Siege),
            _ => Err(UnknownMode(byte)),
        }
    }
}

/// A byte that is no mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownMode(
    /// The byte.
    pub u8,
);

impl fmt::Display for UnknownMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown mode {}: 0 is Blitz, 1 is Siege", self.0)
    }
}

impl core::error::Error for UnknownMode {}

/// The table. Ticks are 1/60 s, `centi` are hundredths of a hit point, `bps` are 1/10,000.
///
/// Little-endian, no padding; byte offsets are in `docs/RULES.md`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Rules {
    /// [`RULES_VERSION`].
    pub version: u8,
    /// [`Mode`] as a number.
    pub mode: u8,
    /// Warriors needed to start.
    pub warriors_min: u8,
    /// Most warriors of a match.
    pub warriors_max: u8,
    /// Most warriors of one player.
    pub warriors_per_player_max: u8,
    /// Cells of one side of the arena inside its walls.
    pub arena_side: u8,
    /// Cells of one side of the safe zone when it shrinks no more.
    pub zone_side_final: u8,
    /// Segments in one checkpoint.
    pub segments_per_checkpoint: u8,
    /// Full time.
    pub length_ticks: u16,
    /// Ticks between two leaves.
    pub segment_ticks: u16,
    /// Inputs take effect on every `slot_ticks`-th tick.
    pub slot_ticks: u16,
    /// Late entries are admitted in segments that begin at or before this tick; 0 = never.
    pub late_entry_ticks: u16,
    /// Fee, in basis points of the pot.
    pub fee_bps: u16,
    /// Burn, in basis points of the pot.
    pub burn_bps: u16,
    /// First, second, third place, in basis points of the pot.
    pub place_bps: [u16; 3],
    /// Most heading changes of one warrior in one segment.
    pub changes_per_warrior_max: u16,
    /// Hit points at the start, and the most a warrior can have.
    pub hp_max_centi: u16,
    /// Hit points of a late warrior.
    pub hp_late_centi: u16,
    /// Ticks from one step to the next.
    pub move_ticks: u16,
    /// The same under *speed* or *haste*.
    pub move_fast_ticks: u16,
    /// Ticks from one attack to the next.
    pub attack_ticks: u16,
    /// Least base damage of an attack.
    pub damage_min_centi: u16,
    /// Most base damage of an attack.
    pub damage_max_centi: u16,
    /// Damage grows once for each such time survived.
    pub growth_ticks: u16,
    /// By how much it grows each time.
    pub growth_bps: u16,
    /// Damage factor under *rage*.
    pub rage_bps: u16,
    /// Added to the damage of an attacker with less than half their target's hit points.
    pub underdog_bps: u16,
    /// The part of an attack's damage that passes a *shield*.
    pub shield_bps: u16,
    /// What a killer heals.
    pub kill_heal_centi: u16,
    /// Everyone takes the environment's damage on every such tick.
    pub environment_ticks: u16,
    /// The environment's damage.
    pub environment_damage_centi: u16,
    /// Those outside the safe zone take its damage on every such tick.
    pub zone_ticks: u16,
    /// The zone's damage.
    pub zone_damage_centi: u16,
    /// The first tick on which the zone shrinks.
    pub shrink_start_ticks: u16,
    /// Ticks from one shrink (by one cell on each side) to the next.
    pub shrink_every_ticks: u16,
    /// A power-up may appear on every such tick.
    pub power_up_every_ticks: u16,
    /// With this probability.
    pub power_up_chance_bps: u16,
    /// How long it lies there.
    pub power_up_life_ticks: u16,
    /// How long *rage*, *shield* and *speed* last.
    pub effect_ticks: u16,
    /// What *heal* heals.
    pub heal_centi: u16,
    /// A special event may begin on every such tick.
    pub event_every_ticks: u16,
    /// With this probability.
    pub event_chance_bps: u16,
    /// How long it lasts.
    pub event_ticks: u16,
    /// Damage factor during a *frenzy*.
    pub frenzy_bps: u16,
    /// Zero.
    pub reserved: [u8; 12],
}

const _: () = assert!(core::mem::size_of::<Rules>() == RULES_LEN && RULES_LEN.is_multiple_of(8));

impl Rules {
    /// The 90-second game.
    pub const BLITZ: Rules = Rules {
        version: RULES_VERSION,
        mode: Mode::Blitz as u8,
        warriors_min: 2,
        warriors_max: 20,
        warriors_per_player_max: 5,
        arena_side: 32,
        zone_side_final: 16,
        segments_per_checkpoint: 2,
        length_ticks: 5400,
        segment_ticks: 60,
        slot_ticks: 1,
        late_entry_ticks: 0,
        fee_bps: 300,
        burn_bps: 200,
        place_bps: [9500, 0, 0],
        changes_per_warrior_max: 10,
        hp_max_centi: 10_000,
        hp_late_centi: 7_000,
        move_ticks: 6,
        move_fast_ticks: 3,
        attack_ticks: 30,
        damage_min_centi: 500,
        damage_max_centi: 800,
        growth_ticks: 600,
        growth_bps: 100,
        rage_bps: 20_000,
        underdog_bps: 1_000,
        shield_bps: 5_000,
        kill_heal_centi: 500,
        environment_ticks: 180,
        environment_damage_centi: 200,
        zone_ticks: 60,
        zone_damage_centi: 400,
        shrink_start_ticks: 2700,
        shrink_every_ticks: 300,
        power_up_every_ticks: 180,
        power_up_chance_bps: 6_000,
        power_up_life_ticks: 900,
        effect_ticks: 360,
        heal_centi: 2_500,
        event_every_ticks: 600,
        event_chance_bps: 3_000,
        event_ticks: 300,
        frenzy_bps: 12_500,
        reserved: [0; 12],
    };

    /// The 300-second game.
    pub const SIEGE: Rules = Rules {
        mode: Mode::Siege as u8,
        warriors_max: 100,
        arena_side: 60,
        zone_side_final: 30,
        segments_per_checkpoint: 1,
        length_ticks: 18_000,
        slot_ticks: 3,
        late_entry_ticks: 3_600,
        place_bps: [6_000, 2_500, 1_000],
        rage_bps: 15_000,
        environment_ticks: 300,
        environment_damage_centi: 100,
        shrink_start_ticks: 9_000,
        shrink_every_ticks: 540,
        power_up_every_ticks: 60,
        event_every_ticks: 1_200,
        ..Rules::BLITZ
    };

    /// Reads and validates a table.
    ///
    /// # Errors
    /// [`ArenaError::Length`] unless there are [`RULES_LEN`] bytes, [`ArenaError::Rules`] as in [`Rules::validate`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Rules, ArenaError> {
        if bytes.len() != RULES_LEN {
            return Err(ArenaError::Length {
                what: "rules table",
                got: bytes.len(),
                expected: RULES_LEN,
            });
        }
        let rules: Rules = bytemuck::pod_read_unaligned(bytes);
        rules.validate()?;
        Ok(rules)
    }

    /// The bytes of the table, as hashed and stored.
    pub fn as_bytes(&self) -> &[u8] {
        bytemuck::bytes_of(self)
    }

    /// `sha256(bytes of the table)`.
    pub fn hash<H: Sha256>(&self) -> Digest {
        H::sha256(&[self.as_bytes()])
    }

    /// The mode; a table that does not validate counts as Blitz.
    pub const fn mode(&self) -> Mode {
        match self.mode {
            1 => Mode::Siege,
            _ => Mode::Blitz,
        }
    }

    /// Ticks of one checkpoint.
    pub const fn checkpoint_ticks(&self) -> u32 {
        self.segment_ticks as u32 * self.segments_per_checkpoint as u32
    }

    /// Checkpoints of a match that runs to full time.
    pub const fn checkpoint_count(&self) -> u32 {
        match self.checkpoint_ticks() {
            0 => 0,
            ticks => self.length_ticks as u32 / ticks,
        }
    }

    /// Segments of a match that runs to full time.
    pub const fn segment_count(&self) -> u32 {
        match self.segment_ticks {
            0 => 0,
            ticks => self.length_ticks as u32 / ticks as u32,
        }
    }

    /// Input slots of one segment.
    pub const fn slots_per_segment(&self) -> usize {
        match self.slot_ticks {
            0 => 0,
            ticks => (self.segment_ticks / ticks) as usize,
        }
    }
}

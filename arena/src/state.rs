//! The state of a match: plain bytes, which are what is hashed.
//!
//! | bytes | what |
//! |---|---|
//! | 0..64 | [`Header`] |
//! | 64..64 + 16·capacity | one [`Warrior`] a slot |
//! | then 4·[`power_up_slots`] | one [`PowerUp`] a slot |
//!
//! All numbers are little-endian and every type has alignment 1, so a view needs no aligned memory.
//!
//! **Invariants** (checked by [`State::from_bytes`]): living warriors stand on different cells inside the walls, the
//! dead never become ready, absent slots are zero, counts agree with the warriors, reserved bytes are zero.

mod buf;
mod check;
mod power_up;
#[cfg(test)]
mod tests;
mod view;
mod warrior;

pub use buf::StateBuf;
pub(crate) use check::check_header_rules;
pub use power_up::{PowerUp, PowerUpKind};
pub use view::{State, StateMut};
pub use warrior::{Effect, Warrior};

use bytemuck::{Pod, Zeroable};

use crate::digest::Digest;
use crate::rules::Mode;
use crate::MAX_WARRIORS;

/// Bytes of the header.
pub const HEADER_LEN: usize = 64;
/// Bytes of a warrior.
pub const WARRIOR_LEN: usize = 16;
/// Bytes of a power-up slot.
pub const POWER_UP_LEN: usize = 4;
/// Bytes of the largest state: 100 warriors.
pub const MAX_STATE_LEN: usize = 1728;
/// Version of the layout.
pub const STATE_VERSION: u8 = 1;
/// The most hit points the layout can hold (14 bits).
pub const HP_LIMIT_CENTI: u16 = 0x3FFF;
/// A tick that never comes: when the dead may act again.
pub(crate) const NEVER: u16 = u16::MAX;

pub(crate) const FLAG_ENDED: u8 = 1;
pub(crate) const FLAG_ALL_DEAD: u8 = 2;

/// Power-up slots of a match with `capacity` warrior slots: 8 up to 50 warriors, 16 above.
pub const fn power_up_slots(capacity: usize) -> usize {
    if capacity <= 50 {
        8
    } else {
        16
    }
}

/// Bytes of the state of a match with `capacity` warrior slots: 416 for 20, 1,728 for 100, always a multiple of 16.
/// Capacities above 100 count as 100.
pub const fn state_len(capacity: usize) -> usize {
    let capacity = if capacity > MAX_WARRIORS {
        MAX_WARRIORS
    } else {
        capacity
    };
    HEADER_LEN + WARRIOR_LEN * capacity + POWER_UP_LEN * power_up_slots(capacity)
}

const _: () = assert!(
    state_len(20) == 416
        && state_len(MAX_WARRIORS) == MAX_STATE_LEN
        && core::mem::size_of::<Header>() == HEADER_LEN
        && core::mem::size_of::<Warrior>() == WARRIOR_LEN
        && core::mem::size_of::<PowerUp>() == POWER_UP_LEN
);

/// What the arena does to everybody for a while.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpecialEvent {
    /// Nothing special.
    #[default]
    None = 0,
    /// Every attack does more damage.
    Frenzy = 1,
    /// The environment does no damage; the zone still does.
    Calm = 2,
    /// Everybody moves as with *speed*.
    Haste = 3,
}

impl SpecialEvent {
    /// The event with this number; `None` above 3.
    pub fn from_number(number: u8) -> Option<Self> {
        [Self::None, Self::Frenzy, Self::Calm, Self::Haste]
            .get(usize::from(number))
            .copied()
    }
}

/// The first 64 bytes of a state.
///
/// | offset | bytes | field |
/// |---|---|---|
/// | 0 | 1 | layout version, 1 |
/// | 1 | 1 | mode |
/// | 2 | 2 | ticks made so far |
/// | 4 | 1 | capacity: warrior slots |
/// | 5 | 1 | present: slots in use, always the first ones |
/// | 6 | 1 | alive |
/// | 7 | 1 | flags: bit 0 ended, bit 1 ended by everyone dying at once |
/// | 8 | 1 | side of the arena in cells |
/// | 9 | 1 | first cell of the safe zone, on both axes |
/// | 10 | 1 | last cell of the safe zone, on both axes |
/// | 11 | 1 | special event |
/// | 12 | 2 | the tick before which the special event holds |
/// | 14 | 18 | zero |
/// | 32 | 32 | seed of the match |
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Header {
    pub(crate) version: u8,
    pub(crate) mode: u8,
    pub(crate) tick: [u8; 2],
    pub(crate) capacity: u8,
    pub(crate) present: u8,
    pub(crate) alive: u8,
    pub(crate) flags: u8,
    pub(crate) side: u8,
    pub(crate) zone_min: u8,
    pub(crate) zone_max: u8,
    pub(crate) event: u8,
    pub(crate) event_until: [u8; 2],
    pub(crate) reserved: [u8; 18],
    pub(crate) seed: Digest,
}

impl Header {
    /// Ticks made so far.
    #[inline]
    pub fn tick(&self) -> u32 {
        u32::from(u16::from_le_bytes(self.tick))
    }

    /// The mode.
    pub fn mode(&self) -> Mode {
        if self.mode == Mode::Siege as u8 {
            Mode::Siege
        } else {
            Mode::Blitz
        }
    }

    /// Warrior slots.
    #[inline]
    pub fn capacity(&self) -> usize {
        usize::from(self.capacity)
    }

    /// Warriors that have entered, dead or alive: always the first slots.
    #[inline]
    pub fn present(&self) -> usize {
        usize::from(self.present)
    }

    /// Living warriors.
    #[inline]
    pub fn alive(&self) -> usize {
        usize::from(self.alive)
    }

    /// Whether the match is over; the state changes no more.
    #[inline]
    pub fn ended(&self) -> bool {
        self.flags & FLAG_ENDED != 0
    }

    /// Whether it is over because everyone died on one tick. Those warriors are shown as they were before it.
    pub fn all_dead(&self) -> bool {
        self.flags & FLAG_ALL_DEAD != 0
    }

    /// Cells of one side of the arena; cells are numbered from 1.
    pub fn side(&self) -> u8 {
        self.side
    }

    /// First and last cell of the safe zone, the same on both axes.
    #[inline]
    pub fn zone(&self) -> (u8, u8) {
        (self.zone_min, self.zone_max)
    }

    /// The special event of tick `now`.
    #[inline]
    pub fn event_at(&self, now: u16) -> SpecialEvent {
        if self.event == 0 || now >= u16::from_le_bytes(self.event_until) {
            return SpecialEvent::None;
        }
        SpecialEvent::from_number(self.event).unwrap_or_default()
    }

    /// The special event that holds on the next tick, and the tick before which it holds.
    pub fn special_event(&self) -> Option<(SpecialEvent, u32)> {
        let until = u16::from_le_bytes(self.event_until);
        match self.event_at((self.tick() + 1) as u16) {
            SpecialEvent::None => None,
            event => Some((event, u32::from(until))),
        }
    }

    /// The seed of the match.
    pub fn seed(&self) -> &Digest {
        &self.seed
    }
}

//! The first 64 bytes of a state, and the special event that they may hold.

use bytemuck::{Pod, Zeroable};

use super::layout::{FLAG_ALL_DEAD, FLAG_ENDED};
use crate::digest::Digest;
use crate::rules::Mode;

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

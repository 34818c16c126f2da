//! One power-up slot in 4 bytes.

use bytemuck::{Pod, Zeroable};

use crate::cell::Cell;
use crate::state::Effect;

/// What a power-up does.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerUpKind {
    /// [`Effect::Rage`].
    Rage = 1,
    /// [`Effect::Shield`].
    Shield = 2,
    /// [`Effect::Speed`].
    Speed = 3,
    /// Hit points at once.
    Heal = 4,
}

impl PowerUpKind {
    /// All kinds, by number less one.
    pub const ALL: [PowerUpKind; 4] = [Self::Rage, Self::Shield, Self::Speed, Self::Heal];

    /// The kind with this number; `None` for 0 and above 4.
    pub fn from_number(number: u8) -> Option<Self> {
        number
            .checked_sub(1)
            .and_then(|index| Self::ALL.get(usize::from(index)).copied())
    }

    /// The lasting effect, if it has one.
    pub(crate) fn effect(self) -> Option<Effect> {
        match self {
            Self::Rage => Some(Effect::Rage),
            Self::Shield => Some(Effect::Shield),
            Self::Speed => Some(Effect::Speed),
            Self::Heal => None,
        }
    }
}

/// A power-up slot; all zero when empty.
///
/// | offset | bytes | field |
/// |---|---|---|
/// | 0 | 2 | cell `y · 64 + x` in bits 0..12, kind in bits 12..16 (0 = empty slot) |
/// | 2 | 2 | the tick on which it disappears |
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct PowerUp {
    pub(crate) place: [u8; 2],
    pub(crate) expires: [u8; 2],
}

impl PowerUp {
    pub(crate) fn lay(cell: Cell, kind: PowerUpKind, expires: u16) -> Self {
        Self {
            place: (cell.bits() | (kind as u16) << 12).to_le_bytes(),
            expires: expires.to_le_bytes(),
        }
    }

    /// What lies here; `None` for an empty slot.
    pub fn kind(&self) -> Option<PowerUpKind> {
        PowerUpKind::from_number(self.place[1] >> 4)
    }

    /// Whether nothing lies here.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.place[1] < 0x10
    }

    /// Its cell.
    #[inline]
    pub fn cell(&self) -> Cell {
        Cell::from_bits(u16::from_le_bytes(self.place))
    }

    /// Column.
    pub fn x(&self) -> u8 {
        self.cell().x()
    }

    /// Row.
    pub fn y(&self) -> u8 {
        self.cell().y()
    }

    /// The tick on which it disappears.
    #[inline]
    pub fn expires(&self) -> u32 {
        u32::from(u16::from_le_bytes(self.expires))
    }
}

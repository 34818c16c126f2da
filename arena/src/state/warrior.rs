//! One warrior in 16 bytes.

use bytemuck::{Pod, Zeroable};

use crate::cell::{Cell, Heading};
use crate::state::NEVER;

/// The lasting effect of a power-up. A warrior has one at a time: the last one collected.
#[repr(u8)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Effect {
    /// None.
    #[default]
    None = 0,
    /// More damage.
    Rage = 1,
    /// Less damage taken from attacks.
    Shield = 2,
    /// Faster steps.
    Speed = 3,
}

impl Effect {
    const ALL: [Effect; 4] = [Effect::None, Effect::Rage, Effect::Shield, Effect::Speed];

    /// The effect in the low two bits of a number.
    #[inline]
    pub fn from_bits(bits: u8) -> Self {
        Self::ALL[usize::from(bits & 3)]
    }
}

/// A warrior.
///
/// | offset | bytes | field |
/// |---|---|---|
/// | 0 | 2 | cell `y · 64 + x` in bits 0..12, held heading in bits 12..16 |
/// | 2 | 2 | centi-HP in bits 0..14, effect in bits 14..16 |
/// | 4 | 2 | first tick on which it may step again; 65,535 when dead |
/// | 6 | 2 | first tick on which it may attack again; 65,535 when dead |
/// | 8 | 2 | the effect holds on ticks before this one |
/// | 10 | 1 | owner: player index |
/// | 11 | 1 | streak of the owner (the same in all their warriors) |
/// | 12 | 4 | damage dealt, centi-HP, in bits 0..21; growth steps of the match when it entered in bits 21..24; eliminations in bits 24..32 |
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Pod, Zeroable)]
pub struct Warrior {
    pub(crate) place: [u8; 2],
    pub(crate) vital: [u8; 2],
    pub(crate) move_ready: [u8; 2],
    pub(crate) attack_ready: [u8; 2],
    pub(crate) effect_until: [u8; 2],
    pub(crate) owner: u8,
    pub(crate) streak: u8,
    pub(crate) score: [u8; 4],
}

const CELL_BITS: u16 = 0x0FFF;
const HP_BITS: u16 = 0x3FFF;
/// Damage counts up to here and no further (no table comes near: 600 hits of at most 32 HP).
pub(crate) const DAMAGE_MAX_CENTI: u32 = (1 << 21) - 1;

impl Warrior {
    /// Column of its cell; where it fell, when dead.
    #[inline]
    pub fn x(&self) -> u8 {
        self.cell().x()
    }

    /// Row of its cell; where it fell, when dead.
    #[inline]
    pub fn y(&self) -> u8 {
        self.cell().y()
    }

    /// Its cell.
    #[inline]
    pub fn cell(&self) -> Cell {
        Cell::from_bits(u16::from_le_bytes(self.place))
    }

    /// Hit points in hundredths; 0 when dead.
    #[inline]
    pub fn hp_centi(&self) -> u16 {
        u16::from_le_bytes(self.vital) & HP_BITS
    }

    /// Whether it lives. Slots that nobody has entered yet are not alive.
    #[inline]
    pub fn alive(&self) -> bool {
        self.hp_centi() != 0
    }

    /// The heading it holds.
    pub fn heading(&self) -> Heading {
        Heading::from_number(self.place[1] >> 4).unwrap_or_default()
    }

    /// The effect it collected last, whether or not it still holds.
    #[inline]
    pub fn effect(&self) -> Effect {
        Effect::from_bits(self.vital[1] >> 6)
    }

    /// The tick before which [`Warrior::effect`] holds.
    #[inline]
    pub fn effect_until(&self) -> u32 {
        u32::from(u16::from_le_bytes(self.effect_until))
    }

    /// The effect that holds on tick `now`.
    #[inline]
    pub fn effect_at(&self, now: u32) -> Effect {
        if now < self.effect_until() {
            self.effect()
        } else {
            Effect::None
        }
    }

    /// Player index.
    #[inline]
    pub fn owner(&self) -> u8 {
        self.owner
    }

    /// Eliminations credited to it.
    pub fn kills(&self) -> u8 {
        self.score[3]
    }

    /// Eliminations of its owner since they last lost a warrior.
    pub fn streak(&self) -> u8 {
        self.streak
    }

    /// Damage it has dealt, in centi-HP: what its attacks did, also beyond what the victim had left.
    #[inline]
    pub fn damage_centi(&self) -> u32 {
        u32::from_le_bytes(self.score) & DAMAGE_MAX_CENTI
    }

    /// First tick on which it may step again.
    #[inline]
    pub fn move_ready(&self) -> u16 {
        u16::from_le_bytes(self.move_ready)
    }

    /// First tick on which it may attack again.
    #[inline]
    pub fn attack_ready(&self) -> u16 {
        u16::from_le_bytes(self.attack_ready)
    }

    /// Growth steps the match had made when it entered: 0 for those there from the start.
    #[inline]
    pub(crate) fn entered_steps(&self) -> u32 {
        (u32::from_le_bytes(self.score) >> 21) & 7
    }

    pub(crate) fn enter(cell: Cell, hp_centi: u16, owner: u8, steps: u32) -> Self {
        let mut warrior = Self::zeroed();
        warrior.place = cell.bits().to_le_bytes();
        warrior.vital = (hp_centi & HP_BITS).to_le_bytes();
        warrior.owner = owner;
        warrior.score = ((steps & 7) << 21).to_le_bytes();
        warrior
    }

    #[inline]
    pub(crate) fn set_cell(&mut self, cell: Cell) {
        let place = u16::from_le_bytes(self.place) & !CELL_BITS;
        self.place = (place | cell.bits()).to_le_bytes();
    }

    #[inline]
    pub(crate) fn set_heading(&mut self, heading: u8) {
        self.place[1] = (self.place[1] & 0x0F) | (heading << 4);
    }

    #[inline]
    pub(crate) fn set_hp(&mut self, hp_centi: u16) {
        let vital = u16::from_le_bytes(self.vital) & !HP_BITS;
        self.vital = (vital | (hp_centi & HP_BITS)).to_le_bytes();
    }

    #[inline]
    pub(crate) fn set_effect(&mut self, effect: Effect, until: u16) {
        self.vital[1] = (self.vital[1] & 0x3F) | ((effect as u8) << 6);
        self.effect_until = until.to_le_bytes();
    }

    pub(crate) fn add_damage(&mut self, damage_centi: u16) {
        let score = u32::from_le_bytes(self.score);
        let damage = ((score & DAMAGE_MAX_CENTI) + u32::from(damage_centi)).min(DAMAGE_MAX_CENTI);
        self.score = ((score & !DAMAGE_MAX_CENTI) | damage).to_le_bytes();
    }

    pub(crate) fn add_kill(&mut self) {
        self.score[3] = self.score[3].saturating_add(1);
    }

    /// Hit points, heading and effect go; cell, owner and score stay.
    pub(crate) fn die(&mut self) {
        self.set_heading(0);
        self.vital = [0; 2];
        self.effect_until = [0; 2];
        self.move_ready = NEVER.to_le_bytes();
        self.attack_ready = NEVER.to_le_bytes();
    }
}

//! What the page draws of one tick.

use arena::{Mode, State};
use serde::{Deserialize, Serialize};

use super::bits::{BitReader, BitWriter};
use super::error::WireError;
use crate::key::{PlayerSlot, Tick};

/// Hundredths in one hit point.
const CENTI: u32 = 100;

/// The lasting effect on a warrior.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Effect {
    /// No effect.
    #[default]
    None = 0,
    /// More damage.
    Rage = 1,
    /// Less damage taken.
    Shield = 2,
    /// Faster steps.
    Speed = 3,
}

/// What a power-up does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum PowerUpKind {
    /// More damage.
    Rage = 0,
    /// Less damage taken.
    Shield = 1,
    /// Faster steps.
    Speed = 2,
    /// Hit points at once.
    Heal = 3,
}

/// What the arena does to everybody for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum SpecialKind {
    /// Every attack does more damage.
    Frenzy = 1,
    /// The environment does no damage.
    Calm = 2,
    /// Everybody moves fast.
    Haste = 3,
}

/// Whether and how the match is over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Ending {
    /// It runs.
    #[default]
    Running = 0,
    /// It is over.
    Over = 1,
    /// It is over because everybody would have died on one tick; they are shown as before it.
    AllDead = 2,
}

/// A special event that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Special {
    /// Which special event it is.
    pub kind: SpecialKind,
    /// The tick before which it holds.
    pub until: Tick,
}

/// One warrior that has entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Warrior {
    /// Whose it is.
    pub owner: PlayerSlot,
    /// Whole hit points, rounded up; 0 means dead.
    pub hp: u8,
    /// Column, from 1; where it fell, when dead.
    pub x: u8,
    /// Row, from 1, growing downwards.
    pub y: u8,
    /// Held heading: 0 none, 1–8 are N, NE, E, SE, S, SW, W, NW.
    pub heading: u8,
    /// What holds on the next tick.
    pub effect: Effect,
    /// Eliminations.
    pub kills: u8,
    /// Eliminations of its owner since they last lost a warrior.
    pub streak: u8,
}

/// One power-up that lies in the arena.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PowerUp {
    /// What it does.
    pub kind: PowerUpKind,
    /// Column, from 1.
    pub x: u8,
    /// Row, from 1.
    pub y: u8,
}

/// One tick of a match, as far as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Ticks made so far.
    pub tick: Tick,
    /// Blitz or Siege.
    #[serde(with = "crate::word")]
    pub mode: Mode,
    /// Whether it is over.
    pub ending: Ending,
    /// Cells of one side of the arena inside its walls.
    pub side: u8,
    /// First cell of the safe zone on both axes; the last is `side + 1 - zone`.
    pub zone: u8,
    /// The special event that holds on the next tick.
    pub special: Option<Special>,
    /// Warrior slots of the match.
    pub capacity: u8,
    /// Those that have entered, in roster order.
    pub warriors: Vec<Warrior>,
    /// One element a slot, none where nothing lies.
    pub power_ups: Vec<Option<PowerUp>>,
}

impl Default for Snapshot {
    fn default() -> Self {
        Self {
            tick: Tick(0),
            mode: Mode::Blitz,
            ending: Ending::Running,
            side: 8,
            zone: 1,
            special: None,
            capacity: 2,
            warriors: Vec::new(),
            power_ups: Vec::new(),
        }
    }
}

impl Snapshot {
    /// The view of a state.
    pub fn from_state(state: &State<'_>) -> Self {
        let mut snapshot = Self::default();
        snapshot.read_state(state);
        snapshot
    }

    /// As [`Self::from_state`], into the room this snapshot already has.
    pub fn read_state(&mut self, state: &State<'_>) {
        self.tick = Tick(state.tick());
        self.mode = state.mode();
        self.ending = match (state.ended(), state.all_dead()) {
            (false, _) => Ending::Running,
            (true, false) => Ending::Over,
            (true, true) => Ending::AllDead,
        };
        self.side = state.side();
        self.zone = state.zone().0;
        self.special = state.special_event().and_then(|(kind, until)| {
            Some(Special {
                kind: SpecialKind::from_number(kind as u32)?,
                until: Tick(until),
            })
        });
        self.capacity = state.capacity() as u8;
        let next = state.tick() + 1;
        self.warriors.clear();
        self.warriors
            .extend(state.warriors().iter().map(|warrior| Warrior {
                owner: PlayerSlot(warrior.owner()),
                hp: u32::from(warrior.hp_centi()).div_ceil(CENTI) as u8,
                x: warrior.x(),
                y: warrior.y(),
                heading: warrior.heading() as u8,
                effect: Effect::from_number(warrior.effect_at(next) as u32),
                kills: warrior.kills(),
                streak: warrior.streak(),
            }));
        self.power_ups.clear();
        self.power_ups.extend(state.power_ups().iter().map(|power_up| {
            Some(PowerUp {
                kind: power_up.kind()?.into(),
                x: power_up.x(),
                y: power_up.y(),
            })
        }));
    }

    /// How many warriors live.
    pub fn alive(&self) -> usize {
        self.warriors.iter().filter(|warrior| warrior.hp > 0).count()
    }
}

/// The power-up slots of a match: as the arena has them.
pub(super) fn power_up_slots(capacity: u8) -> usize {
    arena::power_up_slots(usize::from(capacity))
}

impl From<arena::PowerUpKind> for PowerUpKind {
    fn from(kind: arena::PowerUpKind) -> Self {
        match kind {
            arena::PowerUpKind::Rage => Self::Rage,
            arena::PowerUpKind::Shield => Self::Shield,
            arena::PowerUpKind::Speed => Self::Speed,
            arena::PowerUpKind::Heal => Self::Heal,
        }
    }
}

impl PowerUpKind {
    /// From two bits.
    pub(super) fn from_bits(bits: u32) -> Self {
        [Self::Rage, Self::Shield, Self::Speed, Self::Heal][(bits & 3) as usize]
    }
}

impl Effect {
    /// From two bits.
    pub(super) fn from_number(bits: u32) -> Self {
        [Self::None, Self::Rage, Self::Shield, Self::Speed][(bits & 3) as usize]
    }
}

impl SpecialKind {
    fn from_number(number: u32) -> Option<Self> {
        [None, Some(Self::Frenzy), Some(Self::Calm), Some(Self::Haste)]
            .get(number as usize)
            .copied()
            .flatten()
    }
}

impl Ending {
    /// From two bits.
    pub(super) fn take(reader: &mut BitReader<'_>) -> Result<Self, WireError> {
        match reader.take(2)? {
            0 => Ok(Self::Running),
            1 => Ok(Self::Over),
            2 => Ok(Self::AllDead),
            found => Err(WireError::Range {
                what: "the ending",
                found,
                expected: "0 to 2",
            }),
        }
    }
}

/// Two bits of kind, and sixteen of the end unless there is none.
pub(super) fn put_special(writer: &mut BitWriter<'_>, special: Option<Special>) {
    writer.put(special.map_or(0, |special| special.kind as u32), 2);
    if let Some(special) = special {
        writer.put(special.until.0, 16);
    }
}

/// As written by [`put_special`].
pub(super) fn take_special(reader: &mut BitReader<'_>) -> Result<Option<Special>, WireError> {
    match SpecialKind::from_number(reader.take(2)?) {
        None => Ok(None),
        Some(kind) => Ok(Some(Special {
            kind,
            until: Tick(reader.take(16)?),
        })),
    }
}

/// A whole warrior in 49 bits.
pub(super) fn put_warrior(writer: &mut BitWriter<'_>, warrior: &Warrior) {
    writer.put(u32::from(warrior.owner.0), 7);
    writer.put(u32::from(warrior.hp), 8);
    put_cell(writer, warrior.x, warrior.y);
    writer.put(u32::from(warrior.heading), 4);
    writer.put(warrior.effect as u32, 2);
    writer.put(u32::from(warrior.kills), 8);
    writer.put(u32::from(warrior.streak), 8);
}

/// As written by [`put_warrior`].
pub(super) fn take_warrior(reader: &mut BitReader<'_>) -> Result<Warrior, WireError> {
    let owner = below(
        reader.take(7)?,
        arena::MAX_PLAYERS as u32,
        "the owner",
        "below 100",
    )?;
    let hp = reader.take(8)? as u8;
    let (x, y) = take_cell(reader)?;
    Ok(Warrior {
        owner: PlayerSlot(owner),
        hp,
        x,
        y,
        heading: take_heading(reader)?,
        effect: Effect::from_number(reader.take(2)?),
        kills: reader.take(8)? as u8,
        streak: reader.take(8)? as u8,
    })
}

pub(super) fn put_power_up(writer: &mut BitWriter<'_>, power_up: Option<PowerUp>) {
    writer.put_bit(power_up.is_some());
    if let Some(power_up) = power_up {
        writer.put(power_up.kind as u32, 2);
        put_cell(writer, power_up.x, power_up.y);
    }
}

pub(super) fn take_power_up(reader: &mut BitReader<'_>) -> Result<Option<PowerUp>, WireError> {
    if !reader.take_bit()? {
        return Ok(None);
    }
    let kind = PowerUpKind::from_bits(reader.take(2)?);
    let (x, y) = take_cell(reader)?;
    Ok(Some(PowerUp { kind, x, y }))
}

pub(super) fn put_cell(writer: &mut BitWriter<'_>, x: u8, y: u8) {
    writer.put(u32::from(x), 6);
    writer.put(u32::from(y), 6);
}

pub(super) fn take_cell(reader: &mut BitReader<'_>) -> Result<(u8, u8), WireError> {
    Ok((reader.take(6)? as u8, reader.take(6)? as u8))
}

pub(super) fn take_heading(reader: &mut BitReader<'_>) -> Result<u8, WireError> {
    below(reader.take(4)?, 9, "the heading", "0 to 8")
}

/// A number below `limit`, which is at most 256.
pub(super) fn below(
    found: u32,
    limit: u32,
    what: &'static str,
    expected: &'static str,
) -> Result<u8, WireError> {
    if found < limit {
        Ok(found as u8)
    } else {
        Err(WireError::Range {
            what,
            found,
            expected,
        })
    }
}

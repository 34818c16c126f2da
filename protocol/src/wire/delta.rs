//! What changed within one tick, in bits.

use serde::{Deserialize, Serialize};

use super::bits::{BitReader, BitWriter};
use super::error::WireError;
use super::event::{put_events, take_events, TickEvent, EVENTS_MAX};
use super::head::{expect_kind, DELTA_BYTE};
use super::view::{
    below, put_cell, put_power_up, put_special, put_warrior, take_cell, take_heading, take_power_up,
    take_special, take_warrior,
};
use super::view::{Effect, Ending, PowerUp, Snapshot, Special, Warrior};
use crate::key::{Tick, WarriorIndex};

/// Power-up slots that a delta has bits for.
const POWER_UP_SLOTS: usize = 16;

/// A frame on top of the tick before. All values are absolute; what is absent did not change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// The tick it leads to; it goes on top of the one before.
    pub tick: Tick,
    /// Changes of warriors that were there before, by index.
    pub warriors: Vec<WarriorChange>,
    /// How many were there before.
    pub present: u8,
    /// Those that entered on this tick, after all others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entered: Vec<Warrior>,
    /// Changed power-up slots, by slot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub power_ups: Vec<PowerUpChange>,
    /// The safe zone's first cell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<u8>,
    /// The special event; `Some(None)` (JSON `null`) when it is over.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "present_or_null")]
    pub special: Option<Option<Special>>,
    /// Whether it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ending: Option<Ending>,
    /// What happened on the tick.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<TickEvent>,
}

/// What changed about one warrior.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WarriorChange {
    /// The warrior that changed.
    pub warrior: WarriorIndex,
    /// Column and row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cell: Option<(u8, u8)>,
    /// Held heading.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heading: Option<u8>,
    /// Whole hit points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hp: Option<u8>,
    /// What holds on the next tick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// Its new number of eliminations, if that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kills: Option<u8>,
    /// The owner's streak.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub streak: Option<u8>,
}

/// What lies in a power-up slot now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PowerUpChange {
    /// Which slot.
    pub slot: u8,
    /// None when it is empty now.
    pub power_up: Option<PowerUp>,
}

impl WarriorChange {
    fn between(warrior: WarriorIndex, before: &Warrior, after: &Warrior) -> Option<Self> {
        if before == after {
            return None;
        }
        let (cell, old_cell) = ((after.x, after.y), (before.x, before.y));
        Some(Self {
            warrior,
            cell: (cell != old_cell).then_some(cell),
            heading: (after.heading != before.heading).then_some(after.heading),
            hp: (after.hp != before.hp).then_some(after.hp),
            effect: (after.effect != before.effect).then_some(after.effect),
            kills: (after.kills != before.kills).then_some(after.kills),
            streak: (after.streak != before.streak).then_some(after.streak),
        })
    }

    pub(super) fn apply(&self, warrior: &mut Warrior) {
        (warrior.x, warrior.y) = self.cell.unwrap_or((warrior.x, warrior.y));
        warrior.heading = self.heading.unwrap_or(warrior.heading);
        warrior.hp = self.hp.unwrap_or(warrior.hp);
        warrior.effect = self.effect.unwrap_or(warrior.effect);
        warrior.kills = self.kills.unwrap_or(warrior.kills);
        warrior.streak = self.streak.unwrap_or(warrior.streak);
    }

    /// Moves, turns and wounds are frequent: a bit each. Effect and score are rare: a bit for both together.
    fn put(&self, writer: &mut BitWriter<'_>) {
        writer.put_bit(self.cell.is_some());
        if let Some((x, y)) = self.cell {
            put_cell(writer, x, y);
        }
        writer.put_option(self.heading.map(u32::from), 4);
        writer.put_option(self.hp.map(u32::from), 8);
        let rare = self.effect.is_some() || self.kills.is_some() || self.streak.is_some();
        writer.put_bit(rare);
        if rare {
            writer.put_option(self.effect.map(|effect| effect as u32), 2);
            writer.put_option(self.kills.map(u32::from), 8);
            writer.put_option(self.streak.map(u32::from), 8);
        }
    }

    fn take(warrior: WarriorIndex, reader: &mut BitReader<'_>) -> Result<Self, WireError> {
        let mut change = Self {
            warrior,
            ..Self::default()
        };
        if reader.take_bit()? {
            change.cell = Some(take_cell(reader)?);
        }
        if reader.take_bit()? {
            change.heading = Some(take_heading(reader)?);
        }
        change.hp = reader.take_option(8)?.map(|hp| hp as u8);
        if reader.take_bit()? {
            change.effect = reader.take_option(2)?.map(Effect::from_number);
            change.kills = reader.take_option(8)?.map(|kills| kills as u8);
            change.streak = reader.take_option(8)?.map(|streak| streak as u8);
        }
        Ok(change)
    }
}

impl Delta {
    /// What leads from one tick to the next of the same match.
    pub fn between(before: &Snapshot, after: &Snapshot, events: &[TickEvent]) -> Self {
        let mut delta = Self::default();
        delta.read(before, after, events);
        delta
    }

    /// As [`Self::between`], into the room this delta already has.
    pub(super) fn read(&mut self, before: &Snapshot, after: &Snapshot, events: &[TickEvent]) {
        let present = before.warriors.len().min(after.warriors.len());
        self.tick = after.tick;
        self.present = present as u8;
        self.warriors.clear();
        self.warriors
            .extend(before.warriors.iter().zip(&after.warriors).zip(0u8..).filter_map(
                |((before, after), index)| WarriorChange::between(WarriorIndex(index), before, after),
            ));
        self.entered.clear();
        self.entered.extend_from_slice(&after.warriors[present..]);
        self.power_ups.clear();
        self.power_ups.extend(
            before
                .power_ups
                .iter()
                .zip(&after.power_ups)
                .zip(0u8..)
                .filter(|((before, after), _)| before != after)
                .map(|((_, after), slot)| PowerUpChange {
                    slot,
                    power_up: *after,
                }),
        );
        self.zone = (after.zone != before.zone).then_some(after.zone);
        self.special = (after.special != before.special).then_some(after.special);
        self.ending = (after.ending != before.ending).then_some(after.ending);
        self.events.clear();
        self.events
            .extend_from_slice(&events[..events.len().min(EVENTS_MAX)]);
    }

    /// Whether it can go on top of `state`.
    pub(super) fn check(&self, state: &Snapshot) -> Result<(), WireError> {
        let expected = Tick(state.tick.0.wrapping_add(1));
        if self.tick != expected {
            return Err(WireError::Gap {
                found: self.tick,
                expected,
            });
        }
        let refuse = |what, found: usize, expected| {
            Err(WireError::Range {
                what,
                found: found as u32,
                expected,
            })
        };
        if usize::from(self.present) != state.warriors.len() {
            return refuse(
                "the number of warriors before",
                self.present.into(),
                "that of the state at hand",
            );
        }
        let after = state.warriors.len() + self.entered.len();
        if after > usize::from(state.capacity) {
            return refuse("the number of warriors", after, "at most the capacity");
        }
        if let Some(change) = self
            .power_ups
            .iter()
            .find(|change| usize::from(change.slot) >= state.power_ups.len())
        {
            return refuse("the power-up slot", change.slot.into(), "one that the match has");
        }
        Ok(())
    }

    /// The frame's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        self.encode(&mut out);
        out
    }

    /// Appends the frame to `out`.
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.push(DELTA_BYTE);
        let mut writer = BitWriter::new(out);
        writer.put(self.tick.0, 16);
        writer.put(u32::from(self.present), 7);
        let mut changes = self.warriors.iter().peekable();
        for index in 0..self.present {
            let change = changes.next_if(|change| change.warrior.0 == index);
            writer.put_bit(change.is_some());
            if let Some(change) = change {
                change.put(&mut writer);
            }
        }
        let entered = !self.entered.is_empty();
        let rare = entered
            || !self.power_ups.is_empty()
            || self.zone.is_some()
            || self.special.is_some()
            || self.ending.is_some();
        writer.put_bit(rare);
        if rare {
            writer.put_option(entered.then_some(self.entered.len() as u32), 7);
            self.entered
                .iter()
                .for_each(|warrior| put_warrior(&mut writer, warrior));
            self.put_power_ups(&mut writer);
            writer.put_option(self.zone.map(u32::from), 6);
            writer.put_bit(self.special.is_some());
            if let Some(special) = self.special {
                put_special(&mut writer, special);
            }
            writer.put_option(self.ending.map(|ending| ending as u32), 2);
        }
        put_events(&mut writer, &self.events);
        writer.finish();
    }

    fn put_power_ups(&self, writer: &mut BitWriter<'_>) {
        writer.put_bit(!self.power_ups.is_empty());
        if self.power_ups.is_empty() {
            return;
        }
        let mut changes = self.power_ups.iter().peekable();
        for slot in 0..POWER_UP_SLOTS {
            let change = changes.next_if(|change| usize::from(change.slot) == slot);
            writer.put_bit(change.is_some());
            if let Some(change) = change {
                put_power_up(writer, change.power_up);
            }
        }
    }

    /// From the frame's bytes.
    ///
    /// # Errors
    /// [`WireError`] names what does not fit.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let mut reader = BitReader::new(expect_kind(bytes, DELTA_BYTE)?);
        let mut delta = Self {
            tick: Tick(reader.take(16)?),
            ..Self::default()
        };
        delta.present = take_count(&mut reader)?;
        for index in 0..delta.present {
            if reader.take_bit()? {
                delta
                    .warriors
                    .push(WarriorChange::take(WarriorIndex(index), &mut reader)?);
            }
        }
        if reader.take_bit()? {
            delta.take_rare(&mut reader)?;
        }
        delta.events = take_events(&mut reader)?;
        reader.finish()?;
        Ok(delta)
    }

    fn take_rare(&mut self, reader: &mut BitReader<'_>) -> Result<(), WireError> {
        if reader.take_bit()? {
            let entered = take_count(reader)?;
            for _ in 0..entered {
                self.entered.push(take_warrior(reader)?);
            }
        }
        if reader.take_bit()? {
            for slot in 0..POWER_UP_SLOTS as u8 {
                if reader.take_bit()? {
                    self.power_ups.push(PowerUpChange {
                        slot,
                        power_up: take_power_up(reader)?,
                    });
                }
            }
        }
        self.zone = reader.take_option(6)?.map(|zone| zone as u8);
        if reader.take_bit()? {
            self.special = Some(take_special(reader)?);
        }
        if reader.take_bit()? {
            self.ending = Some(Ending::take(reader)?);
        }
        Ok(())
    }
}

/// A number of warriors in seven bits.
fn take_count(reader: &mut BitReader<'_>) -> Result<u8, WireError> {
    let limit = arena::MAX_WARRIORS as u32 + 1;
    below(reader.take(7)?, limit, "the number of warriors", "at most 100")
}

/// JSON for a field that may be absent, `null`, or a value: serde alone reads `null` as absent.
mod present_or_null {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Option<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(deserializer).map(Some)
    }
}

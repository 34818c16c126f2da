//! What happened on a tick and cannot be seen from the state before and after it.
//!
//! Spawned and expired power-ups, special events, shrinking, late entries: those are differences of the
//! snapshot and not repeated here.

use arena::{Event, EventSink};
use serde::{Deserialize, Serialize};

use super::bits::{BitReader, BitWriter};
use super::error::WireError;
use super::view::{below, PowerUpKind};
use crate::key::WarriorIndex;

/// Most events of one tick that are carried: three for each of 100 warriors, and some. More cannot happen
/// under the rules; what comes beyond is left out.
pub const EVENTS_MAX: usize = 512;

/// Why a warrior died.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Cause {
    /// An attack; a kill comes with it.
    Combat = 0,
    /// The damage that everyone takes.
    Environment = 1,
    /// Standing outside the safe zone.
    Zone = 2,
}

/// Why a match ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum EndReason {
    /// One player's warriors are the only ones left.
    LastPlayer = 0,
    /// Full time.
    FullTime = 1,
    /// Everyone would have died on one tick.
    AllDead = 2,
}

/// One event of a tick.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TickEvent {
    /// An attack landed.
    Hit {
        /// Who attacked.
        attacker: WarriorIndex,
        /// Who was hit.
        target: WarriorIndex,
        /// Whole hit points, rounded up, at most 255.
        damage: u8,
    },
    /// An elimination.
    Kill {
        /// Who is credited.
        attacker: WarriorIndex,
        /// Who died.
        victim: WarriorIndex,
        /// The streak of the attacker's owner with it.
        streak: u8,
    },
    /// A warrior died.
    Died {
        /// The warrior that died.
        warrior: WarriorIndex,
        /// Of what.
        cause: Cause,
    },
    /// A power-up was collected.
    Pickup {
        /// By whom.
        warrior: WarriorIndex,
        /// What was picked up.
        kind: PowerUpKind,
    },
    /// The match ended.
    Ended {
        /// Why it ended.
        reason: EndReason,
    },
}

impl TickEvent {
    /// The event as carried, or none for what the snapshots show anyway.
    pub fn from_arena(event: Event) -> Option<Self> {
        Some(match event {
            Event::Hit {
                attacker,
                target,
                damage_centi,
            } => Self::Hit {
                attacker: WarriorIndex(attacker),
                target: WarriorIndex(target),
                damage: damage_centi.div_ceil(100).min(255) as u8,
            },
            Event::Kill {
                attacker,
                victim,
                streak,
            } => Self::Kill {
                attacker: WarriorIndex(attacker),
                victim: WarriorIndex(victim),
                streak,
            },
            Event::Died { warrior, cause } => Self::Died {
                warrior: WarriorIndex(warrior),
                cause: match cause {
                    arena::Cause::Combat => Cause::Combat,
                    arena::Cause::Environment => Cause::Environment,
                    arena::Cause::Zone => Cause::Zone,
                },
            },
            Event::Pickup { warrior, kind } => Self::Pickup {
                warrior: WarriorIndex(warrior),
                kind: kind.into(),
            },
            Event::Ended { reason } => Self::Ended {
                reason: match reason {
                    arena::EndReason::LastPlayer => EndReason::LastPlayer,
                    arena::EndReason::FullTime => EndReason::FullTime,
                    arena::EndReason::AllDead => EndReason::AllDead,
                },
            },
            Event::Admitted { .. }
            | Event::SpawnPowerUp { .. }
            | Event::ExpirePowerUp { .. }
            | Event::SpecialEvent { .. }
            | Event::Shrink { .. }
            | Event::Pushed { .. } => return None,
        })
    }

    fn put(&self, writer: &mut BitWriter<'_>) {
        let put_warrior = |writer: &mut BitWriter<'_>, warrior: WarriorIndex| writer.put(warrior.0.into(), 7);
        match *self {
            Self::Hit {
                attacker,
                target,
                damage,
            } => {
                writer.put(0, 3);
                put_warrior(writer, attacker);
                put_warrior(writer, target);
                writer.put(u32::from(damage), 8);
            }
            Self::Kill {
                attacker,
                victim,
                streak,
            } => {
                writer.put(1, 3);
                put_warrior(writer, attacker);
                put_warrior(writer, victim);
                writer.put(u32::from(streak), 8);
            }
            Self::Died { warrior, cause } => {
                writer.put(2, 3);
                put_warrior(writer, warrior);
                writer.put(cause as u32, 2);
            }
            Self::Pickup { warrior, kind } => {
                writer.put(3, 3);
                put_warrior(writer, warrior);
                writer.put(kind as u32, 2);
            }
            Self::Ended { reason } => {
                writer.put(4, 3);
                writer.put(reason as u32, 2);
            }
        }
    }

    fn take(reader: &mut BitReader<'_>) -> Result<Self, WireError> {
        Ok(match reader.take(3)? {
            0 => Self::Hit {
                attacker: take_index(reader)?,
                target: take_index(reader)?,
                damage: reader.take(8)? as u8,
            },
            1 => Self::Kill {
                attacker: take_index(reader)?,
                victim: take_index(reader)?,
                streak: reader.take(8)? as u8,
            },
            2 => Self::Died {
                warrior: take_index(reader)?,
                cause: match reader.take(2)? {
                    0 => Cause::Combat,
                    1 => Cause::Environment,
                    2 => Cause::Zone,
                    found => return Err(out_of_two("the cause of death", found)),
                },
            },
            3 => Self::Pickup {
                warrior: take_index(reader)?,
                kind: PowerUpKind::from_bits(reader.take(2)?),
            },
            4 => Self::Ended {
                reason: match reader.take(2)? {
                    0 => EndReason::LastPlayer,
                    1 => EndReason::FullTime,
                    2 => EndReason::AllDead,
                    found => return Err(out_of_two("the reason of the end", found)),
                },
            },
            found => {
                return Err(WireError::Range {
                    what: "the kind of event",
                    found,
                    expected: "0 to 4",
                })
            }
        })
    }
}

fn out_of_two(what: &'static str, found: u32) -> WireError {
    WireError::Range {
        what,
        found,
        expected: "0 to 2",
    }
}

/// The index of a warrior in seven bits.
pub(super) fn take_index(reader: &mut BitReader<'_>) -> Result<WarriorIndex, WireError> {
    below(
        reader.take(7)?,
        arena::MAX_WARRIORS as u32,
        "the warrior",
        "below 100",
    )
    .map(WarriorIndex)
}

/// Each event after a 1 bit; a 0 bit ends the list.
pub(super) fn put_events(writer: &mut BitWriter<'_>, events: &[TickEvent]) {
    for event in events.iter().take(EVENTS_MAX) {
        writer.put_bit(true);
        event.put(writer);
    }
    writer.put_bit(false);
}

/// As written by [`put_events`].
pub(super) fn take_events(reader: &mut BitReader<'_>) -> Result<Vec<TickEvent>, WireError> {
    let mut events = Vec::new();
    while reader.take_bit()? {
        if events.len() == EVENTS_MAX {
            let found = EVENTS_MAX as u32 + 1;
            return Err(WireError::Range {
                what: "the number of events",
                found,
                expected: "at most 512",
            });
        }
        events.push(TickEvent::take(reader)?);
    }
    Ok(events)
}

/// Collects the events of a tick from the arena. Keeps its room between ticks.
#[derive(Debug, Clone, Default)]
pub struct EventLog {
    events: Vec<TickEvent>,
}

impl EventLog {
    /// Forgets everything: before a tick.
    pub fn clear(&mut self) {
        self.events.clear();
    }

    /// The events since [`Self::clear`], in the order in which they happened.
    pub fn events(&self) -> &[TickEvent] {
        &self.events
    }
}

impl EventSink for EventLog {
    fn event(&mut self, event: Event) {
        if self.events.len() < EVENTS_MAX {
            self.events.extend(TickEvent::from_arena(event));
        }
    }
}

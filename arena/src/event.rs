//! What a tick tells those who watch: feeds, statistics, pages. Never part of the state or of any hash.

use crate::state::{PowerUpKind, SpecialEvent};

/// Why a warrior died.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// An attack did damage on that tick; an [`Event::Kill`] comes with it.
    Combat = 0,
    /// The periodic damage that everyone takes.
    Environment = 1,
    /// Damage for standing outside the safe zone.
    Zone = 2,
}

/// Why a match ended.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndReason {
    /// The warriors of one player are the only ones left.
    LastPlayer = 0,
    /// Full time.
    FullTime = 1,
    /// Everyone would have died on one tick: that tick's damage is undone.
    AllDead = 2,
}

/// One thing that happened on a tick. Warriors and players by index, damage in centi-HP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the fields are the nouns of the sentence above each variant"
)]
pub enum Event {
    /// A late warrior entered.
    Admitted { warrior: u8, owner: u8 },
    /// An attack landed.
    Hit {
        attacker: u8,
        target: u8,
        damage_centi: u16,
    },
    /// The attacker is credited with the death of the victim.
    Kill { attacker: u8, victim: u8, streak: u8 },
    /// A warrior died.
    Died { warrior: u8, cause: Cause },
    /// A warrior collected a power-up.
    Pickup { warrior: u8, kind: PowerUpKind },
    /// A power-up appeared.
    SpawnPowerUp { x: u8, y: u8, kind: PowerUpKind },
    /// A power-up was not collected in time.
    ExpirePowerUp { x: u8, y: u8, kind: PowerUpKind },
    /// A special event began; it holds for all ticks before `until`.
    SpecialEvent { kind: SpecialEvent, until: u16 },
    /// The safe zone shrank to the cells `min..=max` on both axes.
    Shrink { min: u8, max: u8 },
    /// The shrinking zone pushed a warrior inwards.
    Pushed { warrior: u8, x: u8, y: u8 },
    /// The match ended with this tick.
    Ended { reason: EndReason },
}

/// Takes the events of a tick in the order in which they happened.
pub trait EventSink {
    /// Called once an event.
    fn event(&mut self, event: Event);
}

impl EventSink for () {
    #[inline]
    fn event(&mut self, _event: Event) {}
}

impl<F: FnMut(Event)> EventSink for F {
    #[inline]
    fn event(&mut self, event: Event) {
        self(event);
    }
}

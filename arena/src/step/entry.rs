//! Phase 2: late entries.
//!
//! A late warrior enters on a cell of the safe zone that the tick's randomness draws; if it is taken, on the next free
//! one in reading order. As there are more cells in the zone than warriors in the match, one is found within
//! `warriors_max + 1` probes.

use super::turn::Turn;
use crate::cell::Cell;
use crate::digest::Sha256;
use crate::draw::{range_high, range_low, Draws};
use crate::error::ArenaError;
use crate::event::{Event, EventSink};
use crate::grid::Scratch;
use crate::roster::check_runs;
use crate::rules::Rules;
use crate::state::{StateMut, Warrior};
use crate::MAX_WARRIORS;

/// The owners of the next `count` warriors of the roster; they must be whole entries.
pub(super) fn admitted_owners<'o>(
    state: &StateMut<'_>,
    count: u8,
    owners: &'o [u8],
) -> Result<&'o [u8], ArenaError> {
    if count == 0 {
        return Ok(&[]);
    }
    let refuse = |must| {
        Err(ArenaError::Admission {
            tick: state.header.tick() + 1,
            must,
        })
    };
    let first = state.header.present();
    let last = first + usize::from(count);
    let Some(admitted) = owners.get(first..last) else {
        return refuse("no more warriors than the roster has");
    };
    if admitted.last() == owners.get(last) {
        return refuse("all warriors of an entry together");
    }
    Ok(admitted)
}

/// Whether `admit` may enter on the next tick.
pub(super) fn check_admission(rules: &Rules, state: &StateMut<'_>, admit: &[u8]) -> Result<(), ArenaError> {
    let Some(&first) = admit.first() else {
        return Ok(());
    };
    let tick = state.header.tick();
    let refuse = |must| Err(ArenaError::Admission { tick: tick + 1, must });
    if rules.late_entry_ticks == 0 {
        return refuse("late entries are not part of these rules");
    }
    if tick > u32::from(rules.late_entry_ticks) {
        return refuse("late entries come at or before `late_entry_ticks`");
    }
    if !tick.is_multiple_of(u32::from(rules.segment_ticks)) {
        return refuse("late entries come on the first tick of a segment");
    }
    if admit.len() > state.header.capacity() - state.header.present() {
        return refuse("no more warriors than free slots");
    }
    if state.warriors().last().is_some_and(|last| first <= last.owner()) {
        return refuse("the players of late entries come after all that are present");
    }
    check_runs(rules, admit)
}

pub(super) fn admit<H: Sha256, E: EventSink>(
    turn: &Turn<'_>,
    state: &mut StateMut<'_>,
    scratch: &mut Scratch,
    draws: &mut Draws,
    admit: &[u8],
    events: &mut E,
) {
    let steps = u32::from(turn.now) / u32::from(turn.rules.growth_ticks);
    for &owner in admit {
        let index = state.header.present;
        let Some(cell) = free_cell(state, scratch, draws.next::<H>()) else {
            return;
        };
        let Some(slot) = state.warriors.get_mut(usize::from(index)) else {
            return;
        };
        *slot = Warrior::enter(cell, turn.rules.hp_late_centi, owner, steps);
        scratch.occupy(cell, index, owner);
        state.header.present += 1;
        state.header.alive += 1;
        events.event(Event::Admitted {
            warrior: index,
            owner,
        });
    }
}

/// The first free cell of the zone from a drawn one, in reading order.
fn free_cell(state: &StateMut<'_>, scratch: &Scratch, draw: u64) -> Option<Cell> {
    let (min, max) = state.header.zone();
    let side = u32::from(max - min) + 1;
    let mut x = min + range_high(draw, side) as u8;
    let mut y = min + range_low(draw, side) as u8;
    for _ in 0..=MAX_WARRIORS {
        let cell = Cell::at(x, y);
        if scratch.is_free(cell) {
            return Some(cell);
        }
        x += 1;
        if x > max {
            x = min;
            y = if y == max { min } else { y + 1 };
        }
    }
    None
}

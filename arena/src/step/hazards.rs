//! Phases 6 and 9: what the arena does to everyone, and the shrinking zone.

use super::combat::scratch_touch;
use super::turn::Turn;
use crate::cell::Cell;
use crate::draw::range_low;
use crate::event::{Event, EventSink};
use crate::grid::Scratch;
use crate::state::{SpecialEvent, StateMut};

/// Cells probed for a warrior that the zone pushes.
const PUSH_PROBES: u32 = 8;

/// Phase 6: everybody's periodic damage, and that of the zone for those outside.
pub(super) fn environment(turn: &Turn<'_>, state: &StateMut<'_>, scratch: &mut Scratch) {
    let rules = turn.rules;
    let periodic = turn.now.is_multiple_of(rules.environment_ticks) && turn.event != SpecialEvent::Calm;
    let zone = turn.now.is_multiple_of(rules.zone_ticks);
    if !periodic && !zone {
        return;
    }
    let everyone = if periodic {
        u32::from(rules.environment_damage_centi)
    } else {
        0
    };
    let outside = if zone {
        u32::from(rules.zone_damage_centi)
    } else {
        0
    };
    let (min, max) = state.header.zone();
    for (index, warrior) in state.warriors().iter().enumerate() {
        if !warrior.alive() {
            continue;
        }
        let extra = if warrior.cell().within(min, max) {
            0
        } else {
            outside
        };
        let damage = everyone + extra;
        if let (Some(pending), true) = (scratch.pending.get_mut(index), damage != 0) {
            scratch_touch(
                &mut scratch.touched,
                &mut scratch.touched_count,
                *pending,
                index as u8,
            );
            *pending += damage;
        }
    }
}

/// Phase 9: the zone shrinks by one cell on each side, and pushes those it leaves outside.
pub(super) fn shrink(
    turn: &Turn<'_>,
    state: &mut StateMut<'_>,
    scratch: &mut Scratch,
    events: &mut impl EventSink,
) {
    let rules = turn.rules;
    let Some(since) = turn.now.checked_sub(rules.shrink_start_ticks) else {
        return;
    };
    let (min, max) = state.header.zone();
    let side = max - min + 1;
    if side <= rules.zone_side_final
        || !since.is_multiple_of(rules.shrink_every_ticks)
        || state.header.ended()
    {
        return;
    }
    let (min, max) = (min + 1, max - 1);
    (state.header.zone_min, state.header.zone_max) = (min, max);
    events.event(Event::Shrink { min, max });
    let present = state.header.present();
    let start = range_low(turn.order, present as u32) as usize;
    for index in (start..present).chain(0..start) {
        push(state, scratch, index, events);
    }
}

/// Moves a warrior outside the zone to the nearest cell of it, or up to seven cells from there towards the middle; if
/// all are taken it stays where it is.
fn push(state: &mut StateMut<'_>, scratch: &mut Scratch, index: usize, events: &mut impl EventSink) {
    let (min, max) = state.header.zone();
    let middle = min + (max - min) / 2;
    let Some(warrior) = state.warriors.get_mut(index) else {
        return;
    };
    let from = warrior.cell();
    if !warrior.alive() || from.within(min, max) {
        return;
    }
    let (mut x, mut y) = (from.x().clamp(min, max), from.y().clamp(min, max));
    for _ in 0..PUSH_PROBES {
        let to = Cell::at(x, y);
        if scratch.is_free(to) {
            scratch.relocate(from, to);
            warrior.set_cell(to);
            events.event(Event::Pushed {
                warrior: index as u8,
                x,
                y,
            });
            return;
        }
        x = towards(x, middle);
        y = towards(y, middle);
    }
}

fn towards(at: u8, middle: u8) -> u8 {
    match at.cmp(&middle) {
        core::cmp::Ordering::Less => at + 1,
        core::cmp::Ordering::Equal => at,
        core::cmp::Ordering::Greater => at - 1,
    }
}

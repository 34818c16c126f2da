//! One tick, and one segment of ticks.
//!
//! The order within a tick: (1) inputs, (2) late entries, (3) movement, (4) pick-ups, (5) combat, (6) environment,
//! (7) deaths and rewards, (8) power-ups and special events, (9) shrink, (10) end.
//!
//! Ticks are numbered from 1: the tick made from a state that has made `t` ticks is `t + 1`, and that number is what
//! all rules compare. Segments, slots and late entries go by `t`, the number made before.

mod combat;
mod deaths;
mod entry;
mod hazards;
mod movement;
mod spawn;
#[cfg(test)]
mod tests;
mod turn;

use crate::digest::{Digest, Sha256};
use crate::draw::Draws;
use crate::error::ArenaError;
use crate::event::{EndReason, EventSink};
use crate::grid::Scratch;
use crate::inputs::{Change, SegmentInputs};
use crate::rules::Rules;
use crate::state::StateMut;
use crate::MAX_WARRIORS;
use turn::{end, Turn};

/// Makes one tick.
///
/// `key` is the key of the checkpoint that the tick belongs to. `admit` holds the owners of the late warriors that
/// enter on this tick, in roster order: only on the first tick of a segment. `changes` are applied in order, only on
/// slot ticks; those of dead or absent warriors have no effect. `scratch` must have been rebuilt from this state at
/// this tick or stepped along with it. Once the match has ended a step does nothing.
///
/// # Errors
/// The state, the scratch and the tick are unchanged when this refuses: [`ArenaError::Rules`], [`ArenaError::State`]
/// when the state does not belong to the rules, [`ArenaError::StaleScratch`], [`ArenaError::Inputs`],
/// [`ArenaError::Admission`], [`ArenaError::Roster`].
pub fn step<H: Sha256>(
    rules: &Rules,
    state: &mut StateMut<'_>,
    scratch: &mut Scratch,
    key: &Digest,
    admit: &[u8],
    changes: &[Change],
    events: &mut impl EventSink,
) -> Result<(), ArenaError> {
    rules.validate()?;
    crate::state::check_header_rules(state.header, rules)?;
    if state.header.ended() {
        return Ok(());
    }
    let tick = state.header.tick();
    if scratch.tick() != Some(tick) {
        return Err(ArenaError::StaleScratch {
            tick,
            scratch_tick: scratch.tick().unwrap_or(0),
        });
    }
    check_changes(rules, state, changes)?;
    entry::check_admission(rules, state, admit)?;
    tick_once::<H, _>(rules, state, scratch, key, admit, changes, events);
    Ok(())
}

/// Makes all ticks of one segment: rebuilds `scratch`, then steps `segment_ticks` times with the packed inputs.
///
/// `owners` is the roster as far as it is known, late entries included; those admitted must be whole entries. A match
/// that ends inside the segment, or had ended before, stays as it ended.
///
/// # Errors
/// The state is unchanged when this refuses: as [`step`], and [`ArenaError::State`] unless the state stands at the
/// first tick of a segment.
pub fn step_segment<H: Sha256>(
    rules: &Rules,
    state: &mut StateMut<'_>,
    scratch: &mut Scratch,
    key: &Digest,
    inputs: &SegmentInputs<'_>,
    owners: &[u8],
    events: &mut impl EventSink,
) -> Result<(), ArenaError> {
    rules.validate()?;
    state.check_rules(rules)?;
    if state.header.ended() {
        return Ok(());
    }
    if !state.header.tick().is_multiple_of(u32::from(rules.segment_ticks)) {
        return Err(ArenaError::State {
            field: "tick",
            index: 0,
            must: "the first of a segment",
        });
    }
    let admit = entry::admitted_owners(state, inputs.admit(), owners)?;
    entry::check_admission(rules, state, admit)?;
    scratch.rebuild_from(state);
    let mut buffer = [Change::default(); MAX_WARRIORS];
    let mut earlier = 0;
    for tick in 0..rules.segment_ticks {
        let mut count = 0;
        if tick.is_multiple_of(rules.slot_ticks) {
            count = inputs.slot(usize::from(tick / rules.slot_ticks), earlier, &mut buffer);
            earlier += count;
        }
        let changes = buffer.get(..count).unwrap_or(&[]);
        let admit = if tick == 0 { admit } else { &[] };
        tick_once::<H, _>(rules, state, scratch, key, admit, changes, events);
        if state.header.ended() {
            break;
        }
    }
    Ok(())
}

fn check_changes(rules: &Rules, state: &StateMut<'_>, changes: &[Change]) -> Result<(), ArenaError> {
    if !changes.is_empty() && !state.header.tick().is_multiple_of(u32::from(rules.slot_ticks)) {
        return Err(ArenaError::Inputs {
            at: 0,
            must: "changes come on slot ticks only",
        });
    }
    for (at, change) in changes.iter().enumerate() {
        if usize::from(change.warrior) >= state.header.capacity() {
            return Err(ArenaError::Inputs {
                at,
                must: "a change is of a warrior slot of the match",
            });
        }
        if change.heading > 8 {
            return Err(ArenaError::Inputs {
                at,
                must: "a heading is 0 to 8",
            });
        }
    }
    Ok(())
}

/// The tick itself; everything was checked.
fn tick_once<H: Sha256, E: EventSink>(
    rules: &Rules,
    state: &mut StateMut<'_>,
    scratch: &mut Scratch,
    key: &Digest,
    admit: &[u8],
    changes: &[Change],
    events: &mut E,
) {
    let now = state.header.tick() as u16 + 1;
    let mut draws = Draws::new(key, u32::from(now));
    let [order, power_up, place, event] = draws.next_block::<H>();
    let turn = Turn {
        rules,
        now,
        event: state.header.event_at(now),
        order,
    };

    apply_changes(state, changes);
    if !admit.is_empty() {
        entry::admit::<H, E>(&turn, state, scratch, &mut draws, admit, events);
    }
    movement::move_warriors(&turn, state, scratch);
    spawn::collect(&turn, state, scratch, events);
    combat::attack::<H, E>(&turn, state, scratch, &mut draws, events);
    hazards::environment(&turn, state, scratch);
    if scratch.touched_count != 0 {
        deaths::settle_damage(&turn, state, scratch, events);
    }
    scratch.healed_count = 0;
    spawn::expire(&turn, state, events);
    if now.is_multiple_of(rules.power_up_every_ticks) {
        spawn::power_up(&turn, state, scratch, power_up, place, events);
    }
    if now.is_multiple_of(rules.event_every_ticks) {
        spawn::special_event(&turn, state, event, events);
    }
    hazards::shrink(&turn, state, scratch, events);
    if now >= rules.length_ticks && !state.header.ended() {
        end(state, EndReason::FullTime, events);
    }
    state.header.tick = now.to_le_bytes();
    scratch.mark(u32::from(now));
}

fn apply_changes(state: &mut StateMut<'_>, changes: &[Change]) {
    let present = state.header.present();
    for change in changes {
        if let Some(warrior) = state
            .warriors
            .get_mut(..present)
            .and_then(|w| w.get_mut(usize::from(change.warrior)))
        {
            if warrior.alive() {
                warrior.set_heading(change.heading.min(8));
            }
        }
    }
}

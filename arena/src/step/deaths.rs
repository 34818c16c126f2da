//! Phase 7: damage is taken, warriors die, killers are rewarded.
//!
//! All damage of the tick counts at once. If it would kill everybody, none of the tick's damage and healing counts:
//! the match ends with hit points, eliminations and damage dealt as they were before the tick.

use super::turn::{end, Turn};
use crate::event::{Cause, EndReason, Event, EventSink};
use crate::grid::Scratch;
use crate::state::StateMut;

pub(super) fn settle_damage(
    turn: &Turn<'_>,
    state: &mut StateMut<'_>,
    scratch: &mut Scratch,
    events: &mut impl EventSink,
) {
    let dying = find_dying(state, scratch);
    if dying == state.header.alive() {
        undo_heals(state, scratch);
        end(state, EndReason::AllDead, events);
    } else {
        count_damage_dealt(state, scratch);
        take_damage(state, scratch);
        if dying != 0 {
            bury(turn, state, scratch, dying, events);
            reward(turn, state, scratch, dying, events);
            if only_one_player_left(state) {
                end(state, EndReason::LastPlayer, events);
            }
        }
    }
    clear(scratch);
}

/// Collects the warriors whose pending damage is at least their hit points.
fn find_dying(state: &StateMut<'_>, scratch: &mut Scratch) -> usize {
    let mut count = 0;
    for &index in scratch.touched.iter().take(scratch.touched_count as usize) {
        let at = usize::from(index);
        let (Some(warrior), Some(&pending)) = (state.warriors.get(at), scratch.pending.get(at)) else {
            continue;
        };
        if pending >= u32::from(warrior.hp_centi()) {
            if let Some(room) = scratch.dying.get_mut(count) {
                *room = index;
                count += 1;
            }
        }
    }
    count
}

fn undo_heals(state: &mut StateMut<'_>, scratch: &Scratch) {
    for &[index, hp] in scratch.healed.iter().take(scratch.healed_count as usize) {
        if let Some(warrior) = state.warriors.get_mut(usize::from(index)) {
            warrior.set_hp(hp);
        }
    }
}

fn count_damage_dealt(state: &mut StateMut<'_>, scratch: &Scratch) {
    for hit in scratch.hits.iter().take(scratch.hit_count as usize) {
        if let Some(attacker) = state.warriors.get_mut(usize::from(hit.attacker)) {
            attacker.add_damage(hit.damage_centi);
        }
    }
}

/// Takes the damage from everyone; the dying end with zero.
fn take_damage(state: &mut StateMut<'_>, scratch: &Scratch) {
    for &index in scratch.touched.iter().take(scratch.touched_count as usize) {
        let at = usize::from(index);
        if let (Some(warrior), Some(&pending)) = (state.warriors.get_mut(at), scratch.pending.get(at)) {
            let hp = u32::from(warrior.hp_centi()).saturating_sub(pending);
            warrior.set_hp(hp as u16);
        }
    }
}

/// Removes the dead from the arena and ends their owners' streaks.
fn bury(
    turn: &Turn<'_>,
    state: &mut StateMut<'_>,
    scratch: &mut Scratch,
    dying: usize,
    events: &mut impl EventSink,
) {
    let (min, max) = state.header.zone();
    for position in 0..dying {
        let index = scratch.dying.get(position).copied().unwrap_or(0);
        let Some(warrior) = state.warriors.get_mut(usize::from(index)) else {
            continue;
        };
        let (cell, owner) = (warrior.cell(), warrior.owner());
        warrior.die();
        scratch.free(cell);
        state.header.alive = state.header.alive.saturating_sub(1);
        set_streak(state, index, owner, |_| 0);
        let hit = scratch
            .credit
            .get(usize::from(index))
            .is_some_and(|&claim| claim != 0);
        let zone = !cell.within(min, max) && turn.now.is_multiple_of(turn.rules.zone_ticks);
        let cause = match (hit, zone) {
            (true, _) => Cause::Combat,
            (false, true) => Cause::Zone,
            (false, false) => Cause::Environment,
        };
        events.event(Event::Died {
            warrior: index,
            cause,
        });
    }
}

/// Credits each death by combat to who did most damage to the victim on this tick. A killer who died too gets the
/// credit, not the hit points.
fn reward(
    turn: &Turn<'_>,
    state: &mut StateMut<'_>,
    scratch: &Scratch,
    dying: usize,
    events: &mut impl EventSink,
) {
    for &victim in scratch.dying.iter().take(dying) {
        let claim = scratch.credit.get(usize::from(victim)).copied().unwrap_or(0);
        if claim == 0 {
            continue;
        }
        let attacker = claim as u8;
        let Some(killer) = state.warriors.get_mut(usize::from(attacker)) else {
            continue;
        };
        killer.add_kill();
        if killer.alive() {
            let healed = u32::from(killer.hp_centi()) + u32::from(turn.rules.kill_heal_centi);
            killer.set_hp(healed.min(u32::from(turn.rules.hp_max_centi)) as u16);
        }
        let owner = killer.owner();
        let streak = set_streak(state, attacker, owner, |streak| streak.saturating_add(1));
        events.event(Event::Kill {
            attacker,
            victim,
            streak,
        });
    }
}

/// Changes the streak in all warriors of `owner`, one of whom is `index`: they stand together, at most five.
fn set_streak(state: &mut StateMut<'_>, index: u8, owner: u8, change: impl Fn(u8) -> u8) -> u8 {
    let present = state.header.present();
    let mut first = usize::from(index);
    while first > 0
        && state
            .warriors
            .get(first - 1)
            .is_some_and(|warrior| warrior.owner == owner)
    {
        first -= 1;
    }
    let mut streak = 0;
    let warriors = state.warriors.get_mut(first..present).unwrap_or(&mut []);
    for warrior in warriors.iter_mut().take_while(|warrior| warrior.owner == owner) {
        streak = change(warrior.streak);
        warrior.streak = streak;
    }
    streak
}

fn only_one_player_left(state: &StateMut<'_>) -> bool {
    let mut alive = state.warriors().iter().filter(|warrior| warrior.alive());
    match alive.next() {
        Some(first) => alive.all(|warrior| warrior.owner == first.owner),
        None => true,
    }
}

/// Leaves no damage behind for the next tick.
fn clear(scratch: &mut Scratch) {
    for &index in scratch.touched.iter().take(scratch.touched_count as usize) {
        if let (Some(pending), Some(credit)) = (
            scratch.pending.get_mut(usize::from(index)),
            scratch.credit.get_mut(usize::from(index)),
        ) {
            *pending = 0;
            *credit = 0;
        }
    }
    scratch.touched_count = 0;
    scratch.hit_count = 0;
}

//! Phases 4 and 8: power-ups lie, are collected, disappear; special events begin.

use super::turn::Turn;
use crate::cell::Cell;
use crate::draw::{range_high, range_low};
use crate::event::{Event, EventSink};
use crate::grid::Scratch;
use crate::state::{PowerUp, PowerUpKind, SpecialEvent, StateMut};
use bytemuck::Zeroable;

/// Phase 4: whoever stands on a power-up has it.
pub(super) fn collect(
    turn: &Turn<'_>,
    state: &mut StateMut<'_>,
    scratch: &mut Scratch,
    events: &mut impl EventSink,
) {
    let rules = turn.rules;
    for power_up in state.power_ups.iter_mut() {
        if power_up.is_empty() {
            continue;
        }
        let (Some(index), Some(kind)) = (scratch.warrior_on(power_up.cell()), power_up.kind()) else {
            continue;
        };
        let Some(warrior) = state.warriors.get_mut(usize::from(index)) else {
            continue;
        };
        *power_up = PowerUp::zeroed();
        match kind.effect() {
            Some(effect) => warrior.set_effect(effect, turn.now + rules.effect_ticks),
            None => {
                let hp = warrior.hp_centi();
                if let Some(room) = scratch.healed.get_mut(scratch.healed_count as usize) {
                    *room = [u16::from(index), hp];
                    scratch.healed_count += 1;
                }
                let healed = u32::from(hp) + u32::from(rules.heal_centi);
                warrior.set_hp(healed.min(u32::from(rules.hp_max_centi)) as u16);
            }
        }
        events.event(Event::Pickup { warrior: index, kind });
    }
}

/// Phase 8: what nobody collected disappears.
pub(super) fn expire(turn: &Turn<'_>, state: &mut StateMut<'_>, events: &mut impl EventSink) {
    for power_up in state.power_ups.iter_mut() {
        if power_up.is_empty() || power_up.expires() > u32::from(turn.now) {
            continue;
        }
        if let Some(kind) = power_up.kind() {
            events.event(Event::ExpirePowerUp {
                x: power_up.x(),
                y: power_up.y(),
                kind,
            });
        }
        *power_up = PowerUp::zeroed();
    }
}

/// Phase 8: one try to lay one power-up on a drawn cell of the zone. `roll` decides whether and which, `place` where.
pub(super) fn power_up(
    turn: &Turn<'_>,
    state: &mut StateMut<'_>,
    scratch: &Scratch,
    roll: u64,
    place: u64,
    events: &mut impl EventSink,
) {
    let rules = turn.rules;
    if range_high(roll, 10_000) >= u32::from(rules.power_up_chance_bps) {
        return;
    }
    let (min, max) = state.header.zone();
    let side = u32::from(max - min) + 1;
    let cell = Cell::at(
        min + range_high(place, side) as u8,
        min + range_low(place, side) as u8,
    );
    let taken = |power_up: &PowerUp| !power_up.is_empty() && power_up.cell() == cell;
    if !scratch.is_free(cell) || state.power_ups.iter().any(taken) {
        return;
    }
    let kind = PowerUpKind::ALL[range_low(roll, 4) as usize & 3];
    if let Some(slot) = state.power_ups.iter_mut().find(|slot| slot.is_empty()) {
        *slot = PowerUp::lay(cell, kind, turn.now + rules.power_up_life_ticks);
        events.event(Event::SpawnPowerUp {
            x: cell.x(),
            y: cell.y(),
            kind,
        });
    }
}

/// Phase 8: perhaps a special event begins, from the next tick on. A running one is replaced.
pub(super) fn special_event(
    turn: &Turn<'_>,
    state: &mut StateMut<'_>,
    roll: u64,
    events: &mut impl EventSink,
) {
    if range_high(roll, 10_000) >= u32::from(turn.rules.event_chance_bps) {
        return;
    }
    let kind = match range_low(roll, 3) {
        0 => SpecialEvent::Frenzy,
        1 => SpecialEvent::Calm,
        _ => SpecialEvent::Haste,
    };
    // Holds on `event_ticks` ticks, the first of which is the next one.
    let until = turn.now + 1 + turn.rules.event_ticks;
    state.header.event = kind as u8;
    state.header.event_until = until.to_le_bytes();
    events.event(Event::SpecialEvent { kind, until });
}

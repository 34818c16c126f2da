//! Phase 5: combat.
//!
//! Every warrior that is ready attacks the enemy with the fewest hit points among its eight neighbours; of several
//! with equally few, one by lot. All attacks of a tick see the state at the start of the phase: damage is summed here
//! and taken in phase 7.

use super::turn::Turn;
use crate::cell::Cell;
use crate::digest::Sha256;
use crate::draw::{range_high, Draws};
use crate::event::{Event, EventSink};
use crate::grid::{Hit, Scratch, NEIGHBOUR_STEPS};
use crate::state::{Effect, SpecialEvent, StateMut, Warrior};

pub(super) fn attack<H: Sha256, E: EventSink>(
    turn: &Turn<'_>,
    state: &mut StateMut<'_>,
    scratch: &mut Scratch,
    draws: &mut Draws,
    events: &mut E,
) {
    let present = state.header.present();
    for index in 0..present {
        let Some(warrior) = state.warriors.get(index) else {
            return;
        };
        if warrior.attack_ready() > turn.now {
            continue;
        }
        let enemies = scratch.enemies_around(warrior.cell(), warrior.owner);
        if enemies != 0 {
            attack_one::<H, E>(turn, state, scratch, draws, index, enemies, events);
        }
    }
}

#[inline(never)]
fn attack_one<H: Sha256, E: EventSink>(
    turn: &Turn<'_>,
    state: &mut StateMut<'_>,
    scratch: &mut Scratch,
    draws: &mut Draws,
    index: usize,
    enemies: u64,
    events: &mut E,
) {
    let Some(&attacker) = state.warriors.get(index) else {
        return;
    };
    let draw = draws.next::<H>();
    let Some((target, victim)) = choose_target(state, scratch, attacker.cell(), enemies, draw) else {
        return;
    };
    if let Some(warrior) = state.warriors.get_mut(index) {
        warrior.attack_ready = (turn.now + turn.rules.attack_ticks).to_le_bytes();
    }
    let damage_centi = damage(turn, &attacker, &victim, draw);
    let count = scratch.hit_count as usize;
    let (Some(hit), Some(pending), Some(credit)) = (
        scratch.hits.get_mut(count),
        scratch.pending.get_mut(usize::from(target)),
        scratch.credit.get_mut(usize::from(target)),
    ) else {
        return;
    };
    *hit = Hit {
        attacker: index as u8,
        target,
        damage_centi,
    };
    scratch.hit_count += 1;
    // The most damage wins; equal damage is decided by random bits that nothing else uses.
    let claim = u64::from(damage_centi) << 40 | (draw & 0xFFFF_FFFF) << 8 | index as u64;
    *credit = claim.max(*credit);
    scratch_touch(&mut scratch.touched, &mut scratch.touched_count, *pending, target);
    *pending += u32::from(damage_centi);
    events.event(Event::Hit {
        attacker: index as u8,
        target,
        damage_centi,
    });
}

/// Remembers a warrior whose pending damage was zero until now.
#[inline]
pub(super) fn scratch_touch(touched: &mut [u8], touched_count: &mut u32, pending: u32, warrior: u8) {
    if pending == 0 {
        if let Some(room) = touched.get_mut(*touched_count as usize) {
            *room = warrior;
            *touched_count += 1;
        }
    }
}

/// The enemy with the fewest hit points; ties by lot. `enemies` has a bit in the byte of each neighbour that is one.
fn choose_target(
    state: &StateMut<'_>,
    scratch: &Scratch,
    cell: Cell,
    mut enemies: u64,
    draw: u64,
) -> Option<(u8, Warrior)> {
    let mut lowest = u16::MAX;
    let mut tied = 0u64;
    let mut tied_count = 0u32;
    for step in NEIGHBOUR_STEPS {
        if enemies == 0 {
            break;
        }
        if enemies & 0x80 != 0 {
            let neighbour = Cell::from_bits(cell.bits().wrapping_add(step));
            if let Some(index) = scratch.warrior_on(neighbour) {
                let hp = state
                    .warriors
                    .get(usize::from(index))
                    .map_or(0, Warrior::hp_centi);
                if hp < lowest {
                    (lowest, tied, tied_count) = (hp, u64::from(index), 1);
                } else if hp == lowest {
                    tied = tied << 8 | u64::from(index);
                    tied_count += 1;
                }
            }
        }
        enemies >>= 8;
    }
    // Bits 16..48 choose; the damage roll uses the high and the kill credit the low 32 bits.
    let pick = if tied_count > 1 {
        range_high(draw << 16, tied_count)
    } else {
        0
    };
    let index = (tied >> (8 * pick)) as u8;
    state
        .warriors
        .get(usize::from(index))
        .map(|&warrior| (index, warrior))
}

/// Damage of one attack in centi-HP, rounded down after every factor.
fn damage(turn: &Turn<'_>, attacker: &Warrior, target: &Warrior, draw: u64) -> u16 {
    let rules = turn.rules;
    let now = u32::from(turn.now);
    let span = u32::from(rules.damage_max_centi - rules.damage_min_centi) + 1;
    let mut damage = u64::from(rules.damage_min_centi) + u64::from(range_high(draw, span));
    let steps = (now / u32::from(rules.growth_ticks)).saturating_sub(attacker.entered_steps());
    damage = damage * (10_000 + u64::from(rules.growth_bps) * u64::from(steps)) / 10_000;
    if attacker.effect_at(now) == Effect::Rage {
        damage = damage * u64::from(rules.rage_bps) / 10_000;
    }
    if u32::from(attacker.hp_centi()) * 2 < u32::from(target.hp_centi()) {
        damage = damage * (10_000 + u64::from(rules.underdog_bps)) / 10_000;
    }
    if turn.event == SpecialEvent::Frenzy {
        damage = damage * u64::from(rules.frenzy_bps) / 10_000;
    }
    if target.effect_at(now) == Effect::Shield {
        damage = damage * u64::from(rules.shield_bps) / 10_000;
    }
    // At least 1, because pending damage of zero means that nobody hit.
    damage.clamp(1, u64::from(u16::MAX)) as u16
}

//! Phase 3: movement.
//!
//! Each warrior that holds a heading and is ready steps, or is blocked by a wall or another warrior; both cost the
//! cooldown. The tick's randomness draws who goes first and in which direction of the roster it continues, so that of
//! any two warriors each is as likely to be the first.

use super::turn::Turn;
use crate::draw::range_high;
use crate::grid::Scratch;
use crate::state::{Effect, SpecialEvent, StateMut, Warrior};

pub(super) fn move_warriors(turn: &Turn<'_>, state: &mut StateMut<'_>, scratch: &mut Scratch) {
    let present = state.header.present();
    let Some(warriors) = state.warriors.get_mut(..present) else {
        return;
    };
    let start = range_high(turn.order, present as u32) as usize;
    let (before, from_start) = warriors.split_at_mut(start.min(present));
    if turn.order & 1 == 0 {
        from_start
            .iter_mut()
            .for_each(|warrior| move_one(turn, warrior, scratch));
        before
            .iter_mut()
            .for_each(|warrior| move_one(turn, warrior, scratch));
    } else {
        before
            .iter_mut()
            .rev()
            .for_each(|warrior| move_one(turn, warrior, scratch));
        from_start
            .iter_mut()
            .rev()
            .for_each(|warrior| move_one(turn, warrior, scratch));
    }
}

#[inline]
fn move_one(turn: &Turn<'_>, warrior: &mut Warrior, scratch: &mut Scratch) {
    if warrior.move_ready() > turn.now {
        return;
    }
    let heading = warrior.place[1] >> 4;
    if heading == 0 {
        return;
    }
    let from = warrior.cell();
    let to = from.step(heading);
    if scratch.is_free(to) {
        scratch.relocate(from, to);
        warrior.set_cell(to);
    }
    let fast = turn.event == SpecialEvent::Haste || warrior.effect_at(u32::from(turn.now)) == Effect::Speed;
    let wait = if fast {
        turn.rules.move_fast_ticks
    } else {
        turn.rules.move_ticks
    };
    warrior.move_ready = (turn.now + wait).to_le_bytes();
}

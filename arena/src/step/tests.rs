//! One test for each rule, on small scenes.

mod combat;
mod ends;
mod hazards;
mod movement;
mod power_ups;

use std::boxed::Box;
use std::vec::Vec;

use super::{step, step_segment};
use crate::cell::{Cell, Heading};
use crate::digest::{Digest, HostSha256};
use crate::error::ArenaError;
use crate::event::Event;
use crate::genesis::genesis;
use crate::grid::Scratch;
use crate::inputs::{Change, SegmentInputs};
use crate::rules::Rules;
use crate::state::{Effect, SpecialEvent, State, StateBuf, Warrior};

/// A table without chance and without the arena's own damage, so that a scene shows one rule alone.
pub(super) const QUIET: Rules = Rules {
    power_up_chance_bps: 0,
    event_chance_bps: 0,
    environment_damage_centi: 0,
    zone_damage_centi: 0,
    shrink_start_ticks: 32_000,
    ..Rules::BLITZ
};

/// Warriors put where a test wants them.
pub(super) struct Scene {
    pub(super) rules: Rules,
    pub(super) buf: StateBuf,
    pub(super) key: Digest,
    pub(super) events: Vec<Event>,
}

impl Scene {
    /// Warrior `i` belongs to `owners[i]`. Nobody moves by itself; everybody stands apart from the others.
    pub(super) fn new(rules: Rules, owners: &[u8]) -> Self {
        Self::with_capacity(rules, owners, owners.len())
    }

    pub(super) fn with_capacity(rules: Rules, owners: &[u8], capacity: usize) -> Self {
        let buf = genesis::<HostSha256>(&rules, owners, capacity, &[1; 32]).unwrap();
        Self {
            rules,
            buf,
            key: [2; 32],
            events: Vec::new(),
        }
    }

    pub(super) fn edit(&mut self, warrior: usize, change: impl FnOnce(&mut Warrior)) -> &mut Self {
        change(&mut self.buf.view_mut().warriors[warrior]);
        self
    }

    pub(super) fn put(&mut self, warrior: usize, x: u8, y: u8) -> &mut Self {
        self.edit(warrior, |w| w.set_cell(Cell::at(x, y)))
    }

    pub(super) fn hp(&mut self, warrior: usize, hp_centi: u16) -> &mut Self {
        self.edit(warrior, |w| w.set_hp(hp_centi))
    }

    pub(super) fn effect(&mut self, warrior: usize, effect: Effect, until: u16) -> &mut Self {
        self.edit(warrior, |w| w.set_effect(effect, until))
    }

    pub(super) fn hold(&mut self, warrior: usize, heading: Heading) -> &mut Self {
        self.edit(warrior, |w| w.set_heading(heading as u8))
    }

    /// Nobody attacks before this tick.
    pub(super) fn peace_until(&mut self, tick: u16) -> &mut Self {
        for warrior in self.buf.view_mut().warriors.iter_mut() {
            warrior.attack_ready = tick.to_le_bytes();
        }
        self
    }

    pub(super) fn event(&mut self, event: SpecialEvent, until: u16) -> &mut Self {
        let view = self.buf.view_mut();
        view.header.event = event as u8;
        view.header.event_until = until.to_le_bytes();
        self
    }

    /// The scene after so many ticks of a match.
    pub(super) fn at_tick(&mut self, tick: u16) -> &mut Self {
        self.buf.view_mut().header.tick = tick.to_le_bytes();
        self
    }

    /// The scene with the safe zone `min..=33 - min`.
    pub(super) fn zone(&mut self, min: u8) -> &mut Self {
        let view = self.buf.view_mut();
        view.header.zone_min = min;
        view.header.zone_max = view.header.side + 1 - min;
        self
    }

    pub(super) fn key(&mut self, number: u32) -> &mut Self {
        self.key[..4].copy_from_slice(&number.to_le_bytes());
        self
    }

    pub(super) fn try_step(&mut self, admit: &[u8], changes: &[Change]) -> Result<(), ArenaError> {
        // The scene must be one that the checks accept: no test may depend on an impossible state.
        let mut checked = StateBuf::from_bytes(self.buf.as_bytes()).unwrap();
        let mut scratch = Box::new(Scratch::new());
        scratch.rebuild(&checked.view());
        let events = &mut self.events;
        let mut sink = |event| events.push(event);
        let mut view = checked.view_mut();
        step::<HostSha256>(
            &self.rules,
            &mut view,
            &mut scratch,
            &self.key,
            admit,
            changes,
            &mut sink,
        )?;
        StateBuf::from_bytes(checked.as_bytes()).unwrap();
        self.buf = checked;
        Ok(())
    }

    pub(super) fn step(&mut self) -> &mut Self {
        self.try_step(&[], &[]).unwrap();
        self
    }

    pub(super) fn steps(&mut self, count: usize) -> &mut Self {
        (0..count).for_each(|_| {
            self.step();
        });
        self
    }

    pub(super) fn view(&self) -> State<'_> {
        self.buf.view()
    }

    pub(super) fn at(&self, warrior: usize) -> (u8, u8) {
        let warrior = &self.view().warriors()[warrior];
        (warrior.x(), warrior.y())
    }

    pub(super) fn hp_of(&self, warrior: usize) -> u16 {
        self.view().warriors()[warrior].hp_centi()
    }

    /// Runs the same scene under many keys.
    pub(super) fn many(keys: u32, mut scene: impl FnMut(u32)) {
        (0..keys).for_each(&mut scene);
    }
}

#[test]
fn a_step_refuses_a_grid_of_another_tick() {
    let mut scene = Scene::new(QUIET, &[0, 1]);
    let mut scratch = Box::new(Scratch::new());
    let mut state = scene.buf.view_mut();
    let unbuilt = step::<HostSha256>(&QUIET, &mut state, &mut scratch, &[0; 32], &[], &[], &mut ());
    assert_eq!(
        unbuilt,
        Err(ArenaError::StaleScratch {
            tick: 0,
            scratch_tick: 0
        })
    );
    scratch.rebuild_from(&state);
    step::<HostSha256>(&QUIET, &mut state, &mut scratch, &[0; 32], &[], &[], &mut ()).unwrap();
    state.header.tick = [9, 0];
    let stale = step::<HostSha256>(&QUIET, &mut state, &mut scratch, &[0; 32], &[], &[], &mut ());
    assert_eq!(
        stale,
        Err(ArenaError::StaleScratch {
            tick: 9,
            scratch_tick: 1
        })
    );
}

#[test]
fn a_step_refuses_a_state_of_other_rules_and_rules_that_do_not_validate() {
    let mut scene = Scene::new(QUIET, &[0, 1]);
    scene.rules = Rules {
        arena_side: 30,
        ..QUIET
    };
    assert!(matches!(
        scene.try_step(&[], &[]),
        Err(ArenaError::State { field: "side", .. })
    ));
    scene.rules = Rules {
        growth_ticks: 0,
        ..QUIET
    };
    assert!(matches!(
        scene.try_step(&[], &[]),
        Err(ArenaError::Rules {
            field: "growth_ticks",
            ..
        })
    ));
}

#[test]
fn a_segment_starts_at_a_whole_segment() {
    let mut scene = Scene::new(QUIET, &[0, 1]);
    scene.step();
    let mut scratch = Box::new(Scratch::new());
    let before = scene.buf.clone();
    let mut state = scene.buf.view_mut();
    let inputs = SegmentInputs::empty();
    let result = step_segment::<HostSha256>(
        &QUIET,
        &mut state,
        &mut scratch,
        &[0; 32],
        &inputs,
        &[0, 1],
        &mut (),
    );
    assert!(matches!(result, Err(ArenaError::State { field: "tick", .. })));
    assert_eq!(scene.buf, before);
}

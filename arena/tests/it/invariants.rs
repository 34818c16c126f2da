//! What holds after every tick of every match.

use std::collections::BTreeSet;

use crate::support::{Game, Setup};
use arena::{places, share_out, Event, Mode, Rules, SpecialEvent, State, StateBuf};
use proptest::prelude::*;

/// What this test knows by itself, without the checks of the crate.
fn check_state(rules: &Rules, state: &State<'_>) {
    let mut cells = BTreeSet::new();
    for warrior in state.warriors().iter().filter(|warrior| warrior.alive()) {
        assert!(warrior.hp_centi() <= rules.hp_max_centi);
        assert!(
            (1..=rules.arena_side).contains(&warrior.x()) && (1..=rules.arena_side).contains(&warrior.y())
        );
        assert!(
            cells.insert((warrior.x(), warrior.y())),
            "two warriors on one cell"
        );
        assert!(u32::from(warrior.move_ready()) <= state.tick() + u32::from(rules.move_ticks));
        assert!(u32::from(warrior.attack_ready()) <= state.tick() + u32::from(rules.attack_ticks));
    }
    assert_eq!(cells.len(), state.alive());
    assert!(state.alive() > 0);
    let (min, max) = state.zone();
    assert!(max - min + 1 >= rules.zone_side_final);
    let deaths = state.present() - state.alive();
    let kills: usize = state
        .warriors()
        .iter()
        .map(|warrior| usize::from(warrior.kills()))
        .sum();
    assert!(kills <= deaths, "no more eliminations than deaths");
    StateBuf::from_bytes(state.as_bytes()).expect("the checks accept every state of a match");
}

/// What one tick may change.
fn check_tick(rules: &Rules, before: &State<'_>, after: &State<'_>) {
    if before.ended() {
        assert_eq!(before.as_bytes(), after.as_bytes());
        return;
    }
    assert_eq!(after.tick(), before.tick() + 1);
    for (was, is) in before.warriors().iter().zip(after.warriors()) {
        let (dx, dy) = (was.x().abs_diff(is.x()), was.y().abs_diff(is.y()));
        // One step, and one more when the zone pushes.
        assert!(dx <= 2 && dy <= 2 || before.zone() != after.zone());
        assert!(was.alive() || !is.alive(), "the dead stay dead");
        assert!(
            was.alive()
                || was == is
                || was.streak() != is.streak()
                || was.kills() != is.kills()
                || was.damage_centi() != is.damage_centi()
        );
        assert!(is.kills() >= was.kills() && is.damage_centi() >= was.damage_centi());
        assert_eq!(was.owner(), is.owner());
        let healed = i32::from(is.hp_centi()) - i32::from(was.hp_centi());
        let kills = i32::from(is.kills() - was.kills());
        assert!(healed <= i32::from(rules.heal_centi) + kills * i32::from(rules.kill_heal_centi));
        let hurried = before
            .special_event()
            .is_some_and(|(event, _)| event == SpecialEvent::Haste);
        if (dx, dy) != (0, 0) && !hurried && before.zone() == after.zone() {
            assert!(
                u32::from(was.move_ready()) <= after.tick(),
                "nobody moves before it is ready"
            );
        }
    }
}

fn play_and_check(setup: Setup, segments: usize) -> Game {
    let mut game = Game::new(setup);
    check_state(&game.rules, &game.state.view());
    for _ in 0..segments {
        let played = game.play_segment();
        check_state(&game.rules, &game.state.view());
        check_inside(&game, &played);
    }
    game
}

/// The ticks inside a segment.
fn check_inside(game: &Game, played: &crate::support::Played) {
    let rules = &game.rules;
    let mut state = played.before.clone();
    let inputs = arena::SegmentInputs::parse(rules, state.view().capacity(), &played.inputs).unwrap();
    let mut scratch = Box::new(arena::Scratch::new());
    scratch.rebuild(&state.view());
    for tick in 0..rules.segment_ticks {
        let before = state.clone();
        let slot = (tick / rules.slot_ticks) as u8;
        let changes: Vec<arena::Change> = inputs
            .changes()
            .filter(|change| change.slot == slot && tick % rules.slot_ticks == 0)
            .map(|change| change.change)
            .collect();
        let present = before.view().present();
        let entering = if tick == 0 {
            &game.owners[present..present + usize::from(inputs.admit())]
        } else {
            &[]
        };
        let mut view = state.view_mut();
        arena::step::<arena::HostSha256>(
            rules,
            &mut view,
            &mut scratch,
            &played.key,
            entering,
            &changes,
            &mut (),
        )
        .unwrap();
        check_state(rules, &state.view());
        check_tick(rules, &before.view(), &state.view());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 20, ..ProptestConfig::default() })]

    #[test]
    fn every_tick_of_a_match_keeps_the_invariants(number: u64, siege: bool) {
        let mode = if siege { Mode::Siege } else { Mode::Blitz };
        let segments = if siege { 60 } else { 90 };
        let game = play_and_check(Setup::random(mode, number), segments);
        let deaths = game.events.iter().filter(|event| matches!(event, Event::Died { .. })).count();
        let view = game.state.view();
        prop_assert_eq!(deaths, view.present() - view.alive());
        let ends = game.events.iter().filter(|event| matches!(event, Event::Ended { .. })).count();
        prop_assert_eq!(ends, usize::from(view.ended()));
    }

    #[test]
    fn a_whole_match_pays_its_pot_out(number: u64, siege: bool) {
        let mode = if siege { Mode::Siege } else { Mode::Blitz };
        let mut game = Game::new(Setup::random(mode, number));
        while !game.state.view().ended() {
            game.play_segment();
        }
        let view = game.state.view();
        let paid: Vec<u64> = (0..100).map(|player| if game.owners.contains(&player) { 1_000_007 } else { 0 }).collect();
        let mut out = vec![0; 100];
        let settlement = share_out(&game.rules, &view, &paid, &mut out).unwrap();
        let all: u64 = paid.iter().sum();
        prop_assert_eq!(out.iter().sum::<u64>() + settlement.fee + settlement.burn, all);
        let places = places(&view);
        prop_assert!(out.iter().zip(places).all(|(&payout, place)| payout == 0 || place <= 3 || !view.warriors().is_empty()));
    }
}

/// Without this the tests above could pass on matches in which nothing happens.
#[test]
fn the_test_players_make_everything_happen() {
    let mut seen = BTreeSet::new();
    for number in 0..30 {
        let mode = if number % 2 == 0 { Mode::Blitz } else { Mode::Siege };
        let mut game = Game::new(Setup::random(mode, 7_000 + number));
        while !game.state.view().ended() {
            game.play_segment();
        }
        seen.extend(game.events.iter().map(|event| {
            let text = format!("{event:?}");
            text.split([' ', '{']).next().unwrap_or_default().to_owned()
        }));
        seen.extend(game.events.iter().filter_map(|event| match event {
            Event::Died { cause, .. } => Some(format!("{cause:?}")),
            Event::Ended { reason } => Some(format!("{reason:?}")),
            Event::SpecialEvent { kind, .. } => Some(format!("{kind:?}")),
            Event::Pickup { kind, .. } => Some(format!("{kind:?}")),
            _ => None,
        }));
    }
    let wanted = [
        "Admitted",
        "Hit",
        "Kill",
        "Died",
        "Pickup",
        "SpawnPowerUp",
        "ExpirePowerUp",
        "SpecialEvent",
        "Shrink",
        "Pushed",
        "Ended",
        "Combat",
        "Environment",
        "Zone",
        "LastPlayer",
        "FullTime",
        "Frenzy",
        "Calm",
        "Haste",
        "Rage",
        "Shield",
        "Speed",
        "Heal",
    ];
    for name in wanted {
        assert!(seen.contains(name), "{name} never happened; seen: {seen:?}");
    }
}

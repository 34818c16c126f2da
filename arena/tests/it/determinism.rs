//! The same inputs give the same bytes, however the ticks are grouped and wherever a run is interrupted.

use crate::support::{replay_segment, Game, Played, Setup};
use arena::{step, step_segment, Change, HostSha256, Mode, Scratch, SegmentInputs, StateBuf};

/// Plays one segment as sixty times (save, load, rebuild every derived structure, one step).
fn one_by_one(game: &Game, played: &Played) -> StateBuf {
    let rules = &game.rules;
    let mut state = played.before.clone();
    let inputs = SegmentInputs::parse(rules, state.view().capacity(), &played.inputs).unwrap();
    let present = state.view().present();
    let entering = &game.owners[present..present + usize::from(inputs.admit())];
    for tick in 0..rules.segment_ticks {
        let mut loaded = StateBuf::from_bytes(state.as_bytes()).unwrap();
        let mut scratch = Box::new(Scratch::new());
        scratch.rebuild(&loaded.view());
        let slot = (tick / rules.slot_ticks) as u8;
        let changes: Vec<Change> = inputs
            .changes()
            .filter(|change| change.slot == slot && tick % rules.slot_ticks == 0)
            .map(|change| change.change)
            .collect();
        let admit = if tick == 0 { entering } else { &[] };
        let mut view = loaded.view_mut();
        step::<HostSha256>(
            rules,
            &mut view,
            &mut scratch,
            &played.key,
            admit,
            &changes,
            &mut (),
        )
        .unwrap();
        state = loaded;
    }
    state
}

#[test]
fn one_segment_equals_sixty_times_load_rebuild_step() {
    for number in 0..12 {
        let mode = if number % 2 == 0 { Mode::Blitz } else { Mode::Siege };
        let mut game = Game::new(Setup::random(mode, number));
        let segments = if mode == Mode::Blitz { 90 } else { 100 };
        for segment in 0..segments {
            let played = game.play_segment();
            assert_eq!(
                replay_segment(&game.rules, &game.owners, &played),
                game.state,
                "{mode:?} {number} {segment}"
            );
            assert_eq!(
                one_by_one(&game, &played),
                game.state,
                "{mode:?} {number} {segment}"
            );
        }
    }
}

#[test]
fn two_runs_of_a_match_are_equal() {
    for (mode, number) in [(Mode::Blitz, 100), (Mode::Siege, 101)] {
        let run = || {
            let mut game = Game::new(Setup::random(mode, number));
            let states: Vec<StateBuf> = (0..game.rules.segment_count())
                .map(|_| {
                    game.play_segment();
                    game.state.clone()
                })
                .collect();
            (states, game.events)
        };
        assert_eq!(run(), run());
    }
}

#[test]
fn every_random_match_ends_and_its_state_stays_as_it_ended() {
    for number in 0..20 {
        let mode = if number % 2 == 0 { Mode::Blitz } else { Mode::Siege };
        let mut game = Game::new(Setup::random(mode, 1000 + number));
        for _ in 0..game.rules.segment_count() {
            game.play_segment();
        }
        assert!(game.state.view().ended());
        let before = game.state.clone();
        let mut scratch = Box::new(Scratch::new());
        let owners = game.owners.clone();
        let key = game.key();
        let inputs = SegmentInputs::empty();
        let mut view = game.state.view_mut();
        step_segment::<HostSha256>(
            &game.rules,
            &mut view,
            &mut scratch,
            &key,
            &inputs,
            &owners,
            &mut (),
        )
        .unwrap();
        step::<HostSha256>(&game.rules, &mut view, &mut scratch, &key, &[], &[], &mut ()).unwrap();
        assert_eq!(game.state, before);
    }
}

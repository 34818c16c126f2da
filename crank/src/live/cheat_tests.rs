//! Every lie is found by stepping what was posted.

use arena::{Rules, SegmentInputs};

use super::super::tests::{revealed, setup, Player, BLITZ, SIEGE};
use super::super::{Checkpoint, LiveMatch, MatchSetup};
use super::*;

const AT: u32 = 2;

/// Plays to the end, with a move now and then, and gives what was posted.
fn play(rules: Rules, cheat: Option<Cheat>) -> (MatchSetup, Vec<Checkpoint>) {
    let setup = MatchSetup {
        cheat,
        ..setup(rules, &[0, 0, 1, 1], 4)
    };
    let mut live = revealed(LiveMatch::new(setup.clone()).unwrap());
    let mut player = Player::new(1);
    let mut posted = Vec::new();
    while !live.ended() {
        let tick = live.tick().0;
        if tick.is_multiple_of(20) {
            let _ = player.send(&mut live, tick, 2, (tick / 20 % 8) as u8 + 1);
        }
        posted.extend(live.step(0, &mut ()).unwrap().checkpoint);
    }
    (setup, posted)
}

/// The first checkpoint and segment whose leaf the rules do not give.
fn first_wrong(setup: &MatchSetup, posted: &[Checkpoint]) -> Option<(u32, usize)> {
    let rules = &setup.rules;
    let capacity = usize::from(setup.capacity);
    let mut state = arena::genesis::<HostSha256>(rules, &setup.owners, capacity, &setup.seed).unwrap();
    let mut scratch = Scratch::new();
    for checkpoint in posted {
        let key = arena::checkpoint_key::<HostSha256>(
            &setup.seed,
            &arena::mixed_key::<HostSha256>(&checkpoint.drip_key, &checkpoint.beacon),
        );
        for (segment, (inputs, leaf)) in checkpoint.inputs.iter().zip(&checkpoint.leaves).enumerate() {
            let inputs = SegmentInputs::parse(rules, capacity, inputs).unwrap();
            arena::step_segment::<HostSha256>(
                rules,
                &mut state.view_mut(),
                &mut scratch,
                &key,
                &inputs,
                &setup.owners,
                &mut (),
            )
            .unwrap();
            if arena::leaf::<HostSha256>(state.as_bytes()) != *leaf {
                return Some((checkpoint.index, segment));
            }
        }
    }
    None
}

#[test]
fn the_truth_is_found_to_be_true() {
    for rules in [BLITZ, SIEGE] {
        let (setup, posted) = play(rules, None);
        assert_eq!(first_wrong(&setup, &posted), None);
    }
}

#[test]
fn every_lie_is_in_the_checkpoint_it_was_told_in() {
    for rules in [BLITZ, SIEGE] {
        for kind in CheatKind::ALL {
            let cheat = Cheat { kind, checkpoint: AT };
            let (setup, posted) = play(rules, Some(cheat));
            let found = first_wrong(&setup, &posted);
            if kind == CheatKind::Silence {
                assert_eq!(found, None);
                assert_eq!(posted.len(), AT as usize);
            } else {
                let found = found.map(|(checkpoint, _)| checkpoint);
                let what = format!("{} in {:?}: {found:?}", kind.name(), rules.mode());
                // Other rolls may be without consequence for a while.
                match kind {
                    CheatKind::DripKey => assert!(found >= Some(AT), "{what}"),
                    _ => assert_eq!(found, Some(AT), "{what}"),
                }
            }
        }
    }
}

#[test]
fn names_read_back() {
    for kind in CheatKind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
    let error = "luck".parse::<CheatKind>().unwrap_err().to_string();
    for kind in CheatKind::ALL {
        assert!(error.contains(kind.name()), "{error}");
    }
}

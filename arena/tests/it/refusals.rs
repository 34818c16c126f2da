//! Bytes from outside are refused with an error or stepped without a panic, whatever they are.

use crate::support::{Game, Lot, Setup};
use arena::{
    genesis, share_out, state_len, step, step_segment, Change, HostSha256, Mode, Rules, Scratch,
    SegmentInputs, State, StateBuf, RULES_LEN,
};
use proptest::prelude::*;

/// Runs everything the crate offers on a state that passed the checks.
fn exercise(rules: &Rules, state: &StateBuf, owners: &[u8], key: [u8; 32]) {
    let mut scratch = Box::new(Scratch::new());
    let mut stepped = state.clone();
    let mut view = stepped.view_mut();
    scratch.rebuild_from(&view);
    for _ in 0..5 {
        let _ = step::<HostSha256>(rules, &mut view, &mut scratch, &key, &[], &[], &mut ());
    }
    State::from_bytes(stepped.as_bytes()).expect("a step keeps every invariant that the checks know");
    let mut segment = state.clone();
    for admit in [0u8, 3] {
        let bytes = [admit];
        if let Ok(inputs) = SegmentInputs::parse(rules, segment.view().capacity(), &bytes) {
            let mut view = segment.view_mut();
            let _ =
                step_segment::<HostSha256>(rules, &mut view, &mut scratch, &key, &inputs, owners, &mut ());
        }
    }
    State::from_bytes(segment.as_bytes()).expect("a segment keeps every invariant that the checks know");
    let mut payouts = [0; 100];
    let _ = share_out(rules, &segment.view(), &[u64::MAX / 128; 100], &mut payouts);
}

fn some_state(number: u64) -> (Rules, Vec<u8>, Vec<u8>) {
    let mode = if number.is_multiple_of(2) {
        Mode::Blitz
    } else {
        Mode::Siege
    };
    let mut game = Game::new(Setup::random(mode, number));
    let mut lot = Lot(number);
    for _ in 0..lot.below(60) {
        game.play_segment();
    }
    (game.rules, game.state.as_bytes().to_vec(), game.owners.clone())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_are_no_state(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(State::from_bytes(&bytes).is_err());
        prop_assert!(StateBuf::from_bytes(&bytes).is_err());
    }

    #[test]
    fn random_bytes_of_the_right_length_are_no_state(capacity in 2usize..=100, mut bytes in proptest::collection::vec(any::<u8>(), 1728)) {
        bytes.truncate(state_len(capacity));
        (bytes[0], bytes[4]) = (1, capacity as u8);
        prop_assert!(State::from_bytes(&bytes).is_err());
    }

    #[test]
    fn damaged_states_are_refused_or_stepped(
        number in 0u64..400,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        key: [u8; 32],
    ) {
        let (rules, mut bytes, owners) = some_state(number);
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Ok(state) = StateBuf::from_bytes(&bytes) {
            exercise(&rules, &state, &owners, key);
        }
    }

    #[test]
    fn damaged_inputs_are_refused_or_stepped(
        number in 0u64..400,
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<prop::sample::Index>(),
        whole: bool,
    ) {
        let mode = if number.is_multiple_of(2) { Mode::Blitz } else { Mode::Siege };
        let mut game = Game::new(Setup::random(mode, number));
        game.play_segment();
        let played = game.play_segment();
        let mut inputs = played.inputs;
        for (at, value) in damage {
            let at = at.index(inputs.len());
            inputs[at] = value;
        }
        if !whole {
            inputs.truncate(cut.index(inputs.len() + 1));
        }
        let mut state = played.before;
        if let Ok(inputs) = SegmentInputs::parse(&game.rules, state.view().capacity(), &inputs) {
            let mut scratch = Box::new(Scratch::new());
            let mut view = state.view_mut();
            let _ = step_segment::<HostSha256>(&game.rules, &mut view, &mut scratch, &played.key, &inputs, &game.owners, &mut ());
        }
        prop_assert!(State::from_bytes(state.as_bytes()).is_ok());
    }

    #[test]
    fn random_inputs_are_refused_or_parsed(capacity in 0usize..120, siege: bool, bytes in proptest::collection::vec(any::<u8>(), 0..1000)) {
        let rules = if siege { Rules::SIEGE } else { Rules::BLITZ };
        if let Ok(inputs) = SegmentInputs::parse(&rules, capacity, &bytes) {
            prop_assert!(inputs.changes().all(|change| usize::from(change.change.warrior) < capacity && change.change.heading <= 8));
        }
    }

    /// Any table that validates can run, also the strangest one.
    #[test]
    fn damaged_tables_are_refused_or_played(
        siege: bool,
        damage in proptest::collection::vec((0..RULES_LEN, any::<u8>()), 1..12),
        number: u64,
        owners in proptest::collection::vec(0u8..110, 0..110),
    ) {
        let table = if siege { Rules::SIEGE } else { Rules::BLITZ };
        let mut bytes = table.as_bytes().to_vec();
        for (at, value) in damage {
            bytes[at] = value;
        }
        let Ok(rules) = Rules::from_bytes(&bytes) else {
            return Ok(());
        };
        let mut owners = owners;
        let _ = genesis::<HostSha256>(&rules, &owners, owners.len(), &[0; 32]);
        owners.sort_unstable();
        owners.dedup();
        owners.retain(|&owner| owner < 100);
        owners.truncate(usize::from(rules.warriors_max));
        let Ok(mut state) = genesis::<HostSha256>(&rules, &owners, owners.len(), &[0; 32]) else {
            return Ok(());
        };
        let mut scratch = Box::new(Scratch::new());
        scratch.rebuild(&state.view());
        let mut lot = Lot(number);
        for tick in 0..600u32 {
            let change = Change { warrior: lot.below(owners.len()) as u8, heading: lot.below(9) as u8 };
            let changes = if tick % u32::from(rules.slot_ticks) == 0 { vec![change] } else { vec![] };
            let mut view = state.view_mut();
            step::<HostSha256>(&rules, &mut view, &mut scratch, &[3; 32], &[], &changes, &mut ()).unwrap();
            prop_assert!(State::from_bytes(state.as_bytes()).is_ok());
        }
    }

    #[test]
    fn random_tables_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Rules::from_bytes(&bytes).is_err());
    }
}

#[test]
fn extreme_but_valid_tables_do_not_overflow() {
    let extreme = Rules {
        length_ticks: 31_980,
        hp_max_centi: 16_383,
        damage_min_centi: 10_000,
        damage_max_centi: 10_000,
        growth_ticks: 600,
        growth_bps: 1_000,
        rage_bps: 40_000,
        frenzy_bps: 40_000,
        underdog_bps: 10_000,
        power_up_every_ticks: 1,
        power_up_chance_bps: 10_000,
        power_up_life_ticks: 32_000,
        effect_ticks: 32_000,
        event_every_ticks: 1,
        event_chance_bps: 10_000,
        event_ticks: 32_000,
        heal_centi: 16_383,
        kill_heal_centi: 16_383,
        environment_ticks: u16::MAX,
        environment_damage_centi: 0,
        ..Rules::SIEGE
    };
    let owners: Vec<u8> = (0..100).collect();
    let mut state = genesis::<HostSha256>(&extreme, &owners, 100, &[1; 32]).unwrap();
    let mut bytes = state.as_bytes().to_vec();
    bytes[2..4].copy_from_slice(&31_900u16.to_le_bytes());
    state = StateBuf::from_bytes(&bytes).unwrap();
    let mut scratch = Box::new(Scratch::new());
    scratch.rebuild(&state.view());
    let mut lot = Lot(5);
    for tick in 31_900u32..31_980 {
        let changes: Vec<Change> = if tick.is_multiple_of(3) {
            (0..100)
                .map(|warrior| Change {
                    warrior,
                    heading: lot.below(9) as u8,
                })
                .collect()
        } else {
            vec![]
        };
        let mut view = state.view_mut();
        step::<HostSha256>(
            &extreme,
            &mut view,
            &mut scratch,
            &[3; 32],
            &[],
            &changes,
            &mut (),
        )
        .unwrap();
        State::from_bytes(state.as_bytes()).unwrap();
    }
    assert!(state.view().ended());
}

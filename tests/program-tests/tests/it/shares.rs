//! C42: every pot divides without a unit lost or made.

use arena::{genesis, share_out, step_segment, HostSha256, Rules, Scratch, SegmentInputs, StateBuf};
use program_tests::{quick_blitz, quick_siege, MatchOptions, World};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// A finished match of `players` players with one or more warriors each.
fn finished(rules: &Rules, players: u8, seed: u8) -> StateBuf {
    let owners: Vec<u8> = (0..players).collect();
    let mut state = genesis::<HostSha256>(rules, &owners, owners.len(), &[seed; 32]).unwrap();
    let mut scratch = Box::new(Scratch::new());
    while !state.view().ended() {
        step_segment::<HostSha256>(
            rules,
            &mut state.view_mut(),
            &mut scratch,
            &[seed; 32],
            &SegmentInputs::empty(),
            &owners,
            &mut (),
        )
        .unwrap();
    }
    state
}

#[test]
fn c42_ten_thousand_random_pots_add_up() {
    let mut random = StdRng::seed_from_u64(42);
    for round in 0..200u32 {
        let rules = if round % 2 == 0 {
            quick_blitz()
        } else {
            quick_siege()
        };
        let players = random.gen_range(2..=20u8);
        let state = finished(&rules, players, round as u8);
        for _ in 0..50 {
            let largest = 1u64 << random.gen_range(0..58u32);
            let paid: Vec<u64> = (0..players).map(|_| random.gen_range(1..=largest)).collect();
            let mut payouts = vec![0; paid.len()];
            let settled = share_out(&rules, &state.view(), &paid, &mut payouts).unwrap();
            let pot: u64 = paid.iter().sum();
            assert_eq!(settled.pot, pot);
            assert_eq!(payouts.iter().sum::<u64>() + settled.fee + settled.burn, pot);
        }
    }
}

#[test]
fn c42_pots_of_single_units_through_the_program() {
    let _case = program_tests::case(&[42]);
    let mut world = World::new();
    for (stake, entries) in [
        (1, vec![1, 1]),
        (1, vec![1, 1, 1]),
        (7, vec![2, 1]),
        (33, vec![1, 5, 3]),
        (9_999, vec![1; 7]),
    ] {
        let options = MatchOptions {
            stake_per_warrior: stake,
            ..MatchOptions::default()
        };
        let mut played = world.live_as(options, &entries);
        world.post_all(&mut played);
        world.submit(&played);
        world.finalize(&played);
        let state = world.match_state(&played.of);
        let payouts: u64 = state.slots.iter().map(|slot| slot.payout).sum();
        let pot = stake * entries.iter().map(|&count| u64::from(count)).sum::<u64>();
        assert_eq!(payouts + state.header.fee + state.header.burn, pot);
    }
}

//! Ranking and payouts, by example and over random pots.

use std::vec;
use std::vec::Vec;

use proptest::prelude::*;

use super::*;
use crate::digest::HostSha256;
use crate::genesis::genesis;
use crate::state::{StateBuf, FLAG_ENDED};

/// What each warrior ends with: owner, centi-HP, eliminations, damage.
type Outcome = (u8, u16, u8, u16);

fn ended(rules: &Rules, outcomes: &[Outcome]) -> StateBuf {
    let owners: Vec<u8> = outcomes.iter().map(|outcome| outcome.0).collect();
    let mut buf = genesis::<HostSha256>(rules, &owners, owners.len(), &[5; 32]).unwrap();
    let view = buf.view_mut();
    view.header.flags = FLAG_ENDED;
    let mut alive = 0;
    for (warrior, &(_, hp, kills, damage)) in view.warriors.iter_mut().zip(outcomes) {
        (0..kills).for_each(|_| warrior.add_kill());
        warrior.add_damage(damage);
        warrior.set_hp(hp);
        if hp == 0 {
            warrior.die();
        } else {
            alive += 1;
        }
    }
    view.header.alive = alive;
    StateBuf::from_bytes(buf.as_bytes()).unwrap()
}

fn pay(rules: &Rules, outcomes: &[Outcome], paid: &[u64]) -> (Settlement, Vec<u64>) {
    let mut out = vec![0; paid.len()];
    let settlement = share_out(rules, &ended(rules, outcomes).view(), paid, &mut out).unwrap();
    (settlement, out)
}

#[test]
fn blitz_winner_takes_all() {
    let (settlement, out) = pay(
        &Rules::BLITZ,
        &[(0, 0, 3, 900), (1, 10, 0, 0), (2, 0, 0, 0)],
        &[100, 100, 100],
    );
    assert_eq!(
        settlement,
        Settlement {
            pot: 300,
            fee: 9,
            burn: 6,
            refunded: 0
        }
    );
    assert_eq!(out, [0, 285, 0]);
}

#[test]
fn siege_pays_60_25_and_10_percent() {
    let outcomes = [(0, 0, 0, 0), (1, 500, 0, 0), (2, 900, 0, 0), (3, 100, 0, 0)];
    let (settlement, out) = pay(&Rules::SIEGE, &outcomes, &[1000; 4]);
    assert_eq!((settlement.pot, settlement.fee, settlement.burn), (4000, 120, 80));
    assert_eq!(out, [0, 1000, 2400, 400]);
}

#[test]
fn the_ranking_looks_at_life_then_hit_points_then_eliminations_then_damage() {
    let score = |hp, kills, damage| [(0, hp, kills, damage), (1, 500, 5, 500)];
    let first = |outcomes: &[Outcome]| places(&ended(&Rules::BLITZ, outcomes).view())[0];
    assert_eq!(first(&score(501, 0, 0)), 1);
    assert_eq!(first(&score(499, 9, 900)), 2);
    assert_eq!(first(&score(500, 6, 0)), 1);
    assert_eq!(first(&score(500, 4, 900)), 2);
    assert_eq!(first(&score(500, 5, 501)), 1);
    assert_eq!(first(&score(500, 5, 499)), 2);
    assert_eq!(first(&score(0, 99, 60_000)), 2, "the dead come last");
    let tied = places(&ended(&Rules::BLITZ, &score(500, 5, 500)).view());
    assert_eq!(&tied[..3], &[1, 1, 0]);
}

#[test]
fn the_warriors_of_a_player_count_together() {
    let outcomes = [
        (0, 300, 1, 10),
        (0, 300, 1, 10),
        (1, 599, 9, 9),
        (4, 0, 7, 7),
        (4, 1, 0, 0),
    ];
    let buf = ended(&Rules::SIEGE, &outcomes);
    let state = buf.view();
    let expected = PlayerScore {
        alive: true,
        hp_centi: 600,
        kills: 2,
        damage_centi: 20,
    };
    assert_eq!(player_score(&state, 0), Some(expected));
    assert_eq!(player_score(&state, 2), None);
    assert_eq!(&places(&state)[..5], &[1, 2, 0, 0, 3]);
}

#[test]
fn full_ties_share_their_places_equally_and_the_remainder_goes_to_the_lowest_index() {
    // Two first: 60 % + 25 % of 1,001 (600 + 250), the rounding left over is 1,001 − 30 − 20 − 950 = 1 more.
    let outcomes = [(0, 5, 0, 0), (1, 70, 0, 0), (3, 70, 0, 0)];
    let (settlement, out) = pay(&Rules::SIEGE, &outcomes, &[1, 500, 0, 500]);
    assert_eq!((settlement.pot, settlement.fee, settlement.burn), (1001, 30, 20));
    assert_eq!(out, [100, 426, 0, 425]);
    // Three share the second and the third place: 350 of 1,000.
    let outcomes = [(0, 9, 0, 0), (1, 3, 0, 0), (2, 3, 0, 0), (3, 3, 0, 0)];
    assert_eq!(pay(&Rules::SIEGE, &outcomes, &[250; 4]).1, [600, 118, 116, 116]);
}

#[test]
fn places_that_nobody_fills_go_to_the_first() {
    let (settlement, out) = pay(&Rules::SIEGE, &[(0, 1, 0, 0), (1, 2, 0, 0)], &[1000, 1000]);
    assert_eq!((settlement.fee, settlement.burn), (60, 40));
    assert_eq!(out, [500, 1400], "25 %, and 60 + 10 %");
    // Two tied first share everything, also what nobody fills.
    assert_eq!(
        pay(&Rules::SIEGE, &[(0, 1, 0, 0), (1, 1, 0, 0)], &[1000, 1000]).1,
        [950, 950]
    );
}

#[test]
fn late_entries_that_never_entered_get_everything_back() {
    let (settlement, out) = pay(
        &Rules::SIEGE,
        &[(0, 1, 0, 0), (1, 2, 0, 0)],
        &[1000, 1000, 0, 777],
    );
    assert_eq!(
        settlement,
        Settlement {
            pot: 2000,
            fee: 60,
            burn: 40,
            refunded: 777
        }
    );
    assert_eq!(out, [500, 1400, 0, 777]);
}

#[test]
fn tiny_pots_add_up() {
    let outcomes = [(0, 1, 0, 0), (1, 2, 0, 0)];
    assert_eq!(pay(&Rules::BLITZ, &outcomes, &[0, 0]).1, [0, 0]);
    assert_eq!(pay(&Rules::BLITZ, &outcomes, &[1, 0]).1, [0, 1]);
    assert_eq!(pay(&Rules::SIEGE, &outcomes, &[1, 0]).1, [0, 1]);
    assert_eq!(
        pay(&Rules::SIEGE, &[(0, 2, 0, 0), (1, 2, 0, 0)], &[1, 0]).1,
        [1, 0]
    );
}

#[test]
fn refusals_say_what_is_missing() {
    let buf = ended(&Rules::BLITZ, &[(0, 1, 0, 0), (3, 2, 0, 0)]);
    let refused = |paid: &[u64], room: usize| {
        share_out(&Rules::BLITZ, &buf.view(), paid, &mut vec![0; room]).unwrap_err()
    };
    assert!(
        matches!(refused(&[1, 1, 1], 3), ArenaError::Settlement { player: 3, .. }),
        "owner 3 has no payment"
    );
    assert!(matches!(
        refused(&[0; 101], 101),
        ArenaError::Settlement { player: 101, .. }
    ));
    assert!(matches!(
        refused(&[0; 4], 3),
        ArenaError::Length {
            got: 3,
            expected: 4,
            ..
        }
    ));
    assert!(
        matches!(
            refused(&[u64::MAX, 0, 0, 1], 4),
            ArenaError::Settlement { player: 3, .. }
        ),
        "overflow"
    );
    let running = genesis::<HostSha256>(&Rules::BLITZ, &[0, 1], 2, &[0; 32]).unwrap();
    let early = share_out(&Rules::BLITZ, &running.view(), &[1, 1], &mut [0; 2]);
    assert!(matches!(early, Err(ArenaError::Settlement { .. })));
}

fn outcomes() -> impl Strategy<Value = Vec<(u16, u8, u16)>> {
    // Few values, so that ties of every kind are common.
    proptest::collection::vec((0u16..3, 0u8..2, 0u16..2), 2..=20)
}

fn with_owners(outcomes: &[(u16, u8, u16)], each: usize) -> Vec<Outcome> {
    let mut all: Vec<Outcome> = outcomes
        .iter()
        .enumerate()
        .map(|(i, &(hp, kills, damage))| ((i / each) as u8, hp, kills, damage))
        .collect();
    // A match has two players and somebody alive.
    let last = all.len() - 1;
    all[last].0 = all[last].0.max(1);
    all[0].1 = all[0].1.max(1);
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn payouts_fee_and_burn_are_exactly_the_pot(
        ends in outcomes(),
        each in 1usize..=5,
        siege: bool,
        paid in proptest::collection::vec(prop_oneof![Just(0u64), Just(1), 0u64..100, 0..u64::MAX / 100], 22),
    ) {
        let rules = if siege { Rules::SIEGE } else { Rules::BLITZ };
        let all = with_owners(&ends, each);
        let (settlement, out) = pay(&rules, &all, &paid);
        let in_match = |player: usize| all.iter().any(|outcome| usize::from(outcome.0) == player);
        let sum = |chosen: bool, amounts: &[u64]| -> u64 {
            amounts.iter().enumerate().filter(|(player, _)| in_match(*player) == chosen).map(|(_, &amount)| amount).sum()
        };
        prop_assert_eq!(settlement.pot, sum(true, &paid));
        prop_assert_eq!(sum(true, &out) + settlement.fee + settlement.burn, settlement.pot);
        prop_assert_eq!(settlement.refunded, sum(false, &paid));
        prop_assert_eq!(settlement.fee, (u128::from(settlement.pot) * 300 / 10_000) as u64);
        prop_assert_eq!(settlement.burn, (u128::from(settlement.pot) * 200 / 10_000) as u64);
        for player in (0..paid.len()).filter(|&player| !in_match(player)) {
            prop_assert_eq!(out[player], paid[player]);
        }
    }

    /// Nobody's index matters: reversing the players reverses the places, and payouts but for the indivisible rest.
    #[test]
    fn the_ranking_is_total_and_fair_under_permutation(ends in outcomes(), siege: bool) {
        let rules = if siege { Rules::SIEGE } else { Rules::BLITZ };
        let all = with_owners(&ends, 1);
        let count = all.len();
        let reversed: Vec<Outcome> =
            all.iter().rev().enumerate().map(|(owner, outcome)| (owner as u8, outcome.1, outcome.2, outcome.3)).collect();
        let straight = places(&ended(&rules, &all).view());
        let back = places(&ended(&rules, &reversed).view());
        prop_assert!(straight[..count].iter().all(|&place| place >= 1 && usize::from(place) <= count));
        prop_assert!(straight[..count].contains(&1));
        for player in 0..count {
            prop_assert_eq!(straight[player], back[count - 1 - player]);
        }
        let paid = vec![1_000_003; count];
        let (_, out) = pay(&rules, &all, &paid);
        let (_, out_back) = pay(&rules, &reversed, &paid);
        for player in 0..count {
            let (one, other) = (out[player], out_back[count - 1 - player]);
            prop_assert!(one.abs_diff(other) < 20, "{one} and {other}: the rest of a division by at most 20");
            for rival in 0..count {
                if straight[player] < straight[rival] {
                    prop_assert!(out[player] >= out[rival], "a better place never gets less");
                }
            }
        }
    }
}

//! Bots of every temper against each other in the real rules, without network: whether a match of theirs is
//! one.

use std::collections::HashSet;

use arena::{genesis, step, Change, Event, HostSha256, Rules, Scratch};
use ed25519_dalek::SigningKey;
use player::bots::driver::{Driver, Part};
use player::bots::strategy::TEMPERS;
use player::sight::Field;
use protocol::wire::Snapshot;
use protocol::{MatchKey, PlayerSlot};

/// What a match came to.
#[derive(Debug, Default)]
struct Tally {
    kills: usize,
    pickups: usize,
    deaths_in_zone: usize,
    deaths: usize,
    inputs: usize,
    ticks: u32,
    cells: HashSet<(u8, u8)>,
}

fn play(rules: &Rules, bots: u8, seed: u8) -> Tally {
    let owners: Vec<u8> = (0..bots).collect();
    let mut state = genesis::<HostSha256>(rules, &owners, owners.len(), &[seed; 32]).unwrap();
    let mut drivers: Vec<Driver> = (0..bots)
        .map(|slot| {
            let part = Part {
                match_key: MatchKey([seed; 32]),
                slot: PlayerSlot(slot),
            };
            let key = SigningKey::from_bytes(&[slot + 1; 32]);
            Driver::new(
                key,
                part,
                TEMPERS[usize::from(slot) % TEMPERS.len()],
                u64::from(seed) << 8 | u64::from(slot),
            )
        })
        .collect();
    let mut scratch = Scratch::new();
    scratch.rebuild(&state.view());
    let mut tally = Tally::default();
    while !state.view().ended() {
        let snapshot = Snapshot::from_state(&state.view());
        let field = Field::of(&snapshot, rules);
        tally
            .cells
            .extend(snapshot.warriors.iter().map(|warrior| (warrior.x, warrior.y)));
        let mut changes = Vec::new();
        for driver in &mut drivers {
            for signed in driver.look(snapshot.tick.0, &field) {
                changes.push(Change {
                    warrior: signed.input.warrior.0,
                    heading: signed.input.heading,
                });
                driver.acked(
                    signed.input.sequence,
                    protocol::Tick(1),
                    protocol::Signature::default(),
                );
            }
        }
        tally.inputs += changes.len();
        let mut sink = |event: Event| match event {
            Event::Kill { .. } => tally.kills += 1,
            Event::Pickup { .. } => tally.pickups += 1,
            Event::Died { cause, .. } => {
                tally.deaths += 1;
                tally.deaths_in_zone += usize::from(cause == arena::Cause::Zone);
            }
            _ => {}
        };
        step::<HostSha256>(
            rules,
            &mut state.view_mut(),
            &mut scratch,
            &[seed; 32],
            &[],
            &changes,
            &mut sink,
        )
        .unwrap();
        tally.ticks = state.view().tick();
    }
    tally
}

#[test]
fn a_blitz_of_bots_is_lively() {
    for seed in 0..8 {
        let tally = play(&Rules::BLITZ, 10, seed);
        println!("seed {seed}: {} cells, {tally:?}", tally.cells.len());
        assert!(tally.kills >= 5, "fights decide: {tally:?}");
        assert!(tally.pickups >= 5, "power-ups are collected: {tally:?}");
        assert!(
            tally.deaths_in_zone <= 1,
            "nobody waits outside the zone: {tally:?}"
        );
        assert!(
            tally.cells.len() > 100,
            "they walk about: {} cells",
            tally.cells.len()
        );
        assert!(tally.ticks > 1800, "it lasts: {tally:?}");
        assert!(
            tally.inputs < usize::try_from(tally.ticks).unwrap() * 10 / 6,
            "they do not tremble: {tally:?}"
        );
    }
}

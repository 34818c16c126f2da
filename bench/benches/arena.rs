//! Speed of the rules: a tick, a segment with its hash, re-verifying a whole Blitz.
//!
//! Budgets (medians, one core): a tick of 20 warriors 0.5 µs, of 100 1.5 µs; a whole Blitz 20 ms.
#![allow(unreachable_pub, reason = "modules of a benchmark")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot run may panic"
)]

#[path = "../../arena/tests/it/support/mod.rs"]
mod playing;

use std::hint::black_box;

use arena::{leaf, step, step_segment, Change, HostSha256, Rules, Scratch, SegmentInputs, StateBuf};
use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use playing::{Game, Played, Setup, Style};

/// Segments from the thick of matches, so that a mean over them is a mean over play.
fn segments(rules: Rules, warriors: usize, style: Style) -> (Game, Vec<Played>) {
    let mut game = Game::new(Setup::uniform(rules, warriors, 1, style, 42));
    let mut played = Vec::new();
    while !game.state.view().ended() && played.len() < 60 {
        played.push(game.play_segment());
    }
    (game, played)
}

/// One element is one tick, made by `step` as the crank makes it: scratch kept, inputs in each slot.
fn ticks(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("arena/tick");
    for (name, rules, warriors, style) in [
        ("20 wandering", Rules::BLITZ, 20, Style::Wander),
        ("20 hunting", Rules::BLITZ, 20, Style::Hunt),
        ("20 against walls", Rules::BLITZ, 20, Style::Wall),
        ("100 wandering", Rules::SIEGE, 100, Style::Wander),
        ("100 hunting", Rules::SIEGE, 100, Style::Hunt),
        ("100 against walls", Rules::SIEGE, 100, Style::Wall),
    ] {
        let (game, played) = segments(rules, warriors, style);
        let inputs: Vec<Vec<Vec<Change>>> = played
            .iter()
            .map(|segment| slots(&rules, warriors, segment))
            .collect();
        let total = played.len() as u64 * u64::from(rules.segment_ticks);
        let mut scratch = Box::new(Scratch::new());
        group.throughput(Throughput::Elements(total));
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || {
                    played
                        .iter()
                        .map(|segment| segment.before.clone())
                        .collect::<Vec<StateBuf>>()
                },
                |mut states| {
                    for ((state, segment), inputs) in states.iter_mut().zip(&played).zip(&inputs) {
                        let mut view = state.view_mut();
                        scratch.rebuild_from(&view);
                        for tick in 0..rules.segment_ticks {
                            let (slot, phase) = (tick / rules.slot_ticks, tick % rules.slot_ticks);
                            let changes: &[Change] = if phase == 0 {
                                &inputs[usize::from(slot)]
                            } else {
                                &[]
                            };
                            step::<HostSha256>(
                                &game.rules,
                                &mut view,
                                &mut scratch,
                                &segment.key,
                                &[],
                                changes,
                                &mut (),
                            )
                            .unwrap();
                        }
                    }
                    states
                },
                criterion::BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

/// The changes of each slot.
fn slots(rules: &Rules, warriors: usize, played: &Played) -> Vec<Vec<Change>> {
    let mut slots = vec![Vec::new(); rules.slots_per_segment()];
    for change in SegmentInputs::parse(rules, warriors, &played.inputs)
        .unwrap()
        .changes()
    {
        slots[usize::from(change.slot)].push(change.change);
    }
    slots
}

/// What a verifier does: check the packed inputs, run the segments, hash each state.
fn verify_blitz(criterion: &mut Criterion) {
    // These players keep away from each other, so that the match runs its full 90 seconds.
    let mut game = Game::new(Setup::uniform(Rules::BLITZ, 20, 5, Style::Flee, 7));
    let genesis = game.state.clone();
    let played: Vec<Played> = (0..Rules::BLITZ.segment_count())
        .map(|_| game.play_segment())
        .collect();
    let mut scratch = Box::new(Scratch::new());
    criterion.bench_function("arena/verify a whole Blitz of 20", |bencher| {
        bencher.iter(|| {
            let mut state = genesis.clone();
            for segment in &played {
                let inputs = SegmentInputs::parse(&game.rules, 20, &segment.inputs).unwrap();
                let mut view = state.view_mut();
                step_segment::<HostSha256>(
                    &game.rules,
                    &mut view,
                    &mut scratch,
                    &segment.key,
                    &inputs,
                    &game.owners,
                    &mut (),
                )
                .unwrap();
                black_box(leaf::<HostSha256>(state.as_bytes()));
            }
            assert_eq!(state, game.state);
        });
    });
}

criterion_group!(benches, ticks, verify_blitz);
criterion_main!(benches);

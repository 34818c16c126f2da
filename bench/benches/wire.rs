//! Size and cost of state frames: bytes of deltas and keyframes over whole matches, time to encode and decode a tick.
//!
//! Sizes follow from the matches' numbers alone and come out the same on every machine; times are medians of several
//! passes. Budgets (20 warriors): a delta 60 bytes in the mean, a keyframe 200, a follower 4,000 bytes a second.
#![allow(unreachable_pub, reason = "modules of a benchmark")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot run may panic"
)]

#[path = "../../arena/tests/it/support/mod.rs"]
mod playing;

use std::hint::black_box;
use std::time::Duration;

use arena::{step, Change, HostSha256, Rules, Scratch, SegmentInputs, StateBuf, TICKS_PER_SECOND};
use bench::cpu::this_thread;
use bench::sample::{verdict, Sample, Table};
use playing::{Game, Setup, Style};
use protocol::wire::{Bundle, Encoder, EventLog, FrameKind, Snapshot, StateFrame, TickEvent, BUNDLE_TICKS};

/// Matches of each kind.
const MATCHES: u64 = 5;

/// Passes over all ticks of a kind when time is measured.
const PASSES: usize = 7;

/// Processor time of a pass.
const PASS: Duration = Duration::from_millis(150);

/// One tick as the tick thread has it before it encodes.
struct Made {
    state: StateBuf,
    events: Vec<TickEvent>,
}

/// All ticks of one match, the genesis first. At most `ticks_max`, and none once the match is over.
fn play(rules: Rules, warriors: usize, styles: &[Style], number: u64, ticks_max: usize) -> Vec<Made> {
    let mut setup = Setup::uniform(rules, warriors, 1, Style::Wander, number);
    setup.styles = (0..warriors)
        .map(|warrior| styles[warrior % styles.len()])
        .collect();
    let mut game = Game::new(setup);
    let mut scratch = Box::new(Scratch::new());
    let mut log = EventLog::default();
    let mut made = vec![Made {
        state: game.state.clone(),
        events: Vec::new(),
    }];
    while !game.state.view().ended() && made.len() < ticks_max {
        // The segment is played twice: once to learn what the players do, once to see every tick.
        let played = game.play_segment();
        let mut state = played.before.clone();
        scratch.rebuild(&state.view());
        let inputs = SegmentInputs::parse(&rules, warriors, &played.inputs).unwrap();
        let mut slots: Vec<Vec<Change>> = vec![Vec::new(); rules.slots_per_segment()];
        for change in inputs.changes() {
            slots[usize::from(change.slot)].push(change.change);
        }
        for tick in 0..rules.segment_ticks {
            if state.view().ended() {
                break;
            }
            let (slot, phase) = (tick / rules.slot_ticks, tick % rules.slot_ticks);
            let changes: &[Change] = if phase == 0 {
                &slots[usize::from(slot)]
            } else {
                &[]
            };
            log.clear();
            let mut view = state.view_mut();
            step::<HostSha256>(
                &rules,
                &mut view,
                &mut scratch,
                &played.key,
                &[],
                changes,
                &mut log,
            )
            .unwrap();
            made.push(Made {
                state: state.clone(),
                events: log.events().to_vec(),
            });
        }
        assert_eq!(state, game.state, "the same match twice");
    }
    made
}

fn encode(ticks: &[Made]) -> Vec<(FrameKind, Vec<u8>)> {
    let mut encoder = Encoder::new();
    let frames = ticks.iter().map(|made| {
        let encoded = encoder.frame(&made.state.view(), &made.events);
        (encoded.kind, encoded.bytes)
    });
    frames.collect()
}

/// Decodes as a client does and gives the last picture.
fn decode(frames: &[(FrameKind, Vec<u8>)]) -> Option<Snapshot> {
    let mut state = None;
    for (_, bytes) in frames {
        let frame = StateFrame::from_bytes(bytes).unwrap();
        let mut sink = |_, event: &TickEvent| {
            black_box(event);
        };
        frame.apply(&mut state, &mut sink).unwrap();
    }
    state
}

/// Bytes of a message on the socket: a WebSocket header of 2 bytes, 4 from 126 bytes on.
fn on_socket(payload: usize) -> usize {
    payload + if payload < 126 { 2 } else { 4 }
}

/// Bytes a second for a follower, from all frames of all matches: every tick, and in bundles.
fn rates(matches: &[Vec<(FrameKind, Vec<u8>)>]) -> (f64, f64) {
    let (mut single, mut bundled, mut ticks) = (0, 0, 0);
    for frames in matches {
        ticks += frames.len();
        single += frames
            .iter()
            .map(|(_, bytes)| on_socket(bytes.len()))
            .sum::<usize>();
        for bundle in frames.chunks(BUNDLE_TICKS) {
            let joined = Bundle::join(bundle.iter().map(|(_, bytes)| &bytes[..])).unwrap();
            bundled += on_socket(joined.len());
        }
    }
    let seconds = ticks as f64 / f64::from(TICKS_PER_SECOND);
    (single as f64 / seconds, bundled as f64 / seconds)
}

/// Processor time of `work` over its `ticks` ticks: what other programs take does not count. A pass goes on for as long
/// as the kernel needs to count exactly enough.
fn nanoseconds_a_tick(ticks: usize, mut work: impl FnMut()) -> f64 {
    let pass = |_| {
        let begin = this_thread().expect("Linux counts each thread's processor time");
        let mut rounds = 0;
        loop {
            work();
            rounds += 1;
            let ran = this_thread().unwrap_or_default().since(&begin).ran;
            if ran >= PASS {
                break ran.as_nanos() as f64 / (ticks * rounds) as f64;
            }
        }
    };
    (0..PASSES).map(pass).collect::<Sample>().median()
}

fn main() {
    let mixed: &[Style] = &[
        Style::Wander,
        Style::Hunt,
        Style::Flee,
        Style::Wander,
        Style::Hunt,
    ];
    let kinds = [
        ("Blitz, 20, all wander", Rules::BLITZ, 20, &[Style::Wander][..]),
        ("Blitz, 20, all hunt", Rules::BLITZ, 20, &[Style::Hunt][..]),
        ("Blitz, 20, mixed", Rules::BLITZ, 20, mixed),
        ("Siege, 100, all wander", Rules::SIEGE, 100, &[Style::Wander][..]),
        ("Siege, 100, all hunt", Rules::SIEGE, 100, &[Style::Hunt][..]),
        ("Siege, 100, mixed", Rules::SIEGE, 100, mixed),
    ];
    let mut sizes = Table::new(&[
        "match",
        "ticks",
        "delta mean",
        "p50",
        "p99",
        "max",
        "keyframe mean",
        "max",
        "every tick, B/s",
        "bundles, B/s",
    ]);
    let mut times = Table::new(&["match", "encode, ns a tick", "decode and apply, ns a tick"]);
    let mut budgets = Table::new(&["budget, 20 warriors", "worst kind", "verdict"]);
    let (mut worst_delta, mut worst_key, mut worst_rate) = (0f64, 0f64, 0f64);
    for (name, rules, warriors, styles) in kinds {
        // Five whole matches; of a Siege the first minute, while most are alive.
        let ticks_max = if warriors == 100 { 3600 } else { usize::MAX };
        let matches: Vec<Vec<Made>> = (1..=MATCHES)
            .map(|number| play(rules, warriors, styles, number, ticks_max))
            .collect();
        let frames: Vec<_> = matches.iter().map(|ticks| encode(ticks)).collect();
        let of_kind = |kind| -> Sample {
            let all = frames.iter().flatten().filter(|(found, _)| *found == kind);
            all.map(|(_, bytes)| bytes.len() as f64).collect()
        };
        let (deltas, keys) = (of_kind(FrameKind::Delta), of_kind(FrameKind::Key));
        let ticks = deltas.len() + keys.len();
        let (single, bundled) = rates(&frames);
        sizes.line([
            name.to_owned(),
            ticks.to_string(),
            format!("{:.1}", deltas.mean()),
            format!("{:.0}", deltas.median()),
            format!("{:.0}", deltas.quantile(0.99)),
            format!("{:.0}", deltas.max()),
            format!("{:.1}", keys.mean()),
            format!("{:.0}", keys.max()),
            format!("{single:.0}"),
            format!("{bundled:.0}"),
        ]);
        for (ticks, frames) in matches.iter().zip(&frames) {
            let picture = decode(frames).unwrap();
            let last = ticks.last().unwrap().state.view();
            assert_eq!(picture.tick.0, last.tick());
            assert_eq!(picture.warriors.len(), last.present());
        }
        let encoding = nanoseconds_a_tick(ticks, || {
            matches.iter().for_each(|ticks| {
                black_box(encode(ticks));
            });
        });
        let decoding = nanoseconds_a_tick(ticks, || {
            frames.iter().for_each(|frames| {
                black_box(decode(frames));
            });
        });
        times.line([
            name.to_owned(),
            format!("{encoding:.0}"),
            format!("{decoding:.0}"),
        ]);
        if warriors == 20 {
            worst_delta = worst_delta.max(deltas.mean());
            worst_key = worst_key.max(keys.max());
            worst_rate = worst_rate.max(single.max(bundled));
        }
    }
    let lines = [
        ("delta, mean bytes", worst_delta, 60.0),
        ("keyframe, largest, bytes", worst_key, 200.0),
        ("a follower, bytes a second", worst_rate, 4000.0),
    ];
    for (name, measured, budget) in lines {
        budgets.line([
            name.to_owned(),
            format!("{measured:.1}"),
            verdict(measured, budget),
        ]);
    }
    sizes.print("Bytes of a frame (all numbers in bytes; the rates include WebSocket headers)");
    times.print(&format!("Processor time, median of {PASSES} passes"));
    budgets.print("Budgets");
}

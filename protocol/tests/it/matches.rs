//! Frames of real matches: what the arena does is what arrives, and it is small.

use arena::{Change, HostSha256, Mode, Rules, Scratch, StateBuf};
use protocol::wire::{Encoder, EventLog, FrameKind, Snapshot, StateFrame, TickEvent};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

/// How a match is played.
struct Play {
    rules: Rules,
    owners: Vec<u8>,
    late: Vec<u8>,
    capacity: usize,
    /// Chance of a new heading, per warrior and tick.
    change: f64,
    seed: u64,
}

#[derive(Default)]
struct Sizes {
    keyframes: Vec<usize>,
    deltas: Vec<usize>,
    kinds_of_event: [usize; 5],
}

impl Play {
    /// Plays to the end, checks every frame against the state it was made from, and measures.
    fn check(&self) -> Sizes {
        let mut random = StdRng::seed_from_u64(self.seed);
        let rules = &self.rules;
        let mut state: StateBuf =
            arena::genesis::<HostSha256>(rules, &self.owners, self.capacity, &random.gen()).unwrap();
        let mut scratch = Scratch::new();
        scratch.rebuild(&state.view());
        let (mut encoder, mut log, mut sizes) = (Encoder::new(), EventLog::default(), Sizes::default());
        let mut received = None;
        let mut late = self.late.chunk_by(|a, b| a == b);
        loop {
            let frame = encoder.frame(&state.view(), log.events());
            let mut heard: Vec<TickEvent> = vec![];
            let read = StateFrame::from_bytes(&frame.bytes).unwrap();
            read.apply(&mut received, &mut |_, event| heard.push(*event))
                .unwrap();
            assert_eq!(received.as_ref(), Some(&Snapshot::from_state(&state.view())));
            assert_eq!(heard, log.events());
            assert_eq!((frame.tick, frame.bytes[0] >> 4), (read.tick(), 1));
            match frame.kind {
                FrameKind::Key => sizes.keyframes.push(frame.bytes.len()),
                FrameKind::Delta => sizes.deltas.push(frame.bytes.len()),
            }
            heard.iter().for_each(|event| sizes.count(event));
            if state.view().ended() {
                return sizes;
            }

            let tick = state.view().tick();
            let slot = tick.is_multiple_of(rules.slot_ticks.into());
            let mut changes = vec![];
            for warrior in 0..state.view().present() as u8 {
                if slot && random.gen_bool(self.change * f64::from(rules.slot_ticks)) {
                    let heading = random.gen_range(0..=8);
                    changes.push(Change { warrior, heading });
                }
            }
            let enters = tick > 0 && tick <= rules.late_entry_ticks.into() && tick.is_multiple_of(120);
            let admit = if enters { late.next().unwrap_or(&[]) } else { &[] };
            log.clear();
            let key = [(tick / 120) as u8; 32];
            arena::step::<HostSha256>(
                rules,
                &mut state.view_mut(),
                &mut scratch,
                &key,
                admit,
                &changes,
                &mut log,
            )
            .unwrap();
        }
    }
}

impl Sizes {
    fn count(&mut self, event: &TickEvent) {
        let kind = match event {
            TickEvent::Hit { .. } => 0,
            TickEvent::Kill { .. } => 1,
            TickEvent::Died { .. } => 2,
            TickEvent::Pickup { .. } => 3,
            TickEvent::Ended { .. } => 4,
        };
        self.kinds_of_event[kind] += 1;
    }
}

fn mean(sizes: &[usize]) -> f64 {
    sizes.iter().sum::<usize>() as f64 / sizes.len() as f64
}

fn owners(players: u8, warriors: u8) -> Vec<u8> {
    (0..players)
        .flat_map(|player| std::iter::repeat_n(player, warriors.into()))
        .collect()
}

/// No damage: all 20 warriors stay to the end and move all the time. The busiest a match can be but for
/// fights.
const CROWDED: Rules = Rules {
    environment_damage_centi: 1,
    zone_damage_centi: 1,
    damage_min_centi: 100,
    damage_max_centi: 150,
    ..Rules::BLITZ
};

#[test]
fn a_blitz_of_20_fits_the_budget() {
    let mut all = Sizes::default();
    for (seed, change) in [(1, 0.02), (2, 0.05), (3, 0.16)] {
        for rules in [Rules::BLITZ, CROWDED] {
            let sizes = Play {
                rules,
                owners: owners(10, 2),
                late: vec![],
                capacity: 20,
                change,
                seed,
            }
            .check();
            let (key, delta) = (*sizes.keyframes.iter().max().unwrap(), mean(&sizes.deltas));
            println!(
                "Blitz of 20, {change} changes a warrior and tick: keyframes at most {key}, deltas {delta:.1} mean, \
                 {} at most; {} ticks; events {:?}",
                sizes.deltas.iter().max().unwrap(),
                sizes.deltas.len() + sizes.keyframes.len(),
                sizes.kinds_of_event,
            );
            assert!(key <= 200, "a keyframe has {key} bytes");
            assert!(delta <= 60.0, "deltas have {delta} bytes in the mean");
            for (all, one) in all.kinds_of_event.iter_mut().zip(sizes.kinds_of_event) {
                *all += one;
            }
        }
    }
    assert!(
        all.kinds_of_event.iter().all(|count| *count > 0),
        "{:?}",
        all.kinds_of_event
    );
}

#[test]
fn a_siege_of_100_with_late_entries_arrives_whole() {
    let late: Vec<u8> = (40..50).flat_map(|player| [player, player]).collect();
    let play = Play {
        rules: Rules::SIEGE,
        owners: owners(40, 2),
        late,
        capacity: 100,
        change: 0.05,
        seed: 9,
    };
    let sizes = play.check();
    let (key, delta) = (*sizes.keyframes.iter().max().unwrap(), mean(&sizes.deltas));
    println!("Siege of 100: keyframes at most {key}, deltas {delta:.1} mean");
    assert!(key <= 800 && delta <= 200.0, "{key} {delta}");
    assert_eq!(Mode::Siege, Rules::SIEGE.mode());
}

//! What one segment costs in the virtual machine: played matches, and a search for the dearest segment.
//!
//! `SEARCH_STEPS=20000` searches longer, `KEEP_WORST=1` keeps a find that is dearer than the kept one in
//! `tests/vectors/segments`, where the program suite takes it from to prove it wrong in a whole transaction. The budgets
//! leave room for everything else that a fraud proof does.

use crate::support::arena_sbf::Machine;
use crate::support::playing::{Game, Lot, Setup, Style, STYLES};
use crate::support::segments::Segment;
use arena::{genesis, pack_inputs, Change, HostSha256, Mode, Rules, StateBuf, TickChange, MAX_INPUTS_LEN};

/// The dearest segment that may be found, for 20 and for 100 warriors.
const WORST_20: u64 = 200_000;
const WORST_100: u64 = 650_000;
/// The mean over played matches.
const TYPICAL_20: u64 = 105_000;
const TYPICAL_100: u64 = 260_000;

fn search_steps() -> u32 {
    match std::env::var("SEARCH_STEPS") {
        Ok(text) => text
            .parse()
            .expect("SEARCH_STEPS is a number of tries, such as 20000"),
        Err(_) => 1_500,
    }
}

/// Mean and most over matches of full size.
fn played(machine: &mut Machine, rules: Rules, warriors: usize) -> (u64, u64) {
    let (mut sum, mut count, mut most) = (0, 0, 0);
    for (number, style) in STYLES.into_iter().enumerate() {
        for each in [1, 4] {
            let mut game = Game::new(Setup::uniform(rules, warriors, each, style, number as u64));
            machine.load(game.state.as_bytes());
            while !game.state.view().ended() {
                let played = game.play_segment();
                let outcome = machine.segment(&game.rules, &played.key, &game.owners, &played.inputs);
                assert!(outcome.accepted);
                assert_eq!(machine.state(), game.state.as_bytes());
                (sum, count, most) = (
                    sum + outcome.compute_units,
                    count + 1,
                    most.max(outcome.compute_units),
                );
            }
        }
    }
    (sum / count, most)
}

/// A segment that the search may change.
#[derive(Clone)]
struct Candidate {
    rules: Rules,
    tick: u16,
    /// Owner, x, y, heading, effect, first tick of an attack, centi-HP of each warrior.
    warriors: Vec<[u16; 7]>,
    haste: bool,
    changes: Vec<TickChange>,
    drip_key: [u8; 32],
}

impl Candidate {
    /// Warriors in the given formation, all ready and fast, each holding a heading.
    fn new(rules: Rules, each: usize, spacing: usize, lot: &mut Lot) -> Self {
        let count = usize::from(rules.warriors_max);
        let side = usize::from(rules.arena_side);
        let columns = side.div_ceil(spacing);
        let cell = |index: usize| (1 + index % columns * spacing, 1 + index / columns * spacing);
        let warriors = (0..count)
            .map(|index| {
                let (x, y) = cell(index);
                let heading = 1 + lot.below(8);
                [
                    (index / each) as u16,
                    x as u16,
                    y.min(side) as u16,
                    heading as u16,
                    3,
                    0,
                    10_000,
                ]
            })
            .collect();
        let tick = rules.shrink_start_ticks - rules.segment_ticks;
        let mut drip_key = [0; 32];
        drip_key[..8].copy_from_slice(&lot.next().to_le_bytes());
        Self {
            rules,
            tick,
            warriors,
            haste: true,
            changes: Vec::new(),
            drip_key,
        }
    }

    /// As many changes as the rules allow, spread over the segment.
    fn busy(mut self, lot: &mut Lot) -> Self {
        let slots = self.rules.slots_per_segment();
        let most = usize::from(self.rules.changes_per_warrior_max);
        for slot in (0..slots).filter(|slot| slot % (slots / most) == 0) {
            for warrior in 0..self.warriors.len() {
                let change = Change {
                    warrior: warrior as u8,
                    heading: (1 + lot.below(8)) as u8,
                };
                self.changes.push(TickChange {
                    slot: slot as u8,
                    change,
                });
            }
        }
        self
    }

    /// The bytes, or `None` when two warriors share a cell.
    fn state(&self) -> Option<StateBuf> {
        let owners: Vec<u8> = self.warriors.iter().map(|warrior| warrior[0] as u8).collect();
        let buf = genesis::<HostSha256>(&self.rules, &owners, owners.len(), &[0; 32]).ok()?;
        let mut bytes = buf.as_bytes().to_vec();
        bytes[2..4].copy_from_slice(&self.tick.to_le_bytes());
        if self.haste {
            bytes[11] = 3;
            bytes[12..14].copy_from_slice(&u16::MAX.to_le_bytes());
        }
        for (slot, &[_, x, y, heading, effect, attack, hp]) in bytes[64..].chunks_mut(16).zip(&self.warriors)
        {
            slot[0..2].copy_from_slice(&(heading << 12 | y << 6 | x).to_le_bytes());
            slot[2..4].copy_from_slice(&(effect << 14 | hp).to_le_bytes());
            slot[6..8].copy_from_slice(&attack.to_le_bytes());
            slot[8..10].copy_from_slice(&30_000u16.to_le_bytes());
        }
        StateBuf::from_bytes(&bytes).ok()
    }

    /// As it would be kept, or `None` when it is no valid state.
    fn segment(&self) -> Option<Segment> {
        let state = self.state()?;
        let owners: Vec<u8> = self.warriors.iter().map(|warrior| warrior[0] as u8).collect();
        let mut inputs = vec![0; MAX_INPUTS_LEN];
        let len = pack_inputs(&self.rules, owners.len(), 0, &self.changes, &mut inputs).ok()?;
        inputs.truncate(len);
        Some(Segment {
            rules: self.rules,
            drip_key: self.drip_key,
            owners,
            state: state.as_bytes().to_vec(),
            inputs,
        })
    }

    fn cost(&self, machine: &mut Machine) -> Option<u64> {
        cost(machine, &self.segment()?)
    }

    /// Changes a few things at random.
    fn mutated(&self, lot: &mut Lot) -> Self {
        let mut next = self.clone();
        let side = usize::from(self.rules.arena_side);
        for _ in 0..1 + lot.below(4) {
            let index = lot.below(next.warriors.len());
            match lot.below(8) {
                0 => next.warriors[index][3] = lot.below(9) as u16,
                1 => next.warriors[index][4] = lot.below(4) as u16,
                2 => next.warriors[index][5] = next.tick + lot.below(32) as u16,
                3 => next.warriors[index][6] = 1 + lot.below(10_000) as u16,
                4 => next.drip_key[lot.below(32)] = lot.next() as u8,
                5 if !next.changes.is_empty() => {
                    let change = lot.below(next.changes.len());
                    next.changes[change].change.heading = lot.below(9) as u8;
                }
                6 => {
                    // Beside another warrior.
                    let other = next.warriors[lot.below(next.warriors.len())];
                    let step = |at: u16, lot: &mut Lot| {
                        (usize::from(at) + lot.below(3)).saturating_sub(1).clamp(1, side) as u16
                    };
                    (next.warriors[index][1], next.warriors[index][2]) =
                        (step(other[1], lot), step(other[2], lot));
                }
                _ => {
                    (next.warriors[index][1], next.warriors[index][2]) =
                        (1 + lot.below(side) as u16, 1 + lot.below(side) as u16);
                }
            }
        }
        next
    }
}

/// Compute units of a segment, or `None` when the rules refuse it.
fn cost(machine: &mut Machine, segment: &Segment) -> Option<u64> {
    machine.load(&segment.state);
    let outcome = machine.segment(&segment.rules, &segment.key(), &segment.owners, &segment.inputs);
    outcome.accepted.then_some(outcome.compute_units)
}

/// The dearest of the kept segment and what the search finds; keeps the find when asked to and it is dearer.
fn worst(machine: &mut Machine, rules: Rules, name: &str) -> u64 {
    let kept = Segment::kept(name).map_or(0, |segment| {
        cost(machine, &segment).expect("a kept segment is one that the rules take")
    });
    let (found, candidate) = search(machine, rules);
    if found > kept {
        println!("{name}: found {found}, kept {kept} compute units; KEEP_WORST=1 keeps the find");
        if std::env::var_os("KEEP_WORST").is_some() {
            let remark = format!("{found} compute units in the arena-step program when it was found");
            candidate
                .segment()
                .expect("the find is a valid state")
                .keep(name, &remark);
        }
    }
    found.max(kept)
}

/// Climbs from several formations; returns the dearest segment and its cost.
fn search(machine: &mut Machine, rules: Rules) -> (u64, Candidate) {
    let mut lot = Lot(99);
    let mut starts = Vec::new();
    for each in [1, 4, 5] {
        for spacing in [1, 2, 3, 5] {
            for haste in [false, true] {
                starts.push(Candidate {
                    haste,
                    ..Candidate::new(rules, each, spacing, &mut lot)
                });
                starts.push(
                    Candidate {
                        haste,
                        ..Candidate::new(rules, each, spacing, &mut lot)
                    }
                    .busy(&mut lot),
                );
            }
        }
    }
    let mut ranked: Vec<(u64, Candidate)> = starts
        .into_iter()
        .filter_map(|start| start.cost(machine).map(|cost| (cost, start)))
        .collect();
    assert!(!ranked.is_empty(), "at least one formation must be a valid state");
    ranked.sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
    ranked.truncate(3);
    for (cost, candidate) in &mut ranked {
        for _ in 0..search_steps() / 3 {
            let next = candidate.mutated(&mut lot);
            if let Some(dearer) = next.cost(machine).filter(|dearer| dearer >= cost) {
                (*cost, *candidate) = (dearer, next);
            }
        }
    }
    ranked.into_iter().max_by_key(|(cost, _)| *cost).unwrap()
}

#[test]
fn a_segment_of_20_stays_within_its_budget() {
    let mut machine = Machine::new();
    let (mean, most) = played(&mut machine, Rules::BLITZ, 20);
    let worst = worst(&mut machine, Rules::BLITZ, "worst_20");
    println!("20 warriors: mean {mean}, most in play {most}, worst found {worst} compute units");
    assert!(
        mean <= TYPICAL_20 && worst.max(most) <= WORST_20,
        "mean {mean}, most {most}, worst {worst}"
    );
}

#[test]
fn a_segment_of_100_stays_within_its_budget() {
    let mut machine = Machine::new();
    let (mean, most) = played(&mut machine, Rules::SIEGE, 100);
    let worst = worst(&mut machine, Rules::SIEGE, "worst_100");
    println!("100 warriors: mean {mean}, most in play {most}, worst found {worst} compute units");
    assert!(
        mean <= TYPICAL_100 && worst.max(most) <= WORST_100,
        "mean {mean}, most {most}, worst {worst}"
    );
}

#[test]
fn the_fixed_parts_are_small() {
    let mut machine = Machine::new();
    for (rules, warriors) in [(Rules::BLITZ, 20u8), (Rules::SIEGE, 100)] {
        let owners: Vec<u8> = (0..warriors).collect();
        let mut game = Game::new(Setup::uniform(rules, usize::from(warriors), 1, Style::Hunt, 1));
        machine.load(game.state.as_bytes());
        let idle = machine.idle().compute_units;
        let genesis = machine.genesis(&rules, &[1; 32], &owners).compute_units - idle;
        let check = machine.check().compute_units - idle;
        while !game.state.view().ended() {
            game.play_segment();
        }
        machine.load(game.state.as_bytes());
        let shared = machine
            .share_out(&rules, &vec![1_000_000; usize::from(warriors)])
            .compute_units
            - idle;
        println!("{warriors} warriors: genesis {genesis}, check {check}, payouts with their check {shared} compute units");
        let mode = rules.mode();
        let budgets = if mode == Mode::Blitz {
            [20_000, 5_000, 20_000]
        } else {
            [90_000, 20_000, 50_000]
        };
        assert!(
            genesis <= budgets[0] && check <= budgets[1] && shared <= budgets[2],
            "{mode:?}"
        );
    }
}

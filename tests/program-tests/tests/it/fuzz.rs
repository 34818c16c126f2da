//! Random actions over the whole program: see `program_tests::actions`. `FUZZ_STEPS` says how many (20,000 unless told),
//! `FUZZ_SEED` where to begin; a failure prints the command that repeats it.

use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

use aurelius::state::{MatchStatus as S, PlayerSlot};
use program_tests::actions::{check_change, edges, Fuzz, Kind, Tally};
use program_tests::{MatchState, World};

/// Steps on one chain, before the next begins with the next seed: old matches' accounts must not pile up.
const STEPS_PER_CHAIN: usize = 4_000;
const STEPS: usize = 20_000;
const SEED: u64 = 3_000;
/// How often every instruction must have landed in a run of [`STEPS`]: a fuzzer that gets nowhere finds nothing.
const LANDED_MIN: usize = 10;
/// How often a match must have gone each way.
const EDGES_MIN: usize = 3;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().expect("a number"))
}

/// `steps` steps on a new chain.
fn run(seed: u64, steps: usize) -> Tally {
    let mut fuzz = Fuzz::new(seed);
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        for _ in 0..steps {
            fuzz.step();
        }
    }));
    if let Err(panic) = outcome {
        println!("seed {seed}, step {}. To repeat:", fuzz.tally.steps);
        println!(
            "FUZZ_SEED={seed} FUZZ_STEPS={} cargo test -p program-tests --test it fuzz -- --nocapture",
            fuzz.tally.steps
        );
        resume_unwind(panic);
    }
    fuzz.tally.clone()
}

#[test]
fn no_sequence_of_actions_breaks_the_books() {
    let seed = number("FUZZ_SEED", SEED);
    let steps = number("FUZZ_STEPS", STEPS as u64) as usize;
    println!("seeds from {seed}, {steps} steps, {STEPS_PER_CHAIN} a chain");
    let mut tally = Tally::default();
    let mut chain = 0;
    while tally.steps < steps {
        let count = STEPS_PER_CHAIN.min(steps - tally.steps);
        tally.add(&run(seed + chain, count));
        chain += 1;
    }
    for kind in Kind::ALL {
        let (sent, landed) = tally.instructions.get(kind).copied().unwrap_or_default();
        println!("{kind:?}: {landed} of {sent} landed");
    }
    println!("statuses {:?}, mutated {}", tally.edges, tally.mutated.0);
    if steps >= STEPS {
        check_reach(&tally, chain as usize);
    }
}

/// Every instruction landed often enough, and matches went every way.
fn check_reach(tally: &Tally, chains: usize) {
    for kind in Kind::ALL {
        let least = if *kind == Kind::InitializeConfig {
            chains
        } else {
            LANDED_MIN
        };
        assert!(
            tally.landed(*kind) >= least,
            "{kind:?} landed {} times",
            tally.landed(*kind)
        );
    }
    for edge in edges() {
        let seen = tally.edges.get(&edge).copied().unwrap_or_default();
        assert!(seen >= EDGES_MIN, "the way {edge:?} was gone {seen} times");
    }
}

#[test]
fn the_fuzzer_knows_every_instruction() {
    let idl = concat!(env!("CARGO_MANIFEST_DIR"), "/../../idl/aurelius.json");
    let idl = std::fs::read_to_string(idl).expect("the IDL");
    for kind in Kind::ALL {
        let mut name = format!("{kind:?}");
        name.replace_range(..1, &name[..1].to_lowercase());
        let snake = name.chars().fold(String::new(), |mut snake, letter| {
            if letter.is_uppercase() {
                snake.push('_');
            }
            snake.extend(letter.to_lowercase());
            snake
        });
        let name = format!("\n      \"name\": \"{snake}\"");
        assert!(idl.contains(&name), "{snake} is not in the IDL");
    }
    let list = idl.split("\n  \"instructions\": [").nth(1).expect("instructions");
    let list = list.split("\n  ],").next().expect("the end of the list");
    assert_eq!(Kind::ALL.len(), list.matches("\n      \"name\": ").count());
}

/// The watch over the statuses would notice: changes that no instruction may make, one at a time.
#[test]
fn unlawful_changes_are_noticed() {
    type Change = fn(&mut MatchState);
    let unlawful: [(S, &str, Change); 12] = [
        (S::Open, "status", |of| of.header.status = S::Live as u8),
        (S::Locked, "status", |of| of.header.status = S::Cancelled as u8),
        (S::Live, "status", |of| of.header.status = S::Settled as u8),
        (S::Settled, "status", |of| of.header.status = S::Voided as u8),
        (S::Voided, "status", |of| of.header.status = S::Open as u8),
        (S::Proposed, "time", |of| {
            (of.header.status, of.header.bond_held) = (S::Settled as u8, 0);
        }),
        (S::Live, "stake", |of| of.header.stake_per_warrior += 1),
        (S::Live, "seed", |of| of.header.seed[0] ^= 1),
        (S::Locked, "checkpoints", |of| of.header.checkpoints_posted += 1),
        (S::Live, "player", |of| of.slots[0].player = of.slots[1].player),
        (S::Settled, "payout", |of| of.slots[0].payout += 1),
        (S::Settled, "flags", |of| {
            of.slots[0].flags &= !PlayerSlot::ENTERED
        }),
    ];
    let mut world = World::new();
    for (status, what, change) in unlawful {
        let played = match status {
            S::Open => world.opened(&[1, 1]),
            S::Locked => world.locked(&[1, 1]),
            S::Live => world.live(&[1, 1]),
            S::Proposed => world.proposed(&[1, 1]),
            S::Settled => world.settled(&[1, 1]),
            _ => world.voided(&[1, 1]),
        };
        let before = world.match_state(&played.of);
        let mut after = world.match_state(&played.of);
        let slot = world.slot();
        check_change(&before, &after, slot, false);
        change(&mut after);
        let noticed = catch_unwind(AssertUnwindSafe(|| check_change(&before, &after, slot, false)));
        assert!(noticed.is_err(), "{status:?}: nobody noticed a change of {what}");
    }
}

#[test]
fn a_seed_repeats_its_run() {
    let history = |_| {
        let mut fuzz = Fuzz::new(SEED);
        (0..600).for_each(|_| fuzz.step());
        fuzz.history()
    };
    assert_eq!(history(1), history(2));
}

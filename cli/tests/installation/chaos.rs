//! Faults in a seeded order over running matches: two cranks, two relays, a Redis Cluster, PostgreSQL and a
//! local chain as real processes, with gates between them that can be cut.
//!
//! After each fault every live match ticks again, what was posted verifies, and all the money is where it
//! must be. At the end every acked input is found in its match, every match verifies from the ledger, and
//! every balance is exact. `CHAOS_SEEDS` names the seeds (numbers, or ranges such as `1-20`), `CHAOS_FAULTS`
//! how many faults of each are played, `CHAOS_ONLY` plays one kind of fault only (`RedisPause`), three times.

use crate::support::fault::Fault;
use crate::support::stage::Stage;
use crate::ONE_AT_A_TIME;

/// Played where nobody names seeds.
const SEEDS: &str = "1";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_loses_or_doubles_anything() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let seeds = std::env::var("CHAOS_SEEDS").unwrap_or_else(|_| SEEDS.to_owned());
    let faults: usize = std::env::var("CHAOS_FAULTS").map_or(usize::MAX, |count| {
        count.parse().expect("CHAOS_FAULTS is a number")
    });
    for seed in parse_seeds(&seeds) {
        let mut deck = Fault::deck(seed);
        if let Ok(only) = std::env::var("CHAOS_ONLY") {
            deck.retain(|fault| format!("{fault:?}").starts_with(&only));
            assert!(!deck.is_empty(), "CHAOS_ONLY is {only}: there is no such fault");
            deck = [&deck[..], &deck[..], &deck[..]].concat();
        }
        let _say = SayHowToRepeat { seed, faults };
        println!("seed {seed}: {} faults", deck.len().min(faults));
        let mut stage = Stage::build(seed).await;
        for fault in deck.iter().take(faults) {
            stage.play(fault).await;
        }
        stage.close().await;
    }
}

/// `3`, `1,4`, `1-20`.
fn parse_seeds(text: &str) -> Vec<u64> {
    let number = |text: &str| -> u64 {
        text.trim().parse().unwrap_or_else(|_| {
            panic!("CHAOS_SEEDS has {text:?}; expected numbers and ranges, for example 1,7,20-30")
        })
    };
    text.split(',')
        .flat_map(|part| match part.split_once('-') {
            Some((first, last)) => number(first)..=number(last),
            None => number(part)..=number(part),
        })
        .collect()
}

/// One command that repeats the run, when it fails.
struct SayHowToRepeat {
    seed: u64,
    faults: usize,
}

impl Drop for SayHowToRepeat {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let faults = match self.faults {
                usize::MAX => String::new(),
                faults => format!(" FAULTS={faults}"),
            };
            let only =
                std::env::var("CHAOS_ONLY").map_or_else(|_| String::new(), |only| format!(" ONLY={only}"));
            eprintln!(
                "seed {} failed; repeat it with: make chaos SEEDS={}{faults}{only}",
                self.seed, self.seed
            );
        }
    }
}

#[test]
fn a_seed_gives_every_fault_once_and_always_the_same() {
    let kinds = |seed| -> std::collections::BTreeSet<String> {
        let name = |fault: &Fault| format!("{fault:?}").split_whitespace().next().unwrap().to_owned();
        Fault::deck(seed).iter().map(name).collect()
    };
    assert_eq!(Fault::deck(7), Fault::deck(7));
    assert_ne!(Fault::deck(7), Fault::deck(8));
    assert_eq!(kinds(7).len(), Fault::deck(7).len());
    assert_eq!(kinds(7), kinds(8));
    assert_eq!(parse_seeds("1, 3-5"), [1, 3, 4, 5]);
}

//! Faults in a seeded order over running matches: two cranks, two relays, a Redis Cluster, PostgreSQL and a
//! local chain as real processes, with gates between them that can be cut, refuse and lie.
//!
//! A scene is one fault, or several that overlap, each undone on its own schedule. After each scene every
//! live match ticks again, what was posted verifies, and all the money is where it must be. At the end every
//! acked input is found in its match, every match verifies from the ledger, and every balance is exact.
//! `CHAOS_SEEDS` names the seeds (numbers, or ranges such as `1-20`), `CHAOS_FAULTS` how many scenes of each
//! are played, `CHAOS_ONLY` plays one kind only, three times: `RedisPause`, `RpcLies`, `RpcLies { lie:
//! Ahead`, or `Overlapping`. What a seed plays is printed before it is played.

use crate::support::fault::Fault;
use crate::support::scene::Scene;
use crate::support::stage::Stage;
use crate::ONE_AT_A_TIME;

/// Played where nobody names seeds.
const SEEDS: &str = "1";
/// Scenes of it that are played then: a third of them, which takes minutes. `make chaos` plays all.
const SCENES: usize = 9;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_fault_loses_or_doubles_anything() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let (seeds, scenes) = match std::env::var("CHAOS_SEEDS") {
        Ok(seeds) => (seeds, usize::MAX),
        Err(_) => (SEEDS.to_owned(), SCENES),
    };
    let faults: usize = std::env::var("CHAOS_FAULTS")
        .map_or(scenes, |count| count.parse().expect("CHAOS_FAULTS is a number"));
    for seed in parse_seeds(&seeds) {
        let deck = match std::env::var("CHAOS_ONLY") {
            Err(_) => Scene::deck(seed),
            Ok(only) => only_those(seed, &only),
        };
        let _say = SayHowToRepeat { seed, faults };
        println!("seed {seed}: {} scenes", deck.len().min(faults));
        for (number, scene) in deck.iter().take(faults).enumerate() {
            println!("  draws {}: {scene:?}", number + 1);
        }
        let mut stage = Stage::build(seed).await;
        for scene in deck.iter().take(faults) {
            stage.play(scene).await;
        }
        stage.close().await;
    }
}

/// Scenes of a seed whose description begins so, three times each.
fn only_those(seed: u64, only: &str) -> Vec<Scene> {
    let singles = Fault::all(seed).into_iter().map(Scene::of);
    let several = Scene::deck(seed).into_iter().filter(Scene::is_overlapping);
    let mut deck: Vec<Scene> = singles.chain(several).collect();
    deck.retain(|scene| format!("{scene:?}").starts_with(only));
    assert!(!deck.is_empty(), "CHAOS_ONLY is {only}: there is no such fault");
    [&deck[..], &deck[..], &deck[..]].concat()
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
    let kinds = |faults: &[Fault]| -> Vec<String> {
        let name = |fault: &Fault| match fault {
            Fault::RpcLies { lie, .. } => format!("{lie:?}"),
            fault => format!("{fault:?}").split_whitespace().next().unwrap().to_owned(),
        };
        let mut names: Vec<String> = faults.iter().map(name).collect();
        names.sort();
        names
    };
    let all = kinds(&Fault::all(7));
    let mut once = all.clone();
    once.dedup();
    assert_eq!(all, once);
    assert_eq!(all, kinds(&Fault::all(8)));
    assert_ne!(Fault::all(7), Fault::all(8));
    assert_eq!(Scene::deck(7), Scene::deck(7));
    assert_ne!(Scene::deck(7), Scene::deck(8));
    let mut played = std::collections::BTreeSet::new();
    for seed in 1..=6 {
        let deck = Scene::deck(seed);
        let (several, singles): (Vec<Scene>, Vec<Scene>) = deck.into_iter().partition(Scene::is_overlapping);
        let singles: Vec<Fault> = singles.iter().flat_map(Scene::faults).cloned().collect();
        let others = Fault::all(seed);
        let others = others
            .iter()
            .filter(|fault| !matches!(fault, Fault::RpcLies { .. }));
        assert!(others.clone().all(|fault| singles.contains(fault)), "seed {seed}");
        played.extend(kinds(&singles));
        assert!(several.len() >= 4, "seed {seed}");
        for scene in several {
            let begins: Vec<_> = scene.0.iter().map(|(after, _)| *after).collect();
            assert!(begins.is_sorted() && begins[0].is_zero(), "{scene:?}");
            let mut faults = kinds(&scene.faults().cloned().collect::<Vec<_>>());
            faults.dedup();
            assert_eq!(faults.len(), scene.0.len(), "{scene:?}");
        }
    }
    assert!(played.iter().cloned().eq(all), "six seeds leave out {played:?}");
    assert_eq!(parse_seeds("1, 3-5"), [1, 3, 4, 5]);
}

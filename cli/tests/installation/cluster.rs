//! Many cranks, many relays, as real processes: two cranks (and a third that joins), three relays, a Redis
//! Cluster of three masters, PostgreSQL, a local chain, and more than two hundred clients.
//!
//! What is measured is measured at the clients: the longest wait for a new tick of a match whose crank was
//! killed. The promise is three seconds; [`ALLOWANCE`] is for a machine on which all of this, and whatever
//! else runs, shares two cores.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use protocol::MatchKey;
use test_installation::crowd::quantiles;
use test_installation::installation::Holder;
use test_installation::{Audit, Crowd, CrowdConfig, Installation, InstallationConfig};

use crate::ONE_AT_A_TIME;

/// Longest wait for anything, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(300);
/// Within so long a match whose crank died ticks again at its clients.
const FAILOVER: Duration = Duration::from_secs(3);
/// What is added to it here: debug builds of everything on two shared cores.
const ALLOWANCE: Duration = Duration::from_secs(3);
/// How long after a fault holes are looked for.
const WINDOW: Duration = Duration::from_secs(9);
/// Matches that are entered while a crank without any is waited for.
const LIVE_AT_LEAST: usize = 4;
/// Clients that watch; players come on top.
const WATCHERS: usize = 200;

/// An installation and its clients.
struct Scene {
    installation: Installation,
    crowd: Crowd,
}

impl Scene {
    /// Two cranks, three relays, and matches entered.
    async fn begin(stakes: &[u32], matches: usize, watchers: usize) -> Scene {
        let config = InstallationConfig {
            stakes: stakes.to_vec(),
            ..InstallationConfig::new(env!("CARGO_BIN_EXE_aurelius"))
        };
        let mut installation = Installation::start(config).await;
        for crank in ["crank-1", "crank-2"] {
            installation.start_crank(crank).await;
        }
        for relay in ["relay-1", "relay-2", "relay-3"] {
            installation.start_relay(relay).await;
        }
        let crowd = Crowd::gather(
            &installation,
            CrowdConfig {
                watchers,
                matches,
                players: 4,
                ..CrowdConfig::default()
            },
        );
        Scene { installation, crowd }
    }

    /// Live matches that clients see ticking, by the crank that runs them.
    fn by_crank(&self) -> BTreeMap<String, Vec<(MatchKey, Holder)>> {
        let mut all: BTreeMap<String, Vec<(MatchKey, Holder)>> = BTreeMap::new();
        for key in self.crowd.ticking() {
            if let Some(holder) = self.installation.holder(&key) {
                all.entry(holder.name.clone()).or_default().push((key, holder));
            }
        }
        all
    }

    /// Waits until each of these cranks runs a match that clients see, and players are answered in all of
    /// them.
    async fn until_each_runs_one(&self, cranks: &[&str]) -> BTreeMap<String, Vec<(MatchKey, Holder)>> {
        let begun = Instant::now();
        loop {
            let by_crank = self.by_crank();
            let acked = |key: &MatchKey| self.crowd.seen().acks.iter().any(|ack| ack.match_key == *key);
            let ready = cranks.iter().all(|crank| {
                by_crank
                    .get(*crank)
                    .is_some_and(|matches| matches.iter().any(|(key, _)| acked(key)))
            });
            if ready {
                return by_crank;
            }
            // The first lobbies may all have been made before the other crank was up.
            if self.crowd.live().len() < LIVE_AT_LEAST {
                self.crowd.want_at_least(1);
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{cranks:?} do not all run matches, but {by_crank:?}; {}",
                self.crowd.describe()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until others than `lost` hold these matches, or they are over; their new holders.
    async fn until_taken_from(&self, lost: &str, matches: &[(MatchKey, Holder)]) -> Vec<(MatchKey, Holder)> {
        let begun = Instant::now();
        let mut taken = Vec::new();
        for (key, before) in matches {
            loop {
                if !self.crowd.live().contains(key) {
                    break;
                }
                if let Some(holder) = self.installation.holder(key).filter(|holder| holder.name != lost) {
                    assert!(holder.token > before.token, "{key}: {before:?} then {holder:?}");
                    taken.push((*key, holder));
                    break;
                }
                assert!(
                    begun.elapsed() < PATIENCE,
                    "nobody takes {key} over; {}",
                    self.crowd.describe()
                );
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        taken
    }

    /// How long clients waited for the next tick of each of these matches after `from_ms`, and that it was
    /// not too long.
    async fn check_holes(&self, what: &str, matches: &[(MatchKey, Holder)], from_ms: u32, limit: Duration) {
        tokio::time::sleep(WINDOW).await;
        for (key, _) in matches {
            let holes = self
                .crowd
                .seen()
                .holes_ms(key, from_ms, from_ms + WINDOW.as_millis() as u32);
            let [p50, p90, _, max] = quantiles(&holes);
            println!(
                "{what}: {} clients of {key} waited for a tick, ms: p50 {p50} p90 {p90} max {max}",
                holes.len()
            );
            // A match that was over at its clients before has no hole.
            assert!(
                u128::from(max) <= limit.as_millis(),
                "{what}: clients of {key} waited {max} ms for a tick; the limit here is {limit:?}; {}",
                self.crowd.describe()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn matches_outlive_cranks_and_clients_outlive_relays() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let mut scene = Scene::begin(&[1, 2, 3], 3, WATCHERS).await;

    // New matches are spread over both.
    let by_crank = scene.until_each_runs_one(&["crank-1", "crank-2"]).await;
    println!("spread: {by_crank:?}");
    let acks_before = scene.crowd.seen().acks.len();

    // kill -9: the other one goes on with its matches.
    let victims = by_crank["crank-1"].clone();
    let killed_ms = scene.crowd.now_ms();
    scene.installation.kill("crank-1");
    let taken = scene.until_taken_from("crank-1", &victims).await;
    println!(
        "taken over after {} ms: {taken:?}",
        scene.crowd.now_ms() - killed_ms
    );
    assert!(!taken.is_empty(), "the killed crank ran nothing live");
    scene
        .check_holes("kill -9 of a crank", &victims, killed_ms, FAILOVER + ALLOWANCE)
        .await;
    let crowd = &scene.crowd;
    crowd
        .until("moves after the take-over", PATIENCE, |crowd| {
            crowd.seen().acks.len() > acks_before + 20
        })
        .await;

    // A crank that joins gets new matches. Those that are open already are the other one's; the ones after
    // them are its.
    scene.installation.start_crank("crank-3").await;
    scene.crowd.want(6);
    let by_crank = scene.until_each_runs_one(&["crank-2", "crank-3"]).await;
    println!("spread with the one that joined: {by_crank:?}");

    // A relay that is asked to end sends its clients to the others: one message each, by token where they are
    // players.
    let (moves, resumed, refused) = {
        let seen = scene.crowd.seen();
        (seen.moves, seen.resumed, seen.tokens_refused)
    };
    let restarts = scene.crowd.seen().closes.get(&1012).copied().unwrap_or(0);
    let ended_ms = scene.crowd.now_ms();
    let status = scene.installation.terminate("relay-1", PATIENCE);
    assert_eq!(status, Some(0), "{}", scene.installation.log("relay-1"));
    let all: Vec<_> = by_crank.values().flatten().cloned().collect();
    scene
        .check_holes("SIGTERM of a relay", &all, ended_ms, FAILOVER + ALLOWANCE)
        .await;
    {
        let seen = scene.crowd.seen();
        let told = seen.closes.get(&1012).copied().unwrap_or(0) - restarts;
        println!(
            "{told} clients were sent on, {} moved, {} by token",
            seen.moves - moves,
            seen.resumed - resumed
        );
        assert!(told as usize >= WATCHERS / 4, "{told} clients were told to move");
        assert!(
            seen.moves - moves >= told,
            "not all who were told moved: {}",
            seen.moves - moves
        );
        assert_eq!(
            seen.tokens_refused, refused,
            "a relay did not know a token of another"
        );
    }

    // A crank that is asked to end hands over.
    let by_crank = scene.by_crank();
    let (leaver, handed) = by_crank
        .into_iter()
        .max_by_key(|(_, matches)| matches.len())
        .expect("somebody runs matches");
    let ended_ms = scene.crowd.now_ms();
    let status = scene.installation.terminate(&leaver, PATIENCE);
    assert_eq!(status, Some(0), "{}", scene.installation.log(&leaver));
    scene.until_taken_from(&leaver, &handed).await;
    scene
        .check_holes("SIGTERM of a crank", &handed, ended_ms, FAILOVER + ALLOWANCE)
        .await;

    let audit = Audit::pass(&scene.installation, &scene.crowd, PATIENCE).await;
    println!("{audit:?}; {}", scene.crowd.describe());
    assert!(audit.matches >= 6 && audit.acks >= 100, "{audit:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crank_that_was_frozen_past_its_lease_writes_nothing_when_it_wakes() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let mut scene = Scene::begin(&[1, 2], 2, 30).await;
    let by_crank = scene.until_each_runs_one(&["crank-1"]).await;
    let victims = by_crank["crank-1"].clone();

    // In the middle of everything: moves under way, a checkpoint every two seconds.
    scene.installation.process("crank-1").pause();
    let taken = scene.until_taken_from("crank-1", &victims).await;
    assert!(!taken.is_empty(), "the frozen crank ran nothing live");
    let acks_before = scene.crowd.seen().acks.len();
    scene
        .crowd
        .until("moves after the take-over", PATIENCE, |crowd| {
            crowd.seen().acks.len() > acks_before + 5
        })
        .await;
    scene.installation.process("crank-1").resume();

    // Long enough for every loop of the woken crank to have tried whatever it was about to do.
    let woken = Instant::now();
    while woken.elapsed() < Duration::from_secs(5) {
        for (key, holder) in &taken {
            if !scene.crowd.live().contains(key) {
                continue;
            }
            if let Some(now) = scene.installation.holder(key) {
                assert_eq!(now, *holder, "the lease of {key} changed hands");
            }
            if let Some(token) = scene.installation.token_in_game(key) {
                assert!(
                    token >= holder.token,
                    "{key}: live state written under token {token}"
                );
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for (key, holder) in &taken {
        let fence = scene.installation.fence(key);
        assert!(
            fence >= holder.token,
            "{key}: the store's fence is {fence}, the token {}",
            holder.token
        );
    }
    assert!(
        scene.installation.process("crank-1").is_running(),
        "the woken crank ended"
    );
    let said = scene.installation.log("crank-1");
    assert!(
        said.contains("another crank owns the match now"),
        "the woken crank does not say that it lost its matches:\n{said}"
    );

    // It is of use again: it takes part in what comes.
    scene.crowd.want(4);
    scene.until_each_runs_one(&["crank-1"]).await;
    let audit = Audit::pass(&scene.installation, &scene.crowd, PATIENCE).await;
    println!("{audit:?}; {}", scene.crowd.describe());
    assert!(audit.acks >= 20, "{audit:?}");
}

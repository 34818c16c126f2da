//! An installation behind gates, with clients, on which scenes are played one after the other.

use std::time::{Duration, Instant};

use client::view::MatchStatus;
use test_installation::crowd::quantiles;
use test_installation::{Audit, Crowd, CrowdConfig, Installation, InstallationConfig};

use super::mischief::{Mischief, CRANKS, RELAYS};
use super::scene::Scene;

/// Longest wait for anything, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(240);
/// What is added to every limit of a wait here: debug builds of everything on two shared cores.
const ALLOWANCE: Duration = Duration::from_secs(4);
/// After a fault is over, every match that is live ticks at its clients within so long.
const RECOVERY: Duration = Duration::from_secs(40);
/// Matches that are kept under way.
const MATCHES: usize = 2;

/// Where it is played.
pub(crate) struct Stage {
    installation: Installation,
    crowd: Crowd,
    seed: u64,
    scenes: u64,
    /// Index of the relay that most clients are at.
    relay: usize,
}

impl Stage {
    pub(crate) async fn build(seed: u64) -> Stage {
        let config = InstallationConfig {
            stakes: vec![1, 2],
            gates: true,
            clocks: true,
            ..InstallationConfig::new(env!("CARGO_BIN_EXE_aurelius"))
        };
        let mut installation = Installation::start(config).await;
        for crank in CRANKS {
            installation.start_crank(crank).await;
        }
        for relay in RELAYS {
            installation.start_relay(relay).await;
        }
        let crowd = Crowd::gather(
            &installation,
            CrowdConfig {
                watchers: 16,
                matches: MATCHES,
                players: 3,
                ..CrowdConfig::default()
            },
        );
        Stage {
            installation,
            crowd,
            seed,
            scenes: 0,
            relay: seed as usize % RELAYS.len(),
        }
    }

    /// Plays one scene on matches that run, and waits until all is well again.
    pub(crate) async fn play(&mut self, scene: &Scene) {
        self.until_something_runs().await;
        let begun_ms = self.crowd.now_ms();
        let begun = Instant::now();
        let seed = self.seed.wrapping_mul(1_000).wrapping_add(self.scenes);
        self.scenes += 1;
        Mischief::new(&mut self.installation, &self.crowd, &mut self.relay, seed)
            .play(scene)
            .await;
        self.until_all_is_well(scene).await;
        self.check_on_the_way(scene).await;
        let holes = self.crowd.ticking();
        let holes = holes.iter().flat_map(|key| {
            let seen = self.crowd.seen();
            seen.holes_ms(key, begun_ms, self.crowd.now_ms())
        });
        let worst = Duration::from_millis(holes.max().unwrap_or(0).into());
        println!(
            "  {scene:?}: over after {} ms, longest hole {} ms",
            begun.elapsed().as_millis(),
            worst.as_millis()
        );
        assert!(
            worst <= scene.hole_max() + ALLOWANCE,
            "clients waited {worst:?} for a tick during {scene:?}, which allows {:?}, and {ALLOWANCE:?} on this machine; {}",
            scene.hole_max(),
            self.crowd.describe()
        );
    }

    /// Keeps matches under way: a fault with nothing running shows nothing.
    async fn until_something_runs(&self) {
        let begun = Instant::now();
        loop {
            let under_way = self
                .crowd
                .entered()
                .iter()
                .filter(|view| (view.status as u8) < MatchStatus::Proposed as u8)
                .count();
            if under_way < MATCHES {
                self.crowd.want_at_least(MATCHES - under_way);
            }
            if !self.crowd.ticking().is_empty() {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "no match runs; {}",
                self.crowd.describe()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Every process runs, but for a crank whose disk was full, and every live match ticks at a client.
    async fn until_all_is_well(&mut self, scene: &Scene) {
        for name in CRANKS.into_iter().chain(RELAYS) {
            if !self.installation.process(name).is_running() {
                let last_words = self.installation.process(name).tail(3);
                assert!(
                    scene.may_end(name),
                    "{name} ended, and nothing killed it, during {scene:?}: {last_words}"
                );
                // What it left must not be lost.
                println!("  {name} ended: {last_words}");
                match name.starts_with("crank") {
                    true => self.installation.start_crank(name).await,
                    false => self.installation.start_relay(name).await,
                }
            }
        }
        let begun = Instant::now();
        let from_ms = self.crowd.now_ms();
        for key in self.crowd.live() {
            loop {
                let ticked = self.crowd.seen().ticked_since(&key, from_ms);
                if ticked || !self.crowd.live().contains(&key) {
                    break;
                }
                // A match that ended waits for its result's transaction.
                if self.crowd.seen().has_ended(&key) {
                    break;
                }
                assert!(
                    begun.elapsed() < RECOVERY,
                    "{key} does not tick again after {scene:?}; {}",
                    self.crowd.describe()
                );
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// What must hold at any time: what the vaults hold, the bond, the supply; and all that was posted is
    /// right so far.
    async fn check_on_the_way(&self, scene: &Scene) {
        let wrong = self.installation.town.solvency().await;
        assert!(wrong.is_empty(), "after {scene:?}: {}", wrong.join("\n"));
        for view in self.crowd.entered() {
            if view.status != MatchStatus::Live {
                continue;
            }
            let record = verifier::read::from_chain(&self.installation.town.rpc, view.address, None, |_| {})
                .await
                .expect("the ledger can be read");
            let verdict = verifier::verify(&record, |_| {});
            assert!(verdict.ok, "after {scene:?}: {verdict}");
        }
    }

    /// Waits for the end of everything and holds it against everything.
    pub(crate) async fn close(self) {
        let audit = Audit::pass(&self.installation, &self.crowd, PATIENCE).await;
        let latencies = {
            let mut all: Vec<u32> = self
                .crowd
                .seen()
                .acks
                .iter()
                .map(|ack| ack.latency_us / 1_000)
                .collect();
            all.sort_unstable();
            quantiles(&all)
        };
        println!(
            "  {} matches, {} checkpoints and {} acked inputs hold; ms to an ack (p50, p90, p99, max): {latencies:?}; {}",
            audit.matches,
            audit.checkpoints,
            audit.acks,
            self.crowd.describe()
        );
        assert!(audit.matches >= 2 && audit.acks > 0, "{audit:?}");
    }
}

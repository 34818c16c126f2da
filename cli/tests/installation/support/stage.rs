//! An installation behind gates, with clients, on which faults are played one after the other.

use std::time::{Duration, Instant};

use client::view::MatchStatus;
use test_installation::crowd::quantiles;
use test_installation::gate::Storm;
use test_installation::{Audit, Crowd, CrowdConfig, Installation, InstallationConfig};

use super::fault::Fault;

/// Longest wait for anything, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(240);
/// What is added to every limit of a wait here: debug builds of everything on two shared cores.
const ALLOWANCE: Duration = Duration::from_secs(4);
/// After a fault is over, every match that is live ticks at its clients within so long.
const RECOVERY: Duration = Duration::from_secs(40);
/// Matches that are kept under way.
const MATCHES: usize = 2;
const CRANKS: [&str; 2] = ["crank-1", "crank-2"];
const RELAYS: [&str; 2] = ["relay-1", "relay-2"];

/// Where it is played.
pub(crate) struct Stage {
    installation: Installation,
    crowd: Crowd,
    seed: u64,
    /// Index of the relay that most clients are at: all of one that is killed go to the other.
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
            relay: seed as usize % RELAYS.len(),
        }
    }

    /// Plays one fault on matches that run, and waits until all is well again.
    pub(crate) async fn play(&mut self, fault: &Fault) {
        self.until_something_runs().await;
        let begun_ms = self.crowd.now_ms();
        let begun = Instant::now();
        self.happen(fault).await;
        self.until_all_is_well(fault).await;
        self.check_on_the_way(fault).await;
        let holes = self.crowd.ticking();
        let holes = holes.iter().flat_map(|key| {
            let seen = self.crowd.seen();
            seen.holes_ms(key, begun_ms, self.crowd.now_ms())
        });
        let worst = Duration::from_millis(holes.max().unwrap_or(0).into());
        println!(
            "  {fault:?}: over after {} ms, longest hole {} ms",
            begun.elapsed().as_millis(),
            worst.as_millis()
        );
        assert!(
            worst <= fault.hole_max() + ALLOWANCE,
            "clients waited {worst:?} for a tick during {fault:?}, which allows {:?}, and {ALLOWANCE:?} on this machine; {}",
            fault.hole_max(),
            self.crowd.describe()
        );
    }

    async fn happen(&mut self, fault: &Fault) {
        let (crank, relay) = (self.busiest_crank(), RELAYS[self.relay].to_owned());
        match fault {
            Fault::KillCrank { down } => {
                self.installation.kill(&crank);
                tokio::time::sleep(*down).await;
                self.installation.start_crank(&crank).await;
            }
            Fault::PauseCrank { time } => self.freeze(&crank, *time).await,
            Fault::PauseRelay { time } => self.freeze(&relay, *time).await,
            Fault::KillRelay { down } => {
                self.installation.kill(&relay);
                tokio::time::sleep(*down).await;
                self.installation.start_relay(&relay).await;
                self.relay = (self.relay + 1) % RELAYS.len();
            }
            Fault::CrankWithoutRedis { time } => self.without_redis(&crank, *time).await,
            Fault::RelayWithoutRedis { time } => self.without_redis(&relay, *time).await,
            Fault::CrankWithoutPostgres { time } => {
                let gate = self.installation.gates(&crank).postgres;
                gate.cut();
                tokio::time::sleep(*time).await;
                gate.mend();
            }
            Fault::ChainOutOfReach { time } => {
                for crank in CRANKS {
                    self.installation.gates(crank).rpc.cut();
                    self.installation.gates(crank).pubsub.cut();
                }
                tokio::time::sleep(*time).await;
                for crank in CRANKS {
                    self.installation.gates(crank).rpc.mend();
                    self.installation.gates(crank).pubsub.mend();
                }
            }
            Fault::RpcStorm { time, percent } => {
                for crank in CRANKS {
                    self.installation.gates(crank).rpc.storm(Storm {
                        percent: *percent,
                        limited_percent: 60,
                    });
                }
                tokio::time::sleep(*time).await;
                for crank in CRANKS {
                    self.installation.gates(crank).rpc.mend();
                }
            }
            Fault::RedisRestart { down } => {
                let node = self.node_of_a_match();
                self.redis(|redis| redis.stop(node));
                tokio::time::sleep(*down).await;
                self.redis(|redis| redis.start_again(node));
                self.installation.announce_redis_gates();
            }
            Fault::RedisPause { time } => {
                let node = self.node_of_a_match();
                self.redis(|redis| redis.pause(node));
                tokio::time::sleep(*time).await;
                self.redis(|redis| redis.resume(node));
            }
            Fault::PostgresRestart { down } => {
                tokio::task::block_in_place(|| self.installation.postgres.stop());
                tokio::time::sleep(*down).await;
                tokio::task::block_in_place(|| self.installation.postgres.start_again());
            }
            Fault::DiskFull { time } => {
                self.installation.process(&crank).limit_files(Some(0));
                tokio::time::sleep(*time).await;
                if self.installation.process(&crank).is_running() {
                    self.installation.process(&crank).limit_files(None);
                }
            }
            Fault::ClockJump { off_ms, time } => {
                self.installation.clock(&crank).set(*off_ms);
                tokio::time::sleep(*time).await;
                self.installation.clock(&crank).set(0);
            }
            Fault::TakeOverWithWrongClock { off_ms, down } => {
                for other in CRANKS.into_iter().filter(|name| *name != crank) {
                    self.installation.clock(other).set(*off_ms);
                }
                self.installation.kill(&crank);
                tokio::time::sleep(*down).await;
                for other in CRANKS {
                    self.installation.clock(other).set(0);
                }
                self.installation.start_crank(&crank).await;
            }
            Fault::RudeClients { time } => {
                let _rude = self.crowd.rude(self.seed);
                tokio::time::sleep(*time).await;
            }
        }
    }

    async fn freeze(&mut self, name: &str, time: Duration) {
        self.installation.process(name).pause();
        tokio::time::sleep(time).await;
        self.installation.process(name).resume();
    }

    async fn without_redis(&self, name: &str, time: Duration) {
        self.installation
            .redis_gates()
            .iter()
            .for_each(|gate| gate.cut_off(name));
        tokio::time::sleep(time).await;
        self.installation
            .redis_gates()
            .iter()
            .for_each(|gate| gate.mend());
    }

    fn redis(&self, order: impl FnOnce(&test_redis::Cluster)) {
        let redis = self.installation.redis.as_ref().expect("the stage has Redis");
        tokio::task::block_in_place(|| order(redis));
    }

    /// The crank with the most live matches.
    fn busiest_crank(&self) -> String {
        let count = |crank: &str| {
            let live = self.crowd.live();
            let mine = live.iter().filter_map(|key| self.installation.holder(key));
            mine.filter(|holder| holder.name == crank).count()
        };
        let busiest = CRANKS.into_iter().max_by_key(|crank| count(crank));
        busiest.unwrap_or(CRANKS[0]).to_owned()
    }

    /// The Redis node that has a match which clients see: the slots are divided among three in thirds.
    fn node_of_a_match(&self) -> usize {
        let redis = self.installation.redis.as_ref().expect("the stage has Redis");
        let slot = self.crowd.ticking().first().and_then(|key| {
            let slot = redis.ask(&["CLUSTER", "KEYSLOT", &key.to_string()]);
            slot.parse::<usize>().ok()
        });
        (slot.unwrap_or(0) / 5_461).min(2)
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
    async fn until_all_is_well(&mut self, fault: &Fault) {
        for name in CRANKS.into_iter().chain(RELAYS) {
            if !self.installation.process(name).is_running() {
                let last_words = self.installation.process(name).tail(3);
                assert!(
                    fault.may_end(name),
                    "{name} ended, and nothing killed it, during {fault:?}: {last_words}"
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
                    "{key} does not tick again after {fault:?}; {}",
                    self.crowd.describe()
                );
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    /// What must hold at any time: what the vaults hold, the bond, the supply; and all that was posted is
    /// right so far.
    async fn check_on_the_way(&self, fault: &Fault) {
        let wrong = self.installation.town.solvency().await;
        assert!(wrong.is_empty(), "after {fault:?}: {}", wrong.join("\n"));
        for view in self.crowd.entered() {
            if view.status != MatchStatus::Live {
                continue;
            }
            let record = verifier::read::from_chain(&self.installation.town.rpc, view.address, None, |_| {})
                .await
                .expect("the ledger can be read");
            let verdict = verifier::verify(&record, |_| {});
            assert!(verdict.ok, "after {fault:?}: {verdict}");
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

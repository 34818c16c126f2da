//! Doing what a scene says, and undoing it: each fault is begun and ended at its time, whatever else is under
//! way.
//!
//! Invariant: what is down or frozen is not hit again before it is back: a fault that finds nothing left to
//! hit is passed over, and says so.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use test_installation::crowd::Rude;
use test_installation::gate::{Gate, Lies, Storm};
use test_installation::{Crowd, Installation};

use super::fault::Fault;
use super::scene::Scene;

pub(super) const CRANKS: [&str; 2] = ["crank-1", "crank-2"];
pub(super) const RELAYS: [&str; 2] = ["relay-1", "relay-2"];
/// Of the local chain, when nothing is wrong with it.
const SLOT_MS: u64 = 200;
/// Longest wait for a process to start, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(120);

/// What ends a fault.
enum Undo {
    Start(String),
    Resume(String),
    LetIn(String),
    JoinPostgres(String),
    JoinChain,
    JoinPubSub,
    Calm,
    TellTheTruth(usize),
    StartRedis(usize),
    ResumeRedis(usize),
    StartPostgres,
    FreeDisk(String),
    SetClocks(Vec<String>),
    StartWithClocks(String),
    Pace,
    SendHome(Rude),
    Nothing,
}

/// One scene on its way.
pub(super) struct Mischief<'a> {
    installation: &'a mut Installation,
    crowd: &'a Crowd,
    seed: u64,
    /// Cranks, the one with the most live matches first.
    cranks: Vec<&'static str>,
    /// The Redis node that has a match which clients see.
    node: usize,
    /// Index of the relay that most clients are at: all of one that is killed go to the other.
    relay: &'a mut usize,
    /// Processes that are down or frozen.
    out: BTreeSet<String>,
    /// Processes that were started again.
    started: BTreeSet<String>,
    is_redis_out: bool,
}

impl<'a> Mischief<'a> {
    /// Chooses what is hit while everybody still answers.
    pub(super) fn new(
        installation: &'a mut Installation,
        crowd: &'a Crowd,
        relay: &'a mut usize,
        seed: u64,
    ) -> Self {
        let live = crowd.live();
        let matches_of = |crank: &str| {
            let mine = live.iter().filter_map(|key| installation.holder(key));
            mine.filter(|holder| holder.name == crank).count()
        };
        let mut cranks = CRANKS.to_vec();
        cranks.sort_by_cached_key(|crank| std::cmp::Reverse(matches_of(crank)));
        let node = node_of_a_match(installation, crowd);
        Self {
            installation,
            crowd,
            seed,
            cranks,
            node,
            relay,
            out: BTreeSet::new(),
            started: BTreeSet::new(),
            is_redis_out: false,
        }
    }

    /// Begins every fault of the scene at its time, undoes it at its own, and waits for what was started
    /// again.
    pub(super) async fn play(mut self, scene: &Scene) {
        self.begin_and_undo(scene).await;
        for name in self.started.clone() {
            self.until_up(&name).await;
        }
    }

    async fn begin_and_undo(&mut self, scene: &Scene) {
        let begun = Instant::now();
        let mut to_begin: Vec<&(Duration, Fault)> = scene.0.iter().rev().collect();
        let mut to_undo: Vec<(Instant, Undo)> = Vec::new();
        loop {
            to_undo.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
            let begins_at = to_begin.last().map(|(after, _)| begun + *after);
            let ends_at = to_undo.last().map(|(at, _)| *at);
            let next = match (begins_at, ends_at) {
                (None, None) => return,
                (begins, ends) => begins.into_iter().chain(ends).min(),
            };
            tokio::time::sleep_until(next.unwrap_or(begun).into()).await;
            if begins_at == next {
                if let Some((_, fault)) = to_begin.pop() {
                    let undo = self.begin(fault).await;
                    to_undo.push((Instant::now() + fault.time(), undo));
                }
            } else if let Some((_, undo)) = to_undo.pop() {
                self.undo(undo).await;
            }
        }
    }

    async fn begin(&mut self, fault: &Fault) -> Undo {
        match fault {
            Fault::KillCrank { .. } | Fault::PauseCrank { .. } | Fault::TakeOverWithWrongClock { .. } => {
                let Some(crank) = self.busiest_crank() else {
                    return passed_over(fault);
                };
                self.hit_crank(fault, crank)
            }
            Fault::KillRelay { .. } | Fault::PauseRelay { .. } => match self.relay() {
                Some(relay) => self.hit_relay(fault, relay),
                None => passed_over(fault),
            },
            Fault::CrankWithoutRedis { .. } => match self.busiest_crank() {
                Some(crank) => self.without_redis(crank),
                None => passed_over(fault),
            },
            Fault::RelayWithoutRedis { .. } => match self.relay() {
                Some(relay) => self.without_redis(relay),
                None => passed_over(fault),
            },
            Fault::CrankWithoutPostgres { .. } => match self.busiest_crank() {
                Some(crank) => {
                    self.installation.gates(&crank).postgres.cut();
                    Undo::JoinPostgres(crank)
                }
                None => passed_over(fault),
            },
            Fault::DiskFull { .. } => match self.busiest_crank() {
                Some(crank) => {
                    self.installation.process(&crank).limit_files(Some(0));
                    Undo::FreeDisk(crank)
                }
                None => passed_over(fault),
            },
            Fault::ClockJump { off_ms, .. } => {
                let crank = self.busiest_crank().unwrap_or_else(|| CRANKS[0].to_owned());
                self.installation.clock(&crank).set(*off_ms);
                Undo::SetClocks(vec![crank])
            }
            Fault::RudeClients { .. } => Undo::SendHome(self.crowd.rude(self.seed)),
            fault => self.begin_with_services(fault).await,
        }
    }

    fn hit_crank(&mut self, fault: &Fault, crank: String) -> Undo {
        self.out.insert(crank.clone());
        match fault {
            Fault::PauseCrank { .. } => {
                self.installation.process(&crank).pause();
                Undo::Resume(crank)
            }
            Fault::TakeOverWithWrongClock { off_ms, .. } => {
                for other in CRANKS.into_iter().filter(|name| *name != crank) {
                    self.installation.clock(other).set(*off_ms);
                }
                self.installation.kill(&crank);
                Undo::StartWithClocks(crank)
            }
            _ => {
                self.installation.kill(&crank);
                Undo::Start(crank)
            }
        }
    }

    fn hit_relay(&mut self, fault: &Fault, relay: String) -> Undo {
        self.out.insert(relay.clone());
        match fault {
            Fault::PauseRelay { .. } => {
                self.installation.process(&relay).pause();
                Undo::Resume(relay)
            }
            _ => {
                self.installation.kill(&relay);
                *self.relay = RELAYS.iter().position(|other| *other != relay).unwrap_or(0);
                Undo::Start(relay)
            }
        }
    }

    fn without_redis(&mut self, name: String) -> Undo {
        let gates = self.installation.redis_gates();
        gates.iter().for_each(|gate| gate.cut_off(&name));
        Undo::LetIn(name)
    }

    /// What cranks share is hit.
    async fn begin_with_services(&mut self, fault: &Fault) -> Undo {
        match fault {
            Fault::ChainOutOfReach { .. } => {
                self.for_each_rpc(|gate| gate.cut());
                self.for_each_pubsub(|gate| gate.cut());
                Undo::JoinChain
            }
            Fault::RpcStorm { percent, .. } => {
                let storm = Storm {
                    percent: *percent,
                    limited_percent: 60,
                };
                self.for_each_rpc(|gate| gate.storm(Some(storm.clone())));
                Undo::Calm
            }
            Fault::RpcLies {
                lie,
                endpoint,
                percent,
                ..
            } => {
                for (number, crank) in (0..).zip(CRANKS) {
                    let lies = Lies::new(*lie, *percent, self.seed.wrapping_add(number));
                    self.installation.gates(crank).rpc[*endpoint].lie(Some(lies));
                }
                Undo::TellTheTruth(*endpoint)
            }
            Fault::SilentPubSub { .. } => {
                self.for_each_pubsub(|gate| gate.cut());
                Undo::JoinPubSub
            }
            Fault::ChainHalts { time } => {
                let ms = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
                self.installation.order_chain("localnet_halt", &[ms]).await;
                Undo::Nothing
            }
            Fault::ChainSkips { slots } => {
                self.installation
                    .order_chain("localnet_skipSlots", &[*slots])
                    .await;
                Undo::Nothing
            }
            Fault::ChainPace { slot_ms, .. } => {
                self.installation
                    .order_chain("localnet_setSlotTime", &[*slot_ms])
                    .await;
                Undo::Pace
            }
            Fault::RedisRestart { .. } => {
                let Some(node) = self.redis_node() else {
                    return passed_over(fault);
                };
                self.redis(|redis| redis.stop(node));
                Undo::StartRedis(node)
            }
            Fault::RedisPause { .. } => {
                let Some(node) = self.redis_node() else {
                    return passed_over(fault);
                };
                self.redis(|redis| redis.pause(node));
                Undo::ResumeRedis(node)
            }
            Fault::PostgresRestart { .. } => {
                tokio::task::block_in_place(|| self.installation.postgres.stop());
                Undo::StartPostgres
            }
            fault => unreachable!("{fault:?} is no service's"),
        }
    }

    async fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Start(name) => self.start(&name).await,
            Undo::StartWithClocks(crank) => {
                CRANKS
                    .iter()
                    .for_each(|name| self.installation.clock(name).set(0));
                self.start(&crank).await;
            }
            Undo::SetClocks(names) => names.iter().for_each(|name| self.installation.clock(name).set(0)),
            Undo::Resume(name) => {
                self.installation.process(&name).resume();
                self.out.remove(&name);
            }
            Undo::LetIn(name) => {
                let gates = self.installation.redis_gates();
                gates.iter().for_each(|gate| gate.let_in(&name));
            }
            Undo::JoinPostgres(crank) => self.installation.gates(&crank).postgres.join(),
            Undo::JoinChain => {
                self.for_each_rpc(|gate| gate.join());
                self.for_each_pubsub(|gate| gate.join());
            }
            Undo::JoinPubSub => {
                self.for_each_pubsub(|gate| gate.join());
            }
            Undo::Calm => self.for_each_rpc(|gate| gate.storm(None)),
            Undo::TellTheTruth(endpoint) => {
                for crank in CRANKS {
                    self.installation.gates(crank).rpc[endpoint].lie(None);
                }
            }
            Undo::StartRedis(node) => {
                self.redis(|redis| redis.start_again(node));
                self.installation.announce_redis_gates();
                self.is_redis_out = false;
            }
            Undo::ResumeRedis(node) => {
                self.redis(|redis| redis.resume(node));
                self.is_redis_out = false;
            }
            Undo::StartPostgres => {
                tokio::task::block_in_place(|| self.installation.postgres.start_again());
            }
            Undo::FreeDisk(crank) => {
                if self.installation.process(&crank).is_running() {
                    self.installation.process(&crank).limit_files(None);
                }
            }
            Undo::Pace => {
                self.installation
                    .order_chain("localnet_setSlotTime", &[SLOT_MS])
                    .await
            }
            Undo::SendHome(rude) => drop(rude),
            Undo::Nothing => {}
        }
    }

    /// Starts a process again. It is not waited for: something else that it needs may be away.
    async fn start(&mut self, name: &str) {
        match name.starts_with("crank") {
            true => self.installation.launch_crank(name).await,
            false => self.installation.launch_relay(name).await,
        }
        self.out.remove(name);
        self.started.insert(name.to_owned());
    }

    /// Waits for a process that was started. One that could not start while something was away is started
    /// again, as a supervisor does.
    async fn until_up(&mut self, name: &str) {
        let begun = Instant::now();
        while !self.installation.is_up(name) {
            if !self.installation.process(name).is_running() {
                let last_words = self.installation.process(name).tail(3);
                println!("  {name} did not start: {last_words}");
                self.start(name).await;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{name} does not start: {}",
                self.installation.process(name).tail(20)
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn for_each_pubsub(&self, order: impl Fn(&Gate)) {
        for crank in CRANKS {
            order(&self.installation.gates(crank).pubsub);
        }
    }

    fn for_each_rpc(&self, order: impl Fn(&Gate)) {
        for gates in CRANKS.map(|crank| self.installation.gates(crank)) {
            gates.rpc.iter().for_each(&order);
        }
    }

    fn redis(&self, order: impl FnOnce(&test_redis::Cluster)) {
        let redis = self.installation.redis.as_ref().expect("the stage has Redis");
        tokio::task::block_in_place(|| order(redis));
    }

    /// The crank with the most live matches, of those that run.
    fn busiest_crank(&mut self) -> Option<String> {
        let (out, installation) = (&self.out, &mut *self.installation);
        let mut running = self.cranks.iter().filter(|crank| !out.contains(**crank));
        let found = running.find(|crank| installation.process(crank).is_running());
        found.map(|crank| (*crank).to_owned())
    }

    /// The relay that most clients are at, or the other where that is down.
    fn relay(&self) -> Option<String> {
        let mut in_turn = RELAYS.iter().cycle().skip(*self.relay).take(RELAYS.len());
        let found = in_turn.find(|relay| !self.out.contains(**relay));
        found.map(|relay| (*relay).to_owned())
    }

    /// The node to hit, if all are there: a majority must stay.
    fn redis_node(&mut self) -> Option<usize> {
        let is_free = !std::mem::replace(&mut self.is_redis_out, true);
        is_free.then_some(self.node)
    }
}

/// The Redis node that has a match which clients see: the slots are divided among three in thirds.
fn node_of_a_match(installation: &Installation, crowd: &Crowd) -> usize {
    let redis = installation.redis.as_ref().expect("the stage has Redis");
    let slot = crowd.ticking().first().and_then(|key| {
        let slot = redis.ask(&["CLUSTER", "KEYSLOT", &key.to_string()]);
        slot.parse::<usize>().ok()
    });
    (slot.unwrap_or(0) / 5_461).min(2)
}

fn passed_over(fault: &Fault) -> Undo {
    println!("  nothing is left for {fault:?}");
    Undo::Nothing
}

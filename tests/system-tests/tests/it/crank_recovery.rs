//! `kill -9` at bad moments: the crank runs in a process of its own that is killed again and again, and the match must
//! end as if nothing had happened. No input that was acked may be lost, nothing may be paid or posted twice, and the
//! verifier must find the whole history in order.
//!
//! The process is this test binary again: [`served_in_a_process_that_is_killed`] is what it runs.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::support::world::players::{self, Ack};
use crate::support::world::serving::{self, Endpoints};
use crate::support::world::{World, SHORT_BLITZ, SHORT_SIEGE};
use arena::Rules;
use client::history::{self, HistoryOptions};
use client::view::{MatchStatus, MatchView};
use protocol::replay::Replay;
use store::{IntentKind, IntentState, Store};

const CHILD: &str = "crank_recovery::served_in_a_process_that_is_killed";
const RPC: &str = "CRANK_TEST_RPC";
const WS: &str = "CRANK_TEST_WS";
const GATEWAY: &str = "CRANK_TEST_GATEWAY";
const DATA: &str = "CRANK_TEST_DATA";
const MODE: &str = "CRANK_TEST_MODE";

/// Not a test of its own: the process that the others kill. It says each ack on its standard output.
#[test]
#[ignore = "started by the other tests of this file"]
fn served_in_a_process_that_is_killed() {
    let Ok(rpc) = std::env::var(RPC) else {
        return;
    };
    let variable = |name| std::env::var(name).unwrap();
    let at = Endpoints {
        rpc,
        ws: variable(WS),
        gateway: variable(GATEWAY),
    };
    let (rules, players_max, warriors_max) = game(&variable(MODE));
    let config = serving::config(
        Path::new(&variable(DATA)),
        &at.gateway,
        rules,
        players_max,
        warriors_max,
    );
    crate::support::world::log();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let (mut handle, bus, _store) = serving::start(&at, config).await;
            let playing = tokio::spawn(players::play(bus, |_, ack| {
                let mut out = std::io::stdout().lock();
                writeln!(out, "ack {} {} {}", ack.slot, ack.sequence, ack.tick).unwrap();
                out.flush().unwrap();
            }));
            let ended = handle.wait().await;
            playing.abort();
            ended.unwrap();
        });
}

fn game(mode: &str) -> (Rules, u8, u8) {
    match mode {
        "siege" => (SHORT_SIEGE, 20, 60),
        _ => (SHORT_BLITZ, 4, 8),
    }
}

/// A crank in a process of its own.
struct Served {
    child: Child,
    acks: Arc<Mutex<Vec<Ack>>>,
    reader: Option<JoinHandle<()>>,
}

impl Served {
    fn start(at: &Endpoints, data: &Path, mode: &str, acks: &Arc<Mutex<Vec<Ack>>>) -> Served {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--ignored",
                "--exact",
                CHILD,
                "--nocapture",
                "--test-threads",
                "1",
            ])
            .envs([(RPC, &at.rpc), (WS, &at.ws), (GATEWAY, &at.gateway)])
            .env(DATA, data)
            .env(MODE, mode)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (out, told) = (child.stdout.take().unwrap(), acks.clone());
        let reader = Some(std::thread::spawn(move || read_acks(out, &told)));
        Served {
            child,
            acks: acks.clone(),
            reader,
        }
    }

    /// `kill -9`, then everything it had said is read to the end.
    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.reader.take().unwrap().join().unwrap();
    }

    fn acked(&self) -> usize {
        self.acks.lock().unwrap().len()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_acks(out: ChildStdout, acks: &Mutex<Vec<Ack>>) {
    for line in BufReader::new(out).lines().map_while(Result::ok) {
        let mut words = line.split_whitespace();
        if words.next() != Some("ack") {
            continue;
        }
        let mut number = || words.next().and_then(|word| word.parse::<u32>().ok());
        // A line that the kill cut short is one that nobody heard.
        if let (Some(slot), Some(sequence), Some(tick)) = (number(), number(), number()) {
            acks.lock().unwrap().push(Ack {
                slot: slot as u8,
                sequence,
                tick,
            });
        }
    }
}

/// When to kill.
#[derive(Debug)]
enum Moment {
    /// As soon as an intent of this kind was written.
    Written(IntentKind),
    /// As soon as one was handed to the network, before its fate is written.
    Sent(IntentKind),
    /// After this many more acks.
    Acks(usize),
    /// As soon as the chain says this.
    Status(MatchStatus),
}

/// The game, its chain, and how often it was killed.
struct Trial {
    world: World,
    at: Endpoints,
    folder: tempfile::TempDir,
    mode: &'static str,
    acks: Arc<Mutex<Vec<Ack>>>,
    store: Store,
    served: Served,
}

impl Trial {
    async fn new(mode: &'static str) -> Trial {
        let world = World::new().await;
        let at = world.endpoints();
        let folder = tempfile::tempdir().unwrap();
        let store = serving::open_store(folder.path()).await;
        let acks = Arc::new(Mutex::new(Vec::new()));
        let served = Served::start(&at, folder.path(), mode, &acks);
        Trial {
            world,
            at,
            folder,
            mode,
            acks,
            store,
            served,
        }
    }

    /// Waits for the moment, kills, and starts again.
    async fn kill_at(&mut self, moment: Moment) {
        let begun = Instant::now();
        let acked = self.served.acked();
        while !self.has_come(&moment, acked).await {
            assert!(
                begun.elapsed() < crate::support::world::PATIENCE,
                "never came: {moment:?}"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        self.served.kill();
        self.served = Served::start(&self.at, self.folder.path(), self.mode, &self.acks);
    }

    async fn has_come(&self, moment: &Moment, acked: usize) -> bool {
        match moment {
            Moment::Acks(more) => self.served.acked() >= acked + more,
            Moment::Status(status) => self
                .world
                .matches()
                .await
                .iter()
                .any(|view| view.status == *status),
            // Any later state counts as well: nobody can be sure to see a state that lasts milliseconds.
            Moment::Written(kind) => self.state_of(*kind).await.is_some(),
            Moment::Sent(kind) => self
                .state_of(*kind)
                .await
                .is_some_and(|state| state != IntentState::Queued),
        }
    }

    async fn state_of(&self, kind: IntentKind) -> Option<IntentState> {
        let matches = self.store.matches.unfinished().await.unwrap();
        let mut found = None;
        for record in matches {
            let intents = self.store.intents.of_match(&record.match_key).await.unwrap();
            found = found.or(intents
                .into_iter()
                .find(|intent| intent.kind == kind)
                .map(|intent| intent.state));
        }
        found
    }

    /// Kills, lets time pass, and starts again.
    async fn sleep_through(&mut self, time: Duration) {
        self.served.kill();
        tokio::time::sleep(time).await;
        self.served = Served::start(&self.at, self.folder.path(), self.mode, &self.acks);
    }

    /// Kills, removes the whole database, and starts again.
    async fn lose_the_database(&mut self) {
        self.served.kill();
        for file in std::fs::read_dir(self.folder.path()).unwrap() {
            let path = file.unwrap().path();
            if path.to_string_lossy().contains("aurelius.db") {
                std::fs::remove_file(path).unwrap();
            }
        }
        self.store = serving::open_store(self.folder.path()).await;
        assert!(self.store.matches.unfinished().await.unwrap().is_empty());
        self.served = Served::start(&self.at, self.folder.path(), self.mode, &self.acks);
    }

    /// Waits for the end, then holds everything against everything.
    async fn check(mut self) {
        // A crank that was started after the end counts it as done, and opens a lobby.
        let matches = self.world.matches().await;
        let first = matches.iter().min_by_key(|view| view.header.match_id).unwrap();
        let key = first.address;
        let view = self.world.until_paid(&key).await;
        assert_eq!(view.status, MatchStatus::Settled);
        let replay = self.replay(&view).await;
        crate::support::world::until("the fate of every transaction", || async {
            let counts = self.store.intents.counts().await.unwrap();
            counts.sent + counts.unknown == 0
        })
        .await;
        self.served.kill();
        self.world.check_money(&view).await;

        let record = verifier::read::from_chain(&self.world.rpc, key, Some(&replay), |_| {})
            .await
            .unwrap();
        let verdict = verifier::verify(&record, |_| {});
        assert!(
            verdict.ok,
            "{:?}\n{:#?}",
            verdict.first_difference, verdict.checks
        );
        self.check_acks(&replay);
        self.check_ledger(&view).await;
        uninterrupted(&view, &replay, &self.folder.path().join("logs"));
    }

    async fn replay(&self, view: &MatchView) -> Replay {
        let key = view.address.to_bytes();
        crate::support::world::until("the recorded result", || async {
            let history = self.store.history.match_history(&key).await.unwrap();
            history.is_some_and(|history| !history.placements.is_empty() && history.row.replay_file.is_some())
        })
        .await;
        let history = self.store.history.match_history(&key).await.unwrap().unwrap();
        let name = PathBuf::from(history.row.replay_file.unwrap());
        Replay::read(&std::fs::read(self.folder.path().join("replays").join(name)).unwrap()).unwrap()
    }

    /// Every input that a player was told is accepted has its tick in the replay.
    fn check_acks(&self, replay: &Replay) {
        let acks = self.acks.lock().unwrap();
        assert!(acks.len() >= 20, "only {} inputs were acked", acks.len());
        let last_tick = arena::State::from_bytes(&replay.final_state).unwrap().tick();
        let kept: BTreeSet<Ack> = replay
            .inputs
            .iter()
            .map(|input| {
                let signed = &input.signed.input;
                Ack {
                    slot: signed.slot.0,
                    sequence: signed.sequence,
                    tick: input.tick.0 + 1,
                }
            })
            .collect();
        for ack in acks.iter().filter(|ack| ack.tick <= last_tick) {
            assert!(kept.contains(ack), "acked and lost: {ack:?}");
        }
    }

    /// The ledger holds each step exactly once.
    async fn check_ledger(&self, view: &MatchView) {
        let options = HistoryOptions::default();
        let history = history::of_match(&self.world.rpc, view.address, options, |_| {})
            .await
            .unwrap();
        let names: Vec<&str> = history
            .items
            .iter()
            .flat_map(|item| &item.events)
            .map(client::Event::name)
            .collect();
        let count = |name: &str| names.iter().filter(|other| **other == name).count();
        for once in [
            "MatchCreated",
            "MatchLocked",
            "MatchStarted",
            "ResultSubmitted",
            "MatchSettled",
            "FeeSwept",
            "Burned",
        ] {
            assert_eq!(count(once), 1, "{once}: {names:?}");
        }
        assert_eq!(count("CheckpointPosted"), view.header.checkpoints_posted as usize);
        let paid = view.players().filter(|player| player.payout > 0).count();
        assert_eq!(count("Claimed"), paid);
    }
}

/// The same accepted inputs, played in one go, give the same leaves.
fn uninterrupted(view: &MatchView, replay: &Replay, logs: &Path) {
    let key = protocol::MatchKey(view.address.to_bytes());
    let records = crank::journal::read(logs, &key).unwrap().unwrap();
    // Nothing but what was accepted, who entered when, and what the chain rolled: no seals, no start.
    let accepted: Vec<_> = records
        .into_iter()
        .filter(|record| {
            matches!(
                record,
                protocol::log::LogRecord::Input { .. }
                    | protocol::log::LogRecord::Admitted { .. }
                    | protocol::log::LogRecord::Beacon { .. }
            )
        })
        .collect();
    let genesis = view.players().filter(|player| !player.late);
    let setup = crank::live::MatchSetup {
        match_key: key,
        rules: view.rules,
        capacity: view.header.capacity,
        owners: genesis
            .flat_map(|player| std::iter::repeat_n(player.index, player.warriors.into()))
            .collect(),
        seed: view.header.seed,
        drip: serving::DRIP_KEY.chain(&key, &view.rules),
        window: crank::live::InputWindow::default(),
        cheat: None,
    };
    let late = crank::adopt::late_entries(view);
    let sessions = replay
        .players
        .iter()
        .map(|player| (player.slot, player.session))
        .collect();
    let past = crank::live::Past {
        late: &late,
        sessions: &sessions,
        records: &accepted,
    };
    let whole = crank::live::LiveMatch::restore(setup, past, protocol::Tick(u32::MAX)).unwrap();
    assert_eq!(whole.live.state().as_bytes(), replay.final_state);
    let ours: Vec<_> = whole
        .checkpoints
        .iter()
        .map(|checkpoint| checkpoint.digest)
        .collect();
    let posted: Vec<_> = replay
        .checkpoints
        .iter()
        .map(|checkpoint| checkpoint.digest.0)
        .collect();
    assert_eq!(ours, posted);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_blitz_survives_kills_from_creation_to_payout() {
    let mut trial = Trial::new("blitz").await;
    trial.kill_at(Moment::Sent(IntentKind::Create)).await;
    let view = trial.world.the_match().await;
    for (number, warriors) in [(0, 2), (1, 2), (2, 1)] {
        players::enter(&trial.world, &view, number, warriors).await;
    }
    trial.kill_at(Moment::Written(IntentKind::InitRandomness)).await;
    players::enter(&trial.world, &view, 3, 3).await;
    trial.kill_at(Moment::Sent(IntentKind::Lock)).await;
    trial.kill_at(Moment::Sent(IntentKind::Start)).await;
    trial.kill_at(Moment::Acks(40)).await;
    // Mid-checkpoint: signed, written, on its way, and its fate not known here.
    trial.kill_at(Moment::Sent(IntentKind::Checkpoint(1))).await;
    trial.kill_at(Moment::Acks(1)).await;
    trial.kill_at(Moment::Written(IntentKind::Checkpoint(3))).await;
    trial.kill_at(Moment::Sent(IntentKind::SubmitResult)).await;
    trial.kill_at(Moment::Sent(IntentKind::Finalize)).await;
    trial.kill_at(Moment::Status(MatchStatus::Settled)).await;
    trial.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_siege_survives_kills_around_late_entries_and_its_upload() {
    let mut trial = Trial::new("siege").await;
    let view = trial.world.the_match().await;
    players::enter(&trial.world, &view, 0, 5).await;
    players::enter(&trial.world, &view, 1, 5).await;
    trial.world.until_status(&view.address, MatchStatus::Live).await;
    players::enter(&trial.world, &view, 2, 3).await;
    trial.kill_at(Moment::Acks(5)).await;
    players::enter(&trial.world, &view, 3, 1).await;
    trial.kill_at(Moment::Sent(IntentKind::Checkpoint(3))).await;
    trial.kill_at(Moment::Acks(60)).await;
    trial.kill_at(Moment::Sent(IntentKind::Checkpoint(10))).await;
    trial.kill_at(Moment::Sent(IntentKind::OpenUpload)).await;
    trial.kill_at(Moment::Written(IntentKind::WriteUpload(0))).await;
    trial.kill_at(Moment::Sent(IntentKind::SubmitResult)).await;
    trial.kill_at(Moment::Sent(IntentKind::CloseUpload)).await;
    trial.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crank_that_slept_through_the_rest_of_a_match_still_finishes_it() {
    let mut trial = Trial::new("blitz").await;
    let view = trial.world.the_match().await;
    for number in 0..4 {
        players::enter(&trial.world, &view, number, 2).await;
    }
    trial.kill_at(Moment::Acks(20)).await;
    trial.sleep_through(Duration::from_secs(12)).await;
    trial.check().await;
}

/// What the chain and the input log tell is enough: before the lock, in the middle of the arena, and after it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crank_with_an_empty_database_goes_on_with_its_match() {
    let mut trial = Trial::new("blitz").await;
    let view = trial.world.the_match().await;
    players::enter(&trial.world, &view, 0, 2).await;
    trial.lose_the_database().await;
    for number in 1..4 {
        players::enter(&trial.world, &view, number, 2).await;
    }
    trial.kill_at(Moment::Acks(20)).await;
    trial.lose_the_database().await;
    trial.kill_at(Moment::Sent(IntentKind::SubmitResult)).await;
    trial.lose_the_database().await;
    trial.check().await;
}

/// Kills at random moments until the match is over, for as many matches as `CRANK_SOAK_MATCHES` says; the seed of each is
/// printed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes as long as it is told"]
async fn soak_random_kills() {
    use rand::{Rng, SeedableRng};
    let matches = std::env::var("CRANK_SOAK_MATCHES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(3u64);
    for seed in 0..matches {
        println!("seed {seed}");
        let mut rng = rand::rngs::StdRng::seed_from_u64(seed);
        let mut trial = Trial::new("blitz").await;
        let view = trial.world.the_match().await;
        for number in 0..4 {
            players::enter(&trial.world, &view, number, 2).await;
        }
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(rng.gen_range(20..1_500))).await;
            trial
                .sleep_through(Duration::from_millis(rng.gen_range(0..300)))
                .await;
        }
        trial.check().await;
    }
}

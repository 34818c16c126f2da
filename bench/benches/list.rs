//! What the socket of a watcher costs while many other matches are listed, and what of it the list is.
//!
//! A real relay; a Blitz of 20 who turn all the time on a real tick thread, with its checkpoints; beside it `OTHERS`
//! (default 1000) matches on the bus. They live as matches do: each opens, is entered ten times, starts, is over and gone, once in
//! two minutes, so that a thousand of them change about 110 times a second. The watcher follows battle and list as the
//! page does, for `SECONDS` (default 20). Bytes are those of the messages, which no machine changes.
//!
//! `SERVE=PORT` serves the same, without end, to look at it with a browser (`web/bench/measure.mjs socket URL`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot run may panic"
)]

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use arena::Rules;
use bench::contest::Contest;
use bench::sample::{verdict, Sample, Table};
use bus::{Bus, InputQueue, MatchPublisher};
use crank::worker::{Adoption, VerifiedEnvelope, Workers};
use crank::{Clock, SystemClock};
use futures_util::{SinkExt, StreamExt};
use protocol::control::{ClientMessage, Rate, ServerMessage};
use protocol::directory::{CheckpointInfo, MatchDetail, MatchEvent, MatchStatus};
use protocol::packet::ServerPacket;
use protocol::{Hash, MatchKey, Signature, Tick};
use relay::{Limits, Relay, RelayConfig, RelayHandle};
use store::Store;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

const WARRIORS: u8 = 20;
/// From its opening until it is gone.
const LIFE: Duration = Duration::from_secs(120);
/// Enterings, lock, start, result, settled; then it goes.
const CHANGES: u32 = 13;
/// The goal for everything that the socket brings.
const BUDGET_KB: f64 = 1.2;

fn number(name: &str, default: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text:?}: expected a number")),
        Err(_) => default,
    }
}

/// The battle that is watched.
struct Battle {
    contest: Contest,
    bus: Bus,
    _workers: Workers,
}

impl Battle {
    fn start(bus: &Bus, folder: &Path, number: u32, server: &Runtime) -> Self {
        let contest = Contest::new(number, Rules::BLITZ, WARRIORS);
        let clock = Arc::new(SystemClock);
        let (notices_in, mut notices) = mpsc::channel(4096);
        let mut workers = Workers::start(1, clock.clone(), notices_in).unwrap();
        let mut detail = contest.detail();
        detail.summary.created_at_ms = unix_ms();
        detail.summary.starts_at_ms = Some(unix_ms());
        let (publisher, queue) = bus.open_match(detail).unwrap();
        let (sender, inputs) = mpsc::channel(1024);
        let telling = publisher.clone();
        let log = contest.log(folder, server);
        workers
            .adopt(Adoption {
                live: contest.live(),
                start: clock.monotonic(),
                log: Box::new(log),
                publisher,
                inputs,
            })
            .unwrap();
        std::thread::spawn(move || tell_checkpoints(&telling));
        std::thread::spawn(move || while notices.blocking_recv().is_some() {});
        let moving = contest.clone();
        std::thread::spawn(move || {
            // Kept, so that the match is not without its queue.
            let _queue: InputQueue = queue;
            steer(&moving, &sender);
        });
        Self {
            contest,
            bus: bus.clone(),
            _workers: workers,
        }
    }

    /// The next one, when this is over.
    fn is_over(&self) -> bool {
        let detail = self.bus.detail(&self.contest.match_key);
        detail.is_none_or(|detail| detail.summary.tick.0 + 1 >= detail.summary.length_ticks)
    }
}

/// Two turns a second of each warrior until the match is over.
fn steer(contest: &Contest, sender: &mpsc::Sender<VerifiedEnvelope>) {
    let rounds = 2 * 90;
    let moves: Vec<_> = (0..WARRIORS).map(|slot| contest.moves(slot, rounds)).collect();
    for round in 0..rounds as usize {
        for of_player in &moves {
            let (reply, _answer) = oneshot::channel();
            let input = of_player[round].clone();
            if sender.try_send(VerifiedEnvelope { input, reply }).is_err() {
                return;
            }
            std::thread::sleep(Duration::from_millis(500) / WARRIORS.into());
        }
    }
}

/// The other matches.
struct Crowd {
    bus: Bus,
    open: VecDeque<Other>,
    made: u32,
    template: MatchDetail,
}

struct Other {
    publisher: MatchPublisher,
    _queue: InputQueue,
    changes: u32,
}

impl Crowd {
    fn new(bus: &Bus, count: u64) -> Self {
        let mut crowd = Self {
            bus: bus.clone(),
            open: VecDeque::new(),
            made: 0,
            template: Contest::new(7, Rules::BLITZ, 2).detail(),
        };
        for index in 0..count {
            crowd.add();
            // Of every age.
            let age = (count - 1 - index) * u64::from(CHANGES) / count;
            for _ in 0..age {
                crowd.open.back_mut().unwrap().change();
            }
        }
        crowd
    }

    fn add(&mut self) {
        self.made += 1;
        let mut key = [0xc0; 32];
        key[..4].copy_from_slice(&self.made.to_le_bytes());
        let mut detail = self.template.clone();
        let summary = &mut detail.summary;
        summary.match_key = MatchKey(key);
        summary.match_id = u64::from(self.made) + 100;
        summary.status = MatchStatus::Open;
        (summary.players, summary.players_max) = (0, 20);
        summary.created_at_ms = unix_ms();
        let (publisher, queue) = self.bus.open_match(detail).unwrap();
        self.open.push_back(Other {
            publisher,
            _queue: queue,
            changes: 0,
        });
    }

    /// Lives for ever, at the pace of `LIFE`.
    fn live(mut self) {
        let count = self.open.len() as u32;
        if count == 0 {
            return;
        }
        let pause = LIFE / (count * (CHANGES + 1));
        let mut next = Instant::now();
        for at in 0.. {
            next += pause;
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            let index = at % self.open.len();
            if self.open[index].changes < CHANGES {
                self.open[index].change();
                continue;
            }
            let gone = self.open.remove(index).unwrap();
            self.bus.remove_match(&gone.publisher.detail().summary.match_key);
            self.add();
        }
    }
}

impl Other {
    /// The next thing that happens in a match.
    fn change(&mut self) {
        self.changes += 1;
        let number = self.changes;
        self.publisher.update_detail(|detail| {
            let summary = &mut detail.summary;
            match number {
                10 => summary.status = MatchStatus::Locked,
                11 => {
                    summary.status = MatchStatus::Live;
                    summary.starts_at_ms = Some(unix_ms());
                }
                12 => summary.status = MatchStatus::Proposed,
                13 => summary.status = MatchStatus::Settled,
                players => {
                    summary.players = players as u8;
                    summary.pot.0 = u64::from(players) * 1_000_000;
                }
            }
        });
    }
}

/// Bytes of one second, by what they are.
#[derive(Default, Clone, Copy)]
struct Second {
    frames: usize,
    list: usize,
    rest: usize,
}

async fn watch(url: &str, match_key: MatchKey, seconds: u64) -> Vec<Second> {
    let (mut socket, _) = connect_async(url).await.unwrap();
    for message in [
        ClientMessage::WatchDirectory,
        ClientMessage::Watch {
            match_key,
            rate: Rate::Bundled,
        },
    ] {
        socket.send(Message::binary(message.to_bytes())).await.unwrap();
    }
    // The first picture and the first list are not what it costs to go on.
    let begin = Instant::now() + Duration::from_secs(2);
    let mut seen = vec![Second::default(); seconds as usize];
    while let Ok(Some(Ok(message))) =
        tokio::time::timeout_at((begin + Duration::from_secs(seconds)).into(), socket.next()).await
    {
        let Message::Binary(bytes) = message else { continue };
        let Some(after) = Instant::now().checked_duration_since(begin) else {
            continue;
        };
        let Some(second) = seen.get_mut(after.as_secs() as usize) else {
            break;
        };
        match ServerPacket::from_bytes(&bytes).unwrap() {
            ServerPacket::Frame(_) => second.frames += bytes.len(),
            ServerPacket::Control(
                ServerMessage::Directory { .. } | ServerMessage::DirectoryChanges { .. },
            ) => second.list += bytes.len(),
            ServerPacket::Control(_) => second.rest += bytes.len(),
        }
    }
    seen
}

/// A checkpoint is told when it is made, and when it is on chain, until the match is over.
fn tell_checkpoints(publisher: &MatchPublisher) {
    for index in 0..45 {
        std::thread::sleep(Duration::from_secs(2));
        for posted_in in [None, Some(Signature([3; 64]))] {
            publisher.publish_event(MatchEvent::Checkpoint(CheckpointInfo {
                index,
                tick: Tick((index + 1) * 120),
                digest: Hash([1; 32]),
                leaf: Hash([2; 32]),
                posted_in,
                slot: posted_in.map(|_| u64::from(index)),
            }));
        }
    }
}

fn unix_ms() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as u64)
}

async fn start_relay(bus: Bus, port: u16, folder: &Path) -> RelayHandle {
    let store = Store::open_sqlite(&folder.join("relay.db")).await.unwrap();
    let mut config = RelayConfig {
        limits: Limits {
            requests_per_address_per_second: 10_000,
            requests_per_address_burst: 10_000,
            ..Limits::default()
        },
        web_dir: Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("../web/dist")).filter(|page| page.exists()),
        ..RelayConfig::default()
    };
    config.listen.set_port(port);
    Relay::start(config, bus, store).await.unwrap()
}

fn main() {
    // `cargo test --benches` runs everything once, short.
    let is_test = std::env::args().any(|argument| argument == "--test");
    let others = number("OTHERS", if is_test { 100 } else { 1000 });
    let seconds = number("SECONDS", if is_test { 2 } else { 20 });
    let port = number("SERVE", 0) as u16;
    let server = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let mut table = Table::new(&[
        "others",
        "frames kB/s",
        "list kB/s",
        "rest kB/s",
        "all kB/s, mean",
        "median second",
        "verdict",
    ]);
    let counts = if port != 0 { vec![others] } else { vec![0, others] };
    for count in counts {
        let folder = tempfile::tempdir().unwrap();
        let bus = Bus::default();
        let crowd = Crowd::new(&bus, count);
        std::thread::spawn(move || crowd.live());
        let relay = server.block_on(start_relay(bus.clone(), port, folder.path()));
        let mut battle = Battle::start(&bus, folder.path(), 1, &server);
        if port != 0 {
            println!("http://{}/match/{}", relay.addr, battle.contest.match_key);
        }
        for next in 2.. {
            if port == 0 {
                break;
            }
            while !battle.is_over() {
                std::thread::sleep(Duration::from_secs(1));
            }
            bus.remove_match(&battle.contest.match_key);
            battle = Battle::start(&bus, folder.path(), next, &server);
            println!("http://{}/match/{}", relay.addr, battle.contest.match_key);
        }
        let url = format!("ws://{}/ws", relay.addr);
        let seen = server.block_on(watch(&url, battle.contest.match_key, seconds));
        report(&mut table, count, &seen);
        server.block_on(relay.drain());
    }
    table.print(&format!(
        "The socket of a watcher of a Blitz of {WARRIORS}, {seconds} s, other matches living {} s each",
        LIFE.as_secs()
    ));
}

fn report(table: &mut Table, count: u64, seen: &[Second]) {
    let mean = |of: fn(&Second) -> usize| seen.iter().map(of).sum::<usize>() as f64 / seen.len() as f64 / 1e3;
    let mut all = Sample::default();
    for second in seen {
        all.push((second.frames + second.list + second.rest) as f64 / 1e3);
    }
    table.line([
        count.to_string(),
        format!("{:.3}", mean(|second| second.frames)),
        format!("{:.3}", mean(|second| second.list)),
        format!("{:.3}", mean(|second| second.rest)),
        format!("{:.3}", all.mean()),
        format!("{:.3}", all.median()),
        verdict(all.mean(), BUDGET_KB),
    ]);
}

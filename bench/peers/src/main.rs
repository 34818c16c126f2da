//! The relay beside its peers, in one run: a bare write, our relay, `ws`, Socket.IO and Colyseus stream the same match to
//! the same clients, one after the other, in rounds. The server has one core, the clients another.
//!
//! Settings, in the environment: `ROUNDS` (3), `SECONDS` of a measurement (4), `CLIENTS` of each server when costs are
//! compared (400), `SERVERS` (words, with commas between them; all), `CAPACITY` (3: in so many of the rounds it is
//! sought how many clients a core carries), `SERVER_CORE` (0) and `CLIENT_CORE` (1).
//!
//! A server that has to wait for its core sends late, ours then several ticks with one write, which makes it cheap: each
//! line says for how much of the time the server waited, and a ratio is worth nothing where that is much.
//!
//! A core carries so many clients if every tick reached every client within [`SETTLE`] of the last, and of a client's
//! gaps between messages 99 % were at most [`LATE_TICKS`] ticks longer than they should be.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot run may panic"
)]

mod clients;
mod kind;
mod process;
mod servers;
mod socket;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::prelude::{Engine, BASE64_STANDARD};
use peers::ticks::{after_us, Clock, Ticks};
use protocol::wire::StateFrame;

use clients::Seen;
use kind::Kind;
use process::Process;

/// What is under way after the last tick arrives in this time, or counts as lost.
const SETTLE: Duration = Duration::from_millis(300);

/// Ticks by which one gap in a hundred may be too long while a core still carries its clients.
const LATE_TICKS: u64 = 2;

/// Ticks that a peer's own client compares with the recorded match.
const PROBED_TICKS: u64 = 60;

/// By how much the number of clients grows or shrinks while the limit is sought.
const STEP: f64 = 1.15;

/// Tries that a number of clients has, because other programs may have had the core.
const TRIES: usize = 2;

/// Most measurements of one search.
const SEARCH_MAX: usize = 12;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.get(1).map(String::as_str) {
        Some(clients::ROLE) => return clients::run(&arguments[2..]),
        Some(servers::ROLE) => return servers::run(&arguments[2..]),
        _ => {}
    }
    let bench = Bench::from_environment();
    let mut rows: Vec<Row> = bench.kinds.iter().map(|kind| Row::new(*kind)).collect();
    for kind in bench.kinds.iter().filter(|kind| kind.is_peer()) {
        bench.probe(*kind);
    }
    for round in 1..=bench.rounds {
        let mut bare = None;
        for row in &mut rows {
            let run = bench.measure(row.kind, bench.clients);
            let floor = *bare.get_or_insert(run.cost_us());
            row.ratios.push(run.cost_us() / floor);
            println!("round {round}: {}", run.line(floor));
            row.runs.push(run);
        }
        if round <= bench.capacity {
            for row in &mut rows {
                let carried = bench.capacity_of(row);
                println!("round {round}: {} carries {carried} clients", row.kind.word());
                row.carried.push(carried);
            }
        }
    }
    table(&rows);
}

/// What is measured, and with what.
struct Bench {
    kinds: Vec<Kind>,
    rounds: u64,
    seconds: u64,
    clients: u64,
    /// Rounds in which it is sought how many clients a core carries.
    capacity: u64,
    server_core: String,
    client_core: String,
    /// This program.
    program: String,
    /// The recorded match, for servers that are not ours.
    recorded: PathBuf,
}

/// One measurement.
#[derive(Debug, Clone)]
struct Run {
    kind: Kind,
    clients: u64,
    seconds: u64,
    /// Of the server's whole process.
    cpu_us: f64,
    /// Which it was ready to use while another program had the core.
    waited_us: f64,
    memory: u64,
    seen: Seen,
}

/// All about one server.
struct Row {
    kind: Kind,
    runs: Vec<Run>,
    ratios: Vec<f64>,
    carried: Vec<u64>,
}

impl Row {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            runs: Vec::new(),
            ratios: Vec::new(),
            carried: Vec::new(),
        }
    }
}

impl Bench {
    fn from_environment() -> Self {
        let text = |name: &str, default: &str| std::env::var(name).unwrap_or_else(|_| default.to_owned());
        let number = |name: &str, default: &str| {
            let text = text(name, default);
            text.parse::<u64>()
                .unwrap_or_else(|_| panic!("{name}={text:?}: expected a number"))
        };
        let kinds = match std::env::var("SERVERS") {
            Ok(words) => words.split(',').map(Kind::from_word).collect(),
            Err(_) => Kind::ALL.to_vec(),
        };
        assert_eq!(
            kinds.first(),
            Some(&Kind::Bare),
            "SERVERS: the first has to be `bare`, by which all are measured"
        );
        let program = std::env::current_exe().unwrap();
        let folder = std::env::temp_dir().join(format!("aurelius-peers-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let recorded = folder.join("match.jsonl");
        let seconds = number("SECONDS", "4");
        record(&recorded, (seconds * 60).max(PROBED_TICKS));
        Self {
            kinds,
            rounds: number("ROUNDS", "3"),
            seconds,
            clients: number("CLIENTS", "400"),
            capacity: number("CAPACITY", "3"),
            server_core: text("SERVER_CORE", "0"),
            client_core: text("CLIENT_CORE", "1"),
            program: program.to_str().unwrap().to_owned(),
            recorded,
        }
    }

    /// A server that listens, and its port.
    fn server(&self, kind: Kind) -> (Process, String) {
        let recorded = self.recorded.to_str().unwrap();
        let mut process = if kind.is_peer() {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("servers/{}.mjs", kind.word()));
            let file = file.to_str().unwrap();
            Process::start(
                &self.server_core,
                &["env", "NODE_ENV=production", "node", file, recorded],
            )
        } else {
            let database = self.recorded.with_extension("db");
            let database = database.to_str().unwrap();
            Process::start(
                &self.server_core,
                &[&self.program, servers::ROLE, kind.word(), database],
            )
        };
        loop {
            let line = process.line();
            assert!(
                !line.is_empty(),
                "the server {} ended before it listened",
                kind.word()
            );
            if let Some(port) = line.strip_prefix("listening ") {
                return (process, port.to_owned());
            }
        }
    }

    /// Lets the peer's own client check that its server streams the recorded match.
    fn probe(&self, kind: Kind) {
        let (mut server, port) = self.server(kind);
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/probe.mjs");
        let recorded = self.recorded.to_str().unwrap();
        let ticks = PROBED_TICKS.to_string();
        let program = ["node", file, kind.word(), &port, recorded, &ticks];
        let mut probe = Process::start(&self.client_core, &program);
        assert_eq!(
            probe.line(),
            "ready",
            "the client of {} does not follow",
            kind.word()
        );
        server.tell(&format!("begin {} {ticks}", Clock::start().start_unix_us));
        assert_eq!(
            probe.line(),
            "same",
            "the server {} streams another match",
            kind.word()
        );
        println!("{}: its own client sees the recorded match", kind.word());
    }

    fn measure(&self, kind: Kind, clients: u64) -> Run {
        let (mut server, port) = self.server(kind);
        let memory_before = server.resident_bytes();
        let (address, count) = (format!("127.0.0.1:{port}"), clients.to_string());
        let program = [
            self.program.as_str(),
            clients::ROLE,
            kind.word(),
            &address,
            &count,
        ];
        let mut swarm = Process::start(&self.client_core, &program);
        assert_eq!(
            swarm.line(),
            "ready",
            "the clients of {} did not get through",
            kind.word()
        );
        // What coming in left to do is done.
        std::thread::sleep(SETTLE);
        let ticks = self.seconds * 60;
        let clock = Clock::start();
        swarm.tell(&clock.start_unix_us.to_string());
        let before = server.times();
        server.tell(&format!("begin {} {ticks}", clock.start_unix_us));
        clock.wait_for(ticks);
        std::thread::sleep(SETTLE);
        let times = server.times().since(before);
        let memory = server.resident_bytes().saturating_sub(memory_before);
        let seen = Seen::read(&swarm.close());
        Run {
            kind,
            clients,
            seconds: self.seconds,
            cpu_us: times.ran_us,
            waited_us: times.waited_us,
            memory,
            seen,
        }
    }

    /// Whether a core carries so many, with a second try.
    fn carries(&self, kind: Kind, clients: u64) -> bool {
        (0..TRIES).any(|_| {
            let run = self.measure(kind, clients);
            println!(
                "  {}{}",
                run.line(0.0),
                if run.is_carried() { "" } else { ": too many" }
            );
            run.is_carried()
        })
    }

    /// The largest number, in steps of [`STEP`], that a core was seen to carry.
    fn capacity_of(&self, row: &Row) -> u64 {
        let guess = match (row.carried.last(), row.runs.last()) {
            (Some(carried), _) => *carried as f64,
            // Where to begin, and no more than that.
            (_, Some(run)) => 0.7 * run.clients as f64 / run.share_of_core(),
            _ => 100.0,
        };
        let stepped = |clients: u64, factor: f64| ((clients as f64 * factor) as u64).max(1);
        let mut clients = (guess as u64).max(10);
        let mut best = 0;
        for _ in 0..SEARCH_MAX {
            if self.carries(row.kind, clients) {
                best = clients;
                clients = stepped(clients, STEP);
            } else if best > 0 {
                break;
            } else {
                clients = stepped(clients, 1.0 / STEP);
            }
            // Going down ends with the first that holds, going up with the first that does not.
            if best > clients {
                break;
            }
        }
        best
    }
}

impl Run {
    fn cost_us(&self) -> f64 {
        self.cpu_us / self.seen.messages.max(1) as f64
    }

    fn share_of_core(&self) -> f64 {
        self.cpu_us / (self.seconds as f64 * 1e6)
    }

    /// Messages that each client should have got.
    fn expected(&self) -> u64 {
        self.seconds * 60 / self.kind.ticks_per_message()
    }

    fn is_carried(&self) -> bool {
        let gap_us = after_us(self.kind.ticks_per_message() + LATE_TICKS);
        self.seen.fewest >= self.expected() && self.seen.gap_p99_us <= gap_us
    }

    fn line(&self, floor: f64) -> String {
        let seen = &self.seen;
        let ratio = match floor {
            floor if floor > 0.0 => format!(" ({:.2} × a bare write)", self.cost_us() / floor),
            _ => String::new(),
        };
        format!(
            "{}: {} clients, {:.2} µs of CPU a message{ratio}, {:.0} % of a core (waited {:.0} %, clients {:.0} %), {:.2} % delivered, \
             {:.0} bytes a second, {:.1} kB of memory a client; gap p50 {:.1} p99 {:.1} ms; late p50 {:.1} p99 {:.1} ms",
            self.kind.word(),
            self.clients,
            self.cost_us(),
            self.share_of_core() * 100.0,
            self.waited_us / (self.seconds as f64 * 1e4),
            seen.cpu_us as f64 / (self.seconds as f64 * 1e4),
            seen.messages as f64 * 100.0 / (self.expected() * self.clients) as f64,
            self.bytes_per_second(),
            self.memory_kb(),
            seen.gap_p50_us as f64 / 1e3,
            seen.gap_p99_us as f64 / 1e3,
            seen.late_p50_us as f64 / 1e3,
            seen.late_p99_us as f64 / 1e3,
        )
    }

    /// Of one client.
    fn bytes_per_second(&self) -> f64 {
        self.seen.bytes as f64 / (self.clients * self.seconds) as f64
    }

    /// Growth of the server's process, by client.
    fn memory_kb(&self) -> f64 {
        self.memory as f64 / self.clients as f64 / 1e3
    }
}

/// Writes the match down as the peers read it: what a client of ours knows after each tick, and our bytes.
fn record(file: &Path, ticks: u64) {
    let mut out = std::io::BufWriter::new(std::fs::File::create(file).unwrap());
    let mut state = None;
    for frame in Ticks::new().take(ticks as usize) {
        let decoded = StateFrame::from_bytes(&frame.bytes).unwrap();
        decoded.apply(&mut state, &mut |_, _| {}).unwrap();
        let line = serde_json::json!({ "state": state, "frame": BASE64_STANDARD.encode(&frame.bytes) });
        writeln!(out, "{line}").unwrap();
    }
    out.flush().unwrap();
}

/// Medians of all rounds, as Markdown.
fn table(rows: &[Row]) {
    println!("\n| server | CPU a message, µs | × a bare write | clients a core | bytes a second and client | memory a client, kB | gap p50 / p99, ms | late p50 / p99, ms |");
    println!("|---|---|---|---|---|---|---|---|");
    for row in rows {
        let of = |value: fn(&Run) -> f64| median(row.runs.iter().map(value).collect());
        let carried = match row.carried[..] {
            [] => "not sought".to_owned(),
            _ => format!(
                "{:.0}",
                median(row.carried.iter().map(|carried| *carried as f64).collect())
            ),
        };
        println!(
            "| {} | {:.1} | {:.2} | {carried} | {:.0} | {:.1} | {:.1} / {:.1} | {:.1} / {:.1} |",
            row.kind.title(),
            of(Run::cost_us),
            median(row.ratios.clone()),
            of(Run::bytes_per_second),
            of(Run::memory_kb),
            of(|run| run.seen.gap_p50_us as f64 / 1e3),
            of(|run| run.seen.gap_p99_us as f64 / 1e3),
            of(|run| run.seen.late_p50_us as f64 / 1e3),
            of(|run| run.seen.late_p99_us as f64 / 1e3),
        );
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

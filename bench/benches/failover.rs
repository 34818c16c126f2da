//! What many cranks cost and give, measured on real processes: how long clients wait when a crank is killed, what a live
//! match and a socket take of memory, and what an ack waits for at each level of durability.
//!
//! The processes are the `aurelius` command of the same build profile, which must have been built
//! (`cargo build --release --workspace --bins`; `make bench` does it). Sections are chosen by name:
//! `cargo bench -p bench --bench failover -- kills memory growth durability`; `KILLS` sets the number of kills.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot run may panic"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use bench::sample::{Sample, Table};
use test_installation::{Crowd, CrowdConfig, Installation, InstallationConfig};

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(300);
/// How long after a kill holes are looked for.
const WINDOW: Duration = Duration::from_secs(8);

fn main() {
    let wanted: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with('-'))
        .collect();
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        if is_wanted("kills") {
            kills().await;
        }
        if is_wanted("memory") {
            memory_per_match().await;
            memory_per_socket().await;
        }
        if is_wanted("growth") {
            growth().await;
        }
        if is_wanted("durability") {
            durability().await;
        }
    });
}

/// The command of this build profile.
fn binary() -> PathBuf {
    let here = std::env::current_exe().unwrap();
    let binary = here.parent().unwrap().parent().unwrap().join("aurelius");
    assert!(
        binary.exists(),
        "{} is missing: build it first (cargo build --release --workspace --bins)",
        binary.display()
    );
    binary
}

fn ms(value: f64) -> String {
    format!("{value:.0} ms")
}

/// Kills the crank with the most matches, again and again.
async fn kills() {
    let count: usize = std::env::var("KILLS").map_or(20, |count| count.parse().unwrap());
    let config = InstallationConfig {
        stakes: vec![1, 2, 3],
        ..InstallationConfig::new(binary())
    };
    let mut installation = Installation::start(config).await;
    let cranks = ["crank-1", "crank-2"];
    for crank in cranks {
        installation.start_crank(crank).await;
    }
    installation.start_relay("relay-1").await;
    let crowd = Crowd::gather(
        &installation,
        CrowdConfig {
            watchers: 30,
            matches: 3,
            players: 2,
            ..CrowdConfig::default()
        },
    );
    let mut worst = Sample::default();
    let mut all = Sample::default();
    let mut moved = 0;
    while worst.len() < count {
        let (crank, victims) = busiest(&installation, &crowd, &cranks).await;
        let killed_ms = crowd.now_ms();
        installation.kill(&crank);
        tokio::time::sleep(WINDOW).await;
        let mut longest = 0;
        for key in &victims {
            let holes = crowd
                .seen()
                .holes_ms(key, killed_ms, killed_ms + WINDOW.as_millis() as u32);
            // Over before the kill was felt: nobody waited.
            let Some(hole) = holes.last() else { continue };
            longest = longest.max(*hole);
            moved += 1;
            all.extend(&holes.iter().map(|hole| f64::from(*hole)).collect());
        }
        if longest > 200 {
            worst.push(f64::from(longest));
        }
        installation.start_crank(&crank).await;
    }
    let mut table = Table::new(&[
        "longest wait for a tick after kill -9",
        "p50",
        "p90",
        "max",
        "values",
    ]);
    for (name, sample) in [("of all clients, per kill", &worst), ("of each client", &all)] {
        table.line([
            name.to_owned(),
            ms(sample.median()),
            ms(sample.quantile(0.9)),
            ms(sample.max()),
            sample.len().to_string(),
        ]);
    }
    table.print(&format!(
        "Failover: {count} kills of a crank, {moved} live matches taken over"
    ));
}

/// The crank with the most matches that clients see, and those matches; keeps matches coming.
async fn busiest(
    installation: &Installation,
    crowd: &Crowd,
    cranks: &[&str],
) -> (String, Vec<protocol::MatchKey>) {
    let begun = Instant::now();
    loop {
        crowd.want_at_least(2);
        let ticking = crowd.ticking();
        let of = |crank: &str| -> Vec<protocol::MatchKey> {
            let mine = |key: &&protocol::MatchKey| {
                installation
                    .holder(key)
                    .is_some_and(|holder| holder.name == *crank)
            };
            let young = |key: &&protocol::MatchKey| crowd.seen().tick_of(key) < 3_600;
            ticking.iter().filter(young).filter(mine).copied().collect()
        };
        let most = cranks.iter().map(|crank| ((*crank).to_owned(), of(crank)));
        if let Some((crank, victims)) = most.max_by_key(|(_, victims)| victims.len()) {
            if !victims.is_empty() {
                return (crank, victims);
            }
        }
        assert!(begun.elapsed() < PATIENCE, "no match runs; {}", crowd.describe());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Resident memory of a crank while more and more matches run in it.
async fn memory_per_match() {
    let most: u32 = std::env::var("MATCHES").map_or(24, |count| count.parse().unwrap());
    let config = InstallationConfig {
        stakes: (1..=most).collect(),
        wallets: 24,
        ..InstallationConfig::new(binary())
    };
    let mut installation = Installation::start(config).await;
    installation.start_crank("crank-1").await;
    installation.start_relay("relay-1").await;
    let crowd = Crowd::gather(
        &installation,
        CrowdConfig {
            matches: 0,
            players: 2,
            warriors: 5,
            ..CrowdConfig::default()
        },
    );
    let mut points = Vec::new();
    let mut sample = |live: usize, installation: &mut Installation| {
        points.push((
            live as f64,
            installation.process("crank-1").resident_bytes().unwrap() as f64,
        ));
    };
    tokio::time::sleep(Duration::from_secs(10)).await;
    sample(0, &mut installation);
    crowd.want(most as usize);
    let begun = Instant::now();
    while crowd.live().len() < most as usize && begun.elapsed() < Duration::from_secs(80) {
        tokio::time::sleep(Duration::from_secs(2)).await;
        sample(crowd.live().len(), &mut installation);
    }
    tokio::time::sleep(Duration::from_secs(5)).await;
    sample(crowd.live().len(), &mut installation);
    let (empty, full) = (points[0], *points.last().unwrap());
    let mut table = Table::new(&["crank", "live matches", "resident"]);
    for (live, bytes) in [empty, full] {
        table.line([
            String::new(),
            format!("{live:.0}"),
            format!("{:.1} MiB", bytes / 1_048_576.0),
        ]);
    }
    let slope = (full.1 - empty.1) / (full.0 - empty.0).max(1.0);
    table.print(&format!(
        "Memory of a crank: {:.0} KiB for each live match of ten warriors",
        slope / 1024.0
    ));
}

/// Resident memory of a relay while more and more sockets watch one match.
async fn memory_per_socket() {
    let most: usize = std::env::var("SOCKETS").map_or(1_000, |count| count.parse().unwrap());
    let mut installation = Installation::start(InstallationConfig::new(binary())).await;
    installation.start_crank("crank-1").await;
    installation.start_relay("relay-1").await;
    let quiet = CrowdConfig {
        players: 2,
        ..CrowdConfig::default()
    };
    let players = Crowd::gather(&installation, quiet);
    players
        .until("a live match", PATIENCE, |crowd| !crowd.ticking().is_empty())
        .await;
    let before = installation.process("relay-1").resident_bytes().unwrap() as f64;
    let watchers = CrowdConfig {
        watchers: most,
        matches: 0,
        ..CrowdConfig::default()
    };
    let crowd = Crowd::gather(&installation, watchers);
    crowd
        .until("all sockets to follow", PATIENCE, |crowd| {
            crowd.seen().sights.len() >= most * 9 / 10
        })
        .await;
    tokio::time::sleep(Duration::from_secs(5)).await;
    let sockets = crowd.seen().sights.len() as f64;
    let after = installation.process("relay-1").resident_bytes().unwrap() as f64;
    let mut table = Table::new(&["relay", "sockets", "resident"]);
    for (sockets, bytes) in [(2.0, before), (sockets + 2.0, after)] {
        table.line([
            String::new(),
            format!("{sockets:.0}"),
            format!("{:.1} MiB", bytes / 1_048_576.0),
        ]);
    }
    table.print(&format!(
        "Memory of a relay: {:.1} KiB for each watching socket",
        (after - before) / sockets / 1024.0
    ));
}

/// What has been used up so far.
struct Meters {
    at: Instant,
    values: [f64; 9],
}

/// What [`Meters`] count, and in how many units of the table each is.
const METERED: [(&str, f64); 9] = [
    ("commands to Redis", 1.0),
    ("kB to Redis", 1_000.0),
    ("kB from Redis", 1_000.0),
    ("% of a core, all Redis nodes", 0.01),
    ("transactions in PostgreSQL", 1.0),
    ("rows written in PostgreSQL", 1.0),
    ("kB of database", 1_000.0),
    ("% of a core, crank", 1.0),
    ("% of a core, relay", 1.0),
];

impl Meters {
    async fn read(installation: &mut Installation) -> Meters {
        // The database's own counters are a second or two late.
        tokio::time::sleep(Duration::from_secs(3)).await;
        let number = |text: String| text.parse::<f64>().unwrap();
        let of_database = |what: &str| {
            let ask = format!("SELECT {what} FROM pg_stat_database WHERE datname = current_database()");
            number(installation.sql(&ask))
        };
        let mut values = [
            installation.redis_info("total_commands_processed"),
            installation.redis_info("total_net_input_bytes"),
            installation.redis_info("total_net_output_bytes"),
            installation.redis_info("used_cpu_user") + installation.redis_info("used_cpu_sys"),
            of_database("xact_commit"),
            of_database("tup_inserted + tup_updated"),
            number(installation.sql("SELECT pg_database_size(current_database())")),
            0.0,
            0.0,
        ];
        values[7] = installation.process("crank-1").cpu_ticks().unwrap() as f64;
        values[8] = installation.process("relay-1").cpu_ticks().unwrap() as f64;
        Meters {
            at: Instant::now(),
            values,
        }
    }

    /// A second of each since `before`, in the units of the table.
    fn rates(&self, before: &Meters) -> Vec<f64> {
        let seconds = self.at.duration_since(before.at).as_secs_f64();
        let used = self.values.iter().zip(before.values);
        let rates = used
            .zip(METERED)
            .map(|((now, then), (_, unit))| (now - then) / seconds / unit);
        rates.collect()
    }
}

/// What a live match adds to the load of everything it uses.
async fn growth() {
    let most: u32 = std::env::var("MATCHES").map_or(8, |count| count.parse().unwrap());
    let mut installation = Installation::start(InstallationConfig {
        stakes: (1..=most).collect(),
        ..InstallationConfig::new(binary())
    })
    .await;
    installation.start_crank("crank-1").await;
    installation.start_relay("relay-1").await;
    let crowd = Crowd::gather(
        &installation,
        CrowdConfig {
            matches: 0,
            players: 4,
            warriors: 5,
            ..CrowdConfig::default()
        },
    );
    tokio::time::sleep(Duration::from_secs(5 + u64::from(most))).await;
    let idle = Meters::read(&mut installation).await;
    tokio::time::sleep(Duration::from_secs(12)).await;
    let idle = Meters::read(&mut installation).await.rates(&idle);
    crowd.want(most as usize);
    let all_tick = |crowd: &Crowd| crowd.ticking().len() >= most as usize;
    crowd.until("all matches to run", PATIENCE, all_tick).await;
    let acks_before = crowd.seen().acks.len();
    let busy = Meters::read(&mut installation).await;
    let rows_before = rows(&installation);
    tokio::time::sleep(Duration::from_secs(12)).await;
    let after = Meters::read(&mut installation).await;
    let rows_after = rows(&installation);
    let seconds = after.at.duration_since(busy.at).as_secs_f64() + 3.0;
    let moves = (crowd.seen().acks.len() - acks_before) as f64 / seconds / f64::from(most);
    let busy = after.rates(&busy);
    let mut table = Table::new(&["a second", "no match live", "each live match adds"]);
    for (((name, _), idle), busy) in METERED.iter().zip(idle).zip(busy) {
        let added = (busy - idle) / f64::from(most);
        table.line([(*name).to_owned(), format!("{idle:.1}"), format!("{added:.2}")]);
    }
    table.print(&format!(
        "Growth: {most} Blitzes of 4 players and 20 warriors, {moves:.0} moves a second in each, one relay that follows all, one \
         socket for each player, {most} open lobbies"
    ));
    let mut table = Table::new(&["rows a second that each live match writes", ""]);
    for (name, after) in rows_after {
        let written = after - rows_before.get(&name).copied().unwrap_or(0.0);
        if written > 0.0 {
            table.line([
                name,
                format!("{:.2}", written / (seconds - 3.0) / f64::from(most)),
            ]);
        }
    }
    table.print("By table");
}

/// Rows written so far, by table.
fn rows(installation: &Installation) -> BTreeMap<String, f64> {
    let said = installation.sql("SELECT relname, n_tup_ins + n_tup_upd FROM pg_stat_user_tables");
    let lines = said.lines().filter_map(|line| line.split_once('|'));
    lines
        .map(|(name, count)| (name.to_owned(), count.parse().unwrap()))
        .collect()
}

/// A level of durability that an ack waits for.
struct Level {
    name: &'static str,
    redis: bool,
    /// What every Redis node is told.
    settings: &'static [(&'static str, &'static str)],
}

const LEVELS: [Level; 4] = [
    Level {
        name: "local log, one process",
        redis: false,
        settings: &[],
    },
    Level {
        name: "local log and shared log in Redis (memory)",
        redis: true,
        settings: &[],
    },
    Level {
        name: "the same, Redis log forced to disk every second",
        redis: true,
        settings: &[("appendfsync", "everysec"), ("appendonly", "yes")],
    },
    Level {
        name: "the same, Redis log forced to disk before each answer",
        redis: true,
        settings: &[("appendfsync", "always"), ("appendonly", "yes")],
    },
];

/// From sending a move to its ack, at a client.
async fn durability() {
    let mut table = Table::new(&["durable before the ack", "p50", "p99", "acks", "p50 to local log"]);
    let mut first = None;
    for level in &LEVELS {
        let mut installation = Installation::start(InstallationConfig {
            redis: level.redis,
            ..InstallationConfig::new(binary())
        })
        .await;
        for (name, value) in level.settings {
            installation.tell_redis(&["CONFIG", "SET", name, value]);
        }
        installation.start_crank("crank-1").await;
        if level.redis {
            installation.start_relay("relay-1").await;
        }
        let crowd = Crowd::gather(
            &installation,
            CrowdConfig {
                players: 3,
                move_every: Duration::from_millis(97),
                ..CrowdConfig::default()
            },
        );
        crowd
            .until("the first acks", PATIENCE, |crowd| crowd.seen().acks.len() > 30)
            .await;
        let from_ms = crowd.now_ms();
        tokio::time::sleep(Duration::from_secs(30)).await;
        let sample: Sample = {
            let seen = crowd.seen();
            let late = seen.acks.iter().filter(|ack| ack.at_ms > from_ms);
            late.map(|ack| f64::from(ack.latency_us) / 1_000.0).collect()
        };
        let base = *first.get_or_insert(sample.median());
        table.line([
            level.name.to_owned(),
            format!("{:.1} ms", sample.median()),
            format!("{:.1} ms", sample.quantile(0.99)),
            sample.len().to_string(),
            format!("{:+.1} ms", sample.median() - base),
        ]);
    }
    table.print("Durability: from sending a move to its ack at a client on this machine");
}

//! What the shared bus costs with 500 live matches: for the tick thread, the process and Redis.
//!
//! One thread publishes a frame of each match at every tick, as tick threads do: 12 bytes, and 144 once a second, which is
//! what matches of 20 warriors have. First on the bus of the process alone, then exported to a Redis Cluster of the
//! benchmark's own on this machine, then with 50 matches followed by a relay. `MATCHES` and `SECONDS` change the size.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot run may panic"
)]

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use arena::Rules;
use bench::contest::Contest;
use bench::cpu::this_thread;
use bench::sample::{Sample, Table};
use bus::{Bus, Export, Frame, FrameKind, Import, MatchPublisher, RecvError};
use bytes::Bytes;
use cluster::{Cluster, ClusterConfig, SharedLease};
use protocol::{MatchKey, Tick};

const TICK: Duration = Duration::from_nanos(16_666_667);
/// Ticks from one keyframe to the next.
const KEY_EVERY: u32 = 60;
const KEY_BYTES: usize = 144;
const DELTA_BYTES: usize = 12;
/// Matches that the relay follows.
const FOLLOWED: usize = 50;

/// What one run measured.
struct Measured {
    frames: u64,
    /// Processor time of the publishing thread.
    publishing: Duration,
    /// How late the rounds began, microseconds.
    late: Sample,
    /// Processor time of the whole process.
    process: Duration,
    redis: RedisUse,
    /// From the publishing thread to a follower in another process' place, microseconds.
    latency: Sample,
    elapsed: Duration,
}

/// What the three nodes did together.
#[derive(Clone, Copy, Default)]
struct RedisUse {
    cpu: f64,
    commands: f64,
    bytes_in: f64,
    bytes_out: f64,
}

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let number = |name: &str, default: usize, in_test: usize| match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text:?}: expected a number")),
        Err(_) if is_test => in_test,
        Err(_) => default,
    };
    let (matches, seconds) = (number("MATCHES", 500, 10), number("SECONDS", 10, 1));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let redis = test_redis::Cluster::start();
    let mut table = Table::new(&[
        "500 live matches, 60 ticks a second",
        "tick thread, µs a frame",
        "rounds late, p99 µs",
        "rest of the process, cores",
        "Redis, cores (3 nodes)",
        "Redis commands a match and second",
        "Redis bytes a match and second, in / out",
        "publish to follower, p50 / p99 ms",
    ]);
    for (name, exported, followed) in [
        ("bus of the process", false, 0),
        ("exported", true, 0),
        ("exported, 50 followed", true, FOLLOWED.min(matches)),
    ] {
        let measured = run(&runtime, &redis, matches, seconds, exported, followed);
        let per = |value: f64| value / matches as f64 / measured.elapsed.as_secs_f64();
        let cores = |time: Duration| time.as_secs_f64() / measured.elapsed.as_secs_f64();
        table.line([
            name.to_owned(),
            format!(
                "{:.2}",
                measured.publishing.as_secs_f64() * 1e6 / measured.frames as f64
            ),
            format!("{:.0}", measured.late.quantile(0.99)),
            format!(
                "{:.2}",
                cores(measured.process.saturating_sub(measured.publishing))
            ),
            format!("{:.2}", measured.redis.cpu / measured.elapsed.as_secs_f64()),
            format!("{:.0}", per(measured.redis.commands)),
            format!(
                "{:.0} / {:.0}",
                per(measured.redis.bytes_in),
                per(measured.redis.bytes_out)
            ),
            match measured.latency.is_empty() {
                true => "-".to_owned(),
                false => format!(
                    "{:.2} / {:.2}",
                    measured.latency.quantile(0.5) / 1e3,
                    measured.latency.quantile(0.99) / 1e3
                ),
            },
        ]);
    }
    table.print("The shared bus");
}

fn run(
    runtime: &tokio::runtime::Runtime,
    redis: &test_redis::Cluster,
    matches: usize,
    seconds: usize,
    exported: bool,
    followed: usize,
) -> Measured {
    let bus = Bus::default();
    let contests: Vec<Contest> = (0..matches as u32)
        .map(|number| Contest::new(number, Rules::BLITZ, 20))
        .collect();
    let opened: Vec<_> = contests
        .iter()
        .map(|contest| bus.open_match(contest.detail()).unwrap())
        .collect();
    let (publishers, _queues): (Vec<MatchPublisher>, Vec<_>) = opened.into_iter().unzip();
    let keys: Vec<MatchKey> = contests.iter().map(|contest| contest.match_key).collect();
    let ticks = seconds as u32 * 60;
    let published: Arc<Vec<AtomicI64>> = Arc::new((0..=ticks).map(|_| AtomicI64::new(0)).collect());
    let latency = Arc::new(Mutex::new(Sample::default()));
    let begun = Instant::now();
    let joined = exported.then(|| {
        let prefix = format!("bench-{followed}");
        runtime.block_on(join(
            redis, &prefix, &bus, &keys, followed, &published, &latency, begun,
        ))
    });
    let redis_before = redis_use(redis);
    let process_before = process_time();
    let started = Instant::now();
    let (frames, publishing, late) = {
        let published = published.clone();
        std::thread::spawn(move || publish(&publishers, ticks, &published, begun))
            .join()
            .unwrap()
    };
    // What is on its way arrives.
    std::thread::sleep(Duration::from_millis(300));
    let elapsed = started.elapsed();
    let after = redis_use(redis);
    let process = process_time().saturating_sub(process_before);
    drop(joined);
    let latency = latency.lock().unwrap().clone();
    Measured {
        frames,
        publishing,
        late,
        process,
        redis: RedisUse {
            cpu: after.cpu - redis_before.cpu,
            commands: after.commands - redis_before.commands,
            bytes_in: after.bytes_in - redis_before.bytes_in,
            bytes_out: after.bytes_out - redis_before.bytes_out,
        },
        latency,
        elapsed,
    }
}

/// Exports all matches, and follows some of them from another bus.
#[allow(clippy::too_many_arguments, reason = "the pieces of one run")]
async fn join(
    redis: &test_redis::Cluster,
    prefix: &str,
    bus: &Bus,
    keys: &[MatchKey],
    followed: usize,
    published: &Arc<Vec<AtomicI64>>,
    latency: &Arc<Mutex<Sample>>,
    begun: Instant,
) -> (Vec<Export>, Option<Import>) {
    let mut config = ClusterConfig::new(redis.urls());
    config.prefix = prefix.to_owned();
    // Nobody renews leases here.
    config.lease_life = Duration::from_secs(3600);
    let cluster = Cluster::connect(config).await.unwrap();
    let mut exports = Vec::new();
    for key in keys {
        let lease = cluster.acquire(key, "bench", 0).await.unwrap().unwrap();
        exports.push(Export::start(&cluster, bus, SharedLease::new(lease, "bench")));
    }
    if followed == 0 {
        // The first states are written before the clock runs.
        tokio::time::sleep(Duration::from_secs(2)).await;
        return (exports, None);
    }
    let relay = Bus::default();
    let import = Import::start(&cluster, &relay);
    for key in &keys[..followed] {
        let subscription = loop {
            match relay.subscribe(key) {
                Some(subscription) => break subscription,
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        let (published, latency) = (published.clone(), latency.clone());
        let mut frames = subscription.frames;
        tokio::spawn(async move {
            let mut own = Sample::default();
            loop {
                match frames.recv().await {
                    Ok(frame) => {
                        let at = published[frame.tick.0 as usize].load(Ordering::Relaxed);
                        let now = begun.elapsed().as_micros() as i64;
                        if at > 0 {
                            own.push((now - at) as f64);
                        }
                        if own.len() >= 60 {
                            latency.lock().unwrap().extend(&std::mem::take(&mut own));
                        }
                    }
                    Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                }
            }
        });
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    (exports, Some(import))
}

/// A frame of each match at every tick; how many, the thread's processor time, how late rounds began.
fn publish(
    publishers: &[MatchPublisher],
    ticks: u32,
    published: &[AtomicI64],
    begun: Instant,
) -> (u64, Duration, Sample) {
    let key_bytes = Bytes::from(vec![7; KEY_BYTES]);
    let delta_bytes = Bytes::from(vec![7; DELTA_BYTES]);
    let before = this_thread().unwrap_or_default();
    let start = Instant::now();
    let mut late = Sample::default();
    for tick in 1..=ticks {
        let deadline = start + TICK * tick;
        std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
        late.push(Instant::now().saturating_duration_since(deadline).as_micros() as f64);
        published[tick as usize].store(begun.elapsed().as_micros() as i64, Ordering::Relaxed);
        for publisher in publishers {
            let is_key = tick % KEY_EVERY == 1;
            publisher.publish_frame(Frame {
                tick: Tick(tick),
                kind: if is_key { FrameKind::Key } else { FrameKind::Delta },
                bytes: if is_key {
                    key_bytes.clone()
                } else {
                    delta_bytes.clone()
                },
            });
        }
    }
    let times = this_thread().unwrap_or_default().since(&before);
    (u64::from(ticks) * publishers.len() as u64, times.ran, late)
}

/// User and system time of this process.
fn process_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The command's name is in parentheses and may hold anything.
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .collect();
    let ticks = |index: usize| {
        fields
            .get(index)
            .and_then(|field| field.parse::<u64>().ok())
            .unwrap_or(0)
    };
    // utime and stime, in hundredths of a second on Linux.
    Duration::from_millis((ticks(11) + ticks(12)) * 10)
}

fn redis_use(redis: &test_redis::Cluster) -> RedisUse {
    let mut all = RedisUse::default();
    for port in redis.ports() {
        let out = std::process::Command::new("redis-cli")
            .args(["-h", "127.0.0.1", "-p", &port.to_string(), "INFO"])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        let value = |name: &str| {
            let line = text
                .lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.and_then(|value| value.trim().parse::<f64>().ok())
                .unwrap_or(0.0)
        };
        all.cpu += value("used_cpu_sys") + value("used_cpu_user");
        all.commands += value("total_commands_processed");
        all.bytes_in += value("total_net_input_bytes");
        all.bytes_out += value("total_net_output_bytes");
    }
    all
}

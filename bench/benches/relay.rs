//! The fan-out of frames: what a delivered message costs the relay's core, beside a bare `write` of the same bytes to
//! the same readers; what one core carries; what a follower keeps in memory; and how late frames come.
//!
//! A match of 20 warriors at 60 ticks a second is followed by so many sockets for `SECONDS` (default 5), `RUNS` times
//! (default 3), each time right after a bare loop did the same. The relay, and the loop, have one thread, whose CPU time
//! the kernel counts. The followers live in a process of their own: this program, started again.
//!
//! `FOLLOWERS` (default 1000), `PLAYERS` (2900) and `WATCHERS` (8000) say how many; 0 leaves a part out.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot run may panic"
)]

#[path = "relay/floor.rs"]
mod floor;
#[path = "relay/served.rs"]
mod served;
#[path = "relay/swarm.rs"]
mod swarm;

use protocol::control::Rate;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let Some(role) = arguments.iter().position(|argument| argument == swarm::ROLE) {
        return swarm::run(&arguments[role + 1..]);
    }
    // `cargo test --benches` runs everything once, short.
    let is_test = arguments.iter().any(|argument| argument == "--test");
    let number = |name: &str, default: u64, in_test: u64| match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text:?}: expected a number")),
        Err(_) if is_test => in_test,
        Err(_) => default,
    };
    let seconds = number("SECONDS", 5, 1);
    let runs = number("RUNS", 3, 1);
    let followers = number("FOLLOWERS", 1000, 20);
    let parts = [
        ("every tick", Rate::Every, followers),
        ("bundles of three", Rate::Bundled, followers),
        ("players of one match", Rate::Every, number("PLAYERS", 2900, 0)),
        ("watchers", Rate::Bundled, number("WATCHERS", 8000, 0)),
    ];
    for (name, rate, followers) in parts {
        if followers > 0 {
            let load = Load {
                rate,
                followers,
                seconds,
            };
            let mut ratios: Vec<f64> = (0..runs).map(|_| compare(name, &load)).collect();
            ratios.sort_by(f64::total_cmp);
            println!(
                "relay/{name}: median {:.2} × a bare write",
                ratios[ratios.len() / 2]
            );
        }
    }
}

/// What is to be carried.
#[derive(Clone, Copy)]
struct Load {
    rate: Rate,
    followers: u64,
    seconds: u64,
}

impl Load {
    fn ticks(&self) -> u64 {
        self.seconds * 60
    }
}

/// One run: the bare loop, then the relay. Their ratio.
fn compare(name: &str, load: &Load) -> f64 {
    let floor = floor::measure(load);
    let served = served::measure(load);
    let cost = served.cpu_us / served.seen.messages as f64;
    let seen = &served.seen;
    println!(
        "relay/{name}: {} sockets, {cost:.2} µs of CPU a message, a bare write {floor:.2} ({:.2} ×), {:.1} % of a core; \
         {:.2} % of ticks delivered, {:.1} a second to the slowest of a hundred; gap p99 {:.1} ms; \
         tick to socket p50 {:.1} ms, p99 {:.1} ms; {} bytes a socket",
        load.followers,
        cost / floor,
        served.cpu_us / (load.seconds as f64 * 1e4),
        seen.ticks as f64 * 100.0 / (load.ticks() * load.followers) as f64,
        seen.slow_ticks as f64 / load.seconds as f64,
        seen.gap_p99_us as f64 / 1e3,
        seen.late_p50_us as f64 / 1e3,
        seen.late_p99_us as f64 / 1e3,
        served.bytes_per_socket,
    );
    cost / floor
}

/// CPU time of the calling thread so far, microseconds, as the kernel's scheduler counts it.
fn thread_cpu_us() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    text.split(' ').next().unwrap().parse::<f64>().unwrap() / 1000.0
}

//! The store: what the check of the fence adds to a write, and what a match occupies in PostgreSQL.
//!
//! Each write is measured by turns through a handle that is fenced and one that is not, `WRITES` times (default 1000), on
//! SQLite and on a PostgreSQL of the benchmark's own, on this machine: without waiting for its disk, and with that. Then
//! `MATCHES` (default 200) whole matches of each mode are recorded, as a crank does it, and the tables are weighed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot run may panic"
)]

#[path = "store/cost.rs"]
mod cost;
#[path = "store/weight.rs"]
mod weight;

fn main() {
    // `cargo test --benches` runs everything once, short.
    let is_test = std::env::args().any(|argument| argument == "--test");
    let number = |name: &str, default: u32, in_test: u32| match std::env::var(name) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{name}={text:?}: expected a number")),
        Err(_) if is_test => in_test,
        Err(_) => default,
    };
    let (writes, matches) = (number("WRITES", 1000, 10), number("MATCHES", 200, 2));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        cost::measure(writes).await;
        weight::measure(matches).await;
    });
}

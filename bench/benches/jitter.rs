//! How late ticks begin with 100 live matches on one tick thread, in real time.
//!
//! Everything of a tick thread is real: deadlines, inputs (two a second of each of 2,000 warriors), the input log on
//! disk, the receipts' task, the rules, commitments, encoded frames on the bus. Signatures are made and checked before the clock runs,
//! because tick threads never check any. Budget: p99 2 ms.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot run may panic"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use arena::Rules;
use bench::contest::Contest;
use bench::cpu::thread_named;
use bench::sample::{verdict, Sample, Table};
use bus::{Bus, InputOutcome};
use crank::clock::MonotonicUs;
use crank::live::VerifiedInput;
use crank::worker::{start_from, Adoption, VerifiedEnvelope, Workers};
use crank::{Clock, SystemClock};
use tokio::sync::{mpsc, oneshot};

const MATCHES: u32 = 100;
const WARRIORS: u8 = 20;
const RUNS: usize = 3;
const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(8);
/// One input of each warrior in this time.
const INPUT_EVERY: Duration = Duration::from_millis(500);

/// One match and the moves its players will make: `moves[round][slot]`.
struct Prepared {
    contest: Contest,
    rounds: Vec<Vec<VerifiedInput>>,
}

fn prepare(number: u32) -> Prepared {
    let contest = Contest::new(number, Rules::BLITZ, WARRIORS);
    let rounds = ((WARM_UP + MEASURED).as_millis() / INPUT_EVERY.as_millis()) as u32;
    let by_slot: Vec<_> = (0..WARRIORS).map(|slot| contest.moves(slot, rounds)).collect();
    let round = |round: u32| {
        by_slot
            .iter()
            .map(|moves| moves[round as usize].clone())
            .collect()
    };
    let rounds = (0..rounds).map(round).collect();
    Prepared { contest, rounds }
}

struct Outcome {
    p50: f64,
    p99: f64,
    p999: f64,
    max: f64,
    overruns: u64,
    ticks: u64,
    accepted: usize,
    refused: usize,
    busy: f64,
    waited: f64,
}

/// Where the ticks of matches lie that are all to start at one moment.
#[derive(Clone, Copy)]
enum Deadlines {
    /// Each in the phase that the crank gives it.
    Phased,
    /// All on the same moment, as a comparison: no crank does it.
    Shared,
}

fn run(prepared: &[Prepared], deadlines: Deadlines) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let bus = Bus::default();
    let clock = Arc::new(SystemClock);
    let (notices_in, mut notices) = mpsc::channel(4096);
    let mut workers = Workers::start(1, clock.clone(), notices_in).unwrap();
    let start = clock.monotonic().plus(300_000);
    let signing = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .build()
        .unwrap();
    let mut senders = Vec::new();
    let mut queues = Vec::new();
    for (match_id, Prepared { contest, .. }) in (0u64..).zip(prepared) {
        let (publisher, queue) = bus.open_match(contest.detail()).unwrap();
        let (sender, inputs) = mpsc::channel(1024);
        let log = contest.log(folder.path(), &signing);
        workers
            .adopt(Adoption {
                live: contest.live(),
                start: match deadlines {
                    Deadlines::Phased => MonotonicUs(start_from(start.0, match_id)),
                    Deadlines::Shared => start,
                },
                log: Box::new(log),
                publisher,
                inputs,
            })
            .unwrap();
        senders.push(sender);
        queues.push(queue);
    }
    let mut answers: Vec<oneshot::Receiver<InputOutcome>> = Vec::new();
    let pause = INPUT_EVERY / MATCHES;
    let begin = Instant::now() + Duration::from_millis(300);
    std::thread::sleep(begin.saturating_duration_since(Instant::now()));
    let mut before = None;
    let mut next = begin;
    for round in 0..prepared[0].rounds.len() {
        for (Prepared { rounds, .. }, sender) in prepared.iter().zip(&senders) {
            if before.is_none() && begin.elapsed() >= WARM_UP {
                before = Some((workers.meter().reading(), thread_named("tick-0"), Instant::now()));
            }
            for input in &rounds[round] {
                let (reply, answer) = oneshot::channel();
                let input = input.clone();
                sender.try_send(VerifiedEnvelope { input, reply }).unwrap();
                answers.push(answer);
            }
            next += pause;
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
        }
        while notices.try_recv().is_ok() {}
    }
    let (meter, thread, since) = before.unwrap();
    let lateness = workers.meter().reading().since(&meter);
    let elapsed = since.elapsed().as_secs_f64();
    let used = thread_named("tick-0")
        .zip(thread)
        .map(|(now, then)| now.since(&then));
    workers.stop();
    let accepted = answers.iter_mut().filter_map(|answer| answer.try_recv().ok());
    let accepted = accepted.filter(Result::is_ok).count();
    let quantile = |permille| lateness.quantile_us(permille).unwrap() as f64 / 1000.0;
    Outcome {
        p50: quantile(500),
        p99: quantile(990),
        p999: quantile(999),
        max: quantile(1000),
        overruns: lateness.overruns,
        ticks: lateness.ticks(),
        accepted,
        refused: answers.len() - accepted,
        busy: used.map_or(f64::NAN, |used| used.ran.as_secs_f64() / elapsed * 100.0),
        waited: used.map_or(f64::NAN, |used| used.waited.as_secs_f64() / elapsed * 100.0),
    }
}

fn main() {
    println!("signing the moves of {MATCHES} matches…");
    let prepared: Vec<Prepared> = (0..MATCHES).map(prepare).collect();
    let mut table = Table::new(&[
        "starts",
        "run",
        "ticks",
        "p50 ms",
        "p99 ms",
        "p99.9 ms",
        "max ms",
        "> 8.3 ms late",
        "inputs taken",
        "refused",
        "thread busy",
        "waited for a core",
    ]);
    let mut budgets = Table::new(&["starts", "p99 ms, median of the runs", "verdict"]);
    for (name, deadlines) in [
        ("as the crank starts them", Deadlines::Phased),
        ("one deadline for all", Deadlines::Shared),
    ] {
        let mut p99 = Sample::default();
        for number in 1..=RUNS {
            let found = run(&prepared, deadlines);
            p99.push(found.p99);
            table.line([
                name.to_owned(),
                number.to_string(),
                found.ticks.to_string(),
                format!("{:.2}", found.p50),
                format!("{:.2}", found.p99),
                format!("{:.2}", found.p999),
                if found.max > 20.0 {
                    "> 20".into()
                } else {
                    format!("{:.2}", found.max)
                },
                found.overruns.to_string(),
                found.accepted.to_string(),
                found.refused.to_string(),
                format!("{:.1} %", found.busy),
                format!("{:.1} %", found.waited),
            ]);
        }
        let judged = match deadlines {
            Deadlines::Phased => verdict(p99.median(), 2.0),
            Deadlines::Shared => "for comparison".to_owned(),
        };
        budgets.line([name.to_owned(), format!("{:.2}", p99.median()), judged]);
    }
    table.print(&format!(
        "Tick start after its deadline, {MATCHES} matches of {WARRIORS} on one thread, {} s a run, to the next 0.05 ms",
        MEASURED.as_secs()
    ));
    budgets.print("Budgets");
}

//! Watches every match of the program while it is played, has the program punish an operator that lies or falls
//! silent, and sees to money that nobody else moves: it starts, cancels, finalises, voids and pays what is overdue.
//!
//! | room | what it owns |
//! |---|---|
//! | [`config`] | what is watched, how often, and within which bounds |
//! | [`report`] | what a watchtower has to say: events, log, metrics, the tally of faults |
//! | `watched` | one match stepped again as its checkpoints land; no IO |
//! | `tower` | the loop: which matches exist, which have moved, who is over |
//! | `case` | one operator brought before the program, to the last refund |
//! | `errand` | what anybody may do for money that waits longer than it should |
//! | `proof` | a proof's way onto the chain, through an upload where it is too large for a transaction |
//!
//! **Invariants.** All state can be had again from the chain: a watchtower that starts anew catches up by itself and
//! finishes what it had begun. Memory is bounded by [`config::Limits`], and what a bound leaves out is said. No failure
//! of an endpoint ends it. Nothing is sent without a prover's key.
//! **Deliberately absent:** trust in its own reading. A proof that the program refuses makes it read the match again from
//! its beginning; only the program says what is a lie.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a failing test may panic"
    )
)]

mod case;
pub mod config;
mod errand;
mod proof;
pub mod report;
mod tower;
mod watched;

use std::sync::Arc;

use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

pub use config::{Limits, Pace, Prover, Until, WatchtowerConfig};
pub use report::{Fault, Overdue, Report, Sight, Tally};
pub use watched::{Beginning, Stepped, Unwatchable, Watched};

use crate::report::Reporter;
use crate::tower::Tower;

/// A watchtower.
#[derive(Debug)]
pub struct Watchtower;

impl Watchtower {
    /// Starts watching on a task of its own. Must be called within a tokio runtime.
    pub fn start(config: WatchtowerConfig) -> WatchtowerHandle {
        let reporter = Arc::new(Reporter::new(config.limits.reports_max));
        let (stop, mut stopped) = watch::channel(false);
        let tower = Tower::new(config, Arc::clone(&reporter));
        let task = tokio::spawn(async move {
            tokio::select! {
                () = tower.run() => {}
                // An error means that the handle is gone.
                _ = stopped.wait_for(|stop| *stop) => {}
            }
        });
        WatchtowerHandle { reporter, stop, task }
    }
}

/// A running watchtower. Dropping it stops it.
#[derive(Debug)]
pub struct WatchtowerHandle {
    reporter: Arc<Reporter>,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl WatchtowerHandle {
    /// What it reports from now on. A receiver that falls behind by [`Limits::reports_max`] loses the oldest reports, and
    /// is told so.
    pub fn reports(&self) -> broadcast::Receiver<Report> {
        self.reporter.subscribe()
    }

    /// The faults so far.
    pub fn tally(&self) -> Tally {
        self.reporter.tally()
    }

    /// How much of the chain was seen, which says what a tally without faults means.
    pub fn sight(&self) -> Sight {
        self.reporter.sight()
    }

    /// How often all matches were listed. While this is 0 the chain was never read, and the tally means nothing.
    pub fn listings(&self) -> u64 {
        self.reporter.listings()
    }

    /// Waits until it ends by itself: never, unless [`WatchtowerConfig::until`] says so.
    pub async fn wait(&mut self) -> Tally {
        // A task that panicked has reported all that it will.
        if let Err(error) = (&mut self.task).await {
            tracing::error!(%error, "the watchtower has died");
        }
        self.tally()
    }

    /// Stops it. What is under way on the chain is finished by the next watchtower with the same key.
    pub async fn stop(mut self) -> Tally {
        self.stop.send_replace(true);
        self.wait().await
    }
}

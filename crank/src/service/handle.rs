//! A running crank, for whoever started it.

use std::sync::Arc;

use protocol::MatchKey;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;

use crate::worker::TickMeter;

/// Matches remembered in [`CrankStatus::paid_out`].
const PAID_OUT_MAX: usize = 256;

/// Why a crank stopped by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrankFailure {
    /// The chain feed ended.
    #[error("the chain feed has ended")]
    FeedEnded,
    /// A tick thread ended.
    #[error("a tick thread ended by itself; matches go on after a restart")]
    TickThread,
    /// The task that keeps leases ended.
    #[error("the task that keeps the leases ended by itself; other cranks take the matches over")]
    LeasesEnded,
    /// A job was lost to a defect.
    #[error("a job was lost: {0}")]
    Job(String),
    /// The loop itself.
    #[error("the crank's loop was lost: {0}")]
    Loop(String),
}

/// How to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// At once: what is under way goes on at the next start.
    Now,
    /// No new matches; stop when everything that exists is paid out, as far as recipients can be paid.
    Drain,
}

/// What a crank is doing, for whoever watches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrankStatus {
    /// The newest slot seen.
    pub slot: u64,
    /// Matches made by this process, unfinished ones it took up included.
    pub matches_made: u64,
    /// Matches that are not paid out.
    pub unfinished: usize,
    /// Matches on tick threads.
    pub live: usize,
    /// Matches with everything claimed, swept and burned, or refunded; the latest 256.
    pub paid_out: Vec<MatchKey>,
    /// What keeps it from its work, for people: `/health` fails while there is any.
    pub troubles: Vec<String>,
}

impl CrankStatus {
    /// Takes what changed; `paid` are added to what is paid out. Whether anything changed.
    pub(crate) fn update(&mut self, news: CrankStatus, paid: &[MatchKey]) -> bool {
        let before = std::mem::take(self);
        *self = CrankStatus {
            paid_out: before.paid_out.clone(),
            ..news
        };
        for key in paid {
            if !self.paid_out.contains(key) {
                self.paid_out.push(*key);
            }
        }
        let surplus = self.paid_out.len().saturating_sub(PAID_OUT_MAX);
        self.paid_out.drain(..surplus);
        *self != before
    }
}

/// A running crank.
#[derive(Debug)]
pub struct CrankHandle {
    commands: mpsc::Sender<Shutdown>,
    status: watch::Receiver<CrankStatus>,
    task: JoinHandle<Result<(), CrankFailure>>,
    meter: Arc<TickMeter>,
    warnings: Vec<String>,
}

impl CrankHandle {
    pub(crate) fn new(
        commands: mpsc::Sender<Shutdown>,
        status: watch::Receiver<CrankStatus>,
        task: JoinHandle<Result<(), CrankFailure>>,
        meter: Arc<TickMeter>,
    ) -> Self {
        Self {
            commands,
            status,
            task,
            meter,
            warnings: Vec::new(),
        }
    }

    /// With what will not work.
    pub(crate) fn warned(self, warnings: Vec<String>) -> Self {
        Self { warnings, ..self }
    }

    /// What will not work unless somebody mends it, as it was seen at the start; each is in the log, too.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// What it is doing.
    pub fn status(&self) -> watch::Receiver<CrankStatus> {
        self.status.clone()
    }

    /// Whether nothing keeps it from its work; otherwise a sentence for each thing that does. For `/health`.
    pub fn health(&self) -> impl Fn() -> Result<(), String> + Send + Sync + 'static {
        let status = self.status.clone();
        move || match status.borrow().troubles.join("; ") {
            troubles if troubles.is_empty() => Ok(()),
            troubles => Err(troubles),
        }
    }

    /// How late its ticks begin.
    pub fn meter(&self) -> &Arc<TickMeter> {
        &self.meter
    }

    /// Tells it to stop, and waits until it has.
    ///
    /// # Errors
    /// [`CrankFailure`] if it failed instead.
    pub async fn shutdown(self, how: Shutdown) -> Result<(), CrankFailure> {
        // One that has ended already needs no telling.
        let _ = self.commands.send(how).await;
        joined(self.task.await)
    }

    /// Waits until it stops by itself.
    ///
    /// # Errors
    /// [`CrankFailure`].
    pub async fn wait(&mut self) -> Result<(), CrankFailure> {
        joined((&mut self.task).await)
    }
}

fn joined(outcome: Result<Result<(), CrankFailure>, tokio::task::JoinError>) -> Result<(), CrankFailure> {
    outcome.unwrap_or_else(|error| Err(CrankFailure::Loop(error.to_string())))
}

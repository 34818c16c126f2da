//! The rhythm of the tasks that keep leases, and their complaints.

use std::future::Future;
use std::time::Duration;

use cluster::ClusterError;
use store::StoreError;
use tokio::time::{Interval, MissedTickBehavior};

use crate::guard;

/// From one round to the next. A lease lives for five of them.
pub(super) const INTERVAL: Duration = Duration::from_millis(300);

/// Cluster or store did not answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum RoundError {
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a defect ended the round: {0}")]
    Lost(String),
}

/// The rhythm of both tasks, and their complaints: one when a task begins to fail, not one a round.
pub(super) struct Rounds {
    ticker: Interval,
    complaint: &'static str,
    failing: bool,
}

impl Rounds {
    pub(super) fn new(complaint: &'static str) -> Self {
        let mut ticker = tokio::time::interval(INTERVAL);
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            ticker,
            complaint,
            failing: false,
        }
    }

    pub(super) async fn next(&mut self) {
        self.ticker.tick().await;
    }

    /// Does one round; what it ends with is noted, also a defect.
    pub(super) async fn round(&mut self, work: impl Future<Output = Result<(), RoundError>>) {
        let outcome = guard::caught("leases", work).await;
        self.note(outcome.unwrap_or_else(|reason| Err(RoundError::Lost(reason))));
    }

    fn note(&mut self, outcome: Result<(), RoundError>) {
        if let Err(error) = &outcome {
            metrics::counter!("aurelius_lease_errors_total").increment(1);
            if !self.failing {
                tracing::warn!(%error, "{}", self.complaint);
            }
        }
        self.failing = outcome.is_err();
    }
}

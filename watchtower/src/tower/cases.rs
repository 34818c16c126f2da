//! Bringing faults before the program, and what comes of it.

use std::sync::Arc;

use client::Pubkey;
use tokio::time::Instant;

use super::Tower;
use crate::case::{pursue, Court, Ground, Verdict};
use crate::report::Report;
use crate::watched::Suspicion;

impl Tower {
    /// Brings every fault before the program, as far as there is room.
    pub(super) fn open_cases(&mut self) {
        if self.config.prover.is_none() {
            return;
        }
        let grounds: Vec<(Pubkey, Ground)> = self
            .matches
            .iter()
            .filter(|(key, tracked)| tracked.over.is_none() && !self.in_court.contains(*key))
            .filter_map(|(key, tracked)| {
                let ground = match tracked.watched.suspicion.as_ref()? {
                    Suspicion::Wrong(proof) => Ground::Wrong(proof.clone()),
                    Suspicion::Silent { .. } => Ground::Silent,
                };
                Some((*key, ground))
            })
            .collect();
        for (key, ground) in grounds {
            self.open_case(key, ground);
        }
    }

    pub(super) fn open_case(&mut self, key: Pubkey, ground: Ground) {
        let Some(prover) = &self.config.prover else { return };
        // Those without room are offered again.
        if self.cases.len() >= self.config.limits.cases_at_once.max(1) || !self.in_court.insert(key) {
            return;
        }
        let court = Court {
            prover: prover.clone(),
            reporter: Arc::clone(&self.reporter),
            backoff: self.config.pace.backoff,
        };
        self.cases.spawn(pursue(court, key, ground));
    }

    pub(super) fn case_ended(&mut self, ended: Result<(Pubkey, Verdict), tokio::task::JoinError>) {
        let (key, verdict) = match ended {
            Ok(ended) => ended,
            Err(error) => {
                // Which one is not known; those that are not over will be opened again.
                self.trouble(None, format!("a case has died: {error}"));
                if self.cases.is_empty() {
                    self.in_court.clear();
                }
                return;
            }
        };
        self.in_court.remove(&key);
        let Some(tracked) = self.matches.get_mut(&key) else {
            return;
        };
        // The case has said what became of the fault; the match is looked at afresh.
        match verdict {
            Verdict::Refuted => {
                tracked.watched.suspicion = None;
                tracked.diverged = true;
                tracked.next_read = Instant::now() + self.config.pace.backoff.wait(tracked.failures);
                tracked.failures = tracked.failures.saturating_add(1);
            }
            Verdict::Closed | Verdict::Elsewhere | Verdict::TooLate => {
                let report = Report::Ended {
                    match_key: key,
                    status: None,
                    checkpoints: tracked.watched.checked(),
                };
                self.matches.remove(&key);
                self.report(report);
            }
        }
    }
}

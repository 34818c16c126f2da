//! Finding what is overdue, and having it done.

use std::collections::BTreeMap;
use std::sync::Arc;

use client::view::{fetch, MatchStatus, MatchView};
use client::{Error, Pubkey};
use tokio::task::JoinError;
use tokio::time::Instant;

use super::Tower;
use crate::case::Court;
use crate::errand::{self, overdue, Oracle};
use crate::report::{Overdue, Report};

/// Statuses in which something can be overdue that is no fault.
const STATUSES: [MatchStatus; 6] = [
    MatchStatus::Open,
    MatchStatus::Locked,
    MatchStatus::Proposed,
    MatchStatus::Settled,
    MatchStatus::Cancelled,
    MatchStatus::Voided,
];

impl Tower {
    /// Looks at every match that is not closed for money that has waited longer than it should.
    pub(super) async fn look_for_overdue(&mut self, slot: u64) -> Result<(), Error> {
        let rpc = self.config.rpc.clone();
        let mut seen: BTreeMap<Pubkey, Vec<Overdue>> = BTreeMap::new();
        for status in STATUSES {
            let filters = fetch::match_filters(self.config.operator.as_ref(), Some(status));
            for (address, account) in rpc.program_accounts(&client::PROGRAM_ID, filters).await? {
                match MatchView::decode(address, &account) {
                    // A case pays what it is about.
                    Ok(_) if self.in_court.contains(&address) => {}
                    Ok(view) => {
                        let waiting = overdue(&view, slot, self.config.pace.overdue_grace_slots);
                        if !waiting.is_empty() {
                            seen.insert(address, waiting);
                        }
                    }
                    Err(error) => self.trouble(Some(address), error),
                }
            }
        }
        self.tell_of_new(&seen);
        let count = seen.values().map(Vec::len).sum::<usize>() as u64;
        self.reporter.overdue(count);
        self.errands.held.retain(|key, _| seen.contains_key(key));
        self.errands.overdue = seen;
        self.begin_errands();
        Ok(())
    }

    fn tell_of_new(&self, seen: &BTreeMap<Pubkey, Vec<Overdue>>) {
        for (key, waiting) in seen {
            let known = self.errands.overdue.get(key);
            let is_known = |step| known.is_some_and(|known| known.iter().any(|one| one.step == step));
            for overdue in waiting.iter().filter(|overdue| !is_known(overdue.step)) {
                self.report(Report::Overdue {
                    match_key: *key,
                    overdue: *overdue,
                });
            }
        }
    }

    /// Sends somebody for what is overdue, as far as there is a key to do it with, and room.
    fn begin_errands(&mut self) {
        let Some(prover) = self.config.prover.clone() else {
            return;
        };
        let Some(entropy) = self.config.entropy.clone() else {
            return;
        };
        let now = Instant::now();
        let keys: Vec<Pubkey> = self.errands.overdue.keys().copied().collect();
        for key in keys {
            let held = self.errands.held.get(&key).is_some_and(|until| *until > now);
            let room = self.errands.under_way.len() < self.config.limits.cases_at_once.max(1);
            if held || !room || !self.errands.under_way.insert(key) {
                continue;
            }
            let court = Court {
                prover: prover.clone(),
                reporter: Arc::clone(&self.reporter),
                backoff: self.config.pace.backoff,
            };
            let oracle = Oracle {
                entropy: entropy.clone(),
                gateway: self.config.gateway.clone(),
            };
            let grace = self.config.pace.overdue_grace_slots;
            self.running_errands.spawn(errand::run(court, oracle, key, grace));
        }
    }

    pub(super) fn errand_ended(&mut self, ended: Result<(Pubkey, bool), JoinError>) {
        match ended {
            Ok((key, done)) => {
                self.errands.under_way.remove(&key);
                if done {
                    self.errands.overdue.remove(&key);
                    let left = self.errands.overdue.values().map(Vec::len).sum::<usize>() as u64;
                    self.reporter.overdue(left);
                } else {
                    let until = Instant::now() + self.config.pace.errand_hold;
                    self.errands.held.insert(key, until);
                }
            }
            Err(error) => {
                self.trouble(None, format!("an errand has died: {error}"));
                if self.running_errands.is_empty() {
                    self.errands.under_way.clear();
                }
            }
        }
    }
}

//! What a watchtower has to say, and the tally of faults that its exit status is made of.
//!
//! Every report goes three ways at once: to the log, to the metrics, and to whoever listens.

use std::sync::atomic::{AtomicU64, Ordering};

use client::due::Step;
use client::history::PassedOver;
use client::view::MatchStatus;
use client::Pubkey;
use metrics::{counter, gauge};
use parking_lot::Mutex;
use solana_signature::Signature;
use tokio::sync::broadcast;
use verifier::Outcome;

/// What an operator has done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// It posted a segment that is wrong.
    Wrong {
        /// Checkpoint.
        index: u32,
        /// Segment within it.
        segment: u8,
        /// First tick of the segment.
        tick: u32,
        /// The leaf that was posted.
        claimed: [u8; 32],
        /// What the rules say.
        outcome: Outcome,
    },
    /// It posted nothing until its deadline.
    Silent {
        /// Last slot in which it could have.
        deadline: u64,
    },
}

/// Something that anybody may do for money that waits, and nobody has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overdue {
    /// What can be done.
    pub step: Step,
    /// What it pays, or what waits for it, in the mint's smallest unit.
    pub amount: u64,
    /// The slot since which it can be done, at the latest.
    pub since: u64,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// A match is watched from now on.
    Watching {
        /// Which.
        match_key: Pubkey,
        /// Checkpoints it has already.
        checkpoints: u32,
    },
    /// A checkpoint was recomputed and agrees.
    Checked {
        /// Match.
        match_key: Pubkey,
        /// Checkpoint.
        index: u32,
    },
    /// An operator's fault.
    Fault {
        /// Match.
        match_key: Pubkey,
        /// What.
        fault: Fault,
    },
    /// What looked like a fault was none: the program refused the proof, or the checkpoint came after all.
    Withdrawn {
        /// Match.
        match_key: Pubkey,
        /// Why.
        reason: String,
    },
    /// The program has voided the match at our instance.
    Proven {
        /// Match.
        match_key: Pubkey,
        /// Our transaction.
        signature: Signature,
    },
    /// The operator's bond is in the match's vault.
    Collected {
        /// Match.
        match_key: Pubkey,
        /// In the mint's smallest unit.
        amount: u64,
    },
    /// The challenger's share was paid to us.
    Awarded {
        /// Match.
        match_key: Pubkey,
        /// In the mint's smallest unit.
        amount: u64,
    },
    /// A player got their stake and their share of the bond.
    Refunded {
        /// Match.
        match_key: Pubkey,
        /// Whom.
        player: Pubkey,
    },
    /// Somebody else was first.
    ProvenByOthers {
        /// Match.
        match_key: Pubkey,
    },
    /// A fault was found, or could be proven, only when the match was settled.
    TooLate {
        /// Match.
        match_key: Pubkey,
    },
    /// Everything that could be paid out of a voided match is paid.
    CaseClosed {
        /// Match.
        match_key: Pubkey,
        /// Payments that were refused for good; they stay claimable.
        unpaid: usize,
    },
    /// Money waits although anybody may move it.
    Overdue {
        /// Match.
        match_key: Pubkey,
        /// What.
        overdue: Overdue,
    },
    /// We have moved it.
    Done {
        /// Match.
        match_key: Pubkey,
        /// What.
        overdue: Overdue,
        /// Our transaction.
        signature: Signature,
    },
    /// A match is over, checked to its last checkpoint.
    Ended {
        /// Match.
        match_key: Pubkey,
        /// How.
        status: Option<MatchStatus>,
        /// Checkpoints recomputed.
        checkpoints: u32,
    },
    /// A match that is not watched, and why.
    Unwatched {
        /// Match.
        match_key: Pubkey,
        /// Why.
        reason: String,
    },
    /// Something did not work and will be tried again.
    Trouble {
        /// Match, if it is about one.
        match_key: Option<Pubkey>,
        /// What.
        what: String,
    },
}

/// Faults by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Checkpoints that agree.
    pub checked: u64,
    /// Faults seen.
    pub faults: u64,
    /// Of these, no faults after all.
    pub withdrawn: u64,
    /// Of these, proven by us.
    pub proven: u64,
    /// Of these, proven by somebody else.
    pub proven_by_others: u64,
    /// Of these, not proven before the match was settled.
    pub too_late: u64,
    /// Matches, or last parts of them, that could not be seen: faults in there are in none of the numbers above.
    pub unseen: u64,
    /// Transactions that could not be read at any endpoint. Anybody can make one; where it hides something, the match is
    /// in [`Self::unseen`].
    pub passed_over: u64,
    /// Steps that are overdue at the moment.
    pub overdue: u64,
    /// Steps that were overdue and were done by us.
    pub done: u64,
}

/// How much of the chain was seen. A tally without faults means "nothing wrong was seen" or "nothing could be seen", and
/// this says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// The matches were never listed.
    Nothing,
    /// Some matches could not be read, or not to their newest checkpoint.
    Partial {
        /// Matches that were given up or refused, since the start.
        unseen: u64,
        /// Matches that cannot be read at the moment.
        stuck: u64,
    },
    /// Every match that was listed was checked as far as it had come.
    Whole,
}

impl Tally {
    /// Faults that nobody has proven yet.
    pub fn open(&self) -> u64 {
        let done = self.withdrawn + self.proven + self.proven_by_others + self.too_late;
        self.faults.saturating_sub(done)
    }

    /// Faults that stand unpunished.
    pub fn unpunished(&self) -> u64 {
        self.open() + self.too_late
    }

    /// Faults that the program has punished.
    pub fn punished(&self) -> u64 {
        self.proven + self.proven_by_others
    }
}

/// Hands reports on.
#[derive(Debug)]
pub(crate) struct Reporter {
    reports: broadcast::Sender<Report>,
    tally: Mutex<Tally>,
    listings: AtomicU64,
    stuck: AtomicU64,
}

impl Reporter {
    pub(crate) fn new(reports_max: usize) -> Self {
        Self {
            reports: broadcast::Sender::new(reports_max.max(1)),
            tally: Mutex::default(),
            listings: AtomicU64::new(0),
            stuck: AtomicU64::new(0),
        }
    }

    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Report> {
        self.reports.subscribe()
    }

    pub(crate) fn tally(&self) -> Tally {
        *self.tally.lock()
    }

    /// All matches were listed once more.
    pub(crate) fn listed(&self) {
        self.listings.fetch_add(1, Ordering::Relaxed);
        counter!("aurelius_watchtower_listings_total").increment(1);
    }

    pub(crate) fn listings(&self) -> u64 {
        self.listings.load(Ordering::Relaxed)
    }

    /// So many matches cannot be read at the moment.
    pub(crate) fn stuck(&self, matches: u64) {
        self.stuck.store(matches, Ordering::Relaxed);
    }

    /// So many steps are overdue at the moment.
    pub(crate) fn overdue(&self, steps: u64) {
        self.tally.lock().overdue = steps;
        gauge!("aurelius_watchtower_overdue").set(steps as f64);
    }

    pub(crate) fn sight(&self) -> Sight {
        let (unseen, stuck) = (self.tally().unseen, self.stuck.load(Ordering::Relaxed));
        match (self.listings(), unseen, stuck) {
            (0, _, _) => Sight::Nothing,
            (_, 0, 0) => Sight::Whole,
            _ => Sight::Partial { unseen, stuck },
        }
    }

    /// A transaction of a match could not be read.
    pub(crate) fn passed_over(&self, match_key: Pubkey, note: &PassedOver) {
        self.tally.lock().passed_over += 1;
        self.report(Report::Trouble {
            match_key: Some(match_key),
            what: format!("transaction {} is passed over: {}", note.signature, note.reason),
        });
    }

    pub(crate) fn report(&self, report: Report) {
        self.count(&report);
        log(&report);
        // Nobody may be listening.
        let _ = self.reports.send(report);
    }

    fn count(&self, report: &Report) {
        let mut tally = self.tally.lock();
        match report {
            Report::Checked { .. } => {
                tally.checked += 1;
                counter!("aurelius_watchtower_checkpoints_total").increment(1);
            }
            Report::Fault { fault, .. } => {
                tally.faults += 1;
                let kind = match fault {
                    Fault::Wrong { .. } => "wrong",
                    Fault::Silent { .. } => "silent",
                };
                counter!("aurelius_watchtower_faults_total", "kind" => kind).increment(1);
            }
            Report::Withdrawn { .. } => {
                tally.withdrawn += 1;
                counter!("aurelius_watchtower_withdrawn_total").increment(1);
            }
            Report::Proven { .. } => {
                tally.proven += 1;
                counter!("aurelius_watchtower_proven_total", "by" => "us").increment(1);
            }
            Report::ProvenByOthers { .. } => {
                tally.proven_by_others += 1;
                counter!("aurelius_watchtower_proven_total", "by" => "others").increment(1);
            }
            Report::TooLate { .. } => {
                tally.too_late += 1;
                counter!("aurelius_watchtower_too_late_total").increment(1);
            }
            Report::Awarded { .. } => counter!("aurelius_watchtower_awards_total").increment(1),
            Report::Refunded { .. } => counter!("aurelius_watchtower_refunds_total").increment(1),
            Report::Unwatched { .. } => {
                tally.unseen += 1;
                counter!("aurelius_watchtower_unwatched_total").increment(1);
            }
            Report::Done { overdue, .. } => {
                tally.done += 1;
                counter!("aurelius_watchtower_errands_total", "step" => overdue.step.name()).increment(1);
            }
            Report::Trouble { .. } => counter!("aurelius_watchtower_errors_total").increment(1),
            Report::Watching { .. }
            | Report::Overdue { .. }
            | Report::Collected { .. }
            | Report::CaseClosed { .. }
            | Report::Ended { .. } => {}
        }
        gauge!("aurelius_watchtower_unpunished_faults").set(tally.unpunished() as f64);
    }
}

fn log(report: &Report) {
    use tracing::{debug, error, info, warn};
    match report {
        Report::Watching {
            match_key,
            checkpoints,
        } => info!(%match_key, checkpoints, "watching"),
        Report::Checked { match_key, index } => debug!(%match_key, index, "checkpoint agrees"),
        Report::Fault {
            match_key,
            fault: Fault::Wrong {
                index, segment, tick, ..
            },
        } => {
            error!(%match_key, index, segment, tick, "the operator posted a wrong segment")
        }
        Report::Fault {
            match_key,
            fault: Fault::Silent { deadline },
        } => error!(%match_key, deadline, "the operator has fallen silent"),
        Report::Withdrawn { match_key, reason } => warn!(%match_key, reason, "no fault after all"),
        Report::Proven { match_key, signature } => {
            warn!(%match_key, %signature, "the program has voided the match and slashed the bond")
        }
        Report::Collected { match_key, amount } => info!(%match_key, amount, "bond collected"),
        Report::Awarded { match_key, amount } => info!(%match_key, amount, "award paid"),
        Report::Refunded { match_key, player } => info!(%match_key, %player, "player refunded"),
        Report::ProvenByOthers { match_key } => info!(%match_key, "somebody else was first"),
        Report::TooLate { match_key } => {
            error!(%match_key, "the match was settled before its fault was proven")
        }
        Report::CaseClosed { match_key, unpaid: 0 } => info!(%match_key, "case closed, everybody is paid"),
        Report::CaseClosed { match_key, unpaid } => {
            warn!(%match_key, unpaid, "case closed; some payments were refused and stay claimable")
        }
        Report::Ended {
            match_key,
            status,
            checkpoints,
        } => info!(%match_key, ?status, checkpoints, "match is over"),
        Report::Overdue { match_key, overdue } => {
            let (step, amount, since) = (overdue.step.name(), overdue.amount, overdue.since);
            warn!(%match_key, step, amount, since, "money is overdue that anybody may move")
        }
        Report::Done {
            match_key,
            overdue,
            signature,
        } => {
            let (step, amount) = (overdue.step.name(), overdue.amount);
            info!(%match_key, step, amount, %signature, "done for somebody who did not")
        }
        Report::Unwatched { match_key, reason } => warn!(%match_key, reason, "match is not watched"),
        Report::Trouble {
            match_key: Some(match_key),
            what,
        } => warn!(%match_key, what, "trying again"),
        Report::Trouble {
            match_key: None,
            what,
        } => warn!(what, "trying again"),
    }
}

#[cfg(test)]
#[path = "report_tests.rs"]
mod tests;

//! Collecting checks and the earliest difference.

use std::fmt::Write;

use crate::record::MatchRecord;
use crate::verdict::{Check, CheckResult, Difference, Place, Verdict};

/// More differences of one check than this are counted, not listed.
const DETAILS_MAX: usize = 3;

/// The check of the bond, by which a slash is found just.
pub(super) const BOND: &str = "bond";

/// What recomputing the match gave.
#[derive(Default)]
pub(super) struct Recomputed {
    /// By player index; empty where the match has no end.
    pub(super) payouts: Vec<u64>,
    /// A segment is not what the rules make of its inputs.
    pub(super) wrong_segment: bool,
}

#[derive(Default)]
pub(super) struct Report {
    checks: Vec<Check>,
    first: Option<Difference>,
}

impl Report {
    pub(super) fn pass(&mut self, name: &'static str, detail: impl Into<String>) {
        self.checks.push(Check {
            name,
            detail: detail.into(),
            result: CheckResult::Passed,
        });
    }

    pub(super) fn skip(&mut self, name: &'static str, reason: impl Into<String>) {
        self.checks.push(Check {
            name,
            detail: reason.into(),
            result: CheckResult::Skipped,
        });
    }

    pub(super) fn skip_rest(&mut self, reason: &str) {
        self.skip("everything else", reason);
    }

    /// Records a difference. Several of one check share its line.
    pub(super) fn fail(
        &mut self,
        name: &'static str,
        place: Place,
        what: impl Into<String>,
        expected: &str,
        found: &str,
    ) {
        let what = what.into();
        let detail = format!("{place}: {what}");
        match self
            .checks
            .iter_mut()
            .find(|check| check.name == name && check.result == CheckResult::Failed)
        {
            Some(check) => {
                if check.detail.matches("; ").count() + 1 < DETAILS_MAX {
                    let _ = write!(check.detail, "; {detail}");
                } else if !check.detail.ends_with('…') {
                    check.detail.push_str("; …");
                }
            }
            None => self.checks.push(Check {
                name,
                detail,
                result: CheckResult::Failed,
            }),
        }
        if self.first.as_ref().is_none_or(|first| place < first.place) {
            self.first = Some(Difference {
                place,
                what,
                expected: expected.to_owned(),
                found: found.to_owned(),
            });
        }
    }

    /// Records a difference unless the two hashes are equal.
    pub(super) fn equal(
        &mut self,
        name: &'static str,
        place: Place,
        what: &str,
        expected: &[u8; 32],
        found: &[u8; 32],
    ) {
        if expected != found {
            self.fail(name, place, what, &hex::encode(expected), &hex::encode(found));
        }
    }

    /// Closes a check that collects differences.
    pub(super) fn pass_unless_failed(&mut self, name: &'static str, detail: impl Into<String>) {
        if !self.checks.iter().any(|check| check.name == name) {
            self.pass(name, detail);
        }
    }

    pub(super) fn into_verdict(self, record: &MatchRecord, recomputed: Recomputed) -> Verdict {
        let justly = self
            .checks
            .iter()
            .any(|check| check.name == BOND && check.result == CheckResult::Passed);
        Verdict {
            slashed: record
                .void
                .as_ref()
                .map(|void| void.slash)
                .filter(|slash| justly && *slash > 0),
            ok: self
                .checks
                .iter()
                .all(|check| check.result != CheckResult::Failed),
            evidence: record.evidence,
            standing: record.standing,
            checks: self.checks,
            first_difference: self.first,
            payouts: recomputed.payouts,
            wrong_segment: recomputed.wrong_segment,
            unread: record.unread.clone(),
        }
    }
}

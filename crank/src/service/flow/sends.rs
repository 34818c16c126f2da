//! What was sent for a match, what failed of it, and what may be sent next.

use std::collections::BTreeMap;

use store::IntentKind;

use super::account::Seen;
use crate::chain::carrier::{Failure, Landed};
use crate::publish::LandedMap;
use crate::slots::can_be;

/// Wait after the first failure of a step; doubled with each further one.
const HOLD_MS: i64 = 500;
/// Longest wait of a step with a deadline.
const HOLD_MAX_MS: i64 = 5_000;
/// First and longest wait after a payment that the chain refused: the recipient's account is closed or
/// frozen, and only its owner can change that.
const REFUSED_HOLD_MS: i64 = 60_000;
const REFUSED_HOLD_MAX_MS: i64 = 3_600_000;
/// Failures in a row after which closing a randomness account is given up: with the waits between them, two
/// hours.
const HOPELESS_FAILURES: u32 = 14;

/// How long an entry that was closed is not looked at again: a minute.
const CLOSED_SLOTS: u64 = 150;

/// How many steps go into one transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Batching {
    /// As many as fit.
    #[default]
    Together,
    /// One: a batch was refused, and one of its steps may have spoiled it for the others.
    Singly,
}

/// A step that failed.
#[derive(Clone, Debug)]
struct Hold {
    /// It is not tried again before, in milliseconds of the clock that never jumps.
    until_ms: i64,
    failures: u32,
    /// The chain refuses it as things stand.
    refused: bool,
    /// Why, for people.
    reason: String,
}

/// The steps of one match on their way to the chain.
#[derive(Debug, Default)]
pub(crate) struct Sends {
    /// Own steps that the chain shows.
    pub(crate) landed: LandedMap,
    holds: BTreeMap<IntentKind, Hold>,
    batching: Batching,
    under_way: bool,
}

impl Sends {
    /// Whether a job about the chain is under way; at most one is.
    pub(crate) fn is_busy(&self) -> bool {
        self.under_way
    }

    pub(crate) fn begin(&mut self) {
        self.under_way = true;
    }

    pub(crate) fn end(&mut self) {
        self.under_way = false;
    }

    /// Notes steps that the chain shows as done.
    pub(crate) fn note_landed(&mut self, landed: &[Landed]) {
        for landed in landed {
            self.holds.remove(&landed.kind);
            self.landed.insert(landed.kind, *landed);
        }
    }

    /// Notes a failure: the steps have to wait before they are tried again.
    pub(crate) fn note_failure(&mut self, failure: &Failure, now_ms: i64) {
        if failure.refused && failure.kinds.len() > 1 {
            self.batching = Batching::Singly;
            return;
        }
        for kind in &failure.kinds {
            let failures = self.holds.get(kind).map_or(0, |hold| hold.failures);
            let (first, longest) = match kind {
                // Nobody waits for it, and it may take a search.
                IntentKind::CloseRandomness => (HOLD_MS, REFUSED_HOLD_MAX_MS),
                kind if failure.refused && is_payment(*kind) => (REFUSED_HOLD_MS, REFUSED_HOLD_MAX_MS),
                _ => (HOLD_MS, HOLD_MAX_MS),
            };
            let wait = first.saturating_mul(1 << failures.min(16)).min(longest);
            self.holds.insert(
                *kind,
                Hold {
                    until_ms: now_ms + wait,
                    failures: failures.saturating_add(1),
                    refused: failure.refused,
                    reason: failure.reason.clone(),
                },
            );
        }
    }

    /// Why the step that is due fails, if it does.
    pub(crate) fn last_reason(&self) -> Option<&str> {
        let failing = self.holds.values().max_by_key(|hold| hold.until_ms);
        failing.map(|hold| hold.reason.as_str())
    }

    /// Whether the chain refuses this step as things stand.
    pub(crate) fn is_refused(&self, kind: IntentKind) -> bool {
        self.holds.get(&kind).is_some_and(|hold| hold.refused)
    }

    /// Whether a step that nothing of worth waits for failed for hours.
    pub(crate) fn is_hopeless(&self, kind: IntentKind) -> bool {
        let failures = self.holds.get(&kind).map_or(0, |hold| hold.failures);
        kind == IntentKind::CloseRandomness && failures >= HOPELESS_FAILURES
    }

    /// Whether a step has to wait, or is done though the account, as of `read_slot`, does not show it.
    pub(crate) fn is_held(&self, kind: IntentKind, read_slot: u64, seen: Seen) -> bool {
        let waiting = self
            .holds
            .get(&kind)
            .is_some_and(|hold| seen.now_ms < hold.until_ms);
        let landed = self.landed.get(&kind).map(|landed| landed.slot);
        let landed = landed.filter(|slot| can_be(*slot, seen.newest_slot.max(read_slot)));
        // The account is older than what we know to be done.
        let stale = landed.is_some_and(|landed| landed > read_slot);
        // Entries are closed one after the other, and the match does not say which. If it counts some for
        // long, a node was wrong about a transaction: then the entries themselves are asked.
        let closed = matches!(kind, IntentKind::CloseEntry(_))
            && landed.is_some_and(|landed| read_slot < landed.saturating_add(CLOSED_SLOTS));
        waiting || stale || closed
    }

    /// As many of these steps as may go into one transaction.
    pub(crate) fn limit(&self, mut kinds: Vec<IntentKind>) -> Vec<IntentKind> {
        if self.batching == Batching::Singly {
            kinds.truncate(1);
        }
        kinds
    }
}

/// Whether only its recipient loses if it is not done.
fn is_payment(kind: IntentKind) -> bool {
    matches!(
        kind,
        IntentKind::Claim(_)
            | IntentKind::Refund(_)
            | IntentKind::Compensate(_)
            | IntentKind::PayAward
            | IntentKind::CloseEntry(_)
    )
}

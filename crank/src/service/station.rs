//! The crank without its matches: what every concern works with.

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use bus::{Bus, SharedLease};
use store::MatchRecord;

use super::flow::{Flow, Present, Tenure};
use super::tools::Tools;
use crate::chain::plan::Policy;
use crate::publish::MintInfo;
use crate::sharing::leases::Leases;
use crate::worker::Workers;

/// How long a match that is paid out stays on the bus.
const LINGER_MS: i64 = 600_000;

/// What becomes of a match after a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// It is asked in the next round what it needs.
    Wait,
    /// It is asked at once.
    Proceed,
    /// It was never created, and never will be.
    Unmade,
    /// It needs nothing any more.
    Forget,
    /// It cannot be run here: another crank may have its log.
    LeaveToOthers,
}

/// Everything of the crank that is not one match.
pub(crate) struct Station {
    pub(crate) tools: Tools,
    pub(crate) policy: Policy,
    pub(crate) bus: Bus,
    pub(crate) workers: Workers,
    /// Among several cranks; alone, everything in the store is this one's.
    pub(crate) leases: Option<Leases>,
    pub(crate) mints: BTreeMap<Pubkey, MintInfo>,
    /// The newest slot seen.
    pub(crate) slot: u64,
    /// No new matches are made.
    pub(crate) draining: bool,
}

impl Station {
    /// Milliseconds of the clock that never jumps: for waits, retries and spans. Its zero means nothing.
    pub(crate) fn now_ms(&self) -> i64 {
        self.tools.carrier.clock.monotonic().0.div_euclid(1_000)
    }

    /// A slot was seen.
    pub(crate) fn see_slot(&mut self, slot: u64) {
        self.slot = self.slot.max(slot);
    }

    /// When something happened that the store dates, on the clock that never jumps; now, if it lies in the
    /// future.
    fn since_ms(&self, unix_ms: i64) -> i64 {
        let age_ms = self.tools.carrier.clock.unix_ms().saturating_sub(unix_ms);
        self.now_ms().saturating_sub(age_ms.max(0))
    }

    pub(crate) fn flow(&self, record: MatchRecord, tenure: Option<Tenure>) -> Flow {
        let made_ms = self.since_ms(record.created_at_ms);
        Flow::new(record, tenure, made_ms)
    }

    pub(crate) fn tenure(&self, lease: SharedLease, alone: bool) -> Tenure {
        let store = &self.tools.carrier.store;
        Tenure {
            store: store.fenced(lease.match_key().0, lease.handle()),
            lease,
            alone,
        }
    }

    pub(crate) fn present(&self) -> Present<'_> {
        Present {
            slot: self.slot,
            now_ms: self.now_ms(),
            policy: &self.policy,
            draining: self.draining,
        }
    }

    /// Whether a match was paid out long enough ago to leave the bus.
    pub(crate) fn has_lingered(&self, flow: &Flow) -> bool {
        let over = flow.account.over_since_ms();
        flow.is_paid_out() && over.is_some_and(|since| self.now_ms() - since > LINGER_MS)
    }
}

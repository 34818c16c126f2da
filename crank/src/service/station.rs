//! The crank without its matches: what every concern works with.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use bus::Bus;
use cluster::SharedLease;
use store::MatchRecord;

use super::condition::Condition;
use super::flow::account::Seen;
use super::flow::{Flow, Present, Tenure};
use super::tools::Tools;
use crate::chain::plan::Policy;
use crate::publish::MintInfo;
use crate::sharing::leases::Leases;
use crate::slots::{slots_of, Newest, SlotLength};
use crate::worker::Workers;

/// How long a match that is paid out stays on the bus.
pub(crate) const LINGER_MS: i64 = 600_000;

/// The length of slots before it was measured: as the network aims at.
const SLOT_ASSUMED: Duration = Duration::from_millis(400);

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
    pub(crate) condition: Condition,
    /// The newest slot, as it stands.
    pub(crate) slot: u64,
    /// What is known of it.
    pub(crate) newest: Newest,
    pub(crate) slot_length: SlotLength,
    /// No new matches are made.
    pub(crate) draining: bool,
}

impl Station {
    /// Nothing is known of the chain yet.
    pub(crate) fn new(
        policy: Policy,
        tools: Tools,
        bus: Bus,
        workers: Workers,
        leases: Option<Leases>,
    ) -> Self {
        Self {
            tools,
            policy,
            bus,
            workers,
            leases,
            mints: BTreeMap::new(),
            condition: Condition::default(),
            slot: 0,
            newest: Newest::default(),
            slot_length: SlotLength::default(),
            draining: false,
        }
    }

    /// Milliseconds of the clock that never jumps: the only time that anything here waits by.
    pub(crate) fn now_ms(&self) -> i64 {
        self.tools.carrier.clock.monotonic_ms()
    }

    /// Somebody told of a slot; whether the chain can be there. If not, nothing that comes with it counts.
    pub(crate) fn see_slot(&mut self, slot: u64) -> bool {
        if !self.tools.carrier.reader.rpc.can_be_at(slot) {
            metrics::counter!("aurelius_rpc_errors_total", "request" => "slot").increment(1);
            return false;
        }
        let now = self.tools.carrier.clock.monotonic();
        self.newest.observe(slot, now);
        self.slot = self.newest.slot();
        self.slot_length.observe(self.slot, now);
        if let Some(us) = self.slot_length.pinned_us() {
            self.tools.carrier.reader.slot_us.store(us, Ordering::Relaxed);
        }
        true
    }

    /// When a reading is taken now.
    pub(crate) fn seen(&self) -> Seen {
        Seen {
            now_ms: self.now_ms(),
            newest_slot: self.slot,
        }
    }

    /// A span in slots, rounded up.
    pub(crate) fn slots_of(&self, span: Duration) -> u64 {
        slots_of(span, self.slot_time())
    }

    fn slot_time(&self) -> Duration {
        self.slot_length.length().unwrap_or(SLOT_ASSUMED)
    }

    /// So many slots as time.
    pub(crate) fn span_of(&self, slots: u64) -> Duration {
        let slots = u32::try_from(slots).unwrap_or(u32::MAX);
        self.slot_time().saturating_mul(slots)
    }

    pub(crate) fn flow(&self, record: MatchRecord, tenure: Option<Tenure>) -> Flow {
        let made_ms = self.tools.carrier.clock.monotonic_ms_of(record.created_at_ms);
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
            able: self.condition.is_able(),
        }
    }

    /// Whether a match was paid out long enough ago to leave the bus.
    pub(crate) fn has_lingered(&self, flow: &Flow) -> bool {
        let over = flow.account.over_since_ms();
        flow.is_paid_out() && over.is_some_and(|since| self.now_ms() - since > LINGER_MS)
    }
}

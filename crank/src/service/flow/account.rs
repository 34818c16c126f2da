//! The match account as last read, and since when it is as it is.
//!
//! Invariant: a reading is replaced only by one of the same slot or a later one, unless its slot cannot be.

use std::sync::Arc;

use client::view::{MatchStatus, MatchView};

use crate::chain::plan::{self, OnChain};
use crate::slots::can_be;

/// The newest reading.
#[derive(Clone, Debug, Default)]
enum Reading {
    #[default]
    Unread,
    /// There is no account.
    Missing {
        /// The first slot of a reading without one.
        since_slot: u64,
        slot: u64,
    },
    There {
        view: Arc<MatchView>,
        slot: u64,
    },
}

/// What a reading was worth.
pub(crate) enum News {
    /// It is older than what is known.
    Stale,
    /// It counts. What was there before.
    Read(Option<Arc<MatchView>>),
}

/// When a reading is taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    /// Milliseconds of the clock that never jumps.
    pub(crate) now_ms: i64,
    /// The newest slot known.
    pub(crate) newest_slot: u64,
}

/// A match account as the service follows it. Times are milliseconds of the clock that never jumps.
#[derive(Debug, Default)]
pub(crate) struct Account {
    reading: Reading,
    status_since_ms: i64,
    enough_since_ms: Option<i64>,
    over_since_ms: Option<i64>,
}

impl Account {
    /// Takes a reading as of `slot`; `None`: there is no account.
    pub(crate) fn observe(&mut self, slot: u64, view: Option<MatchView>, seen: Seen) -> News {
        let is_older = |known| slot < known && can_be(known, seen.newest_slot);
        if self.read_slot().is_some_and(is_older) {
            return News::Stale;
        }
        let before = self.view().cloned();
        self.reading = match view {
            None => Reading::Missing {
                since_slot: self.missing_since().unwrap_or(slot).min(slot),
                slot,
            },
            Some(view) => {
                self.note_times(before.as_deref(), &view, seen.now_ms);
                Reading::There {
                    view: Arc::new(view),
                    slot,
                }
            }
        };
        News::Read(before)
    }

    fn note_times(&mut self, before: Option<&MatchView>, view: &MatchView, now_ms: i64) {
        if before.is_none_or(|before| before.status != view.status) {
            self.status_since_ms = now_ms;
        }
        let enough = view.status == MatchStatus::Open && plan::has_enough(view);
        self.enough_since_ms = enough.then(|| self.enough_since_ms.unwrap_or(now_ms));
        self.over_since_ms = is_over(view.status).then(|| self.over_since_ms.unwrap_or(now_ms));
    }

    /// What is there, if something is.
    pub(crate) fn view(&self) -> Option<&Arc<MatchView>> {
        match &self.reading {
            Reading::There { view, .. } => Some(view),
            _ => None,
        }
    }

    /// The slot of the newest reading.
    pub(crate) fn read_slot(&self) -> Option<u64> {
        match &self.reading {
            Reading::Unread => None,
            Reading::Missing { slot, .. } | Reading::There { slot, .. } => Some(*slot),
        }
    }

    fn missing_since(&self) -> Option<u64> {
        match &self.reading {
            Reading::Missing { since_slot, .. } => Some(*since_slot),
            _ => None,
        }
    }

    /// Whether it was read, and there was none.
    pub(crate) fn is_missing(&self) -> bool {
        self.missing_since().is_some()
    }

    /// As the plan sees it.
    pub(crate) fn on_chain(&self) -> OnChain<'_> {
        match &self.reading {
            Reading::Unread => OnChain::Unread,
            Reading::Missing { since_slot, slot } => OnChain::Missing {
                slots: slot.saturating_sub(*since_slot),
            },
            Reading::There { view, .. } => OnChain::There(view),
        }
    }

    /// Since when it has its status.
    pub(crate) fn status_since_ms(&self) -> i64 {
        self.status_since_ms
    }

    /// Since when it has enough players; while it is open.
    pub(crate) fn enough_since_ms(&self) -> Option<i64> {
        self.enough_since_ms
    }

    /// Since when it is over.
    pub(crate) fn over_since_ms(&self) -> Option<i64> {
        self.over_since_ms
    }
}

/// Whether nobody can enter or play any more, and entries may be closed.
pub(crate) fn is_over(status: MatchStatus) -> bool {
    matches!(
        status,
        MatchStatus::Settled | MatchStatus::Cancelled | MatchStatus::Voided
    )
}

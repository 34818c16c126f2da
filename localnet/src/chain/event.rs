//! What the chain tells its subscribers.

use std::sync::Arc;

use crate::ledger::{AccountChange, TransactionRecord};

/// Something happened. Cheap to clone: contents are shared.
#[derive(Clone)]
pub(crate) enum Event {
    /// A slot was opened.
    Slot {
        /// The new slot.
        slot: u64,
        /// The slot it builds on.
        parent: u64,
        /// The newest final slot.
        root: u64,
    },
    /// State changed in the open slot: this is `processed` and `confirmed` at once.
    Update(Arc<Update>),
    /// Slots up to `root` became final, with all that had changed in them.
    Rooted {
        /// The newest final slot.
        root: u64,
        /// In order of execution.
        updates: Arc<Vec<Arc<Update>>>,
    },
}

/// One transaction's effect, or a change made outside transactions (sysvars, test hooks).
pub(crate) struct Update {
    pub(crate) slot: u64,
    /// The transaction, if one did it.
    pub(crate) record: Option<Arc<TransactionRecord>>,
    pub(crate) changes: Vec<AccountChange>,
}

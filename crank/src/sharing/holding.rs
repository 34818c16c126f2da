//! What the loop and the tasks that keep leases know together, and what the tasks tell the loop.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use cluster::{Lease, SharedLease};
use parking_lot::{Mutex, MutexGuard};
use protocol::MatchKey;
use store::{MatchRecord, Store, UnfinishedMatch};
use tokio::sync::mpsc;

use super::parts::ClusterParts;

/// What the loop is told.
pub(crate) enum LeaseEvent {
    /// The match is to be run here.
    Taken(Box<Taken>),
    /// The match is somebody else's; nothing of it may be written here any more.
    Lost(MatchKey),
}

/// A match taken up.
pub(crate) struct Taken {
    pub(crate) record: MatchRecord,
    pub(crate) lease: SharedLease,
    /// Nobody but this crank owned it before.
    pub(crate) alone: bool,
}

/// The other cranks and their matches, as of the last round.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    /// Unfinished matches that are not run here.
    pub(crate) others: Vec<UnfinishedMatch>,
    /// This crank has the fewest matches, and makes the next one.
    pub(crate) my_turn: bool,
}

/// What loop and tasks change together.
#[derive(Default)]
pub(super) struct Shared {
    pub(super) held: BTreeMap<MatchKey, SharedLease>,
    /// Leases that ran out, while they are taken again.
    pub(super) retaking: BTreeSet<MatchKey>,
    /// To be given back; `true`: the match is over, and its data can go.
    pub(super) released: Vec<(Lease, bool)>,
    /// Not to be taken before.
    pub(super) avoided: BTreeMap<MatchKey, Instant>,
    pub(super) draining: bool,
    pub(super) capacity: u32,
}

impl Shared {
    pub(super) fn held(&self) -> &BTreeMap<MatchKey, SharedLease> {
        &self.held
    }

    pub(super) fn hold(&mut self, lease: SharedLease) {
        self.held.insert(lease.match_key(), lease);
        self.measure();
    }

    pub(super) fn let_go(&mut self, key: &MatchKey) -> Option<SharedLease> {
        let lease = self.held.remove(key);
        self.measure();
        lease
    }

    fn measure(&self) {
        metrics::gauge!("aurelius_leases_held").set(self.held.len() as f64);
    }
}

/// What both tasks work with.
#[derive(Clone)]
pub(super) struct Means {
    pub(super) parts: ClusterParts,
    pub(super) store: Store,
    pub(super) events: mpsc::Sender<LeaseEvent>,
    pub(super) shared: Arc<Mutex<Shared>>,
}

impl Means {
    pub(super) fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock()
    }
}

//! Leases on matches: taking up what nobody runs, keeping what is run here, learning what was lost.
//!
//! Two tasks, so that a store that is slow costs no lease: the [keeper](super::keeper) renews what is held, the
//! [scout](super::scout) looks for matches without an owner. What they find they tell the loop, which alone starts and stops
//! matches. **Invariants:** a match is told as owned only after its token is in the store as the highest; a lease that
//! vanished with the cluster's data is taken again only if nobody owned the match since. Absent: what a match needs once it
//! is owned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bus::{ClusterError, Lease, SharedLease};
use protocol::MatchKey;
use store::{MatchRecord, Store, StoreError, UnfinishedMatch};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Interval, MissedTickBehavior};

use super::keeper::Keeper;
use super::scout::Scout;
use super::ClusterParts;

/// From one round to the next. A lease lives for five of them.
pub(super) const INTERVAL: Duration = Duration::from_millis(300);

/// Events that wait for the loop.
const EVENTS_MAX: usize = 256;

/// What the loop is told.
pub(crate) enum Claim {
    /// The match is to be run here.
    Owned(Box<Owned>),
    /// The match is somebody else's; nothing of it may be written here any more.
    Lost(MatchKey),
}

/// A match taken up.
pub(crate) struct Owned {
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

/// The loop's end.
pub(crate) struct Claims {
    pub(crate) parts: ClusterParts,
    pub(crate) world: watch::Receiver<World>,
    shared: Arc<Mutex<Shared>>,
    events: mpsc::Receiver<Claim>,
    tasks: JoinSet<()>,
}

/// What loop and tasks change together.
#[derive(Default)]
pub(super) struct Shared {
    held: BTreeMap<MatchKey, SharedLease>,
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
    pub(super) events: mpsc::Sender<Claim>,
    shared: Arc<Mutex<Shared>>,
}

impl Means {
    pub(super) fn shared(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }
}

impl Claims {
    /// Starts the task.
    pub(crate) fn start(parts: ClusterParts, store: Store, capacity: usize) -> Claims {
        let shared = Arc::new(Mutex::new(Shared {
            capacity: u32::try_from(capacity).unwrap_or(u32::MAX),
            ..Shared::default()
        }));
        let (events_in, events) = mpsc::channel(EVENTS_MAX);
        let (world_in, world) = watch::channel(World::default());
        let (cranks_in, cranks) = watch::channel(Vec::new());
        let means = Means {
            parts: parts.clone(),
            store,
            events: events_in,
            shared: shared.clone(),
        };
        let keeper = Keeper::new(means.clone(), cranks_in);
        let scout = Scout::new(means, cranks, world_in);
        let mut tasks = JoinSet::new();
        tasks.spawn(keeper.run());
        tasks.spawn(scout.run());
        Claims {
            parts,
            world,
            shared,
            events,
            tasks,
        }
    }

    /// What happened next; cancel safe. `None` when a task ended, which is a defect.
    pub(crate) async fn next(&mut self) -> Option<Claim> {
        tokio::select! {
            event = self.events.recv() => event,
            Some(_) = self.tasks.join_next() => None,
        }
    }

    /// Keeps a lease that was taken elsewhere from now on.
    pub(crate) fn hold(&self, lease: SharedLease) {
        lock(&self.shared).hold(lease);
    }

    /// Gives a match up. `over`: its data can go. Otherwise another crank may take it; this one not before `avoid` is over.
    pub(crate) fn release(&self, key: MatchKey, over: bool, avoid: Option<Duration>) {
        let mut shared = lock(&self.shared);
        if let Some(lease) = shared.let_go(&key) {
            shared.released.push((lease.current(), over));
        }
        if let Some(avoid) = avoid {
            shared.avoided.insert(key, Instant::now() + avoid);
        }
    }

    /// Takes nothing up any more, and is not given new matches.
    pub(crate) fn drain(&self) {
        lock(&self.shared).draining = true;
    }

    /// Gives everything back, for others to take at once.
    pub(crate) async fn stop(mut self) {
        self.tasks.shutdown().await;
        let leases: Vec<Lease> = {
            let mut shared = lock(&self.shared);
            let held = std::mem::take(&mut shared.held);
            held.values().map(SharedLease::current).collect()
        };
        for lease in leases {
            if let Err(error) = self.parts.cluster.release(&lease).await {
                tracing::warn!(match_key = %lease.match_key, %error, "a lease was not given back; it ends by itself");
            }
        }
        if let Err(error) = self.parts.cluster.withdraw(&self.parts.name).await {
            tracing::debug!(%error, "this crank is not signed off; that ends by itself");
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    // Every change is one insertion or removal: a panic in between leaves whole values.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Cluster or store did not answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum RoundError {
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The rhythm of both tasks, and their complaints: one when a task begins to fail, not one a round.
pub(super) struct Rounds {
    ticker: Interval,
    complaint: &'static str,
    failing: bool,
}

impl Rounds {
    pub(super) fn new(complaint: &'static str) -> Self {
        let mut ticker = tokio::time::interval(INTERVAL);
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            ticker,
            complaint,
            failing: false,
        }
    }

    pub(super) async fn next(&mut self) {
        self.ticker.tick().await;
    }

    pub(super) fn note(&mut self, outcome: Result<(), RoundError>) {
        if let Err(error) = &outcome {
            metrics::counter!("aurelius_lease_errors_total").increment(1);
            if !self.failing {
                tracing::warn!(%error, "{}", self.complaint);
            }
        }
        self.failing = outcome.is_err();
    }
}

//! Leases on matches: taking up what nobody runs, keeping what is run here, learning what was lost.
//!
//! Several tasks, so that a store that is slow costs no lease: the [keeper](super::keeper) renews what is
//! held, the [scout](super::scout) looks for matches without an owner. What they find they tell the loop,
//! which alone starts and stops matches. **Invariants:** a match is told as owned only after its token is in
//! the store as the highest; a lease that vanished with the cluster's data is taken again only if nobody
//! owned the match since. Absent: what a match needs once it is owned.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cluster::{Lease, SharedLease};
use parking_lot::Mutex;
use protocol::MatchKey;
use store::Store;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::holding::{LeaseEvent, Means, Shared, World};
use super::keeper::Keeper;
use super::parts::ClusterParts;
use super::scout::Scout;

/// Events that wait for the loop.
const EVENTS_MAX: usize = 256;

/// The loop's end.
pub(crate) struct Leases {
    pub(crate) parts: ClusterParts,
    pub(crate) world: watch::Receiver<World>,
    shared: Arc<Mutex<Shared>>,
    events: mpsc::Receiver<LeaseEvent>,
    tasks: JoinSet<()>,
}

impl Leases {
    /// Starts the task.
    pub(crate) fn start(parts: ClusterParts, store: Store, capacity: usize) -> Leases {
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
        let keeper = Keeper::new(means.clone());
        let scout = Scout::new(means, cranks, world_in);
        let mut tasks = JoinSet::new();
        tasks.spawn(keeper.clone().renewing());
        tasks.spawn(keeper.clone().announcing(cranks_in));
        tasks.spawn(keeper.giving_back());
        tasks.spawn(scout.run());
        Leases {
            parts,
            world,
            shared,
            events,
            tasks,
        }
    }

    /// What happened next; cancel safe. `None` when a task ended, which is a defect.
    pub(crate) async fn next(&mut self) -> Option<LeaseEvent> {
        tokio::select! {
            event = self.events.recv() => event,
            Some(_) = self.tasks.join_next() => None,
        }
    }

    /// Keeps a lease that was taken elsewhere from now on.
    pub(crate) fn hold(&self, lease: SharedLease) {
        self.shared.lock().hold(lease);
    }

    /// Gives a match up. `over`: its data can go. Otherwise another crank may take it; this one not before
    /// `avoid` is over.
    pub(crate) fn release(&self, key: MatchKey, over: bool, avoid: Option<Duration>) {
        let mut shared = self.shared.lock();
        if let Some(lease) = shared.let_go(&key) {
            shared.released.push((lease.current(), over));
        }
        if let Some(avoid) = avoid {
            shared.avoided.insert(key, Instant::now() + avoid);
        }
    }

    /// Takes nothing up any more, and is not given new matches.
    pub(crate) fn drain(&self) {
        self.shared.lock().draining = true;
    }

    /// Gives everything back, for others to take at once.
    pub(crate) async fn stop(mut self) {
        self.tasks.shutdown().await;
        let leases: Vec<Lease> = {
            let mut shared = self.shared.lock();
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

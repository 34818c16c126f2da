//! Leases on matches: taking up what nobody runs, keeping what is run here, learning what was lost.
//!
//! One task, every [`INTERVAL`]: renew what is held, say that this crank lives, look for matches without an owner. What it
//! finds it tells the loop, which alone starts and stops matches. **Invariants:** a match is told as owned only after its
//! token is in the store as the highest; a lease that vanished with the cluster's data is taken again only if nobody
//! owned the match since. Absent: what a match needs once it is owned.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bus::{Cluster, ClusterError, Lease, Presence, Renewal, SharedLease};
use protocol::MatchKey;
use store::{MatchRecord, Store, StoreError, UnfinishedMatch};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::MissedTickBehavior;

use super::ClusterParts;

/// From one round to the next. A lease lives for five of them.
const INTERVAL: Duration = Duration::from_millis(300);

/// How long a match must be without an owner before it is taken: longer than its owner, if it lives, needs to come back
/// after the cluster lost its data.
const GRACE: Duration = Duration::from_millis(400);

/// A crank with more matches than another waits a little longer, so that what a dead one ran spreads.
const MODESTY: Duration = Duration::from_millis(150);

/// Matches taken in one round: the leases held are renewed between rounds.
const TAKEN_MAX: usize = 32;

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
    task: JoinHandle<()>,
    cluster: Cluster,
}

/// What loop and task both change.
#[derive(Default)]
struct Shared {
    held: BTreeMap<MatchKey, SharedLease>,
    /// To be given back; `true`: the match is over, and its data can go.
    released: Vec<(Lease, bool)>,
    /// Not to be taken before.
    avoided: BTreeMap<MatchKey, Instant>,
    draining: bool,
    capacity: u32,
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
        let round = Round {
            parts: parts.clone(),
            store,
            shared: shared.clone(),
            events: events_in,
            world: world_in,
            ownerless: BTreeMap::new(),
            cranks: Vec::new(),
        };
        Claims {
            cluster: parts.cluster.clone(),
            parts,
            world,
            shared,
            events,
            task: tokio::spawn(round.run()),
        }
    }

    /// What happened next; cancel safe. `None` when the task ended, which is a defect.
    pub(crate) async fn next(&mut self) -> Option<Claim> {
        self.events.recv().await
    }

    /// Keeps a lease that was taken elsewhere from now on.
    pub(crate) fn hold(&self, lease: SharedLease) {
        let mut shared = lock(&self.shared);
        shared.held.insert(lease.match_key(), lease);
        metrics::gauge!("aurelius_leases_held").set(shared.held.len() as f64);
    }

    /// Gives a match up. `over`: its data can go. Otherwise another crank may take it; this one not before `avoid` is over.
    pub(crate) fn release(&self, key: MatchKey, over: bool, avoid: Option<Duration>) {
        let mut shared = lock(&self.shared);
        if let Some(lease) = shared.held.remove(&key) {
            shared.released.push((lease.current(), over));
        }
        if let Some(avoid) = avoid {
            shared.avoided.insert(key, Instant::now() + avoid);
        }
        metrics::gauge!("aurelius_leases_held").set(shared.held.len() as f64);
    }

    /// Takes nothing up any more, and is not given new matches.
    pub(crate) fn drain(&self) {
        lock(&self.shared).draining = true;
    }

    /// Gives everything back, for others to take at once.
    pub(crate) async fn stop(self) {
        self.task.abort();
        let leases: Vec<Lease> = {
            let mut shared = lock(&self.shared);
            let held = std::mem::take(&mut shared.held);
            held.values().map(SharedLease::current).collect()
        };
        for lease in leases {
            if let Err(error) = self.cluster.release(&lease).await {
                tracing::warn!(match_key = %lease.match_key, %error, "a lease was not given back; it ends by itself");
            }
        }
        if let Err(error) = self.cluster.withdraw(&self.parts.name).await {
            tracing::debug!(%error, "this crank is not signed off; that ends by itself");
        }
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    // Every change is one insertion or removal: a panic in between leaves whole values.
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The task.
struct Round {
    parts: ClusterParts,
    store: Store,
    shared: Arc<Mutex<Shared>>,
    events: mpsc::Sender<Claim>,
    world: watch::Sender<World>,
    /// Matches seen without an owner, and since when.
    ownerless: BTreeMap<MatchKey, Instant>,
    cranks: Vec<Presence>,
}

/// Cluster or store did not answer.
#[derive(Debug, thiserror::Error)]
enum RoundError {
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Round {
    async fn run(mut self) {
        let mut ticker = tokio::time::interval(INTERVAL);
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut failing = false;
        while !self.events.is_closed() {
            ticker.tick().await;
            match self.round().await {
                Ok(()) => failing = false,
                Err(error) => {
                    metrics::counter!("aurelius_lease_errors_total").increment(1);
                    if !failing {
                        tracing::warn!(%error, "leases cannot be kept now; matches go on, and acks wait for the cluster");
                    }
                    failing = true;
                }
            }
        }
    }

    async fn round(&mut self) -> Result<(), RoundError> {
        self.give_back().await?;
        self.renew().await?;
        self.announce().await?;
        self.scan().await
    }

    async fn give_back(&mut self) -> Result<(), RoundError> {
        let released = std::mem::take(&mut lock(&self.shared).released);
        for (index, (lease, over)) in released.iter().enumerate() {
            let given = async {
                if *over {
                    self.parts.cluster.forget(lease).await?;
                }
                self.parts.cluster.release(lease).await
            };
            if let Err(error) = given.await {
                lock(&self.shared).released.extend_from_slice(&released[index..]);
                return Err(error.into());
            }
        }
        Ok(())
    }

    async fn renew(&mut self) -> Result<(), RoundError> {
        let held: Vec<SharedLease> = lock(&self.shared).held.values().cloned().collect();
        let leases: Vec<Lease> = held.iter().map(SharedLease::current).collect();
        let renewals = self.parts.cluster.renew(&leases).await?;
        for (shared, renewal) in held.iter().zip(renewals) {
            match renewal {
                // An unknown one is asked for again in the next round; whoever took it raised the fence.
                Renewal::Held | Renewal::Unknown => {}
                Renewal::Missing => self.take_again(shared).await?,
                Renewal::Lost { .. } => self.lose(shared.match_key()).await,
            }
        }
        Ok(())
    }

    /// The lease ran out, or the cluster lost it: it goes on if nobody owned the match since.
    async fn take_again(&mut self, shared: &SharedLease) -> Result<(), RoundError> {
        let before = shared.current();
        let key = before.match_key;
        let Some(lease) = self
            .parts
            .cluster
            .acquire(&key, &self.parts.name, before.token)
            .await?
        else {
            self.lose(key).await;
            return Ok(());
        };
        let raised = self.store.matches.fence(&key.0).await? == before.token
            && self
                .store
                .matches
                .raise_fence(&key.0, lease.token, &self.parts.name)
                .await?;
        if raised {
            tracing::info!(match_key = %key, token = lease.token, "the lease had run out and is taken again");
            shared.raise(lease.token);
        } else {
            self.parts.cluster.release(&lease).await?;
            self.lose(key).await;
        }
        Ok(())
    }

    async fn lose(&mut self, key: MatchKey) {
        {
            let mut shared = lock(&self.shared);
            shared.held.remove(&key);
            metrics::gauge!("aurelius_leases_held").set(shared.held.len() as f64);
        }
        metrics::counter!("aurelius_fenced_total").increment(1);
        // An error means that the loop ended.
        let _ = self.events.send(Claim::Lost(key)).await;
    }

    async fn announce(&mut self) -> Result<(), RoundError> {
        let presence = {
            let shared = lock(&self.shared);
            Presence {
                name: self.parts.name.clone(),
                matches: u32::try_from(shared.held.len()).unwrap_or(u32::MAX),
                capacity: shared.capacity,
                draining: shared.draining,
            }
        };
        self.parts.cluster.announce(&presence).await?;
        self.cranks = self.parts.cluster.cranks().await?;
        Ok(())
    }

    async fn scan(&mut self) -> Result<(), RoundError> {
        let unfinished = self.store.matches.unfinished_keys().await?;
        let held: BTreeSet<MatchKey> = lock(&self.shared).held.keys().copied().collect();
        let others: Vec<UnfinishedMatch> = unfinished
            .into_iter()
            .filter(|record| !held.contains(&MatchKey(record.match_key)))
            .collect();
        let keys: Vec<MatchKey> = others.iter().map(|record| MatchKey(record.match_key)).collect();
        let holders = self.parts.cluster.holders(&keys).await?;
        let now = Instant::now();
        let load = Load::of(&self.parts.name, &self.cranks);
        let (draining, avoided) = {
            let mut shared = lock(&self.shared);
            shared.avoided.retain(|_, until| *until > now);
            let avoided: BTreeSet<MatchKey> = shared.avoided.keys().copied().collect();
            (shared.draining, avoided)
        };
        self.ownerless.retain(|key, _| keys.contains(key));
        let patience = if load.others_have_fewer {
            GRACE + MODESTY
        } else {
            GRACE
        };
        let mut taken = 0;
        for ((key, holder), record) in keys.iter().zip(holders).zip(&others) {
            if holder.is_some() {
                self.ownerless.remove(key);
                continue;
            }
            let since = *self.ownerless.entry(*key).or_insert(now);
            let due = now.duration_since(since) >= patience;
            if due && !draining && taken < TAKEN_MAX && !avoided.contains(key) {
                taken += 1;
                self.take(record).await?;
            }
        }
        self.world.send_replace(World {
            others,
            my_turn: load.my_turn && !draining,
        });
        Ok(())
    }

    /// Takes up a match that nobody runs.
    async fn take(&mut self, seen: &UnfinishedMatch) -> Result<(), RoundError> {
        let key = MatchKey(seen.match_key);
        let Some(lease) = self
            .parts
            .cluster
            .acquire(&key, &self.parts.name, seen.fence)
            .await?
        else {
            return Ok(());
        };
        // Somebody may have owned it for a moment since it was seen.
        let unchanged = self.store.matches.fence(&key.0).await? == seen.fence;
        let raised = self
            .store
            .matches
            .raise_fence(&key.0, lease.token, &self.parts.name)
            .await?;
        if !raised {
            // Somebody was faster, over a cluster that lost its data in between.
            return Ok(self.parts.cluster.release(&lease).await?);
        }
        // As it stands now that nobody else can write it.
        let Some(record) = self.store.matches.get(&key.0).await? else {
            return Ok(());
        };
        let holder = seen.holder.as_ref();
        let alone = unchanged && holder.is_none_or(|holder| *holder == self.parts.name);
        tracing::info!(match_key = %key, token = lease.token, phase = record.phase.name(), alone, "taking the match up");
        metrics::counter!("aurelius_takeovers_total").increment(1);
        let shared = SharedLease::new(lease, &self.parts.name);
        {
            let mut state = lock(&self.shared);
            state.held.insert(key, shared.clone());
            metrics::gauge!("aurelius_leases_held").set(state.held.len() as f64);
        }
        self.ownerless.remove(&key);
        let owned = Owned {
            record,
            lease: shared,
            alone,
        };
        let _ = self.events.send(Claim::Owned(Box::new(owned))).await;
        Ok(())
    }
}

/// This crank among the others.
struct Load {
    my_turn: bool,
    others_have_fewer: bool,
}

impl Load {
    fn of(name: &str, cranks: &[Presence]) -> Load {
        let rank = |crank: &Presence| (crank.matches, crank.name.clone());
        let mine = cranks.iter().find(|crank| crank.name == name);
        let working = || cranks.iter().filter(|crank| !crank.draining);
        let least = working().min_by_key(|crank| rank(crank));
        Load {
            my_turn: least.is_none_or(|least| least.name == name),
            others_have_fewer: mine.is_some_and(|mine| working().any(|other| other.matches < mine.matches)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crank(name: &str, matches: u32, draining: bool) -> Presence {
        Presence {
            name: name.into(),
            matches,
            capacity: 64,
            draining,
        }
    }

    #[test]
    fn the_crank_with_the_fewest_matches_makes_the_next_one() {
        let all = [crank("a", 2, false), crank("b", 1, false), crank("c", 0, true)];
        let turns: Vec<bool> = all
            .iter()
            .map(|crank| Load::of(&crank.name, &all).my_turn)
            .collect();
        assert_eq!(turns, [false, true, false]);
        let even = [crank("a", 1, false), crank("b", 1, false)];
        assert!(Load::of("a", &even).my_turn, "of equals, the first by name");
        assert!(!Load::of("b", &even).my_turn);
        assert!(Load::of("a", &[]).my_turn, "whoever is not listed yet is alone");
    }

    #[test]
    fn a_crank_gives_way_to_one_with_fewer_matches() {
        let all = [crank("a", 2, false), crank("b", 1, false), crank("c", 0, true)];
        assert!(Load::of("a", &all).others_have_fewer);
        assert!(
            !Load::of("b", &all).others_have_fewer,
            "one that drains takes nothing"
        );
    }
}

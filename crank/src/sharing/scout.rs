//! The scout: matches that nobody runs are taken up.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use cluster::{Held, Presence, SharedLease};
use protocol::MatchKey;
use store::{MatchPhase, UnfinishedMatch};
use tokio::sync::watch;

use super::holding::{LeaseEvent, Means, Taken, World};
use super::rounds::{RoundError, Rounds};

/// How long a match must be without an owner before it is taken: longer than its owner, if it lives, needs to
/// come back after the cluster lost its data.
const GRACE: Duration = Duration::from_millis(400);

/// A crank with more matches than another waits a little longer, so that what a dead one ran spreads.
const MODESTY: Duration = Duration::from_millis(150);

/// Matches taken in one round: the rest are left to other cranks for a moment.
const TAKEN_MAX: usize = 32;

/// The task.
pub(super) struct Scout {
    means: Means,
    cranks: watch::Receiver<Vec<Presence>>,
    world: watch::Sender<World>,
    /// Matches seen without an owner, and since when.
    ownerless: BTreeMap<MatchKey, Instant>,
}

impl Scout {
    pub(super) fn new(
        means: Means,
        cranks: watch::Receiver<Vec<Presence>>,
        world: watch::Sender<World>,
    ) -> Self {
        Self {
            means,
            cranks,
            world,
            ownerless: BTreeMap::new(),
        }
    }

    pub(super) async fn run(mut self) {
        let mut rounds = Rounds::new("matches without an owner cannot be looked for now");
        while !self.means.events.is_closed() {
            rounds.next().await;
            rounds.round(self.scan()).await;
        }
    }

    async fn scan(&mut self) -> Result<(), RoundError> {
        let unfinished = self.means.store.matches.unfinished_keys().await?;
        let held: BTreeSet<MatchKey> = self.means.shared().held().keys().copied().collect();
        let mut others: Vec<UnfinishedMatch> = unfinished
            .into_iter()
            .filter(|record| !held.contains(&MatchKey(record.match_key)))
            .collect();
        others.sort_by_key(|record| urgency(record.phase));
        let keys: Vec<MatchKey> = others.iter().map(|record| MatchKey(record.match_key)).collect();
        let known: Vec<(MatchKey, u64)> = others
            .iter()
            .map(|record| (MatchKey(record.match_key), record.fence))
            .collect();
        let holders = self.means.parts.cluster.holders(&known).await?;
        let now = Instant::now();
        let load = Load::of(&self.means.parts.name, &self.cranks.borrow());
        let (draining, avoided) = {
            let mut shared = self.means.shared();
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
            // Of one whose node does not answer it is not known that it has no owner.
            if holder != Held::Free {
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
            .means
            .parts
            .cluster
            .acquire(&key, &self.means.parts.name, seen.fence)
            .await?
        else {
            return Ok(());
        };
        // Somebody may have owned it for a moment since it was seen.
        let unchanged = self.means.store.matches.fence(&key.0).await? == seen.fence;
        let raised = self
            .means
            .store
            .matches
            .raise_fence(&key.0, lease.token, &self.means.parts.name)
            .await?;
        if !raised {
            // Somebody was faster, over a cluster that lost its data in between.
            return Ok(self.means.parts.cluster.release(&lease).await?);
        }
        // As it stands now that nobody else can write it.
        let Some(record) = self.means.store.matches.get(&key.0).await? else {
            return Ok(());
        };
        let holder = seen.holder.as_ref();
        let alone = unchanged && holder.is_none_or(|holder| *holder == self.means.parts.name);
        tracing::info!(match_key = %key, token = lease.token, phase = record.phase.name(), alone, "taking the match up");
        metrics::counter!("aurelius_takeovers_total").increment(1);
        let shared = SharedLease::new(lease, &self.means.parts.name);
        self.means.shared().hold(shared.clone());
        self.ownerless.remove(&key);
        let taken = Taken {
            record,
            lease: shared,
            alone,
        };
        let _ = self.means.events.send(LeaseEvent::Taken(Box::new(taken))).await;
        Ok(())
    }
}

/// Which matches are taken first: those whose bond is forfeit first if nobody goes on with them.
fn urgency(phase: MatchPhase) -> u8 {
    match phase {
        MatchPhase::Live => 0,
        MatchPhase::Locked => 1,
        MatchPhase::Proposed => 2,
        MatchPhase::Creating | MatchPhase::Open => 3,
        MatchPhase::Settled | MatchPhase::Cancelled | MatchPhase::Voided => 4,
        MatchPhase::Closed | MatchPhase::Abandoned => 5,
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
            // Whoever is not listed yet does not know the others either.
            my_turn: least.is_some_and(|least| least.name == name),
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
        assert!(!Load::of("a", &[]).my_turn, "whoever is not listed yet waits");
    }

    #[test]
    fn live_matches_are_taken_over_before_any_number_of_paid_ones() {
        let mut phases = vec![MatchPhase::Settled; 1_000];
        phases.extend([
            MatchPhase::Open,
            MatchPhase::Live,
            MatchPhase::Proposed,
            MatchPhase::Locked,
        ]);
        phases.sort_by_key(|phase| urgency(*phase));
        let first = [
            MatchPhase::Live,
            MatchPhase::Locked,
            MatchPhase::Proposed,
            MatchPhase::Open,
            MatchPhase::Settled,
        ];
        assert_eq!(phases[..5], first);
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

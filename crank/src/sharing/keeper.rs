//! The keeper: leases are renewed, given back, and taken again where they ran out.
//!
//! Renewing, announcing and giving back are tasks of their own: a Redis node that hangs under one of them
//! costs the other two nothing.

use std::time::{Duration, Instant};

use cluster::{ClusterError, Lease, Presence, Renewal, SharedLease};
use protocol::MatchKey;
use tokio::sync::watch;

use super::holding::{LeaseEvent, Means};
use super::rounds::{RoundError, Rounds, INTERVAL};

/// How long the store may keep a lease from being taken again. Nobody else can take the match up without the
/// store either.
const RETAKE_MAX: Duration = Duration::from_secs(60);

/// The tasks.
#[derive(Clone)]
pub(super) struct Keeper {
    means: Means,
}

impl Keeper {
    pub(super) fn new(means: Means) -> Self {
        Self { means }
    }

    /// Renews what is held. Nothing else is done in this task, so that nothing else can hold it up.
    pub(super) async fn renewing(self) {
        let mut rounds =
            Rounds::new("leases cannot be kept now; matches go on, and acks wait for the cluster");
        while !self.means.events.is_closed() {
            rounds.next().await;
            rounds.round(self.renew()).await;
        }
    }

    /// Tells the other cranks of this one, and learns of them.
    pub(super) async fn announcing(self, cranks: watch::Sender<Vec<Presence>>) {
        let mut rounds = Rounds::new("the other cranks cannot be told of this one now");
        while !self.means.events.is_closed() {
            rounds.next().await;
            rounds.round(self.announce(&cranks)).await;
        }
    }

    /// Gives back what is not run here any more.
    pub(super) async fn giving_back(self) {
        let mut rounds = Rounds::new("leases cannot be given back now; they end by themselves");
        while !self.means.events.is_closed() {
            rounds.next().await;
            rounds.round(self.give_back()).await;
        }
    }

    async fn renew(&self) -> Result<(), RoundError> {
        let held: Vec<SharedLease> = {
            let shared = self.means.shared();
            let held = shared.held().values();
            // One that is being taken again has another token in the cluster than here.
            held.filter(|lease| !shared.retaking.contains(&lease.match_key()))
                .cloned()
                .collect()
        };
        let leases: Vec<Lease> = held.iter().map(SharedLease::current).collect();
        let renewals = self.means.parts.cluster.renew(&leases).await?;
        for (lease, renewal) in held.into_iter().zip(renewals) {
            match renewal {
                // An unknown one is asked for again in the next round; whoever took it raised the fence.
                Renewal::Held | Renewal::Unknown => {}
                Renewal::Missing if self.means.shared().held().contains_key(&lease.match_key()) => {
                    self.retake(lease);
                }
                // It was given back while it was being renewed.
                Renewal::Missing => {}
                Renewal::Lost { .. } => lose(&self.means, lease.match_key()).await,
            }
        }
        Ok(())
    }

    /// Takes a lease again, beside the rounds: the store may be slow.
    fn retake(&self, lease: SharedLease) {
        let means = self.means.clone();
        let key = lease.match_key();
        means.shared().retaking.insert(key);
        tokio::spawn(async move {
            if let Err(error) = take_again(&means, &lease).await {
                tracing::warn!(match_key = %key, %error, "a lease that ran out is not taken again yet");
            }
            means.shared().retaking.remove(&key);
        });
    }

    async fn announce(&self, cranks: &watch::Sender<Vec<Presence>>) -> Result<(), RoundError> {
        let presence = {
            let shared = self.means.shared();
            Presence {
                name: self.means.parts.name.clone(),
                matches: u32::try_from(shared.held().len()).unwrap_or(u32::MAX),
                capacity: shared.capacity,
                draining: shared.draining,
            }
        };
        let cluster = &self.means.parts.cluster;
        cluster.announce(&presence).await?;
        cranks.send_replace(cluster.cranks().await?);
        Ok(())
    }

    async fn give_back(&self) -> Result<(), RoundError> {
        let released = std::mem::take(&mut self.means.shared().released);
        for (index, (lease, over)) in released.iter().enumerate() {
            if let Err(error) = self.give(lease, *over).await {
                let rest = &released[index..];
                self.means.shared().released.extend_from_slice(rest);
                return Err(error.into());
            }
        }
        Ok(())
    }

    async fn give(&self, lease: &Lease, over: bool) -> Result<(), ClusterError> {
        let cluster = &self.means.parts.cluster;
        if over {
            match cluster.forget(lease).await {
                // The data is a later owner's.
                Ok(()) | Err(ClusterError::Fenced { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        cluster.release(lease).await
    }
}

/// The lease ran out, or the cluster lost it: it goes on if nobody owned the match since.
async fn take_again(means: &Means, shared: &SharedLease) -> Result<(), RoundError> {
    let cluster = &means.parts.cluster;
    let before = shared.current();
    let key = before.match_key;
    let Some(lease) = cluster.acquire(&key, &means.parts.name, before.token).await? else {
        lose(means, key).await;
        return Ok(());
    };
    let begun = Instant::now();
    let raised = loop {
        match raise(means, before.token, &lease).await {
            Ok(raised) => break raised,
            Err(error) if begun.elapsed() > RETAKE_MAX => {
                cluster.release(&lease).await?;
                lose(means, key).await;
                return Err(error);
            }
            Err(_) => {
                tokio::time::sleep(INTERVAL).await;
                // Whether it still holds shows when it is renewed under its new token.
                cluster.renew(std::slice::from_ref(&lease)).await?;
            }
        }
    };
    if raised {
        tracing::info!(match_key = %key, token = lease.token, "the lease had run out and is taken again");
        shared.raise(lease.token);
    } else {
        cluster.release(&lease).await?;
        lose(means, key).await;
    }
    Ok(())
}

/// Makes the new token the match's, if the old one was the last.
async fn raise(means: &Means, before: u64, lease: &Lease) -> Result<bool, RoundError> {
    let matches = &means.store.matches;
    let key = &lease.match_key.0;
    let fence = matches.fence(key).await?;
    // After an answer that was lost it stands there already.
    let ours = fence == before || fence == lease.token;
    Ok(ours && matches.raise_fence(key, lease.token, &means.parts.name).await?)
}

async fn lose(means: &Means, key: MatchKey) {
    if means.shared().let_go(&key).is_none() {
        return;
    }
    metrics::counter!("aurelius_fenced_total").increment(1);
    // An error means that the loop ended.
    let _ = means.events.send(LeaseEvent::Lost(key)).await;
}

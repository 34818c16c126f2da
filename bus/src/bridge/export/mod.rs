//! A match of this process for relays elsewhere.
//!
//! An [`Export`] repeats what the crank publishes on its own bus to Redis, and brings inputs and signatures from there. It
//! never keeps a tick thread waiting: when Redis is away frames are dropped, and relays go on with a keyframe later.
//!
//! Invariant: everything that is kept in Redis is written under the token of the lease, and nothing once somebody has a
//! higher one.

mod down;
mod draft;
mod up;

use std::sync::Arc;
use std::time::Duration;

use cluster::{Cluster, SharedLease};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;

pub(in crate::bridge) use self::draft::{HistoryWrite, StateWrite};

use self::down::Downlink;
use self::up::Uplink;
use super::game::{Game, Objection};
use super::tally::Tally;
use crate::Bus;

/// How long a higher token of our own name is waited for: the process has acquired the lease anew and is about to say so.
const RAISE_PATIENCE: Duration = Duration::from_secs(2);

/// A match that is exported. Dropping it ends that, and leaves everything in Redis for the next owner, unless the match is
/// over.
#[derive(Debug)]
pub struct Export {
    status: Arc<Status>,
    tasks: Vec<JoinHandle<()>>,
}

/// What the tasks of an export tell each other.
#[derive(Debug)]
struct Status {
    /// The owner wants no more.
    stopped: watch::Sender<bool>,
    /// Somebody else has the match.
    fenced: watch::Sender<bool>,
}

impl Export {
    /// Shows a match that is open on `bus` to relays elsewhere, as long as the lease is ours. Call it in a Tokio runtime.
    pub fn start(cluster: &Cluster, bus: &Bus, lease: SharedLease) -> Self {
        let game = Game::new(cluster.clone(), lease.match_key());
        let status = Arc::new(Status {
            stopped: watch::Sender::new(false),
            fenced: watch::Sender::new(false),
        });
        let guard = Guard {
            lease: lease.clone(),
            contested_since: None,
            status: status.clone(),
        };
        let mut tasks = Vec::new();
        let tally = Tally::new();
        match Downlink::begin(game.clone(), bus, guard.clone(), tally.clone()) {
            Some(down) => {
                tasks.push(tokio::spawn(down.run()));
                tasks.push(tokio::spawn(Uplink::new(game, bus.clone(), guard, tally).run()));
            }
            None => {
                tracing::warn!(match_key = %lease.match_key(), "a match that is not open is not exported")
            }
        }
        Self { status, tasks }
    }

    /// Whether somebody else has the match: the export has ended then.
    pub fn is_fenced(&self) -> bool {
        *self.status.fenced.borrow()
    }

    /// Until somebody else has the match; for ever if nobody ever has. Cancel safe.
    pub async fn fenced(&self) {
        let mut fenced = self.status.fenced.subscribe();
        if fenced.wait_for(|fenced| *fenced).await.is_err() {
            // The sender lives as long as `self`.
            std::future::pending::<()>().await;
        }
    }

    /// Ends the export, and waits until nothing of it is under way: inputs that were answered are taken out of Redis by
    /// then, and the others are left for the next owner. Takes no longer than a few time-outs of Redis.
    pub async fn close(mut self) {
        self.status.stopped.send_replace(true);
        for task in std::mem::take(&mut self.tasks) {
            // A task that panicked has said so.
            let _ = task.await;
        }
    }
}

impl Drop for Export {
    fn drop(&mut self) {
        self.status.stopped.send_replace(true);
    }
}

impl Status {
    /// Until the tasks are to end. Cancel safe.
    async fn ended(&self) {
        let (mut stopped, mut fenced) = (self.stopped.subscribe(), self.fenced.subscribe());
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => {}
            _ = fenced.wait_for(|fenced| *fenced) => {}
        }
    }
}

/// Tells an owner who lost the match from one whose process is about to raise the token.
#[derive(Debug, Clone)]
struct Guard {
    lease: SharedLease,
    /// Since when a higher token may be our own.
    contested_since: Option<Instant>,
    status: Arc<Status>,
}

impl Guard {
    fn token(&self) -> u64 {
        self.lease.token()
    }

    /// Redis did as it was told.
    fn passed(&mut self) {
        self.contested_since = None;
    }

    /// Redis objected. Whether the match is lost.
    fn objected(&mut self, objection: &Objection, now: Instant) -> bool {
        if self.lease.token() >= objection.token {
            self.contested_since = None;
            return false;
        }
        let since = *self.contested_since.get_or_insert(now);
        let may_be_ours = objection.holder.is_empty() || objection.holder == self.lease.holder();
        if may_be_ours && now.duration_since(since) < RAISE_PATIENCE {
            return false;
        }
        if !self.status.fenced.send_replace(true) {
            tracing::warn!(
                match_key = %self.lease.match_key(),
                ours = self.lease.token(),
                theirs = objection.token,
                holder = objection.holder,
                "somebody else has the match: it is exported no more"
            );
        }
        true
    }
}

//! A match of this process for relays elsewhere.
//!
//! An [`Export`] repeats what the crank publishes on its own bus to Redis, and brings inputs and signatures
//! from there. It never keeps a tick thread waiting: when Redis is away frames are dropped, and relays go on
//! with a keyframe later.
//!
//! Invariant: everything that is kept in Redis is written under the token of the lease, and nothing once
//! somebody has a higher one.

mod down;
mod draft;
mod guard;
mod up;

use std::sync::Arc;

use cluster::{Cluster, SharedLease};
use tokio::task::JoinHandle;

use self::down::Downlink;
use self::guard::{Guard, Status};
use self::up::Uplink;
use crate::bridge::game::Game;
use crate::bridge::tally::Tally;
use crate::bus::Bus;

/// A match that is exported. Dropping it ends that, and leaves everything in Redis for the next owner, unless
/// the match is over.
#[derive(Debug)]
pub struct Export {
    status: Arc<Status>,
    tasks: Vec<JoinHandle<()>>,
}

impl Export {
    /// Shows a match that is open on `bus` to relays elsewhere, as long as the lease is ours. Call it in a
    /// Tokio runtime.
    pub fn start(cluster: &Cluster, bus: &Bus, lease: SharedLease) -> Self {
        let game = Game::new(cluster.clone(), lease.match_key());
        let status = Arc::<Status>::default();
        let guard = Guard::new(&lease, status.clone());
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

    /// Ends the export, and waits until nothing of it is under way: inputs that were answered are taken out
    /// of Redis by then, and the others are left for the next owner. Takes no longer than a few time-outs of
    /// Redis.
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

//! Whether the match that is exported is still ours.

use std::sync::Arc;
use std::time::Duration;

use cluster::SharedLease;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::bridge::game::Objection;

/// How long a higher token of our own name is waited for: the process has acquired the lease anew and is
/// about to say so.
const RAISE_PATIENCE: Duration = Duration::from_secs(2);

/// What the tasks of an export tell each other.
#[derive(Debug)]
pub(super) struct Status {
    /// The owner wants no more.
    pub(super) stopped: watch::Sender<bool>,
    /// Somebody else has the match.
    pub(super) fenced: watch::Sender<bool>,
}

impl Default for Status {
    fn default() -> Self {
        Self {
            stopped: watch::Sender::new(false),
            fenced: watch::Sender::new(false),
        }
    }
}

impl Status {
    /// Until the tasks are to end. Cancel safe.
    pub(super) async fn ended(&self) {
        let (mut stopped, mut fenced) = (self.stopped.subscribe(), self.fenced.subscribe());
        tokio::select! {
            _ = stopped.wait_for(|stopped| *stopped) => {}
            _ = fenced.wait_for(|fenced| *fenced) => {}
        }
    }
}

/// Tells an owner who lost the match from one whose process is about to raise the token.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    pub(super) lease: SharedLease,
    /// Since when a higher token may be our own.
    contested_since: Option<Instant>,
    pub(super) status: Arc<Status>,
}

impl Guard {
    pub(super) fn new(lease: &SharedLease, status: Arc<Status>) -> Self {
        Self {
            lease: lease.clone(),
            contested_since: None,
            status,
        }
    }

    pub(super) fn token(&self) -> u64 {
        self.lease.token()
    }

    /// Redis did as it was told.
    pub(super) fn passed(&mut self) {
        self.contested_since = None;
    }

    /// Redis objected. Whether the match is lost.
    pub(super) fn objected(&mut self, objection: &Objection, now: Instant) -> bool {
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

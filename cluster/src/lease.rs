//! The right to run a match: what it is, who has it, and how its owner's tasks see it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use protocol::MatchKey;

/// The right to run a match, as long as nobody has a higher token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Which match.
    pub match_key: MatchKey,
    /// Fencing token: higher than every earlier one of the match.
    pub token: u64,
}

/// Who has a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// As given to [`Cluster::acquire`].
    pub name: String,
    /// Its token.
    pub token: u64,
}

/// What is known of who has a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Held {
    /// Somebody has it.
    By(Holder),
    /// Nobody has it.
    Free,
    /// The node that would know did not answer in time.
    Unknown,
}

/// What became of a lease that was to be renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewal {
    /// It holds for another life.
    Held,
    /// It ran out, or Redis lost it; nobody is known to have taken over. Acquire it again.
    Missing,
    /// Somebody else took over.
    Lost {
        /// Who, if the lease still holds.
        holder: Option<String>,
        /// The token of the later owner.
        token: u64,
    },
    /// The node that has it did not answer in time: it may hold or not. The others of the same call are not
    /// affected.
    Unknown,
}

/// A match that this process holds, with the token it holds it by now. Cheap to clone; all clones see a token
/// that is raised.
///
/// A crank that loses its lease and acquires it again, before anybody else did, raises the token: what it
/// does from then on counts again.
#[derive(Debug, Clone)]
pub struct SharedLease {
    match_key: MatchKey,
    holder: Arc<str>,
    token: Arc<AtomicU64>,
}

impl SharedLease {
    /// A lease that `holder` has acquired.
    pub fn new(lease: Lease, holder: &str) -> Self {
        Self {
            match_key: lease.match_key,
            holder: holder.into(),
            token: Arc::new(AtomicU64::new(lease.token)),
        }
    }

    /// The match.
    pub fn match_key(&self) -> MatchKey {
        self.match_key
    }

    /// The name by which the lease was acquired.
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// The token as it stands.
    pub fn token(&self) -> u64 {
        self.token.load(Ordering::Acquire)
    }

    /// Holds the match by this token from now on. A token never falls: a lower one changes nothing.
    pub fn raise(&self, token: u64) {
        self.token.fetch_max(token, Ordering::AcqRel);
    }

    /// The lease as it stands.
    pub fn current(&self) -> Lease {
        Lease {
            match_key: self.match_key(),
            token: self.token(),
        }
    }

    /// The token itself, for those who know nothing of leases, such as a store that is fenced by it.
    pub fn handle(&self) -> Arc<AtomicU64> {
        self.token.clone()
    }
}

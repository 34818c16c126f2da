//! A lease as several tasks of its owner see it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use protocol::MatchKey;

use super::Lease;

/// A match that this process holds, with the token it holds it by now. Cheap to clone; all clones see a token that is
/// raised.
///
/// A crank that loses its lease and acquires it again, before anybody else did, raises the token: what it does from then
/// on counts again.
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

    /// The token itself, for those who know nothing of leases, such as a store that is fenced by it.
    pub fn handle(&self) -> Arc<AtomicU64> {
        self.token.clone()
    }
}

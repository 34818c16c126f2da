//! Making the next match when several cranks could.
//!
//! The crank with the fewest matches makes it, under a lease of its own, so that two never make the same one
//! and numbers reach the chain in order. Invariant: the wish is looked at again under the lease, against the
//! store as it is then.

use cluster::{Lease, SharedLease};
use protocol::MatchKey;
use store::{MatchPhase, UnfinishedMatch};

use super::parts::ClusterParts;
use crate::config::MatchTemplate;
use crate::matchmaking::Known;

/// The right to make a match, until [`Turn::end`].
pub(crate) struct Turn {
    parts: ClusterParts,
    lease: Lease,
}

impl Turn {
    /// Takes the right; `None` while another crank has it. `operator` is the account in whose name matches
    /// are made: its address is no match's.
    pub(crate) async fn take(
        parts: &ClusterParts,
        operator: [u8; 32],
    ) -> Result<Option<Turn>, cluster::ClusterError> {
        let lease = parts.cluster.acquire(&MatchKey(operator), &parts.name, 0).await?;
        Ok(lease.map(|lease| Turn {
            parts: parts.clone(),
            lease,
        }))
    }

    /// A lease on a match that was just written.
    pub(crate) async fn lease_on(&self, key: MatchKey) -> Result<Option<SharedLease>, cluster::ClusterError> {
        let lease = self.parts.cluster.acquire(&key, &self.parts.name, 0).await?;
        Ok(lease.map(|lease| SharedLease::new(lease, &self.parts.name)))
    }

    /// Gives the right back. If that fails it ends by itself.
    pub(crate) async fn end(self) {
        if let Err(error) = self.parts.cluster.release(&self.lease).await {
            tracing::debug!(%error, "the right to make matches was not given back");
        }
    }
}

/// Whether a match's number is still on its way to the chain: the next one has to wait.
pub(crate) fn is_creating(record: &UnfinishedMatch) -> bool {
    record.phase == MatchPhase::Creating
}

/// A match of another crank as matchmaking sees it, as far as the store tells; `None` for what is over.
pub(crate) fn known(record: &UnfinishedMatch) -> Option<Known> {
    let open = match record.phase {
        MatchPhase::Creating | MatchPhase::Open => true,
        MatchPhase::Locked | MatchPhase::Live | MatchPhase::Proposed => false,
        _ => return None,
    };
    Some(Known {
        template: MatchTemplate {
            rules: arena::Rules::from_bytes(&record.rules).ok()?,
            mint: anchor_lang::prelude::Pubkey::new_from_array(record.mint),
            stake_per_warrior: record.stake_per_warrior,
            players_max: record.players_max,
            warriors_max: record.warriors_max,
        },
        scheduled_slot: record.scheduled_slot,
        open,
    })
}

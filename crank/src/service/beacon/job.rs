//! Reading SlotHashes.

use client::rpc::RpcPool;

/// The newest hashes of slots, as of a slot.
pub(super) struct Hashes {
    /// Of every slot below this one the entry is there, if there ever will be one.
    pub(super) as_of: u64,
    /// Newest first.
    pub(super) entries: Vec<(u64, [u8; 32])>,
}

impl Hashes {
    /// The hash of the greatest slot up to `slot`; none before that is settled, or when it is no longer there.
    pub(super) fn of(&self, slot: u64) -> Option<[u8; 32]> {
        let found = self.entries.iter().find(|(at, _)| *at <= slot);
        found.filter(|_| slot < self.as_of).map(|(_, hash)| *hash)
    }
}

/// The hashes, or nothing.
pub(crate) struct Report(pub(super) Option<Hashes>);

/// Reads them; nothing if that failed, which the next slot repeats.
pub(super) async fn read(rpc: &RpcPool, count: usize) -> Option<Hashes> {
    match rpc.slot_hashes(count).await {
        Ok((as_of, entries)) => Some(Hashes { as_of, entries }),
        Err(error) => {
            metrics::counter!("aurelius_rpc_errors_total", "request" => "slot_hashes").increment(1);
            tracing::warn!(%error, "the hashes of slots could not be read; trying again");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_known_once_its_slot_has_passed() {
        let hashes = Hashes {
            as_of: 14,
            entries: vec![(12, [12; 32]), (10, [10; 32])],
        };
        assert_eq!(hashes.of(14), None, "a block of that slot may still come");
        assert_eq!(hashes.of(13), Some([12; 32]), "slot 13 was skipped");
        assert_eq!(hashes.of(11), Some([10; 32]));
        assert_eq!(hashes.of(9), None, "gone");
    }
}

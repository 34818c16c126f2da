//! Which blockhashes a transaction may name, and which messages already ran.
//!
//! The hash of block `h` can be used in the blocks up to `h + 150`, which is what
//! `getLatestBlockhash` promises as the last valid height (a real node is one block more generous
//! than its promise). A message runs at most once while its blockhash can be used.

use std::collections::{HashMap, HashSet, VecDeque};

use solana_hash::Hash;

use crate::ledger::BLOCKHASH_AGE_MAX;

/// The recent blockhashes and the messages seen under each.
#[derive(Default)]
pub(super) struct Blockhashes {
    heights: HashMap<Hash, u64>,
    /// Oldest first; consecutive heights.
    order: VecDeque<Hash>,
    /// Message hashes that ran, by the blockhash they named.
    seen: HashMap<Hash, HashSet<Hash>>,
    last_height: u64,
}

impl Blockhashes {
    /// Registers the hash of a completed block, and forgets what cannot be used in the block after
    /// it.
    pub(super) fn push(&mut self, hash: Hash, height: u64) {
        self.heights.insert(hash, height);
        self.order.push_back(hash);
        self.last_height = height;
        while self.order.len() as u64 > BLOCKHASH_AGE_MAX {
            if let Some(expired) = self.order.pop_front() {
                self.heights.remove(&expired);
                self.seen.remove(&expired);
            }
        }
    }

    /// Takes the last `count` blocks back.
    pub(super) fn roll_back(&mut self, count: u64) {
        for _ in 0..count {
            if let Some(hash) = self.order.pop_back() {
                self.heights.remove(&hash);
                self.seen.remove(&hash);
                self.last_height = self.last_height.saturating_sub(1);
            }
        }
    }

    /// Forgets that a message ran: its block was taken back, and it may run again.
    pub(super) fn forget_seen(&mut self, blockhash: &Hash, message: &Hash) {
        if let Some(messages) = self.seen.get_mut(blockhash) {
            messages.remove(message);
        }
    }

    /// Hash of the last completed block; what a new transaction should name.
    pub(super) fn latest(&self) -> Hash {
        self.order.back().copied().unwrap_or_default()
    }

    /// The last block height at which a transaction that names [`Self::latest`] can land.
    pub(super) fn latest_valid_height(&self) -> u64 {
        self.last_height + BLOCKHASH_AGE_MAX
    }

    pub(super) fn is_valid(&self, hash: &Hash) -> bool {
        self.heights.contains_key(hash)
    }

    pub(super) fn has_seen(&self, blockhash: &Hash, message: &Hash) -> bool {
        self.seen
            .get(blockhash)
            .is_some_and(|messages| messages.contains(message))
    }

    /// Remembers that a message ran.
    pub(super) fn mark_seen(&mut self, blockhash: Hash, message: Hash) {
        self.seen.entry(blockhash).or_default().insert(message);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(height: u64) -> Hash {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&height.to_le_bytes());
        Hash::new_from_array(bytes)
    }

    #[test]
    fn a_blockhash_can_be_used_in_the_150_blocks_after_its_own() {
        let mut hashes = Blockhashes::default();
        hashes.push(hash(0), 0);
        assert_eq!(hashes.latest_valid_height(), 150);
        hashes.mark_seen(hash(0), hash(77));
        for height in 1..150 {
            hashes.push(hash(height), height);
            assert!(hashes.is_valid(&hash(0)), "in block {}", height + 1);
        }
        assert!(hashes.has_seen(&hash(0), &hash(77)));
        hashes.push(hash(150), 150);
        assert!(!hashes.is_valid(&hash(0)), "in block 151");
        assert!(hashes.is_valid(&hash(1)));
        assert!(!hashes.has_seen(&hash(0), &hash(77)));
        assert_eq!(hashes.latest(), hash(150));
    }

    #[test]
    fn a_message_is_seen_only_under_its_blockhash() {
        let mut hashes = Blockhashes::default();
        hashes.push(hash(0), 0);
        hashes.push(hash(1), 1);
        hashes.mark_seen(hash(0), hash(5));
        assert!(hashes.has_seen(&hash(0), &hash(5)));
        assert!(!hashes.has_seen(&hash(1), &hash(5)));
    }
}

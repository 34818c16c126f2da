//! Which updates of an account are news.
//!
//! Servers repeat updates (replays, several writes of one transaction) and deliver them out of order. An update carries the
//! whole account, so whatever is not newer than what was seen is dropped and nothing needs to be kept waiting.

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;

/// Slots after which a version is forgotten when there are too many: no server replays so far back.
const REPLAY_SLOTS_MAX: u64 = 2_000;

/// The newest version seen of each account.
pub(super) struct Order {
    newest: BTreeMap<Pubkey, Version>,
    accounts_max: usize,
}

/// Slot, then the validator's counter of writes.
type Version = (u64, u64);

impl Order {
    /// At most `accounts_max` versions are remembered. What is forgotten may be told again.
    pub(super) fn new(accounts_max: usize) -> Self {
        Self {
            newest: BTreeMap::new(),
            accounts_max,
        }
    }

    /// Whether this update is newer than all before, of the same account.
    pub(super) fn is_news(&mut self, address: Pubkey, slot: u64, write_version: u64) -> bool {
        let version = (slot, write_version);
        if self.newest.get(&address).is_some_and(|known| version <= *known) {
            return false;
        }
        self.newest.insert(address, version);
        if self.newest.len() > self.accounts_max {
            self.newest
                .retain(|_, (known, _)| *known + REPLAY_SLOTS_MAX >= slot);
            if self.newest.len() > self.accounts_max {
                self.newest.clear();
                self.newest.insert(address, version);
            }
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_news_pass_per_account() {
        let mut order = Order::new(10);
        let (one, two) = (Pubkey::new_unique(), Pubkey::new_unique());
        assert!(order.is_news(one, 5, 2));
        assert!(!order.is_news(one, 5, 2), "repeated");
        assert!(!order.is_news(one, 5, 1), "an earlier write of the slot");
        assert!(!order.is_news(one, 4, 9), "an earlier slot");
        assert!(order.is_news(one, 5, 3));
        assert!(order.is_news(two, 4, 1), "another account");
        assert!(
            order.is_news(one, 6, 1),
            "write versions start over with a restarted validator"
        );
    }

    #[test]
    fn memory_is_bounded() {
        let mut order = Order::new(10);
        for slot in 0..10_000 {
            assert!(order.is_news(Pubkey::new_unique(), slot, 1));
            assert!(order.newest.len() <= 10);
        }
        // The old go first.
        let mut order = Order::new(2);
        let (old, kept) = (Pubkey::new_unique(), Pubkey::new_unique());
        order.is_news(old, 1, 1);
        order.is_news(kept, 5_000, 1);
        order.is_news(Pubkey::new_unique(), 5_001, 1);
        assert!(!order.is_news(kept, 5_000, 1));
        assert!(order.is_news(old, 1, 1));
    }
}

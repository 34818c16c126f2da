//! Slots: completing one, opening the next, and what becomes final with it.

use std::sync::Arc;

use sha2::{Digest, Sha256};
use solana_hash::Hash;

use super::event::Event;
use super::{genesis, tagged, Chain};
use crate::ledger::{AccountChange, Block, Tip, FINALITY_SLOTS};

impl Chain {
    /// Completes `count` slots as if their time had passed.
    pub(super) fn warp(&mut self, count: u64) {
        if count > 0 {
            self.open_next_slots(count, self.slot_ms);
        }
    }

    /// Completes the open slot and `count - 1` empty ones after it, and opens the next. The clock
    /// is put forward by `skip_ms` for each.
    pub(super) fn open_next_slots(&mut self, count: u64, skip_ms: i64) {
        let mut blocks = Vec::new();
        for _ in 0..count {
            blocks.push(self.complete_open_slot());
            self.time.skip(skip_ms);
            self.open.parent = self.open.slot;
            self.open.slot += 1;
            self.open.height += 1;
            self.open.time = self.time.seconds();
        }
        self.open_slot(blocks);
    }

    /// Publishes completed blocks and the slot that is open now.
    pub(super) fn open_slot(&mut self, blocks: Vec<Block>) {
        let changes = self.write_sysvars();
        let (slot, parent, height) = (self.open.slot, self.open.parent, self.open.height);
        let root = self.ledger.write(|state| {
            blocks
                .into_iter()
                .for_each(|block| state.history.push_block(block));
            changes.iter().for_each(|change| state.accounts.apply(change));
            state.tip = Tip { slot, height };
            state.tip.root()
        });
        self.tell(Event::Slot { slot, parent, root });
        self.announce(None, changes);
        self.announce_root(root);
    }

    pub(super) fn complete_open_slot(&mut self) -> Block {
        let slot = self.open.slot;
        let previous_blockhash = self.blockhashes.latest();
        let entropy = tagged(&self.seed, "blockhash", slot);
        let blockhash = chained(&previous_blockhash, &entropy);
        let bank_hash = Hash::new_from_array(tagged(blockhash.as_ref(), "bank", slot));
        self.blockhashes.push(blockhash, self.open.height);
        self.sysvars.push(slot, bank_hash, blockhash);
        let updates = std::mem::take(&mut self.open.updates);
        if !updates.is_empty() {
            self.unrooted.push_back((slot, updates));
        }
        self.undo.push_back((slot, std::mem::take(&mut self.open.undo)));
        while self.undo.len() as u64 > FINALITY_SLOTS {
            self.undo.pop_front();
        }
        Block {
            slot,
            parent: self.open.parent,
            height: self.open.height,
            blockhash,
            previous_blockhash,
            time: self.open.time,
            transactions: std::mem::take(&mut self.open.transactions),
        }
    }

    pub(super) fn write_sysvars(&mut self) -> Vec<AccountChange> {
        let contents = self.sysvars.contents(self.open.slot, self.open.time);
        let mut changes = Vec::with_capacity(contents.len());
        for (address, data) in contents {
            match self.vm.set_account(address, genesis::sysvar(data).into()) {
                Ok(change) => changes.push(change),
                Err(error) => tracing::error!(%address, error, "a sysvar was refused"),
            }
        }
        changes
    }

    fn announce_root(&mut self, root: u64) {
        let mut updates = Vec::new();
        while self.unrooted.front().is_some_and(|(slot, _)| *slot <= root) {
            updates.extend(self.unrooted.pop_front().into_iter().flat_map(|(_, u)| u));
        }
        self.tell(Event::Rooted {
            root,
            updates: Arc::new(updates),
        });
    }
}

/// sha256(previous ‖ entropy): a blockhash.
fn chained(previous: &Hash, entropy: &[u8; 32]) -> Hash {
    let digest = Sha256::new()
        .chain_update(previous.as_ref())
        .chain_update(entropy)
        .finalize();
    Hash::new_from_array(digest.into())
}

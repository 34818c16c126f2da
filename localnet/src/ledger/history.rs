//! Blocks and transactions, bounded separately: block headers are kept longer than the transactions
//! of their blocks, since blockhashes must be known for as long as they are valid however many
//! transactions there were.
//!
//! Every transaction has a sequence number counted from genesis. The indices (by signature, by
//! address) hold sequence numbers in order, so that a page of `getSignaturesForAddress` is a walk
//! from a known position and eviction pops fronts.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use solana_keypair::Address;
use solana_signature::Signature;

use super::record::{Block, TransactionRecord};

/// The remembered part of the chain.
pub(crate) struct History {
    /// In the order of slots, with gaps where slots were skipped. Those before `bodies_from` have lost their transactions.
    blocks: VecDeque<Block>,
    bodies_from: u64,
    /// Consecutive sequence numbers from `first_sequence`; the tail belongs to the open slot.
    transactions: VecDeque<Arc<TransactionRecord>>,
    first_sequence: u64,
    by_signature: HashMap<Signature, u64>,
    by_address: HashMap<Address, VecDeque<u64>>,
    blocks_max: usize,
    transactions_max: usize,
}

/// Which part of an address's history to list, newest first.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page {
    /// Start below this transaction.
    pub(crate) before: Option<Signature>,
    /// End above this one.
    pub(crate) until: Option<Signature>,
    /// Nothing above this slot.
    pub(crate) slot_max: u64,
    pub(crate) limit: usize,
}

impl History {
    /// `blocks_max` and `transactions_max` are at least 1.
    pub(crate) fn new(blocks_max: usize, transactions_max: usize) -> Self {
        Self {
            blocks: VecDeque::new(),
            bodies_from: 0,
            transactions: VecDeque::new(),
            first_sequence: 0,
            by_signature: HashMap::new(),
            by_address: HashMap::new(),
            blocks_max,
            transactions_max,
        }
    }

    /// Number of transactions since genesis, forgotten ones included.
    pub(crate) fn transaction_count(&self) -> u64 {
        self.first_sequence + self.transactions.len() as u64
    }

    /// Appends a transaction of the open slot; its sequence must be [`Self::transaction_count`].
    pub(crate) fn push_transaction(&mut self, record: Arc<TransactionRecord>) {
        debug_assert_eq!(record.sequence, self.transaction_count());
        self.by_signature.insert(record.signature(), record.sequence);
        for key in &record.outcome.keys {
            self.by_address
                .entry(*key)
                .or_default()
                .push_back(record.sequence);
        }
        self.transactions.push_back(record);
    }

    /// Appends the next block and forgets what is beyond the bounds.
    pub(crate) fn push_block(&mut self, block: Block) {
        let newest = block.slot;
        self.blocks.push_back(block);
        while self.transactions.len() > self.transactions_max && self.bodies_from < newest {
            self.forget_oldest_body();
        }
        while self.blocks.len() > self.blocks_max {
            if self.header_start() >= self.bodies_from {
                self.forget_oldest_body();
            }
            self.blocks.pop_front();
        }
    }

    /// The oldest slot whose block is known with all its transactions.
    pub(crate) fn first_slot(&self) -> u64 {
        self.bodies_from
    }

    /// A block with its transactions.
    pub(crate) fn block(&self, slot: u64) -> Option<&Block> {
        self.header(slot).filter(|_| slot >= self.bodies_from)
    }

    /// A block whose transactions may be forgotten.
    pub(crate) fn header(&self, slot: u64) -> Option<&Block> {
        let index = self.blocks.binary_search_by_key(&slot, |block| block.slot).ok()?;
        self.blocks.get(index)
    }

    /// The blocks up to `slot`, newest first; their transactions may be forgotten.
    pub(crate) fn headers_up_to(&self, slot: u64) -> impl Iterator<Item = &Block> {
        let end = self.blocks.partition_point(|block| block.slot <= slot);
        self.blocks.range(..end).rev()
    }

    /// The slots from `start` to `end` that have a block with its transactions.
    pub(crate) fn slots(&self, start: u64, end: u64) -> impl Iterator<Item = u64> + '_ {
        let start = start.max(self.bodies_from);
        let first = self.blocks.partition_point(|block| block.slot < start);
        let slots = self.blocks.range(first..).map(|block| block.slot);
        slots.take_while(move |slot| *slot <= end)
    }

    /// Takes back everything from `slot` on; gives the transactions, newest first.
    pub(crate) fn roll_back(&mut self, slot: u64) -> Vec<Arc<TransactionRecord>> {
        while self.blocks.back().is_some_and(|block| block.slot >= slot) {
            self.blocks.pop_back();
        }
        let mut dropped = Vec::new();
        while let Some(record) = self.transactions.pop_back_if(|record| record.slot >= slot) {
            self.by_signature.remove(&record.signature());
            for key in &record.outcome.keys {
                if let Some(sequences) = self.by_address.get_mut(key) {
                    while sequences.back().is_some_and(|last| *last >= record.sequence) {
                        sequences.pop_back();
                    }
                }
            }
            dropped.push(record);
        }
        dropped
    }

    pub(crate) fn transaction(&self, signature: &Signature) -> Option<&Arc<TransactionRecord>> {
        self.at(*self.by_signature.get(signature)?)
    }

    /// The transactions of `address` on `page`, newest first. Empty when `before` is not known, as
    /// on the real node.
    pub(crate) fn of_address(&self, address: &Address, page: &Page) -> Vec<Arc<TransactionRecord>> {
        let below = match &page.before {
            None => u64::MAX,
            Some(before) => match self.by_signature.get(before) {
                Some(sequence) => *sequence,
                None => return Vec::new(),
            },
        };
        let above = page.until.as_ref().and_then(|until| self.by_signature.get(until));
        let Some(sequences) = self.by_address.get(address) else {
            return Vec::new();
        };
        let end = sequences.partition_point(|sequence| *sequence < below);
        sequences
            .range(..end)
            .rev()
            .take_while(|sequence| above.is_none_or(|above| *sequence > above))
            .filter_map(|sequence| self.at(*sequence))
            .filter(|record| record.slot <= page.slot_max)
            .take(page.limit)
            .cloned()
            .collect()
    }

    fn at(&self, sequence: u64) -> Option<&Arc<TransactionRecord>> {
        let index = sequence.checked_sub(self.first_sequence)?;
        self.transactions.get(usize::try_from(index).ok()?)
    }

    fn header_start(&self) -> u64 {
        self.blocks.front().map_or(0, |block| block.slot)
    }

    /// Drops the transactions of block `bodies_from`, which is the oldest that has them.
    fn forget_oldest_body(&mut self) {
        let index = self.blocks.partition_point(|block| block.slot < self.bodies_from);
        let Some(block) = self.blocks.get_mut(index) else {
            self.bodies_from += 1;
            return;
        };
        self.bodies_from = block.slot + 1;
        let records = std::mem::take(&mut block.transactions);
        for record in records {
            self.transactions.pop_front();
            self.first_sequence = record.sequence + 1;
            self.by_signature.remove(&record.signature());
            for key in &record.outcome.keys {
                self.forget_mentions(key, record.sequence);
            }
        }
    }

    fn forget_mentions(&mut self, key: &Address, up_to: u64) {
        if let Some(sequences) = self.by_address.get_mut(key) {
            while sequences.front().is_some_and(|sequence| *sequence <= up_to) {
                sequences.pop_front();
            }
            if sequences.is_empty() {
                self.by_address.remove(key);
            }
        }
    }
}

#[cfg(test)]
#[path = "history_tests.rs"]
mod tests;

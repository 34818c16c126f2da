//! The sysvars that change with every slot, as the bytes of their accounts.
//!
//! | sysvar | layout (little-endian) |
//! |---|---|
//! | Clock | slot u64, epoch start i64, epoch u64, leader schedule epoch u64, time i64 |
//! | EpochSchedule | slots per epoch u64, offset u64, warm-up u8, first normal epoch u64, its slot u64 |
//! | SlotHashes | count u64, then (slot u64, hash 32) newest first, padded to 20,488 bytes |
//! | RecentBlockhashes | count u64, then (hash 32, lamports per signature u64) newest first, padded to 6,008 |
//! | SlotHistory | tag u8 = 1, words u64 = 16,384, the words, bits u64, next slot u64 |
//!
//! Written as bytes because the types of these accounts exist in two majors in this workspace, and
//! the layouts have not changed since genesis of the main network. Rent and the others that never
//! change here are LiteSVM's.

use std::collections::VecDeque;

use solana_hash::Hash;
use solana_keypair::Address;

use crate::addresses::{CLOCK, EPOCH_SCHEDULE, RECENT_BLOCKHASHES, SLOT_HASHES, SLOT_HISTORY};
use crate::ledger::{BLOCKHASH_AGE_MAX, EPOCH_SLOTS};

const SLOT_HASHES_MAX: usize = 512;
const SLOT_HASHES_LEN: usize = 20_488;
const RECENT_BLOCKHASHES_LEN: usize = 6_008;
const LAMPORTS_PER_SIGNATURE: u64 = 5_000;
const HISTORY_BITS: u64 = 1 << 20;
const HISTORY_HEADER_LEN: usize = 9;
const HISTORY_LEN: usize = HISTORY_HEADER_LEN + (HISTORY_BITS / 8) as usize + 16;

/// The contents of the per-slot sysvars.
pub(super) struct SlotSysvars {
    /// Newest first: slot and bank hash.
    slot_hashes: VecDeque<(u64, Hash)>,
    /// Newest first.
    blockhashes: VecDeque<Hash>,
    slot_history: Vec<u8>,
    epoch: u64,
    epoch_start: i64,
}

impl SlotSysvars {
    pub(super) fn new(genesis_time: i64) -> Self {
        let mut slot_history = vec![0; HISTORY_LEN];
        slot_history[0] = 1;
        slot_history[1..9].copy_from_slice(&(HISTORY_BITS / 64).to_le_bytes());
        let tail = HISTORY_LEN - 16;
        slot_history[tail..tail + 8].copy_from_slice(&HISTORY_BITS.to_le_bytes());
        Self {
            slot_hashes: VecDeque::new(),
            blockhashes: VecDeque::new(),
            slot_history,
            epoch: 0,
            epoch_start: genesis_time,
        }
    }

    /// Records a completed slot.
    pub(super) fn push(&mut self, slot: u64, bank_hash: Hash, blockhash: Hash) {
        self.slot_hashes.push_front((slot, bank_hash));
        self.slot_hashes.truncate(SLOT_HASHES_MAX);
        self.blockhashes.push_front(blockhash);
        self.blockhashes.truncate(BLOCKHASH_AGE_MAX as usize);
        self.mark_in_history(slot);
    }

    /// Takes the last `count` slots back.
    pub(super) fn roll_back(&mut self, count: usize) {
        self.slot_hashes.drain(..count.min(self.slot_hashes.len()));
        self.blockhashes.drain(..count.min(self.blockhashes.len()));
    }

    /// The accounts' contents for the open slot.
    pub(super) fn contents(&mut self, slot: u64, time: i64) -> Vec<(Address, Vec<u8>)> {
        let epoch = slot / EPOCH_SLOTS;
        if epoch != self.epoch {
            (self.epoch, self.epoch_start) = (epoch, time);
        }
        vec![
            (CLOCK, self.clock(slot, time)),
            (SLOT_HASHES, self.slot_hashes()),
            (RECENT_BLOCKHASHES, self.recent_blockhashes()),
            (SLOT_HISTORY, self.slot_history.clone()),
        ]
    }

    fn clock(&self, slot: u64, time: i64) -> Vec<u8> {
        let mut data = Vec::with_capacity(40);
        data.extend_from_slice(&slot.to_le_bytes());
        data.extend_from_slice(&self.epoch_start.to_le_bytes());
        data.extend_from_slice(&self.epoch.to_le_bytes());
        data.extend_from_slice(&(self.epoch + 1).to_le_bytes());
        data.extend_from_slice(&time.to_le_bytes());
        data
    }

    fn slot_hashes(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(SLOT_HASHES_LEN);
        data.extend_from_slice(&(self.slot_hashes.len() as u64).to_le_bytes());
        for (slot, hash) in &self.slot_hashes {
            data.extend_from_slice(&slot.to_le_bytes());
            data.extend_from_slice(hash.as_ref());
        }
        data.resize(SLOT_HASHES_LEN, 0);
        data
    }

    fn recent_blockhashes(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(RECENT_BLOCKHASHES_LEN);
        data.extend_from_slice(&(self.blockhashes.len() as u64).to_le_bytes());
        for hash in &self.blockhashes {
            data.extend_from_slice(hash.as_ref());
            data.extend_from_slice(&LAMPORTS_PER_SIGNATURE.to_le_bytes());
        }
        data.resize(RECENT_BLOCKHASHES_LEN, 0);
        data
    }

    fn mark_in_history(&mut self, slot: u64) {
        let bit = slot % HISTORY_BITS;
        let at = HISTORY_HEADER_LEN + (bit / 8) as usize;
        self.slot_history[at] |= 1 << (bit % 8);
        let next = HISTORY_LEN - 8;
        self.slot_history[next..].copy_from_slice(&(slot + 1).to_le_bytes());
    }
}

/// EpochSchedule without warm-up, so that epochs and slots are plain division.
pub(super) fn epoch_schedule() -> (Address, Vec<u8>) {
    let mut data = Vec::with_capacity(33);
    data.extend_from_slice(&EPOCH_SLOTS.to_le_bytes());
    data.extend_from_slice(&EPOCH_SLOTS.to_le_bytes());
    data.push(0);
    data.extend_from_slice(&[0; 16]);
    (EPOCH_SCHEDULE, data)
}

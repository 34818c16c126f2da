//! Time: slots, and the SlotHashes sysvar that a real validator would keep.

use anchor_lang::prelude::Pubkey;
use sha2::{Digest, Sha256};
use solana_account_4::Account;

use crate::World;

const SLOT_HASHES: Pubkey = Pubkey::from_str_const("SysvarS1otHashes111111111111111111111111111");
const SYSVAR_OWNER: Pubkey = Pubkey::from_str_const("Sysvar1111111111111111111111111111111111111");
/// Entries that the sysvar keeps.
const SLOT_HASHES_MAX: u64 = 512;
/// Bytes of the sysvar account.
const SLOT_HASHES_BYTES: usize = 20_488;

#[derive(Default)]
pub(crate) struct Slots {
    now: u64,
}

/// The hash of a slot: any fixed function does.
pub fn hash_of(slot: u64) -> [u8; 32] {
    Sha256::new()
        .chain_update(b"slot")
        .chain_update(slot.to_le_bytes())
        .finalize()
        .into()
}

impl World {
    pub fn slot(&self) -> u64 {
        self.slots.now
    }

    /// Lets `count` slots pass.
    pub fn pass_slots(&mut self, count: u64) {
        self.go_to_slot(self.slots.now + count);
    }

    /// Makes `slot` the current one. Time only goes forward.
    #[track_caller]
    pub fn go_to_slot(&mut self, slot: u64) {
        assert!(slot >= self.slots.now, "slot {slot} is before {}", self.slots.now);
        self.slots.now = slot;
        self.svm.warp_to_slot(slot);
        let newest = slot.saturating_sub(1);
        let oldest = newest.saturating_sub(SLOT_HASHES_MAX - 1).max(1);
        let mut data = (newest + 1 - oldest).to_le_bytes().to_vec();
        for slot in (oldest..=newest).rev() {
            data.extend_from_slice(&slot.to_le_bytes());
            data.extend_from_slice(&hash_of(slot));
        }
        data.resize(SLOT_HASHES_BYTES, 0);
        let account = Account {
            lamports: 1,
            data,
            owner: SYSVAR_OWNER,
            executable: false,
            rent_epoch: 0,
        };
        self.svm
            .set_account(SLOT_HASHES, account)
            .expect("the sysvar is written");
    }
}

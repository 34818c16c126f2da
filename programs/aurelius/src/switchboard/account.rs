//! What a randomness account holds, who may have made it, and Switchboard's constants.

use anchor_lang::prelude::*;

use crate::error::AureliusError;

/// Switchboard's program on mainnet.
pub const MAINNET_PROGRAM: Pubkey = pubkey!("SBondMDrcV3K4kxZR1HNVT7osZxAHVHgYXL5Ze1oMUv");
/// Switchboard's program on devnet.
pub const DEVNET_PROGRAM: Pubkey = pubkey!("Aio4gaXjXzJNVLtzwtNVmSqGKpANtXhybbkhtAC94ji2");
/// Switchboard's queue on mainnet.
pub const MAINNET_QUEUE: Pubkey = pubkey!("A43DyUGA7s8eXPxqEjJY6EBu1KKbNgfxF8h17VAHn13w");
/// Switchboard's queue on devnet.
pub const DEVNET_QUEUE: Pubkey = pubkey!("EYiAmGSdsQTuCw413V5BzaruWuCCSDgTPtBGvLkXHbe7");

/// Most slots between a seed slot and the lock. Switchboard commits to the newest slot that has a hash: the slot
/// before, unless leaders skipped some; two leaders in a row who are away skip eight.
pub const SEED_SLOT_AGE_MAX: u64 = 9;

/// Discriminator of a randomness account.
pub const ACCOUNT_DISCRIMINATOR: [u8; 8] = [0x0a, 0x42, 0xe5, 0x87, 0xdc, 0xef, 0xd9, 0x72];
/// Fewest bytes that hold every field we read: deployed accounts have 480, the crate says 408.
pub const ACCOUNT_LEN_MIN: usize = offset::VALUE + 32;

/// Offsets in a randomness account, discriminator included.
pub mod offset {
    pub const AUTHORITY: usize = 8;
    pub const QUEUE: usize = 40;
    pub const SEED_SLOTHASH: usize = 72;
    pub const SEED_SLOT: usize = 104;
    pub const ORACLE: usize = 112;
    pub const REVEAL_SLOT: usize = 144;
    pub const VALUE: usize = 152;
}

/// Instruction discriminators: `sha256("global:NAME")[..8]`.
pub mod discriminator {
    pub const INIT: [u8; 8] = [0x09, 0x09, 0xcc, 0x21, 0x32, 0x74, 0x71, 0x0f];
    pub const COMMIT: [u8; 8] = [0x34, 0xaa, 0x98, 0xc9, 0xb3, 0x85, 0xf2, 0x8d];
    pub const REVEAL: [u8; 8] = [0xc5, 0xb5, 0xbb, 0x0a, 0x1e, 0x3a, 0x14, 0x49];
    pub const CLOSE: [u8; 8] = [0x92, 0x65, 0x0e, 0x4a, 0xe1, 0xf6, 0x00, 0x9c];
}

/// Seeds of Switchboard's own addresses.
pub mod seed {
    /// Program state: one per program.
    pub const STATE: &[u8] = b"STATE";
    /// Statistics of an oracle.
    pub const ORACLE_STATS: &[u8] = b"OracleRandomnessStats";
    /// Authority of a randomness account's lookup table.
    pub const LUT_SIGNER: &[u8] = b"LutSigner";
}

/// What a randomness account says, copied out of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Randomness {
    /// The match, which signs.
    pub authority: Pubkey,
    /// The pinned queue.
    pub queue: Pubkey,
    /// Hash of `seed_slot`; zero before the commit.
    pub seed_slothash: [u8; 32],
    /// Slot before that of the commit; 0 before the commit.
    pub seed_slot: u64,
    /// Oracle that the commit chose.
    pub oracle: Pubkey,
    /// Slot of the reveal; 0 before it.
    pub reveal_slot: u64,
    /// The value that it signed.
    pub value: [u8; 32],
}

impl Randomness {
    /// Parses the account's bytes. Errors: [`AureliusError::RandomnessMalformed`].
    pub fn parse(data: &[u8]) -> Result<Self> {
        ensure!(
            data.len() >= ACCOUNT_LEN_MIN && data[..8] == ACCOUNT_DISCRIMINATOR,
            AureliusError::RandomnessMalformed
        );
        Ok(Self {
            authority: Pubkey::new_from_array(array_at(data, offset::AUTHORITY)),
            queue: Pubkey::new_from_array(array_at(data, offset::QUEUE)),
            seed_slothash: array_at(data, offset::SEED_SLOTHASH),
            seed_slot: u64::from_le_bytes(array_at(data, offset::SEED_SLOT)),
            oracle: Pubkey::new_from_array(array_at(data, offset::ORACLE)),
            reveal_slot: u64::from_le_bytes(array_at(data, offset::REVEAL_SLOT)),
            value: array_at(data, offset::VALUE),
        })
    }

    /// Reads an account, checking who owns it and for whom it was made.
    #[inline(never)]
    pub fn read(account: &AccountInfo, source: &Source) -> Result<Self> {
        ensure!(
            *account.owner == source.program,
            AureliusError::RandomnessOwnerWrong
        );
        let randomness = Self::parse(&account.try_borrow_data()?)?;
        ensure!(
            randomness.authority == source.authority,
            AureliusError::RandomnessAuthorityWrong
        );
        ensure!(
            randomness.queue == source.queue,
            AureliusError::RandomnessQueueWrong
        );
        Ok(randomness)
    }

    /// Refuses an account that was revealed before it is committed to: its value is known.
    pub fn check_unused(&self) -> Result<()> {
        ensure!(self.value == [0; 32], AureliusError::RandomnessAlreadyUsed);
        Ok(())
    }

    /// What must hold right after the commit in slot `now`.
    pub fn check_committed(&self, now: u64) -> Result<()> {
        let age = now.saturating_sub(self.seed_slot);
        ensure!(
            (1..=SEED_SLOT_AGE_MAX).contains(&age),
            AureliusError::RandomnessSeedSlotStale
        );
        ensure!(
            self.reveal_slot <= self.seed_slot && self.value == [0; 32],
            AureliusError::RandomnessAlreadyUsed
        );
        Ok(())
    }

    /// What must hold right after the reveal in slot `now` of what was committed with `seed_slot`.
    pub fn check_revealed(&self, seed_slot: u64, now: u64, value: &[u8; 32]) -> Result<()> {
        ensure!(
            self.seed_slot == seed_slot,
            AureliusError::RandomnessSeedSlotChanged
        );
        ensure!(self.reveal_slot == now, AureliusError::RandomnessNotRevealedNow);
        ensure!(self.value == *value, AureliusError::RandomnessValueMismatch);
        Ok(())
    }
}

/// Where a match takes its randomness from, and what must not be shown there.
pub struct Source {
    /// Switchboard's program.
    pub program: Pubkey,
    /// The pinned queue.
    pub queue: Pubkey,
    /// The match, which signs as the randomness account's authority.
    pub authority: Pubkey,
    /// The match's vault: its authority is the match, so Switchboard must not get to see it.
    pub vault: Pubkey,
}

impl Source {
    /// Checks the program that a CPI would go to.
    pub fn check_program(&self, program: &AccountInfo) -> Result<()> {
        ensure!(
            *program.key == self.program,
            AureliusError::RandomnessProgramWrong
        );
        Ok(())
    }

    /// Checks the queue that a CPI would name.
    pub fn check_queue(&self, queue: &AccountInfo) -> Result<()> {
        ensure!(*queue.key == self.queue, AureliusError::RandomnessQueueWrong);
        Ok(())
    }
}

/// Copies `N` bytes at `at`; callers have checked the length.
fn array_at<const N: usize>(data: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&data[at..at + N]);
    out
}

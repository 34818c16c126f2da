//! The one adapter to Switchboard on-demand randomness: reading its account, and the four CPIs.
//!
//! Offsets and the commit and reveal account lists are those of the crate `switchboard-on-demand`
//! 0.13 (a test compares the offsets with its struct). Account lists and discriminators of
//! `randomness_init` and `randomness_close` were read in the npm package
//! `@switchboard-xyz/on-demand` (`Randomness.create`, `Randomness.closeIx`), and agree with several
//! independent programs that make the same CPIs from a PDA; Switchboard publishes no source of them.
//!
//! Invariants: an account is believed only when the pinned program owns it; the match, which signs
//! as the account's authority, never shows its vault to Switchboard.
//! Absent: verifying the oracle's signature (Switchboard does it in `reveal`), and reclaiming the
//! lookup table that `randomness_init` makes (it can be closed only hours later, by the SDK's
//! `closeLutIx`, and holds no more than its own rent).

use anchor_lang::{
    prelude::*,
    solana_program::{instruction::Instruction, program::invoke_signed},
};

use crate::error::AureliusError;

/// Switchboard's program on mainnet.
pub const MAINNET_PROGRAM: Pubkey = pubkey!("SBondMDrcV3K4kxZR1HNVT7osZxAHVHgYXL5Ze1oMUv");
/// Switchboard's program on devnet.
pub const DEVNET_PROGRAM: Pubkey = pubkey!("Aio4gaXjXzJNVLtzwtNVmSqGKpANtXhybbkhtAC94ji2");
/// Switchboard's queue on mainnet.
pub const MAINNET_QUEUE: Pubkey = pubkey!("A43DyUGA7s8eXPxqEjJY6EBu1KKbNgfxF8h17VAHn13w");
/// Switchboard's queue on devnet.
pub const DEVNET_QUEUE: Pubkey = pubkey!("EYiAmGSdsQTuCw413V5BzaruWuCCSDgTPtBGvLkXHbe7");

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
    pub authority: Pubkey,
    pub queue: Pubkey,
    pub seed_slothash: [u8; 32],
    pub seed_slot: u64,
    pub oracle: Pubkey,
    pub reveal_slot: u64,
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
        ensure!(
            self.seed_slot.checked_add(1) == Some(now),
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
    pub program: Pubkey,
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

/// One account of a CPI with its role.
struct Role<'a, 'info> {
    account: &'a AccountInfo<'info>,
    writable: bool,
    signer: bool,
}

const fn reads<'a, 'info>(account: &'a AccountInfo<'info>) -> Role<'a, 'info> {
    Role {
        account,
        writable: false,
        signer: false,
    }
}

const fn writes<'a, 'info>(account: &'a AccountInfo<'info>) -> Role<'a, 'info> {
    Role {
        account,
        writable: true,
        signer: false,
    }
}

const fn signs<'a, 'info>(account: &'a AccountInfo<'info>) -> Role<'a, 'info> {
    Role {
        account,
        writable: false,
        signer: true,
    }
}

const fn writes_and_signs<'a, 'info>(account: &'a AccountInfo<'info>) -> Role<'a, 'info> {
    Role {
        account,
        writable: true,
        signer: true,
    }
}

/// Accounts of `randomness_init`.
pub struct InitAccounts<'a, 'info> {
    pub program: &'a AccountInfo<'info>,
    pub randomness: &'a AccountInfo<'info>,
    pub reward_escrow: &'a AccountInfo<'info>,
    pub authority: &'a AccountInfo<'info>,
    pub queue: &'a AccountInfo<'info>,
    pub payer: &'a AccountInfo<'info>,
    pub system_program: &'a AccountInfo<'info>,
    pub token_program: &'a AccountInfo<'info>,
    pub associated_token_program: &'a AccountInfo<'info>,
    pub wrapped_sol_mint: &'a AccountInfo<'info>,
    pub program_state: &'a AccountInfo<'info>,
    pub lut_signer: &'a AccountInfo<'info>,
    pub lut: &'a AccountInfo<'info>,
    pub address_lookup_table_program: &'a AccountInfo<'info>,
}

impl InitAccounts<'_, '_> {
    /// Creates the randomness account. `seeds` are those of the match and of the account itself.
    pub fn invoke(&self, source: &Source, recent_slot: u64, seeds: &[&[&[u8]]]) -> Result<()> {
        source.check_queue(self.queue)?;
        let mut data = discriminator::INIT.to_vec();
        data.extend_from_slice(&recent_slot.to_le_bytes());
        invoke(
            source,
            self.program,
            &[
                writes_and_signs(self.randomness),
                writes(self.reward_escrow),
                signs(self.authority),
                writes(self.queue),
                writes_and_signs(self.payer),
                reads(self.system_program),
                reads(self.token_program),
                reads(self.associated_token_program),
                reads(self.wrapped_sol_mint),
                reads(self.program_state),
                reads(self.lut_signer),
                writes(self.lut),
                reads(self.address_lookup_table_program),
            ],
            data,
            seeds,
        )
    }
}

/// Accounts of `randomness_commit`.
pub struct CommitAccounts<'a, 'info> {
    pub program: &'a AccountInfo<'info>,
    pub randomness: &'a AccountInfo<'info>,
    pub queue: &'a AccountInfo<'info>,
    pub oracle: &'a AccountInfo<'info>,
    pub slot_hashes: &'a AccountInfo<'info>,
    pub authority: &'a AccountInfo<'info>,
}

impl CommitAccounts<'_, '_> {
    /// Commits to the hash of the slot before this one.
    pub fn invoke(&self, source: &Source, seeds: &[&[&[u8]]]) -> Result<()> {
        source.check_queue(self.queue)?;
        check_slot_hashes(self.slot_hashes)?;
        invoke(
            source,
            self.program,
            &[
                writes(self.randomness),
                reads(self.queue),
                writes(self.oracle),
                reads(self.slot_hashes),
                signs(self.authority),
            ],
            discriminator::COMMIT.to_vec(),
            seeds,
        )
    }
}

/// What an oracle answered.
pub struct Reveal<'a> {
    pub signature: &'a [u8; 64],
    pub recovery_id: u8,
    pub value: &'a [u8; 32],
}

/// Accounts of `randomness_reveal`.
pub struct RevealAccounts<'a, 'info> {
    pub program: &'a AccountInfo<'info>,
    pub randomness: &'a AccountInfo<'info>,
    pub oracle: &'a AccountInfo<'info>,
    pub queue: &'a AccountInfo<'info>,
    pub stats: &'a AccountInfo<'info>,
    pub authority: &'a AccountInfo<'info>,
    pub payer: &'a AccountInfo<'info>,
    pub slot_hashes: &'a AccountInfo<'info>,
    pub system_program: &'a AccountInfo<'info>,
    pub reward_escrow: &'a AccountInfo<'info>,
    pub token_program: &'a AccountInfo<'info>,
    pub wrapped_sol_mint: &'a AccountInfo<'info>,
    pub program_state: &'a AccountInfo<'info>,
}

impl RevealAccounts<'_, '_> {
    /// Writes the oracle's answer into the account; Switchboard checks the signature.
    pub fn invoke(&self, source: &Source, reveal: &Reveal, seeds: &[&[&[u8]]]) -> Result<()> {
        source.check_queue(self.queue)?;
        check_slot_hashes(self.slot_hashes)?;
        let mut data = Vec::with_capacity(8 + 64 + 1 + 32);
        data.extend_from_slice(&discriminator::REVEAL);
        data.extend_from_slice(reveal.signature);
        data.push(reveal.recovery_id);
        data.extend_from_slice(reveal.value);
        invoke(
            source,
            self.program,
            &[
                writes(self.randomness),
                reads(self.oracle),
                reads(self.queue),
                writes(self.stats),
                signs(self.authority),
                writes_and_signs(self.payer),
                reads(self.slot_hashes),
                reads(self.system_program),
                writes(self.reward_escrow),
                reads(self.token_program),
                reads(self.wrapped_sol_mint),
                reads(self.program_state),
            ],
            data,
            seeds,
        )
    }
}

/// Accounts of `randomness_close`.
pub struct CloseAccounts<'a, 'info> {
    pub program: &'a AccountInfo<'info>,
    pub randomness: &'a AccountInfo<'info>,
    pub reward_escrow: &'a AccountInfo<'info>,
    pub authority: &'a AccountInfo<'info>,
    pub program_state: &'a AccountInfo<'info>,
    pub system_program: &'a AccountInfo<'info>,
    pub token_program: &'a AccountInfo<'info>,
    pub wrapped_sol_mint: &'a AccountInfo<'info>,
    pub lut: &'a AccountInfo<'info>,
    pub lut_signer: &'a AccountInfo<'info>,
    pub address_lookup_table_program: &'a AccountInfo<'info>,
}

impl CloseAccounts<'_, '_> {
    /// Closes the account; its lamports go to the authority.
    pub fn invoke(&self, source: &Source, seeds: &[&[&[u8]]]) -> Result<()> {
        invoke(
            source,
            self.program,
            &[
                writes(self.randomness),
                writes(self.reward_escrow),
                writes_and_signs(self.authority),
                reads(self.program_state),
                reads(self.system_program),
                reads(self.token_program),
                reads(self.wrapped_sol_mint),
                writes(self.lut),
                reads(self.lut_signer),
                reads(self.address_lookup_table_program),
            ],
            discriminator::CLOSE.to_vec(),
            seeds,
        )
    }
}

#[inline(never)]
fn invoke(
    source: &Source,
    program: &AccountInfo,
    roles: &[Role],
    data: Vec<u8>,
    seeds: &[&[&[u8]]],
) -> Result<()> {
    source.check_program(program)?;
    let mut accounts = Vec::with_capacity(roles.len());
    let mut infos = Vec::with_capacity(roles.len());
    for role in roles {
        ensure!(
            *role.account.key != source.vault,
            AureliusError::RandomnessAccountForbidden
        );
        accounts.push(AccountMeta {
            pubkey: *role.account.key,
            is_signer: role.signer,
            is_writable: role.writable,
        });
        infos.push(role.account.clone());
    }
    let instruction = Instruction {
        program_id: source.program,
        accounts,
        data,
    };
    invoke_signed(&instruction, &infos, seeds)?;
    Ok(())
}

fn check_slot_hashes(account: &AccountInfo) -> Result<()> {
    ensure!(*account.key == SLOT_HASHES_SYSVAR, AureliusError::SlotHashesWrong);
    Ok(())
}

/// The sysvar that a commit takes the previous slot's hash from.
pub const SLOT_HASHES_SYSVAR: Pubkey = pubkey!("SysvarS1otHashes111111111111111111111111111");

/// Copies `N` bytes at `at`; callers have checked the length.
fn array_at<const N: usize>(data: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&data[at..at + N]);
    out
}

#[cfg(test)]
mod tests;

//! The four CPIs, each with its accounts in Switchboard's order.

use anchor_lang::{
    prelude::*,
    solana_program::{instruction::Instruction, program::invoke_signed},
};

use super::account::{discriminator, Source};
use crate::error::AureliusError;

/// The sysvar that a commit takes the previous slot's hash from.
pub const SLOT_HASHES_SYSVAR: Pubkey = pubkey!("SysvarS1otHashes111111111111111111111111111");

/// One account of a CPI with its role.
struct Role<'a, 'info> {
    /// The account.
    account: &'a AccountInfo<'info>,
    /// Whether the call writes it.
    writable: bool,
    /// Whether it signs.
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
    /// Switchboard's program.
    pub program: &'a AccountInfo<'info>,
    /// The match's randomness account.
    pub randomness: &'a AccountInfo<'info>,
    /// Its wrapped-SOL account.
    pub reward_escrow: &'a AccountInfo<'info>,
    /// The match, which signs.
    pub authority: &'a AccountInfo<'info>,
    /// The pinned queue.
    pub queue: &'a AccountInfo<'info>,
    /// Pays rent or reward.
    pub payer: &'a AccountInfo<'info>,
    /// The system program.
    pub system_program: &'a AccountInfo<'info>,
    /// The classic token program.
    pub token_program: &'a AccountInfo<'info>,
    /// The associated-token program.
    pub associated_token_program: &'a AccountInfo<'info>,
    /// Mint of wrapped SOL.
    pub wrapped_sol_mint: &'a AccountInfo<'info>,
    /// Switchboard's state account.
    pub program_state: &'a AccountInfo<'info>,
    /// Authority of the lookup table.
    pub lut_signer: &'a AccountInfo<'info>,
    /// Lookup table of the randomness account.
    pub lut: &'a AccountInfo<'info>,
    /// The lookup-table program.
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
    /// Switchboard's program.
    pub program: &'a AccountInfo<'info>,
    /// The match's randomness account.
    pub randomness: &'a AccountInfo<'info>,
    /// The pinned queue.
    pub queue: &'a AccountInfo<'info>,
    /// Oracle that the commit chose.
    pub oracle: &'a AccountInfo<'info>,
    /// The SlotHashes sysvar.
    pub slot_hashes: &'a AccountInfo<'info>,
    /// The match, which signs.
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
    /// The oracle's secp256k1 signature.
    pub signature: &'a [u8; 64],
    /// Its recovery id: 0 or 1.
    pub recovery_id: u8,
    /// The value that it signed.
    pub value: &'a [u8; 32],
}

/// Accounts of `randomness_reveal`.
pub struct RevealAccounts<'a, 'info> {
    /// Switchboard's program.
    pub program: &'a AccountInfo<'info>,
    /// The match's randomness account.
    pub randomness: &'a AccountInfo<'info>,
    /// Oracle that the commit chose.
    pub oracle: &'a AccountInfo<'info>,
    /// The pinned queue.
    pub queue: &'a AccountInfo<'info>,
    /// The oracle's statistics of this queue.
    pub stats: &'a AccountInfo<'info>,
    /// The match, which signs.
    pub authority: &'a AccountInfo<'info>,
    /// Pays rent or reward.
    pub payer: &'a AccountInfo<'info>,
    /// The SlotHashes sysvar.
    pub slot_hashes: &'a AccountInfo<'info>,
    /// The system program.
    pub system_program: &'a AccountInfo<'info>,
    /// Its wrapped-SOL account.
    pub reward_escrow: &'a AccountInfo<'info>,
    /// The classic token program.
    pub token_program: &'a AccountInfo<'info>,
    /// Mint of wrapped SOL.
    pub wrapped_sol_mint: &'a AccountInfo<'info>,
    /// Switchboard's state account.
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
    /// Switchboard's program.
    pub program: &'a AccountInfo<'info>,
    /// The match's randomness account.
    pub randomness: &'a AccountInfo<'info>,
    /// Its wrapped-SOL account.
    pub reward_escrow: &'a AccountInfo<'info>,
    /// The match, which signs.
    pub authority: &'a AccountInfo<'info>,
    /// Switchboard's state account.
    pub program_state: &'a AccountInfo<'info>,
    /// The system program.
    pub system_program: &'a AccountInfo<'info>,
    /// The classic token program.
    pub token_program: &'a AccountInfo<'info>,
    /// Mint of wrapped SOL.
    pub wrapped_sol_mint: &'a AccountInfo<'info>,
    /// Lookup table of the randomness account.
    pub lut: &'a AccountInfo<'info>,
    /// Authority of the lookup table.
    pub lut_signer: &'a AccountInfo<'info>,
    /// The lookup-table program.
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

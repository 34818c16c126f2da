//! The steps that touch Switchboard: make, commit, reveal, close.

use anchor_lang::prelude::Pubkey;
use aurelius::switchboard::SLOT_HASHES_SYSVAR;
use aurelius::{accounts, instruction};
use solana_instruction::Instruction;

use super::build::build;
use crate::address::{self, LOOKUP_TABLE_PROGRAM, WRAPPED_SOL_MINT};
use crate::entropy::Reveal;

/// Where a match takes its randomness from; pinned in the match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RandomnessSource {
    /// Switchboard's program.
    pub program: Pubkey,
    /// Its queue.
    pub queue: Pubkey,
}

/// Creates the match's randomness account. `recent_slot` must be in the slot-hashes sysvar. The match's `crank` key
/// and `payer` sign.
pub fn init_randomness(
    source: &RandomnessSource,
    crank: Pubkey,
    payer: Pubkey,
    match_key: Pubkey,
    recent_slot: u64,
) -> Instruction {
    let randomness = address::randomness(&match_key, recent_slot);
    let lut_signer = address::switchboard_lut_signer(&source.program, &randomness);
    build(
        accounts::InitRandomness {
            crank,
            payer,
            match_account: match_key,
            randomness,
            reward_escrow: address::switchboard_reward_escrow(&randomness),
            queue: source.queue,
            program_state: address::switchboard_state(&source.program),
            lut_signer,
            lut: address::lookup_table(&lut_signer, recent_slot),
            randomness_program: source.program,
            wrapped_sol_mint: WRAPPED_SOL_MINT,
            token_program: anchor_spl::token::ID,
            associated_token_program: anchor_spl::associated_token::ID,
            address_lookup_table_program: LOOKUP_TABLE_PROGRAM,
            system_program: solana_system_interface::program::ID,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::InitRandomness { recent_slot },
    )
}

/// Closes entries and commits to the randomness, to be revealed by `oracle`. The match's `crank` key signs.
pub fn lock_match(
    source: &RandomnessSource,
    crank: Pubkey,
    match_key: Pubkey,
    randomness: Pubkey,
    oracle: Pubkey,
) -> Instruction {
    build(
        accounts::LockMatch {
            crank,
            match_account: match_key,
            randomness,
            queue: source.queue,
            oracle,
            slot_hashes: SLOT_HASHES_SYSVAR,
            randomness_program: source.program,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::LockMatch {},
    )
}

/// Reveals the randomness and starts the match. Anybody may; `payer` signs.
pub fn start_match(
    source: &RandomnessSource,
    payer: Pubkey,
    match_key: Pubkey,
    randomness: Pubkey,
    oracle: Pubkey,
    reveal: &Reveal,
) -> Instruction {
    build(
        accounts::StartMatch {
            payer,
            match_account: match_key,
            randomness,
            oracle,
            queue: source.queue,
            stats: address::switchboard_oracle_stats(&source.program, &oracle),
            slot_hashes: SLOT_HASHES_SYSVAR,
            reward_escrow: address::switchboard_reward_escrow(&randomness),
            program_state: address::switchboard_state(&source.program),
            wrapped_sol_mint: WRAPPED_SOL_MINT,
            randomness_program: source.program,
            token_program: anchor_spl::token::ID,
            system_program: solana_system_interface::program::ID,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::StartMatch {
            signature: reveal.signature,
            recovery_id: reveal.recovery_id,
            value: reveal.value,
        },
    )
}

/// Closes the match's randomness account. `rent_payer` is the recorded one; `lut` is the account's lookup table, which
/// [`init_randomness`] made with `recent_slot`: [`address::lookup_table`] of [`address::switchboard_lut_signer`].
pub fn close_randomness(
    source: &RandomnessSource,
    match_key: Pubkey,
    randomness: Pubkey,
    rent_payer: Pubkey,
    recent_slot: u64,
) -> Instruction {
    let lut_signer = address::switchboard_lut_signer(&source.program, &randomness);
    build(
        accounts::CloseRandomness {
            match_account: match_key,
            randomness,
            rent_payer,
            reward_escrow: address::switchboard_reward_escrow(&randomness),
            program_state: address::switchboard_state(&source.program),
            lut: address::lookup_table(&lut_signer, recent_slot),
            lut_signer,
            randomness_program: source.program,
            wrapped_sol_mint: WRAPPED_SOL_MINT,
            token_program: anchor_spl::token::ID,
            address_lookup_table_program: LOOKUP_TABLE_PROGRAM,
            system_program: solana_system_interface::program::ID,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        },
        instruction::CloseRandomness {},
    )
}

//! A stand-in for Switchboard on-demand randomness, for tests and the local chain. It is compiled for
//! and loaded at the mainnet program's id, and has its discriminators, account order, account shape
//! (480 bytes) and authority checks.
//!
//! What differs from the real program: the oracle is a rule instead of a signature
//! ([`oracle_value`]), no reward is paid, and neither the reward escrow nor the lookup table is
//! created (their addresses are checked). Commit takes the newest entry of the slot hashes sysvar, so
//! a chain whose sysvar lags commits to a stale slot.
//! Absent on purpose: anything that would let the escrow behave differently with the mock than with
//! the real program.

#![allow(
    unexpected_cfgs,
    reason = "Anchor's macros test cfgs that only its own build sets"
)]
#![allow(
    clippy::result_large_err,
    reason = "Anchor's error type is what every handler returns"
)]
#![allow(clippy::diverging_sub_expression, reason = "Anchor's #[program] expansion")]

use anchor_lang::prelude::*;

mod account;
mod address;
mod instructions;

pub use account::{RandomnessData, ACCOUNT_DISCRIMINATOR, ACCOUNT_LEN, FIELDS_LEN};
pub use address::{
    lut_address, lut_signer_address, oracle_stats_address, program_state_address, reward_escrow_address,
};
pub use instructions::*;

declare_id!("SBondMDrcV3K4kxZR1HNVT7osZxAHVHgYXL5Ze1oMUv");

/// The value that the mock's oracle answers with:
/// `sha256("aurelius:mock-oracle" ‖ seed slot hash ‖ randomness key)`.
pub fn oracle_value(seed_slothash: &[u8; 32], randomness: &Pubkey) -> [u8; 32] {
    solana_sha256_hasher::hashv(&[b"aurelius:mock-oracle", seed_slothash, randomness.as_ref()]).to_bytes()
}

/// The signature that goes with a value: the value itself, then zeros. Its recovery id is 0.
pub fn oracle_signature(value: &[u8; 32]) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(value);
    signature
}

#[program]
pub mod mock_switchboard {
    use super::*;

    /// Creates a randomness account.
    pub fn randomness_init(ctx: Context<RandomnessInit>, recent_slot: u64) -> Result<()> {
        instructions::init(ctx, recent_slot)
    }

    /// Commits to the newest slot hash.
    pub fn randomness_commit(ctx: Context<RandomnessCommit>) -> Result<()> {
        instructions::commit(ctx)
    }

    /// Writes the oracle's answer.
    pub fn randomness_reveal(
        ctx: Context<RandomnessReveal>,
        signature: [u8; 64],
        recovery_id: u8,
        value: [u8; 32],
    ) -> Result<()> {
        instructions::reveal(ctx, signature, recovery_id, value)
    }

    /// Closes a randomness account; its lamports go to the authority.
    pub fn randomness_close(ctx: Context<RandomnessClose>) -> Result<()> {
        instructions::close(ctx)
    }
}

/// What the mock refuses.
#[error_code(offset = 0)]
#[derive(PartialEq, Eq)]
pub enum MockError {
    #[msg("the randomness account is not one of this program")]
    RandomnessAccountWrong = 7000,
    #[msg("the randomness account exists already")]
    RandomnessAccountExists = 7001,
    #[msg("the signer is not the randomness account's authority")]
    AuthorityWrong = 7002,
    #[msg("the queue is not owned by this program, or not the account's")]
    QueueWrong = 7003,
    #[msg("the oracle is not owned by this program, or not the commit's")]
    OracleWrong = 7004,
    #[msg("the account is not the slot hashes sysvar, or it is empty")]
    SlotHashesWrong = 7005,
    #[msg("a derived address is wrong")]
    AddressWrong = 7006,
    #[msg("the account was never committed, or the seed slot is not over")]
    NotRevealable = 7007,
    #[msg("the value was revealed already")]
    AlreadyRevealed = 7008,
    #[msg("the oracle did not answer with this value")]
    ValueWrong = 7009,
    #[msg("the signature does not belong to the value")]
    SignatureWrong = 7010,
}

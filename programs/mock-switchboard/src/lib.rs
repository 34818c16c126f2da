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
mod error;
mod instructions;
mod oracle;

pub use account::{RandomnessData, ACCOUNT_DISCRIMINATOR, ACCOUNT_LEN, FIELDS_LEN};
pub use address::{
    lut_address, lut_signer_address, oracle_stats_address, program_state_address, reward_escrow_address,
};
pub use error::MockError;
pub use instructions::*;
pub use oracle::{oracle_signature, oracle_value};

declare_id!("SBondMDrcV3K4kxZR1HNVT7osZxAHVHgYXL5Ze1oMUv");

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

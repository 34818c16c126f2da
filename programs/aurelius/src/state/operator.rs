//! An operator in one mint. Never closed: its match ids only grow, so a match address is never reused.

use anchor_lang::prelude::*;

/// An operator: who may create matches in one mint. `bond`, `reserved_bond` and `slashed` are zero
/// until bonds exist.
#[account]
#[derive(InitSpace, Debug)]
pub struct Operator {
    pub version: u8,
    pub bump: u8,
    /// Set by the config's authority; an inactive operator creates no match.
    pub active: bool,
    pub authority: Pubkey,
    pub mint: Pubkey,
    /// Smallest id that the next match may have.
    pub next_match_id: u64,
    /// Matches created so far.
    pub matches_created: u64,
    pub bond: u64,
    pub reserved_bond: u64,
    pub slashed: u64,
    pub reserved: [u8; 64],
}

impl Operator {
    /// Account size with discriminator.
    pub const SPACE: usize = super::DISCRIMINATOR_LEN + Self::INIT_SPACE;
}

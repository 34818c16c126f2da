//! Tokens that leave a match's vault, or come back into it.

use anchor_lang::prelude::*;

/// A forfeited bond arrived in the match's vault.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlashCollected {
    /// The match.
    pub match_key: Pubkey,
    /// The operator account.
    pub operator: Pubkey,
    /// Tokens that arrived in the match's vault, in the mint's smallest unit.
    pub amount: u64,
    /// Tokens that were burned.
    pub burnt: u64,
    /// The incinerator's token account for wrapped SOL, else the mint.
    pub burnt_to: Pubkey,
}

/// The reporter's share of a slash was paid.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwardPaid {
    /// The match.
    pub match_key: Pubkey,
    /// Who proved or reported it.
    pub challenger: Pubkey,
    /// Token account that was paid.
    pub recipient: Pubkey,
    /// Tokens paid, in the mint's smallest unit.
    pub amount: u64,
}

/// A payout was paid, or the stake of a late entry that was never admitted.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// The match.
    pub match_key: Pubkey,
    /// Wallet of the player.
    pub player: Pubkey,
    /// Token account that was paid.
    pub recipient: Pubkey,
    /// Tokens paid, in the mint's smallest unit.
    pub amount: u64,
    /// The amount is the stake of a late entry that was never admitted.
    pub refund: bool,
}

/// What was held for an owner whose token account could not be paid went to it.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldingWithdrawn {
    /// Whom it is owed to.
    pub owner: Pubkey,
    /// Mint of the tokens.
    pub mint: Pubkey,
    /// Token account that was paid.
    pub recipient: Pubkey,
    /// Tokens paid, in the mint's smallest unit.
    pub amount: u64,
}

/// The fee was paid to the treasury.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeSwept {
    /// The match.
    pub match_key: Pubkey,
    /// Token account that was paid.
    pub recipient: Pubkey,
    /// Tokens paid, in the mint's smallest unit.
    pub amount: u64,
}

/// The burn share is gone.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burned {
    /// The match.
    pub match_key: Pubkey,
    /// The treasury's token account for wrapped SOL, else the mint.
    pub recipient: Pubkey,
    /// Tokens burned or paid, in the mint's smallest unit.
    pub amount: u64,
}

/// A stake of a cancelled or voided match, or a share of a slash, was paid.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// The match.
    pub match_key: Pubkey,
    /// Wallet of the player.
    pub player: Pubkey,
    /// Token account that was paid.
    pub recipient: Pubkey,
    /// Of the stake.
    pub amount: u64,
    /// Of the slashed bond.
    pub compensation: u64,
}

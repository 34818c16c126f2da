//! Operators and their bonds.

use anchor_lang::prelude::*;

/// An operator account was created, without bond and inactive.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorRegistered {
    /// The operator account.
    pub operator: Pubkey,
    /// Key that owns the bond.
    pub authority: Pubkey,
    /// Mint of the bond and of the matches.
    pub mint: Pubkey,
}

/// An operator may create matches, or no longer may.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorActiveSet {
    /// The operator account.
    pub operator: Pubkey,
    /// Whether it may create matches.
    pub active: bool,
}

/// Tokens were added to an operator's bond.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BondDeposited {
    /// The operator account.
    pub operator: Pubkey,
    /// Wallet that paid.
    pub depositor: Pubkey,
    /// Tokens that arrived, in the mint's smallest unit.
    pub amount: u64,
    /// The bond afterwards.
    pub bond: u64,
}

/// A part of a bond is on its way out, or an earlier request was taken back.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BondWithdrawalRequested {
    /// The operator account.
    pub operator: Pubkey,
    /// 0: an earlier request was taken back.
    pub amount: u64,
    /// First slot in which it can be withdrawn.
    pub available_slot: u64,
}

/// A requested withdrawal was paid.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BondWithdrawn {
    /// The operator account.
    pub operator: Pubkey,
    /// Token account that received them.
    pub recipient: Pubkey,
    /// Tokens that left, in the mint's smallest unit.
    pub amount: u64,
    /// The bond afterwards.
    pub bond: u64,
}

/// An operator's matches are run by another key from now on.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrankKeySet {
    /// The operator account.
    pub operator: Pubkey,
    /// The new crank key.
    pub crank: Pubkey,
}

/// A match is run by its operator's present crank key.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MatchHandedOver {
    /// The match.
    pub match_key: Pubkey,
    /// The key that runs it.
    pub crank: Pubkey,
}

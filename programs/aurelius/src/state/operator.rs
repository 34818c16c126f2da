//! An operator in one mint, and the books of its bond. Never closed: its match ids only grow, so a match
//! address is never reused.
//! Invariants: `bond ≥ reserved_bond + withdrawal_amount`; the bond vault holds at least `bond`.

use anchor_lang::prelude::*;

use crate::error::{refuse, AureliusError};

/// An operator: who may create matches in one mint, and what answers for them.
#[account]
#[derive(InitSpace, Debug)]
pub struct Operator {
    /// Layout of this account, [`ACCOUNT_VERSION`](super::ACCOUNT_VERSION).
    pub version: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Set by the config's authority; an inactive operator creates no match.
    pub active: bool,
    /// Cold key: owns the bond and names the crank key. Part of the account's address, so never replaced.
    pub authority: Pubkey,
    /// Hot key: creates and runs matches; moves no bond. The authority itself until it names another.
    pub crank: Pubkey,
    /// Mint of the bond and of the matches.
    pub mint: Pubkey,
    /// Smallest id that the next match may have.
    pub next_match_id: u64,
    /// Matches created so far.
    pub matches_created: u64,
    /// What the bond vault holds for this operator.
    pub bond: u64,
    /// The part of it that answers for matches that are not over.
    pub reserved_bond: u64,
    /// All that was ever slashed.
    pub slashed: u64,
    /// The part of the bond that is on its way out: it answers for no new match.
    pub withdrawal_amount: u64,
    /// First slot in which it can be withdrawn.
    pub withdrawal_slot: u64,
    /// Token account of the bond.
    pub bond_vault: Pubkey,
    /// Zero.
    pub reserved: [u8; 16],
}

impl Operator {
    /// Account size with discriminator.
    pub const SPACE: usize = super::DISCRIMINATOR_LEN + Self::INIT_SPACE;

    /// What can answer for a new match or be withdrawn.
    pub const fn free_bond(&self) -> u64 {
        self.bond
            .saturating_sub(self.reserved_bond)
            .saturating_sub(self.withdrawal_amount)
    }

    /// Refuses everybody but the operator's authority.
    pub fn check_authority(&self, signer: &Pubkey) -> Result<()> {
        super::check_version(self.version)?;
        ensure!(self.authority == *signer, AureliusError::OperatorMismatch);
        Ok(())
    }

    /// Refuses everybody but the operator's crank key.
    pub fn check_crank(&self, signer: &Pubkey) -> Result<()> {
        super::check_version(self.version)?;
        ensure!(self.crank == *signer, AureliusError::NotCrankKey);
        Ok(())
    }

    /// Refuses any other mint.
    pub fn check_mint(&self, mint: &Pubkey) -> Result<()> {
        ensure!(self.mint == *mint, AureliusError::OperatorMintMismatch);
        Ok(())
    }

    /// Refuses any other token account than the bond vault.
    pub fn check_bond_vault(&self, bond_vault: &Pubkey) -> Result<()> {
        ensure!(self.bond_vault == *bond_vault, AureliusError::BondVaultMismatch);
        Ok(())
    }

    /// Sets `amount` aside for a match. Errors: [`AureliusError::BondInsufficient`].
    pub fn reserve(&mut self, amount: u64) -> Result<()> {
        ensure!(self.free_bond() >= amount, AureliusError::BondInsufficient);
        self.reserved_bond += amount; // at most `bond`
        Ok(())
    }

    /// Frees what a match had set aside.
    pub fn release(&mut self, amount: u64) -> Result<()> {
        self.reserved_bond = take(self.reserved_bond, amount)?;
        Ok(())
    }

    /// Takes what a match had set aside for good.
    pub fn slash(&mut self, amount: u64) -> Result<()> {
        self.release(amount)?;
        self.bond = take(self.bond, amount)?;
        self.slashed = self.slashed.saturating_add(amount);
        Ok(())
    }

    /// The invariant of every instruction that changes an operator account: no unit of the bond answers for
    /// two things. Errors: [`AureliusError::BondBooksUnbalanced`].
    pub fn check(&self) -> Result<()> {
        super::check_version(self.version)?;
        let spoken_for = self
            .reserved_bond
            .checked_add(self.withdrawal_amount)
            .ok_or_else(|| refuse(AureliusError::AmountOverflow))?;
        ensure!(
            self.bond >= spoken_for
                && self.crank != Pubkey::default()
                && (self.withdrawal_amount == 0) == (self.withdrawal_slot == 0),
            AureliusError::BondBooksUnbalanced
        );
        Ok(())
    }

    /// The invariant of every instruction that moves a bond: as [`Operator::check`], and the bond vault
    /// covers the bond. Errors: [`AureliusError::BondVaultShort`].
    pub fn check_funded(&self, bond_vault_amount: u64) -> Result<()> {
        self.check()?;
        ensure!(bond_vault_amount >= self.bond, AureliusError::BondVaultShort);
        Ok(())
    }

    /// What the operator needs to sign for its bond vault.
    pub fn signer(&self) -> OperatorSigner {
        OperatorSigner {
            authority: self.authority,
            mint: self.mint,
            bump: [self.bump],
        }
    }
}

fn take(from: u64, amount: u64) -> Result<u64> {
    from.checked_sub(amount)
        .ok_or_else(|| refuse(AureliusError::BondBooksUnbalanced))
}

/// The seeds of an operator, held while it signs.
pub struct OperatorSigner {
    /// Second seed.
    authority: Pubkey,
    /// Third seed.
    mint: Pubkey,
    /// Bump of the operator account's address.
    bump: [u8; 1],
}

impl OperatorSigner {
    /// Seeds in the order of the derivation, bump last.
    pub fn seeds(&self) -> [&[u8]; 4] {
        [
            super::seeds::OPERATOR,
            self.authority.as_ref(),
            self.mint.as_ref(),
            &self.bump,
        ]
    }
}

//! The program's configuration: who governs it, which mints and rules tables matches may use, where
//! randomness comes from, how long steps may take, what operators must put up.
//! Invariants: lists hold no duplicates and no gaps.

use anchor_lang::prelude::*;

use super::{bond_terms::BondTerms, windows::Windows};
use crate::error::{refuse, AureliusError};

/// Mints a config can list.
pub const MINTS_MAX: usize = 16;
/// Rules tables a config can list.
pub const RULES_MAX: usize = 16;

/// Layout after the 8-byte discriminator:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 1 | version |
/// | 1 | 1 | bump |
/// | 2 | 1 | paused (0 or 1) |
/// | 3 | 1 | mints_count |
/// | 4 | 1 | rules_count |
/// | 5 | 3 | padding |
/// | 8 | 32 | authority |
/// | 40 | 32 | pending_authority (zero: none) |
/// | 72 | 32 | treasury (wallet whose token accounts receive fees) |
/// | 104 | 32 | randomness_program |
/// | 136 | 32 | randomness_queue |
/// | 168 | 40 | windows |
/// | 208 | 512 | mints |
/// | 720 | 512 | rules hashes |
/// | 1232 | 32 | cluster (genesis hash of the chain) |
/// | 1264 | 16 | bond terms |
/// | 1280 | 208 | reserved |
#[account(zero_copy)]
#[repr(C)]
pub struct Config {
    /// Layout of this account, [`ACCOUNT_VERSION`](super::ACCOUNT_VERSION).
    pub version: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// 1 while new matches and entries are stopped, else 0.
    pub paused: u8,
    /// Mints in the list: 0 to [`MINTS_MAX`].
    pub mints_count: u8,
    /// Rules hashes in the list: 0 to [`RULES_MAX`].
    pub rules_count: u8,
    /// Zero.
    pub padding: [u8; 3],
    /// Governs the config; never zero.
    pub authority: Pubkey,
    /// Named successor of the authority; zero when there is none.
    pub pending_authority: Pubkey,
    /// Wallet whose token accounts receive fees; never zero.
    pub treasury: Pubkey,
    /// Switchboard's program, pinned by new matches.
    pub randomness_program: Pubkey,
    /// Switchboard queue, pinned by new matches.
    pub randomness_queue: Pubkey,
    /// Windows in slots, pinned by new matches.
    pub windows: Windows,
    /// Mints that matches may use; zero from `mints_count` on.
    pub mints: [Pubkey; MINTS_MAX],
    /// SHA-256 of the rules tables that matches may use; zero from `rules_count` on.
    pub rules: [[u8; 32]; RULES_MAX],
    /// Genesis hash of the chain: part of what players co-sign.
    pub cluster: [u8; 32],
    /// Bond terms, pinned by new matches.
    pub bond: BondTerms,
    /// Zero.
    pub reserved: [u8; 208],
}

impl Config {
    /// Account size with discriminator.
    pub const SPACE: usize = super::DISCRIMINATOR_LEN + core::mem::size_of::<Self>();

    /// Mints that matches may use.
    pub fn allowed_mints(&self) -> &[Pubkey] {
        &self.mints[..usize::from(self.mints_count).min(MINTS_MAX)]
    }

    /// Hashes of the rules tables that matches may use.
    pub fn allowed_rules(&self) -> &[[u8; 32]] {
        &self.rules[..usize::from(self.rules_count).min(RULES_MAX)]
    }

    /// Whether new matches and entries are stopped.
    pub const fn is_paused(&self) -> bool {
        self.paused != 0
    }

    /// The invariant of every instruction that changes the config: its own values are valid, and its lists
    /// have neither gaps nor duplicates. Errors: the one of the value, or
    /// [`AureliusError::ConfigListBroken`].
    #[inline(never)]
    pub fn check(&self) -> Result<()> {
        super::check_version(self.version)?;
        ensure!(
            self.authority != Pubkey::default(),
            AureliusError::AuthorityInvalid
        );
        ensure!(self.treasury != Pubkey::default(), AureliusError::TreasuryInvalid);
        ensure!(
            self.randomness_program != Pubkey::default() && self.randomness_queue != Pubkey::default(),
            AureliusError::RandomnessSourceInvalid
        );
        ensure!(self.cluster != [0; 32], AureliusError::ClusterInvalid);
        self.windows.validate()?;
        self.bond.validate()?;
        ensure!(
            is_list(&self.mints, self.mints_count) && is_list(&self.rules, self.rules_count),
            AureliusError::ConfigListBroken
        );
        Ok(())
    }

    /// Itself, of a layout that this program knows.
    pub fn checked(&self) -> Result<&Self> {
        super::check_version(self.version)?;
        Ok(self)
    }

    /// Refuses everybody but the config's authority.
    pub fn check_authority(&self, signer: &Pubkey) -> Result<()> {
        super::check_version(self.version)?;
        ensure!(self.authority == *signer, AureliusError::NotConfigAuthority);
        Ok(())
    }

    /// Refuses while new matches and entries are stopped.
    pub fn check_not_paused(&self) -> Result<()> {
        super::check_version(self.version)?;
        ensure!(!self.is_paused(), AureliusError::Paused);
        Ok(())
    }

    /// Appends a mint.
    pub fn allow_mint(&mut self, mint: Pubkey) -> Result<()> {
        ensure!(
            !self.allowed_mints().contains(&mint),
            AureliusError::MintAlreadyAllowed
        );
        let count = usize::from(self.mints_count);
        ensure!(count < MINTS_MAX, AureliusError::MintListFull);
        self.mints[count] = mint;
        self.mints_count += 1;
        Ok(())
    }

    /// Removes a mint; the last one takes its place.
    pub fn disallow_mint(&mut self, mint: &Pubkey) -> Result<()> {
        let index = self
            .allowed_mints()
            .iter()
            .position(|listed| listed == mint)
            .ok_or_else(|| refuse(AureliusError::MintNotAllowed))?;
        let last = usize::from(self.mints_count) - 1;
        self.mints[index] = self.mints[last];
        self.mints[last] = Pubkey::default();
        self.mints_count -= 1;
        Ok(())
    }

    /// Appends the hash of a rules table.
    pub fn allow_rules(&mut self, rules_hash: [u8; 32]) -> Result<()> {
        ensure!(
            !self.allowed_rules().contains(&rules_hash),
            AureliusError::RulesAlreadyAllowed
        );
        let count = usize::from(self.rules_count);
        ensure!(count < RULES_MAX, AureliusError::RulesListFull);
        self.rules[count] = rules_hash;
        self.rules_count += 1;
        Ok(())
    }

    /// Removes the hash of a rules table; the last one takes its place.
    pub fn disallow_rules(&mut self, rules_hash: &[u8; 32]) -> Result<()> {
        let index = self
            .allowed_rules()
            .iter()
            .position(|listed| listed == rules_hash)
            .ok_or_else(|| refuse(AureliusError::RulesNotAllowed))?;
        let last = usize::from(self.rules_count) - 1;
        self.rules[index] = self.rules[last];
        self.rules[last] = [0; 32];
        self.rules_count -= 1;
        Ok(())
    }
}

/// Whether the first `count` items are distinct and the rest is zero.
fn is_list<T: Default + PartialEq>(items: &[T], count: u8) -> bool {
    let Some((listed, free)) = items.split_at_checked(usize::from(count)) else {
        return false;
    };
    let distinct = listed
        .iter()
        .enumerate()
        .all(|(at, item)| !listed[..at].contains(item));
    distinct && free.iter().all(|item| *item == T::default())
}

//! What governs the program: its config, its authority, its lists.

use anchor_lang::prelude::*;

use crate::state::{BondTerms, Windows};

/// The config was created, with everything it says.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigInitialized {
    /// Governs the config.
    pub authority: Pubkey,
    /// Wallet whose token accounts receive fees.
    pub treasury: Pubkey,
    /// Switchboard's program.
    pub randomness_program: Pubkey,
    /// Switchboard queue.
    pub randomness_queue: Pubkey,
    /// Windows in slots.
    pub windows: Windows,
    /// Genesis hash of the chain.
    pub cluster: [u8; 32],
    /// Bond terms.
    pub bond: BondTerms,
}

/// The config as it is after a change; matches that exist keep what they pinned.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigUpdated {
    /// Wallet whose token accounts receive fees.
    pub treasury: Pubkey,
    /// Switchboard's program.
    pub randomness_program: Pubkey,
    /// Switchboard queue.
    pub randomness_queue: Pubkey,
    /// Windows in slots.
    pub windows: Windows,
    /// Genesis hash of the chain.
    pub cluster: [u8; 32],
    /// Bond terms.
    pub bond: BondTerms,
}

/// A successor of the config's authority was named, or a proposal was taken back.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityProposed {
    /// Authority today.
    pub authority: Pubkey,
    /// Named successor; zero when a proposal was taken back.
    pub pending_authority: Pubkey,
}

/// The config has a new authority.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorityAccepted {
    /// Authority from now on.
    pub authority: Pubkey,
}

/// New matches and entries were stopped, or allowed again.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PausedSet {
    /// Whether new matches and entries are stopped.
    pub paused: bool,
}

/// Matches may be played in one more mint.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MintAllowed {
    /// The mint.
    pub mint: Pubkey,
}

/// No new match may be played in a mint.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MintDisallowed {
    /// The mint.
    pub mint: Pubkey,
}

/// Matches may use one more rules table.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesAllowed {
    /// SHA-256 of the table.
    pub rules_hash: [u8; 32],
}

/// No new match may use a rules table.
#[event]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RulesDisallowed {
    /// SHA-256 of the table.
    pub rules_hash: [u8; 32],
}

//! The terms of a match that neither its operator nor its players choose alone: they come from the config and
//! from the operator, and both sides name the hash of those they expect when they commit money to them.
//!
//! Absent: stake and rooms, which the instructions name themselves.

use anchor_lang::prelude::*;

use super::{bond_terms::BondTerms, match_account::Match, windows::Windows};

/// First bytes of the hash.
const DOMAIN: &[u8] = b"aurelius:terms:v1";

/// What is agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Windows in slots.
    pub windows: Windows,
    /// What the operator's bond answers with, in the mint's smallest unit.
    pub bond_reserved: u64,
    /// Share of a slash that is burned, in basis points.
    pub burn_bps: u16,
    /// Share of a slash for whoever reported it, in basis points.
    pub reporter_bps: u16,
    /// How long shares of a slash wait, in slots.
    pub withdraw_slots: u64,
    /// SHA-256 of the rules table, which fixes fee and burn share of the pot.
    pub rules_hash: [u8; 32],
    /// Earliest slot of the lock; 0 for none.
    pub scheduled_slot: u64,
    /// Length of a slot in microseconds: what beacons are scheduled by.
    pub slot_us: u64,
}

/// A match that is to be created, as far as its terms follow from it.
#[derive(Clone, Copy, Debug)]
pub struct Planned {
    /// Price of a warrior, in the mint's smallest unit.
    pub stake_per_warrior: u64,
    /// Warriors that may be sold.
    pub warriors_max: u8,
    /// SHA-256 of the rules table.
    pub rules_hash: [u8; 32],
    /// Earliest slot of the lock; 0 for none.
    pub scheduled_slot: u64,
    /// Length of a slot in microseconds: what beacons are scheduled by.
    pub slot_us: u32,
}

impl Terms {
    /// The terms that a config gives a match. Errors: see [`BondTerms::requirement`].
    pub fn of_new(windows: &Windows, bond: &BondTerms, planned: &Planned) -> Result<Self> {
        Ok(Self {
            windows: *windows,
            bond_reserved: bond.requirement(planned.stake_per_warrior, planned.warriors_max)?,
            burn_bps: bond.burn_bps,
            reporter_bps: bond.reporter_bps,
            withdraw_slots: bond.withdraw_slots,
            rules_hash: planned.rules_hash,
            scheduled_slot: planned.scheduled_slot,
            slot_us: planned.slot_us.into(),
        })
    }

    /// SHA-256 over `"aurelius:terms:v1"` and the fields in their order, integers little-endian.
    pub fn hash<H: arena::Sha256>(&self) -> [u8; 32] {
        H::sha256(&[
            DOMAIN,
            bytemuck::bytes_of(&self.windows),
            &self.bond_reserved.to_le_bytes(),
            &self.burn_bps.to_le_bytes(),
            &self.reporter_bps.to_le_bytes(),
            &self.withdraw_slots.to_le_bytes(),
            &self.rules_hash,
            &self.scheduled_slot.to_le_bytes(),
            &self.slot_us.to_le_bytes(),
        ])
    }
}

impl Match {
    /// The terms that were pinned at the creation.
    pub const fn terms(&self) -> Terms {
        Terms {
            windows: self.windows,
            bond_reserved: self.bond_reserved,
            burn_bps: self.burn_bps,
            reporter_bps: self.reporter_bps,
            withdraw_slots: self.withdraw_slots,
            rules_hash: self.rules_hash,
            scheduled_slot: self.scheduled_slot,
            slot_us: self.slot_us,
        }
    }
}

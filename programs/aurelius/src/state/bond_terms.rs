//! What operators must put up, and who gets what of it when they lie or fall silent. A match pins what
//! it reserved and the shares at its creation.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

use super::windows::WINDOW_SLOTS_MAX;
use crate::error::{refuse, AureliusError};

/// Whole, in basis points.
pub const BPS: u64 = 10_000;
/// Largest factor: one hundred times the largest pot. More is a typing error.
pub const BOND_FACTOR_BPS_MAX: u32 = 1_000_000;
/// Largest share of a slash for whoever reports it. It pays for watching and for the fees of a proof; more
/// would pay an operator to report themselves.
pub const REPORTER_BPS_MAX: u16 = 1_000;
/// Least product of `factor_bps` and `burn_bps`: what burns of a slash is at least the largest pot of its
/// match. With every warrior and the reporter's key in one hand the loss is still all that the match could
/// pay.
pub const BURNT_POT: u64 = BPS * BPS;

/// Terms of bonds.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | factor_bps |
/// | 4 | 2 | burn_bps |
/// | 6 | 2 | reporter_bps |
/// | 8 | 8 | withdraw_slots |
#[derive(AnchorSerialize, AnchorDeserialize, Pod, Zeroable, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct BondTerms {
    /// Reserved for a match: its largest pot times this, in basis points; 10,000 to [`BOND_FACTOR_BPS_MAX`].
    pub factor_bps: u32,
    /// Share of a slash that is burned, in basis points; with `factor_bps` at least the largest pot.
    pub burn_bps: u16,
    /// Share of a slash for whoever proves a lie or reports silence, in basis points; at most
    /// [`REPORTER_BPS_MAX`].
    pub reporter_bps: u16,
    /// Slots between the request of a withdrawal and the withdrawal, and between a slash and its payments:
    /// no way out of a bond is faster than another.
    pub withdraw_slots: u64,
}

impl BondTerms {
    /// Twice the largest pot; half of a slash is burned, a tenth goes to the reporter, the rest to the
    /// players. Withdrawals wait for a day of 400 ms slots.
    pub const DEFAULT: Self = Self {
        factor_bps: 20_000,
        burn_bps: 5_000,
        reporter_bps: 1_000,
        withdraw_slots: 216_000,
    };

    /// Refuses terms under which a bond would protect nobody. Errors: [`AureliusError::BondTermsInvalid`].
    pub fn validate(&self) -> Result<()> {
        let burnt = u64::from(self.burn_bps) * u64::from(self.factor_bps);
        ensure!(
            (BPS as u32..=BOND_FACTOR_BPS_MAX).contains(&self.factor_bps)
                && self.reporter_bps <= REPORTER_BPS_MAX
                && u64::from(self.burn_bps) + u64::from(self.reporter_bps) <= BPS
                && burnt >= BURNT_POT
                && (1..=WINDOW_SLOTS_MAX).contains(&self.withdraw_slots),
            AureliusError::BondTermsInvalid
        );
        Ok(())
    }

    /// What a match reserves: `⌈stake · warriors · factor / 10,000⌉`, in the mint's smallest unit.
    /// Errors: [`AureliusError::AmountOverflow`].
    pub fn requirement(&self, stake_per_warrior: u64, warriors: u8) -> Result<u64> {
        let pot = u128::from(stake_per_warrior) * u128::from(warriors);
        let required = (pot * u128::from(self.factor_bps)).div_ceil(u128::from(BPS));
        u64::try_from(required).map_err(|_| refuse(AureliusError::AmountOverflow))
    }
}

/// How a slashed bond is divided: `burnt + award + per_warrior · warriors = slash`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Division {
    /// What nobody gets: its share, rounded up, and what does not divide among the warriors.
    pub burnt: u64,
    /// For whoever reported it: their share, rounded down.
    pub award: u64,
    /// For each warrior that the match admitted: players share by stake, and every warrior cost the same.
    pub per_warrior: u64,
}

/// Divides `slash` between the fire, the reporter and `warriors` warriors. No warriors: their part burns.
pub fn divide(slash: u64, burn_bps: u16, reporter_bps: u16, warriors: u8) -> Division {
    let share = |bps: u16| {
        let bps = u64::from(bps).min(BPS);
        slash / BPS * bps + slash % BPS * bps / BPS
    };
    let award = share(reporter_bps.min(REPORTER_BPS_MAX));
    // Rounded up: the complement, rounded down, is what is not burned.
    let burnt = slash - share(BPS as u16 - burn_bps.min(BPS as u16));
    let per_warrior = slash
        .saturating_sub(burnt)
        .saturating_sub(award)
        .checked_div(u64::from(warriors))
        .unwrap_or(0);
    Division {
        burnt: slash - award - per_warrior * u64::from(warriors),
        award,
        per_warrior,
    }
}

#[cfg(test)]
mod tests;

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
/// Largest share of a slash for whoever reports it. At half or less an operator who reports
/// themselves still loses as much as they could have won.
pub const REPORTER_BPS_MAX: u16 = 5_000;

/// Terms of bonds.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 4 | factor_bps |
/// | 4 | 2 | challenger_bps |
/// | 6 | 2 | silence_bps |
/// | 8 | 8 | withdraw_slots |
#[derive(AnchorSerialize, AnchorDeserialize, Pod, Zeroable, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct BondTerms {
    /// Reserved for a match: its largest pot times this, in basis points; 10,000 at least.
    pub factor_bps: u32,
    /// Share of a slash for whoever proves a wrong segment, in basis points.
    pub challenger_bps: u16,
    /// Share of a slash for whoever ends a match whose operator fell silent, in basis points.
    pub silence_bps: u16,
    /// Slots between the request of a withdrawal and the withdrawal.
    pub withdraw_slots: u64,
}

impl BondTerms {
    /// Refuses terms under which a bond would protect nobody.
    pub fn validate(&self) -> Result<()> {
        ensure!(
            (BPS as u32..=BOND_FACTOR_BPS_MAX).contains(&self.factor_bps)
                && self.challenger_bps <= REPORTER_BPS_MAX
                && self.silence_bps <= REPORTER_BPS_MAX
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

/// How a slashed bond is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Division {
    /// For whoever reported it: their share, and what does not divide among the warriors.
    pub award: u64,
    /// For each warrior that was paid for: players share by stake, and every warrior cost the same.
    pub per_warrior: u64,
}

/// Divides `slash` between the reporter and `warriors` warriors:
/// `award + per_warrior · warriors = slash`.
pub fn divide(slash: u64, reporter_bps: u16, warriors: u8) -> Division {
    let bps = u64::from(reporter_bps.min(REPORTER_BPS_MAX));
    let share = slash / BPS * bps + slash % BPS * bps / BPS;
    let per_warrior = (slash - share) / u64::from(warriors.max(1));
    Division {
        award: slash - per_warrior * u64::from(warriors),
        per_warrior,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_made_or_lost() {
        for slash in [0, 1, 9, 10_000, 123_456_789, u64::MAX] {
            for bps in [0, 1, 3_000, 5_000] {
                for warriors in [2, 3, 20, 100] {
                    let division = divide(slash, bps, warriors);
                    let players = division.per_warrior * u64::from(warriors);
                    assert_eq!(division.award.checked_add(players), Some(slash));
                    let share = (u128::from(slash) * u128::from(bps) / 10_000) as u64;
                    assert!(division.award >= share && division.award < share + u64::from(warriors));
                }
            }
        }
    }

    #[test]
    fn a_requirement_covers_the_pot_and_is_rounded_up() {
        let terms = BondTerms {
            factor_bps: 10_001,
            challenger_bps: 0,
            silence_bps: 0,
            withdraw_slots: 1,
        };
        assert_eq!(terms.requirement(1, 2).unwrap(), 3);
        assert_eq!(terms.requirement(10_000, 1).unwrap(), 10_001);
        assert!(terms.requirement(u64::MAX, 20).is_err());
    }

    #[test]
    fn terms_that_protect_nobody_are_refused() {
        let good = BondTerms {
            factor_bps: 10_000,
            challenger_bps: 5_000,
            silence_bps: 0,
            withdraw_slots: 1,
        };
        good.validate().unwrap();
        for bad in [
            BondTerms {
                factor_bps: 9_999,
                ..good
            },
            BondTerms {
                factor_bps: 1_000_001,
                ..good
            },
            BondTerms {
                challenger_bps: 5_001,
                ..good
            },
            BondTerms {
                silence_bps: 5_001,
                ..good
            },
            BondTerms {
                withdraw_slots: 0,
                ..good
            },
        ] {
            assert!(bad.validate().is_err(), "{bad:?}");
        }
    }
}

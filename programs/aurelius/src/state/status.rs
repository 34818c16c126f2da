//! The status of a match, and the one place that says which byte means what.

use anchor_lang::prelude::*;

use crate::error::{refuse, AureliusError};

/// Status of a match. The byte is part of the account layout and never renumbered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum MatchStatus {
    /// Takes entries.
    Open = 0,
    /// Entries are closed, the randomness is committed to.
    Locked = 1,
    /// The genesis state is fixed; checkpoints come in.
    Live = 2,
    /// A result is in; it can still be challenged.
    Proposed = 3,
    /// Payouts are claimable.
    Settled = 4,
    /// Never locked; stakes are refundable.
    Cancelled = 5,
    /// Locked or live, but ended without a result; stakes are refundable.
    Voided = 6,
}

impl MatchStatus {
    /// Reads the byte of an account. Errors: [`AureliusError::StatusUnknown`].
    pub fn from_byte(byte: u8) -> Result<Self> {
        Ok(match byte {
            0 => Self::Open,
            1 => Self::Locked,
            2 => Self::Live,
            3 => Self::Proposed,
            4 => Self::Settled,
            5 => Self::Cancelled,
            6 => Self::Voided,
            _ => return Err(refuse(AureliusError::StatusUnknown)),
        })
    }

    /// Whether stakes go back to the players.
    pub const fn is_refunding(self) -> bool {
        matches!(self, Self::Cancelled | Self::Voided)
    }

    /// Whether the match has ended, with or without a result.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Settled | Self::Cancelled | Self::Voided)
    }
}

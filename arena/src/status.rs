//! The status of a match, and the one place that says which byte and which word mean what.
//!
//! **Invariant:** bytes are part of account layouts and never renumbered; words are part of tables, URLs and JSON.

use core::fmt;

/// Status of a match as its account has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum MatchStatus {
    /// Takes entries; players may leave again.
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
    /// All statuses, in the order of their bytes.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Locked,
        Self::Live,
        Self::Proposed,
        Self::Settled,
        Self::Cancelled,
        Self::Voided,
    ];

    /// The word used in tables, in JSON and in `?status=`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Locked => "locked",
            Self::Live => "live",
            Self::Proposed => "proposed",
            Self::Settled => "settled",
            Self::Cancelled => "cancelled",
            Self::Voided => "voided",
        }
    }

    /// The status with this word: the inverse of [`name`](Self::name).
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether stakes go back to the players.
    pub const fn is_refunding(self) -> bool {
        matches!(self, Self::Cancelled | Self::Voided)
    }

    /// Whether the match has ended, with or without a result: nothing will change but claims and refunds.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Settled | Self::Cancelled | Self::Voided)
    }
}

impl From<MatchStatus> for u8 {
    fn from(status: MatchStatus) -> Self {
        status as Self
    }
}

impl TryFrom<u8> for MatchStatus {
    type Error = UnknownStatus;

    fn try_from(byte: u8) -> Result<Self, UnknownStatus> {
        Ok(match byte {
            0 => Self::Open,
            1 => Self::Locked,
            2 => Self::Live,
            3 => Self::Proposed,
            4 => Self::Settled,
            5 => Self::Cancelled,
            6 => Self::Voided,
            _ => return Err(UnknownStatus(byte)),
        })
    }
}

/// A byte that is no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownStatus(
    /// The byte.
    pub u8,
);

impl fmt::Display for UnknownStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown match status {}: statuses are 0 to 6", self.0)
    }
}

impl core::error::Error for UnknownStatus {}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn every_byte_is_one_status_or_an_error_with_a_name() {
        for byte in 0..=u8::MAX {
            match MatchStatus::try_from(byte) {
                Ok(status) => assert_eq!(u8::from(status), byte),
                Err(error) => {
                    assert!(byte > 6, "{byte} is a status");
                    assert_eq!(
                        error.to_string(),
                        std::format!("unknown match status {byte}: statuses are 0 to 6")
                    );
                }
            }
        }
    }

    #[test]
    fn words_and_bytes_agree() {
        for (byte, status) in (0u8..).zip(MatchStatus::ALL) {
            assert_eq!(MatchStatus::try_from(byte), Ok(status));
            assert_eq!(MatchStatus::from_name(status.name()), Some(status));
        }
        assert_eq!(MatchStatus::from_name("Open"), None);
    }

    #[test]
    fn a_match_that_refunds_is_over() {
        for status in MatchStatus::ALL {
            assert!(!status.is_refunding() || status.is_over(), "{status:?}");
        }
        assert!(MatchStatus::Settled.is_over() && !MatchStatus::Settled.is_refunding());
    }
}

//! The status of a match, as the rules' crate defines it, read from an account.

use anchor_lang::prelude::*;
pub use arena::MatchStatus;

use crate::error::{refuse, AureliusError};

/// Reads the byte of an account. Errors: [`AureliusError::StatusUnknown`].
pub(super) fn read_status(byte: u8) -> Result<MatchStatus> {
    MatchStatus::try_from(byte).map_err(|_| refuse(AureliusError::StatusUnknown))
}

//! The accounts of the program, one file each, and the seeds they live at.

use anchor_lang::prelude::Result;

use crate::error::AureliusError;

pub mod bond_terms;
pub mod books;
pub mod config;
pub mod entry;
pub mod match_account;
pub mod operator;
pub mod player_slot;
pub mod seeds;
pub mod signer;
pub mod slash;
pub mod status;
pub mod terms;
pub mod trace;
pub mod upload;
pub mod windows;

pub use bond_terms::*;
pub use config::*;
pub use entry::*;
pub use match_account::*;
pub use operator::*;
pub use player_slot::*;
pub use signer::*;
pub use status::*;
pub use terms::*;
pub use trace::*;
pub use upload::*;
pub use windows::*;

/// Version byte of every account layout of this program.
pub const ACCOUNT_VERSION: u8 = 1;

/// Refuses an account of another layout. Errors: [`AureliusError::AccountVersionWrong`].
#[inline(never)]
pub(crate) fn check_version(version: u8) -> Result<()> {
    ensure!(version == ACCOUNT_VERSION, AureliusError::AccountVersionWrong);
    Ok(())
}

/// As [`check_version`], of the bytes of an account: every layout begins with its version.
pub(crate) fn check_version_of(data: &[u8]) -> Result<()> {
    check_version(data.get(DISCRIMINATOR_LEN).copied().unwrap_or_default())
}

/// Bytes of the discriminator in front of every account.
pub const DISCRIMINATOR_LEN: usize = 8;

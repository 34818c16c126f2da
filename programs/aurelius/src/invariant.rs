//! What must hold when a handler that changed something returns. Every handler has an `invariant()` that
//! calls these; what each costs stands in the table that `make cu` prints.
//!
//! Absent: checks of what a caller passed. Those are in `validate()`; a failure here is a defect of the
//! program, or of the accounts that it was given to begin with.

use anchor_lang::prelude::*;

use crate::{
    error::{refuse, AureliusError},
    state::{Config, Entry, Match, Upload, DISCRIMINATOR_LEN},
};

/// The config: its values are valid and its lists are lists. Errors: see [`Config::check`].
#[inline(never)]
pub fn check_config(config: &AccountInfo) -> Result<()> {
    let data = config.try_borrow_data()?;
    // Not through the loader: the discriminator of an account that is created now is not written yet.
    let config: &Config = data
        .get(DISCRIMINATOR_LEN..)
        .and_then(|bytes| bytemuck::try_from_bytes(bytes).ok())
        .ok_or_else(|| refuse(AureliusError::ConfigListBroken))?;
    config.check()
}

/// A match: counts and books are what its slots say.
#[inline(never)]
pub fn check_match(match_account: &AccountInfo) -> Result<()> {
    let data = match_account.try_borrow_data()?;
    let (header, slots) = Match::split(&data)?;
    header.check(slots)
}

/// A match whose vault was paid into or out of: as [`check_match`], and the vault, which holds
/// `vault_amount` now, covers what is owed.
#[inline(never)]
pub fn check_funded(match_account: &AccountInfo, vault_amount: u64) -> Result<()> {
    let data = match_account.try_borrow_data()?;
    let (header, slots) = Match::split(&data)?;
    header.check(slots)?;
    header.check_vault_covers(vault_amount)
}

/// An entry: it says what the match's slot says.
#[inline(never)]
pub fn check_entry(match_account: &AccountInfo, entry: &Entry) -> Result<()> {
    let data = match_account.try_borrow_data()?;
    let (_, slots) = Match::split(&data)?;
    entry.check_slot(slots)
}

/// An upload: its record says how long it is.
#[inline(never)]
pub fn check_upload(upload: &AccountInfo, len: u32) -> Result<()> {
    ensure!(
        upload.data_len() == Upload::space(len),
        AureliusError::UploadOutOfBounds
    );
    Ok(())
}

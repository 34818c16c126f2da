//! The trace of a match: one digest per checkpoint, computed by the program from the posted bytes.
//! Invariants: digests are written once, in order; the tail holds `checkpoints_max` of them.

use anchor_lang::prelude::*;

use crate::error::{refuse, AureliusError};

/// Header, followed by `checkpoints_max` digests of 32 bytes.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 1 | version |
/// | 1 | 1 | bump |
/// | 2 | 2 | padding |
/// | 4 | 4 | checkpoints_max |
/// | 8 | 32 | match_key |
/// | 40 | 24 | reserved |
/// | 64 | 32 × checkpoints_max | digests |
#[account(zero_copy)]
#[repr(C)]
pub struct Trace {
    /// Layout of this account, [`ACCOUNT_VERSION`](super::ACCOUNT_VERSION).
    pub version: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 2],
    /// Digests in the tail.
    pub checkpoints_max: u32,
    /// The match.
    pub match_key: Pubkey,
    /// Zero.
    pub reserved: [u8; 24],
}

impl Trace {
    /// Bytes in front of the first digest, with discriminator.
    pub const HEADER_END: usize = super::DISCRIMINATOR_LEN + core::mem::size_of::<Self>();

    /// Account size for a match of `checkpoints` checkpoints, with discriminator.
    pub const fn space(checkpoints: u32) -> usize {
        Self::HEADER_END + 32 * checkpoints as usize
    }

    /// The digest of checkpoint `index` in the bytes of a trace account, which the caller has checked.
    /// Errors: [`AureliusError::ProofBeyondTrace`].
    pub fn digest(data: &[u8], index: u32) -> Result<&[u8]> {
        super::check_version_of(data)?;
        let start = Self::HEADER_END + 32 * index as usize;
        data.get(start..start + 32)
            .ok_or_else(|| refuse(AureliusError::ProofBeyondTrace))
    }

    /// Writes the digest of checkpoint `index` into the bytes of a trace account, which the caller
    /// has checked. Errors: [`AureliusError::CheckpointBeyondEnd`].
    pub fn write(data: &mut [u8], index: u32, digest: &[u8; 32]) -> Result<()> {
        super::check_version_of(data)?;
        let start = Self::HEADER_END + 32 * index as usize;
        data.get_mut(start..start + 32)
            .ok_or_else(|| refuse(AureliusError::CheckpointBeyondEnd))?
            .copy_from_slice(digest);
        Ok(())
    }
}

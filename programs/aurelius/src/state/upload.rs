//! A buffer for bytes that do not fit one transaction (the final state of a Siege, a proof about one).
//! What is in it is believed only because it hashes to something already on chain, so whose buffer
//! it is matters to nobody but its owner.

use anchor_lang::prelude::*;

use crate::error::{refuse, AureliusError};

/// Most bytes that an upload holds.
pub const UPLOAD_LEN_MAX: u32 = 8_192;

/// Header, followed by `len` bytes.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 1 | version |
/// | 1 | 1 | bump |
/// | 2 | 2 | padding |
/// | 4 | 4 | len |
/// | 8 | 8 | upload_id |
/// | 16 | 32 | owner |
/// | 48 | len | data |
#[account(zero_copy)]
#[repr(C)]
pub struct Upload {
    /// Layout of this account, [`ACCOUNT_VERSION`](super::ACCOUNT_VERSION).
    pub version: u8,
    /// Bump of this account's address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 2],
    /// Bytes of data: 1 to [`UPLOAD_LEN_MAX`].
    pub len: u32,
    /// Number that the owner chose; part of the address.
    pub upload_id: u64,
    /// Wallet that may write and close the upload.
    pub owner: Pubkey,
}

impl Upload {
    /// Bytes in front of the data, with discriminator.
    pub const HEADER_END: usize = super::DISCRIMINATOR_LEN + core::mem::size_of::<Self>();

    /// Account size for `len` bytes of data, with discriminator.
    pub const fn space(len: u32) -> usize {
        Self::HEADER_END + len as usize
    }

    /// Refuses everybody but the owner.
    pub fn check_owner(&self, signer: &Pubkey) -> Result<()> {
        super::check_version(self.version)?;
        ensure!(self.owner == *signer, AureliusError::UploadOwnerWrong);
        Ok(())
    }

    /// The data in the bytes of an upload account, which the caller has checked.
    /// Errors: [`AureliusError::UploadEmpty`].
    pub fn bytes(data: &[u8]) -> Result<&[u8]> {
        super::check_version_of(data)?;
        data.get(Self::HEADER_END..)
            .ok_or_else(|| refuse(AureliusError::UploadEmpty))
    }
}

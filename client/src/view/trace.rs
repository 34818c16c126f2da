//! The trace of a match, and upload buffers: a header and a tail of bytes each.

use anchor_lang::prelude::Pubkey;
use aurelius::state::{Trace, Upload};
use solana_account::Account;

use super::checked::{Checked, ViewError};

/// The digests the program computed, one a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceView {
    /// Where it was read.
    pub address: Pubkey,
    /// The match.
    pub match_key: Pubkey,
    /// One for every checkpoint that the match can have; zero for those not posted.
    pub digests: Vec<[u8; 32]>,
}

impl TraceView {
    /// Reads a trace account.
    pub fn decode(address: Pubkey, account: &Account) -> Result<Self, ViewError> {
        let checked = Checked::open::<Trace>("trace", address, account)?;
        checked.version()?;
        let trace: Trace = checked.header()?;
        let expected = usize::try_from(trace.checkpoints_max)
            .ok()
            .and_then(|count| count.checked_mul(32)?.checked_add(Trace::HEADER_END))
            .ok_or_else(|| checked.field(format!("{} checkpoints", trace.checkpoints_max)))?;
        checked.exact_length(expected)?;
        let tail = checked.data.get(Trace::HEADER_END..).unwrap_or_default();
        let (digests, _) = tail.as_chunks::<32>();
        Ok(Self {
            address,
            match_key: trace.match_key,
            digests: digests.to_vec(),
        })
    }
}

/// A buffer of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadView {
    /// Where it was read.
    pub address: Pubkey,
    /// Who may write and close it.
    pub owner: Pubkey,
    /// The owner's number of it.
    pub upload_id: u64,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl UploadView {
    /// Reads an upload account.
    pub fn decode(address: Pubkey, account: &Account) -> Result<Self, ViewError> {
        let checked = Checked::open::<Upload>("upload", address, account)?;
        checked.version()?;
        let upload: Upload = checked.header()?;
        let expected = usize::try_from(upload.len)
            .ok()
            .and_then(|len| len.checked_add(Upload::HEADER_END))
            .ok_or_else(|| checked.field(format!("{} bytes", upload.len)))?;
        checked.exact_length(expected)?;
        let bytes = checked
            .data
            .get(Upload::HEADER_END..)
            .unwrap_or_default()
            .to_vec();
        Ok(Self {
            address,
            owner: upload.owner,
            upload_id: upload.upload_id,
            bytes,
        })
    }
}

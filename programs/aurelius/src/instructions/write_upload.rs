//! Writes a part of an upload; parts may be written again and in any order.

use anchor_lang::prelude::*;

use crate::{
    error::{refuse, AureliusError},
    invariant,
    state::{seeds, Upload},
};

/// Accounts of `write_upload`.
#[derive(Accounts)]
#[instruction(upload_id: u64)]
pub struct WriteUpload<'info> {
    /// Owner of the upload.
    pub owner: Signer<'info>,
    /// The buffer that is written.
    #[account(
        mut,
        seeds = [seeds::UPLOAD, owner.key().as_ref(), &upload_id.to_le_bytes()],
        bump = upload.load()?.bump
    )]
    pub upload: AccountLoader<'info, Upload>,
}

impl WriteUpload<'_> {
    fn validate(&self) -> Result<()> {
        let Self { owner, upload } = self;
        // upload: derived from owner, who signs; its record says the same.
        upload.load()?.check_owner(owner.key)
    }

    fn invariant(&self) -> Result<()> {
        let len = self.upload.load()?.len;
        invariant::check_upload(self.upload.as_ref(), len)
    }
}

pub(crate) fn handle(ctx: Context<WriteUpload>, _upload_id: u64, offset: u32, bytes: Vec<u8>) -> Result<()> {
    ctx.accounts.validate()?;
    ctx.accounts.write(offset, &bytes)?;
    ctx.accounts.invariant()
}

impl WriteUpload<'_> {
    fn write(&self, offset: u32, bytes: &[u8]) -> Result<()> {
        let mut data = self.upload.as_ref().try_borrow_mut_data()?;
        let start = usize::try_from(offset)
            .ok()
            .and_then(|offset| offset.checked_add(Upload::HEADER_END))
            .ok_or_else(|| refuse(AureliusError::UploadOutOfBounds))?;
        let end = start
            .checked_add(bytes.len())
            .ok_or_else(|| refuse(AureliusError::UploadOutOfBounds))?;
        data.get_mut(start..end)
            .ok_or_else(|| refuse(AureliusError::UploadOutOfBounds))?
            .copy_from_slice(bytes);
        Ok(())
    }
}

//! Writes a part of an upload; parts may be written again and in any order.

use anchor_lang::prelude::*;

use crate::{
    error::{refuse, AureliusError},
    state::{seeds, Upload},
};

#[derive(Accounts)]
#[instruction(upload_id: u64)]
pub struct WriteUpload<'info> {
    pub owner: Signer<'info>,
    #[account(
        mut,
        seeds = [seeds::UPLOAD, owner.key().as_ref(), &upload_id.to_le_bytes()],
        bump = upload.load()?.bump
    )]
    pub upload: AccountLoader<'info, Upload>,
}

impl WriteUpload<'_> {
    fn validate(&self) -> Result<()> {
        // upload: derived from owner, who signs; its record says the same.
        self.upload.load()?.check_owner(self.owner.key)
    }
}

pub(crate) fn handle(ctx: Context<WriteUpload>, _upload_id: u64, offset: u32, bytes: Vec<u8>) -> Result<()> {
    ctx.accounts.validate()?;
    let mut data = ctx.accounts.upload.as_ref().try_borrow_mut_data()?;
    let start = usize::try_from(offset)
        .ok()
        .and_then(|offset| offset.checked_add(Upload::HEADER_END))
        .ok_or_else(|| refuse(AureliusError::UploadOutOfBounds))?;
    let end = start
        .checked_add(bytes.len())
        .ok_or_else(|| refuse(AureliusError::UploadOutOfBounds))?;
    data.get_mut(start..end)
        .ok_or_else(|| refuse(AureliusError::UploadOutOfBounds))?
        .copy_from_slice(&bytes);
    Ok(())
}

//! Closes an upload. Its owner paid the rent and gets it back.

use anchor_lang::prelude::*;

use crate::state::{seeds, Upload};

/// Accounts of `close_upload`.
#[derive(Accounts)]
#[instruction(upload_id: u64)]
pub struct CloseUpload<'info> {
    /// Owner of the upload; gets its rent back.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// The buffer, closed here.
    #[account(
        mut,
        close = owner,
        seeds = [seeds::UPLOAD, owner.key().as_ref(), &upload_id.to_le_bytes()],
        bump = upload.load()?.bump
    )]
    pub upload: AccountLoader<'info, Upload>,
}

impl CloseUpload<'_> {
    fn validate(&self) -> Result<()> {
        let Self { owner, upload } = self;
        // upload: derived from owner, who signs; its record says the same.
        upload.load()?.check_owner(owner.key)
    }
}

pub(crate) fn handle(ctx: Context<CloseUpload>, _upload_id: u64) -> Result<()> {
    ctx.accounts.validate()
}

//! Opens a buffer for bytes that do not fit one transaction.

use anchor_lang::prelude::*;

use crate::{
    error::AureliusError,
    state::{seeds, Upload, ACCOUNT_VERSION, UPLOAD_LEN_MAX},
};

#[derive(Accounts)]
#[instruction(upload_id: u64, len: u32)]
pub struct OpenUpload<'info> {
    #[account(mut)]
    pub owner: Signer<'info>,
    #[account(
        init,
        payer = owner,
        space = Upload::space(len.min(UPLOAD_LEN_MAX)),
        seeds = [seeds::UPLOAD, owner.key().as_ref(), &upload_id.to_le_bytes()],
        bump
    )]
    pub upload: AccountLoader<'info, Upload>,
    pub system_program: Program<'info, System>,
}

impl OpenUpload<'_> {
    fn validate(&self, len: u32) -> Result<()> {
        // owner: pays, and owns. upload: created here. system_program: its type.
        ensure!(len > 0, AureliusError::UploadEmpty);
        ensure!(len <= UPLOAD_LEN_MAX, AureliusError::UploadTooLong);
        Ok(())
    }
}

pub(crate) fn handle(ctx: Context<OpenUpload>, upload_id: u64, len: u32) -> Result<()> {
    ctx.accounts.validate(len)?;
    let mut upload = ctx.accounts.upload.load_init()?;
    upload.version = ACCOUNT_VERSION;
    upload.bump = ctx.bumps.upload;
    upload.len = len;
    upload.upload_id = upload_id;
    upload.owner = ctx.accounts.owner.key();
    Ok(())
}

//! Opens a buffer for bytes that do not fit one transaction.

use anchor_lang::prelude::*;

use crate::{
    error::AureliusError,
    invariant,
    state::{seeds, Upload, ACCOUNT_VERSION, UPLOAD_LEN_MAX},
};

/// Accounts of `open_upload`.
#[derive(Accounts)]
#[instruction(upload_id: u64, len: u32)]
pub struct OpenUpload<'info> {
    /// Owner of the upload; pays its rent.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// The buffer, created here.
    #[account(
        init,
        payer = owner,
        space = Upload::space(len.min(UPLOAD_LEN_MAX)),
        seeds = [seeds::UPLOAD, owner.key().as_ref(), &upload_id.to_le_bytes()],
        bump
    )]
    pub upload: AccountLoader<'info, Upload>,
    /// Creates accounts.
    pub system_program: Program<'info, System>,
}

impl OpenUpload<'_> {
    fn validate(&self, len: u32) -> Result<()> {
        let Self {
            owner: _,
            upload: _,
            system_program: _,
        } = self;
        // owner: pays, and owns. upload: created here. system_program: its type.
        ensure!(len > 0, AureliusError::UploadEmpty);
        ensure!(len <= UPLOAD_LEN_MAX, AureliusError::UploadTooLong);
        Ok(())
    }

    fn invariant(&self, len: u32) -> Result<()> {
        invariant::check_upload(self.upload.as_ref(), len)
    }
}

pub(crate) fn handle(ctx: Context<OpenUpload>, upload_id: u64, len: u32) -> Result<()> {
    ctx.accounts.validate(len)?;
    ctx.accounts.fill(upload_id, len, ctx.bumps.upload)?;
    ctx.accounts.invariant(len)
}

impl OpenUpload<'_> {
    fn fill(&self, upload_id: u64, len: u32, bump: u8) -> Result<()> {
        let mut upload = self.upload.load_init()?;
        upload.version = ACCOUNT_VERSION;
        upload.bump = bump;
        upload.len = len;
        upload.upload_id = upload_id;
        upload.owner = self.owner.key();
        Ok(())
    }
}

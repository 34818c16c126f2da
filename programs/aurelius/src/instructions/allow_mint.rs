//! Lists a mint in which matches may be played. Mints with dangerous extensions are refused here and
//! again when a match is created.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::Mint;

use crate::{
    event::{self, MintAllowed},
    payment::vet_mint,
    state::Config,
};

#[event_cpi]
#[derive(Accounts)]
pub struct AllowMint<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
    pub mint: Box<InterfaceAccount<'info, Mint>>,
}

impl AllowMint<'_> {
    fn validate(&self) -> Result<()> {
        // config: only this program makes one. authority: the one it names.
        self.config.load()?.check_authority(self.authority.key)?;
        // mint: a mint of either token program, without what could endanger a vault.
        vet_mint(&self.mint.to_account_info())
    }
}

pub(crate) fn handle(ctx: Context<AllowMint>) -> Result<()> {
    ctx.accounts.validate()?;
    let mint = ctx.accounts.mint.key();
    ctx.accounts.config.load_mut()?.allow_mint(mint)?;
    event::emit(&ctx.accounts.event_authority, &MintAllowed { mint })?;
    Ok(())
}

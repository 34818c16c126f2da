//! Takes a mint off the list. Matches that exist go on, and pay out.

use anchor_lang::prelude::*;

use crate::{
    event::{self, MintDisallowed},
    state::Config,
};

#[event_cpi]
#[derive(Accounts)]
pub struct DisallowMint<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
    /// CHECK: only its address is used, and it may be closed by now.
    pub mint: UncheckedAccount<'info>,
}

impl DisallowMint<'_> {
    fn validate(&self) -> Result<()> {
        // config: only this program makes one. authority: the one it names. mint: an address.
        self.config.load()?.check_authority(self.authority.key)
    }
}

pub(crate) fn handle(ctx: Context<DisallowMint>) -> Result<()> {
    ctx.accounts.validate()?;
    let mint = ctx.accounts.mint.key();
    ctx.accounts.config.load_mut()?.disallow_mint(&mint)?;
    event::emit(&ctx.accounts.event_authority, &MintDisallowed { mint })?;
    Ok(())
}

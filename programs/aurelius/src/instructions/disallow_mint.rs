//! Takes a mint off the list. Matches that exist go on, and pay out.

use anchor_lang::prelude::*;

use crate::{
    event::{self, MintDisallowed},
    invariant,
    state::Config,
};

/// Accounts of `disallow_mint`.
#[event_cpi]
#[derive(Accounts)]
pub struct DisallowMint<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    /// The program's one configuration; its list shrinks.
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
    /// Mint to be taken off the list.
    /// CHECK: only its address is used, and it may be closed by now.
    pub mint: UncheckedAccount<'info>,
}

impl DisallowMint<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            authority,
            config,
            mint: _,
            event_authority: _,
            program: _,
        } = self;
        // config: only this program makes one. authority: the one it names. mint: an address.
        config.load()?.check_authority(authority.key)
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_config(self.config.as_ref())
    }
}

pub(crate) fn handle(ctx: Context<DisallowMint>) -> Result<()> {
    ctx.accounts.validate()?;
    let mint = ctx.accounts.mint.key();
    ctx.accounts.config.load_mut()?.disallow_mint(&mint)?;
    ctx.accounts.invariant()?;
    event::emit(&ctx.accounts.event_authority, &MintDisallowed { mint })?;
    Ok(())
}

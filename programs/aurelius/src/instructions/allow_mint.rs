//! Lists a mint in which matches may be played. Mints with dangerous extensions are refused here and
//! again when a match is created.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::Mint;

use crate::{
    event::{self, MintAllowed},
    invariant,
    payment::vet_mint,
    state::Config,
};

/// Accounts of `allow_mint`.
#[event_cpi]
#[derive(Accounts)]
pub struct AllowMint<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    /// The program's one configuration; its list grows.
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
    /// Mint to be listed, of either token program.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
}

impl AllowMint<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            authority,
            config,
            mint,
            event_authority: _,
            program: _,
        } = self;
        // config: only this program makes one. authority: the one it names.
        config.load()?.check_authority(authority.key)?;
        // mint: a mint of either token program, without what could endanger a vault.
        vet_mint(&mint.to_account_info())
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_config(self.config.as_ref())
    }
}

pub(crate) fn handle(ctx: Context<AllowMint>) -> Result<()> {
    ctx.accounts.validate()?;
    let mint = ctx.accounts.mint.key();
    ctx.accounts.config.load_mut()?.allow_mint(mint)?;
    ctx.accounts.invariant()?;
    event::emit(&ctx.accounts.event_authority, &MintAllowed { mint })?;
    Ok(())
}

//! Second step of handing the config over: the successor shows that they hold the key.

use anchor_lang::prelude::*;

use crate::{
    error::AureliusError,
    event::{self, AuthorityAccepted},
    invariant,
    state::Config,
};

/// Accounts of `accept_authority`.
#[event_cpi]
#[derive(Accounts)]
pub struct AcceptAuthority<'info> {
    /// The proposed authority.
    pub pending_authority: Signer<'info>,
    /// The program's one configuration; gets the new authority.
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
}

impl AcceptAuthority<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            pending_authority,
            config,
            event_authority: _,
            program: _,
        } = self;
        // config: only this program makes one. pending_authority: the one it names.
        let config = config.load()?;
        config.checked()?;
        ensure!(
            config.pending_authority != Pubkey::default(),
            AureliusError::NoPendingAuthority
        );
        ensure!(
            config.pending_authority == pending_authority.key(),
            AureliusError::NotPendingAuthority
        );
        Ok(())
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_config(self.config.as_ref())
    }
}

pub(crate) fn handle(ctx: Context<AcceptAuthority>) -> Result<()> {
    ctx.accounts.validate()?;
    let authority = {
        let mut config = ctx.accounts.config.load_mut()?;
        config.authority = config.pending_authority;
        config.pending_authority = Pubkey::default();
        config.authority
    };
    ctx.accounts.invariant()?;
    event::emit(&ctx.accounts.event_authority, &AuthorityAccepted { authority })?;
    Ok(())
}

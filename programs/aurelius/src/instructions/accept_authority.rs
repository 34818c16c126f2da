//! Second step of handing the config over: the successor shows that he holds the key.

use anchor_lang::prelude::*;

use crate::{
    error::AureliusError,
    event::{self, AuthorityAccepted},
    state::Config,
};

#[event_cpi]
#[derive(Accounts)]
pub struct AcceptAuthority<'info> {
    /// The proposed authority.
    pub pending_authority: Signer<'info>,
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
}

impl AcceptAuthority<'_> {
    fn validate(&self) -> Result<()> {
        // config: only this program makes one. pending_authority: the one it names.
        let config = self.config.load()?;
        ensure!(
            config.pending_authority != Pubkey::default(),
            AureliusError::NoPendingAuthority
        );
        ensure!(
            config.pending_authority == self.pending_authority.key(),
            AureliusError::NotPendingAuthority
        );
        Ok(())
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
    event::emit(&ctx.accounts.event_authority, &AuthorityAccepted { authority })?;
    Ok(())
}

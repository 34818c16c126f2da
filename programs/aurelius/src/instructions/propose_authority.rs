//! First step of handing the config over: name the successor. Nothing changes until he accepts, and
//! a new proposal replaces the old one; the zero address takes a proposal back.

use anchor_lang::prelude::*;

use crate::{
    event::{self, AuthorityProposed},
    state::Config,
};

#[event_cpi]
#[derive(Accounts)]
pub struct ProposeAuthority<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
}

impl ProposeAuthority<'_> {
    fn validate(&self) -> Result<()> {
        // config: only this program makes one. authority: the one it names.
        self.config.load()?.check_authority(self.authority.key)
    }
}

pub(crate) fn handle(ctx: Context<ProposeAuthority>, new_authority: Pubkey) -> Result<()> {
    ctx.accounts.validate()?;
    ctx.accounts.config.load_mut()?.pending_authority = new_authority;
    event::emit(
        &ctx.accounts.event_authority,
        &AuthorityProposed {
            authority: ctx.accounts.authority.key(),
            pending_authority: new_authority,
        },
    )?;
    Ok(())
}

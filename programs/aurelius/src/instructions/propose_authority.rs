//! First step of handing the config over: name the successor. Nothing changes until they accept, and
//! a new proposal replaces the old one; the zero address takes a proposal back.

use anchor_lang::prelude::*;

use crate::{
    event::{self, AuthorityProposed},
    invariant,
    state::Config,
};

/// Accounts of `propose_authority`.
#[event_cpi]
#[derive(Accounts)]
pub struct ProposeAuthority<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    /// The program's one configuration; remembers the proposal.
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
}

impl ProposeAuthority<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            authority,
            config,
            event_authority: _,
            program: _,
        } = self;
        // config: only this program makes one. authority: the one it names.
        config.load()?.check_authority(authority.key)
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_config(self.config.as_ref())
    }
}

pub(crate) fn handle(ctx: Context<ProposeAuthority>, new_authority: Pubkey) -> Result<()> {
    ctx.accounts.validate()?;
    ctx.accounts.config.load_mut()?.pending_authority = new_authority;
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &AuthorityProposed {
            authority: ctx.accounts.authority.key(),
            pending_authority: new_authority,
        },
    )?;
    Ok(())
}

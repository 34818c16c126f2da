//! Stops new matches and entries, or allows them again. No exit looks at this.

use anchor_lang::prelude::*;

use crate::{
    event::{self, PausedSet},
    invariant,
    state::Config,
};

/// Accounts of `set_paused`.
#[event_cpi]
#[derive(Accounts)]
pub struct SetPaused<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    /// The program's one configuration; holds the switch.
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
}

impl SetPaused<'_> {
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

pub(crate) fn handle(ctx: Context<SetPaused>, paused: bool) -> Result<()> {
    ctx.accounts.validate()?;
    ctx.accounts.config.load_mut()?.paused = u8::from(paused);
    ctx.accounts.invariant()?;
    event::emit(&ctx.accounts.event_authority, &PausedSet { paused })?;
    Ok(())
}

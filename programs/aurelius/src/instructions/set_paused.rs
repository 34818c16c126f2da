//! Stops new matches and entries, or allows them again. No exit looks at this.

use anchor_lang::prelude::*;

use crate::{
    event::{self, PausedSet},
    state::Config,
};

#[event_cpi]
#[derive(Accounts)]
pub struct SetPaused<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    #[account(mut)]
    pub config: AccountLoader<'info, Config>,
}

impl SetPaused<'_> {
    fn validate(&self) -> Result<()> {
        // config: only this program makes one. authority: the one it names.
        self.config.load()?.check_authority(self.authority.key)
    }
}

pub(crate) fn handle(ctx: Context<SetPaused>, paused: bool) -> Result<()> {
    ctx.accounts.validate()?;
    ctx.accounts.config.load_mut()?.paused = u8::from(paused);
    event::emit(&ctx.accounts.event_authority, &PausedSet { paused })?;
    Ok(())
}

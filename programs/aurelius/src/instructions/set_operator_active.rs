//! Lets an operator create matches, or stops it from creating more. Its matches that exist go on.

use anchor_lang::prelude::*;

use crate::{
    event::{self, OperatorActiveSet},
    state::{Config, Operator},
};

#[event_cpi]
#[derive(Accounts)]
pub struct SetOperatorActive<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    pub config: AccountLoader<'info, Config>,
    #[account(mut)]
    pub operator: Account<'info, Operator>,
}

impl SetOperatorActive<'_> {
    fn validate(&self) -> Result<()> {
        // config: only this program makes one. authority: the one it names.
        // operator: any that this program made.
        self.config.load()?.check_authority(self.authority.key)
    }
}

pub(crate) fn handle(ctx: Context<SetOperatorActive>, active: bool) -> Result<()> {
    ctx.accounts.validate()?;
    ctx.accounts.operator.active = active;
    event::emit(
        &ctx.accounts.event_authority,
        &OperatorActiveSet {
            operator: ctx.accounts.operator.key(),
            active,
        },
    )?;
    Ok(())
}

//! Lets an operator create matches, or stops it from creating more. Its matches that exist go on.

use anchor_lang::prelude::*;

use crate::{
    event::{self, OperatorActiveSet},
    state::{Config, Operator},
};

/// Accounts of `set_operator_active`.
#[event_cpi]
#[derive(Accounts)]
pub struct SetOperatorActive<'info> {
    /// The config's authority.
    pub authority: Signer<'info>,
    /// The program's one configuration; names its authority.
    pub config: AccountLoader<'info, Config>,
    /// The operator account that is switched.
    #[account(mut)]
    pub operator: Account<'info, Operator>,
}

impl SetOperatorActive<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            authority,
            config,
            operator: _,
            event_authority: _,
            program: _,
        } = self;
        // config: only this program makes one. authority: the one it names.
        // operator: any that this program made.
        config.load()?.check_authority(authority.key)
    }

    fn invariant(&self) -> Result<()> {
        self.operator.check()
    }
}

pub(crate) fn handle(ctx: Context<SetOperatorActive>, active: bool) -> Result<()> {
    ctx.accounts.validate()?;
    ctx.accounts.operator.active = active;
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &OperatorActiveSet {
            operator: ctx.accounts.operator.key(),
            active,
        },
    )?;
    Ok(())
}

//! Names the hot key that creates and runs an operator's matches. The cold authority signs, so a crank key
//! that leaked is replaced without moving a bond; `hand_over_match` does the same for matches that exist.

use anchor_lang::prelude::*;

use crate::{
    error::AureliusError,
    event::{self, CrankKeySet},
    state::Operator,
};

/// Accounts of `set_crank_key`.
#[event_cpi]
#[derive(Accounts)]
pub struct SetCrankKey<'info> {
    /// The operator's authority.
    pub authority: Signer<'info>,
    /// The operator account.
    #[account(mut)]
    pub operator: Box<Account<'info, Operator>>,
}

impl SetCrankKey<'_> {
    fn validate(&self, crank: &Pubkey) -> Result<()> {
        let Self {
            authority,
            operator,
            event_authority: _,
            program: _,
        } = self;
        // operator: only this program makes one. authority: the one it names.
        operator.check_authority(authority.key)?;
        ensure!(*crank != Pubkey::default(), AureliusError::CrankKeyInvalid);
        Ok(())
    }

    fn invariant(&self) -> Result<()> {
        self.operator.check()
    }
}

pub(crate) fn handle(ctx: Context<SetCrankKey>, crank: Pubkey) -> Result<()> {
    ctx.accounts.validate(&crank)?;
    ctx.accounts.operator.crank = crank;
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &CrankKeySet {
            operator: ctx.accounts.operator.key(),
            crank,
        },
    )
}

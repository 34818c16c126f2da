//! Hands a match that exists to the operator's present crank key, after `set_crank_key`. Anybody may call it:
//! both keys are the operator's, and only the authority chose the new one.

use anchor_lang::prelude::*;

use crate::{
    error::AureliusError,
    event::{self, MatchHandedOver},
    invariant,
    state::{Match, Operator},
};

/// Accounts of `hand_over_match`.
#[event_cpi]
#[derive(Accounts)]
pub struct HandOverMatch<'info> {
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// Its operator account, which names the crank key.
    pub operator: Box<Account<'info, Operator>>,
}

impl HandOverMatch<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            match_account,
            operator,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one. operator: its operator.
        let header = match_account.load()?;
        header.check_operator_account(&operator.key())?;
        ensure!(header.crank != operator.crank, AureliusError::CrankKeyUnchanged);
        Ok(())
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_match(self.match_account.as_ref())
    }
}

pub(crate) fn handle(ctx: Context<HandOverMatch>) -> Result<()> {
    ctx.accounts.validate()?;
    let crank = ctx.accounts.operator.crank;
    ctx.accounts.match_account.load_mut()?.crank = crank;
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &MatchHandedOver {
            match_key: ctx.accounts.match_account.key(),
            crank,
        },
    )
}

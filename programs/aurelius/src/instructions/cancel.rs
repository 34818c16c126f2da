//! Ends an open match: by anybody once it can no longer be locked, by its operator at any time (no
//! randomness exists yet, so there is nothing they could be running from). Every stake is refundable.

use anchor_lang::prelude::*;

use crate::{
    error::AureliusError,
    event::{self, MatchCancelled},
    invariant,
    state::{Match, MatchStatus, Operator},
};

/// Accounts of `cancel`.
#[event_cpi]
#[derive(Accounts)]
pub struct Cancel<'info> {
    /// The match's crank key, or anybody after the lock deadline.
    pub caller: Signer<'info>,
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// Gets its bond of this match back.
    #[account(mut)]
    pub operator: Box<Account<'info, Operator>>,
}

impl Cancel<'_> {
    fn validate(&self, now: u64) -> Result<()> {
        let Self {
            caller,
            match_account,
            operator,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one. operator: its operator.
        let header = match_account.load()?;
        header.check_operator_account(&operator.key())?;
        header.check_status(MatchStatus::Open, AureliusError::MatchNotOpen)?;
        // caller: the operator, or anybody after the deadline.
        ensure!(
            now > header.lock_deadline || header.crank == caller.key(),
            AureliusError::LockDeadlineNotPassed
        );
        Ok(())
    }

    fn invariant(&self) -> Result<()> {
        self.operator.check()?;
        invariant::check_match(self.match_account.as_ref())
    }
}

pub(crate) fn handle(ctx: Context<Cancel>) -> Result<()> {
    ctx.accounts.validate(Clock::get()?.slot)?;
    {
        let mut header = ctx.accounts.match_account.load_mut()?;
        header.set_status(MatchStatus::Cancelled);
        header.release_bond(&mut ctx.accounts.operator)?;
    }
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &MatchCancelled {
            match_key: ctx.accounts.match_account.key(),
        },
    )?;
    Ok(())
}

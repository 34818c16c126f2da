//! Makes the payouts claimable when the challenge window has passed. Anybody may call it.

use anchor_lang::prelude::*;

use crate::{
    error::AureliusError,
    event::{self, MatchSettled},
    invariant,
    state::{Match, MatchStatus, Operator},
};

/// Accounts of `finalize`.
#[event_cpi]
#[derive(Accounts)]
pub struct Finalize<'info> {
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// Gets its bond of this match back.
    #[account(mut)]
    pub operator: Box<Account<'info, Operator>>,
}

impl Finalize<'_> {
    fn validate(&self, now: u64) -> Result<()> {
        let Self {
            match_account,
            operator,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one. operator: its operator.
        let header = match_account.load()?;
        header.check_operator_account(&operator.key())?;
        header.check_status(MatchStatus::Proposed, AureliusError::MatchNotProposed)?;
        ensure!(
            now > header.challenge_deadline,
            AureliusError::ChallengeWindowOpen
        );
        Ok(())
    }

    fn invariant(&self) -> Result<()> {
        self.operator.check()?;
        invariant::check_match(self.match_account.as_ref())
    }
}

pub(crate) fn handle(ctx: Context<Finalize>) -> Result<()> {
    ctx.accounts.validate(Clock::get()?.slot)?;
    {
        let mut header = ctx.accounts.match_account.load_mut()?;
        header.set_status(MatchStatus::Settled);
        header.release_bond(&mut ctx.accounts.operator)?;
    }
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &MatchSettled {
            match_key: ctx.accounts.match_account.key(),
            cosigned: false,
        },
    )?;
    Ok(())
}

//! Makes the payouts claimable when the challenge window has passed. Anybody may call it.

use anchor_lang::prelude::*;

use crate::{
    error::AureliusError,
    event::{self, MatchSettled},
    state::{Match, MatchStatus, Operator},
};

#[event_cpi]
#[derive(Accounts)]
pub struct Finalize<'info> {
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// Gets its bond of this match back.
    #[account(mut)]
    pub operator: Box<Account<'info, Operator>>,
}

impl Finalize<'_> {
    fn validate(&self, now: u64) -> Result<()> {
        // match_account: only this program makes one. operator: its operator.
        let header = self.match_account.load()?;
        header.check_operator_account(&self.operator.key())?;
        header.check_status(MatchStatus::Proposed, AureliusError::MatchNotProposed)?;
        ensure!(
            now > header.challenge_deadline,
            AureliusError::ChallengeWindowOpen
        );
        Ok(())
    }
}

pub(crate) fn handle(ctx: Context<Finalize>) -> Result<()> {
    ctx.accounts.validate(Clock::get()?.slot)?;
    {
        let mut header = ctx.accounts.match_account.load_mut()?;
        header.set_status(MatchStatus::Settled);
        header.release_bond(&mut ctx.accounts.operator)?;
    }
    event::emit(
        &ctx.accounts.event_authority,
        &MatchSettled {
            match_key: ctx.accounts.match_account.key(),
            cosigned: false,
        },
    )?;
    Ok(())
}

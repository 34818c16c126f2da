//! Makes the payouts claimable when the challenge window has passed. Anybody may call it.

use anchor_lang::prelude::*;

use crate::{
    error::AureliusError,
    event::{self, MatchSettled},
    state::{Match, MatchStatus},
};

#[event_cpi]
#[derive(Accounts)]
pub struct Finalize<'info> {
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
}

impl Finalize<'_> {
    fn validate(&self, now: u64) -> Result<()> {
        // match_account: only this program makes one.
        let header = self.match_account.load()?;
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
    ctx.accounts
        .match_account
        .load_mut()?
        .set_status(MatchStatus::Settled);
    event::emit(
        &ctx.accounts.event_authority,
        &MatchSettled {
            match_key: ctx.accounts.match_account.key(),
        },
    )?;
    Ok(())
}

//! Ends a match whose next step did not come in time: no reveal after the lock, no checkpoint or no
//! result after the start. Anybody may call it; every stake is refundable.

use anchor_lang::prelude::*;

use crate::{
    error::{refuse, AureliusError},
    event::{self, MatchVoided},
    state::{Match, MatchStatus},
};

#[event_cpi]
#[derive(Accounts)]
pub struct VoidMatch<'info> {
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
}

impl VoidMatch<'_> {
    fn validate(&self, now: u64) -> Result<()> {
        // match_account: only this program makes one.
        let header = self.match_account.load()?;
        match header.status()? {
            MatchStatus::Locked => ensure!(
                now > header.entropy_deadline,
                AureliusError::EntropyDeadlineNotPassed
            ),
            MatchStatus::Live => ensure!(
                now > header.progress_deadline,
                AureliusError::ProgressDeadlineNotPassed
            ),
            _ => return Err(refuse(AureliusError::NotVoidable)),
        }
        Ok(())
    }
}

pub(crate) fn handle(ctx: Context<VoidMatch>) -> Result<()> {
    ctx.accounts.validate(Clock::get()?.slot)?;
    let event = {
        let match_key = ctx.accounts.match_account.key();
        let mut header = ctx.accounts.match_account.load_mut()?;
        let status = header.status;
        header.set_status(MatchStatus::Voided);
        MatchVoided {
            match_key,
            status,
            checkpoints_posted: header.checkpoints_posted,
        }
    };
    event::emit(&ctx.accounts.event_authority, &event)?;
    Ok(())
}

//! Ends a match whose next step did not come in time. Anybody may call it; every stake is refundable.
//!
//! Locked, no reveal: the oracle may be to blame, so the operator's bond is freed. Live, no checkpoint or
//! no result: the operator fell silent while stakes were on the table, and the bond is forfeit.

use anchor_lang::prelude::*;

use crate::{
    error::{refuse, AureliusError},
    event::{self, MatchVoided},
    invariant,
    state::{Match, MatchStatus, Operator},
};

/// Accounts of `void_match`.
#[event_cpi]
#[derive(Accounts)]
pub struct VoidMatch<'info> {
    /// Gets the reporter's share where the bond is forfeit.
    pub caller: Signer<'info>,
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// Its operator; gets the bond back where the oracle may be to blame.
    #[account(mut)]
    pub operator: Box<Account<'info, Operator>>,
}

impl VoidMatch<'_> {
    fn validate(&self, now: u64) -> Result<MatchStatus> {
        let Self {
            caller: _,
            match_account,
            operator,
            event_authority: _,
            program: _,
        } = self;
        // caller: anybody. match_account: only this program makes one. operator: its operator.
        let header = match_account.load()?;
        header.check_operator_account(&operator.key())?;
        let status = header.status()?;
        match status {
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
        Ok(status)
    }

    fn invariant(&self) -> Result<()> {
        self.operator.check()?;
        invariant::check_match(self.match_account.as_ref())
    }
}

pub(crate) fn handle(ctx: Context<VoidMatch>) -> Result<()> {
    let now = Clock::get()?.slot;
    let status = ctx.accounts.validate(now)?;
    let event = {
        let caller = ctx.accounts.caller.key();
        let match_key = ctx.accounts.match_account.key();
        let mut data = ctx.accounts.match_account.as_ref().try_borrow_mut_data()?;
        let (header, slots) = Match::split_mut(&mut data)?;
        if status == MatchStatus::Live {
            header.void_with_slash(slots, caller, now)?;
        } else {
            header.set_status(MatchStatus::Voided);
            header.release_bond(&mut ctx.accounts.operator)?;
        }
        MatchVoided::of(match_key, status, header)
    };
    ctx.accounts.invariant()?;
    event::emit(&ctx.accounts.event_authority, &event)?;
    Ok(())
}

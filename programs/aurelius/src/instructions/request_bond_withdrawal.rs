//! Announces a withdrawal of free bond. What is announced answers for no new match, and leaves when the
//! delay is over: players who choose a match by its operator's bond see it go beforehand.

use anchor_lang::prelude::*;

use crate::{
    error::{refuse, AureliusError},
    event::{self, BondWithdrawalRequested},
    state::{Config, Operator},
};

#[event_cpi]
#[derive(Accounts)]
pub struct RequestBondWithdrawal<'info> {
    /// The operator's authority.
    pub authority: Signer<'info>,
    pub config: AccountLoader<'info, Config>,
    #[account(mut)]
    pub operator: Box<Account<'info, Operator>>,
}

impl RequestBondWithdrawal<'_> {
    fn validate(&self) -> Result<()> {
        // config, operator: only this program makes them. authority: the operator's.
        self.operator.check_authority(self.authority.key)
    }
}

/// Replaces an earlier request; an amount of 0 takes it back.
fn apply(operator: &mut Operator, amount: u64, now: u64, delay: u64) -> Result<()> {
    operator.withdrawal_amount = 0;
    ensure!(operator.free_bond() >= amount, AureliusError::BondInsufficient);
    operator.withdrawal_amount = amount;
    operator.withdrawal_slot = if amount == 0 {
        0
    } else {
        now.checked_add(delay)
            .ok_or_else(|| refuse(AureliusError::SlotOverflow))?
    };
    Ok(())
}

pub(crate) fn handle(ctx: Context<RequestBondWithdrawal>, amount: u64) -> Result<()> {
    ctx.accounts.validate()?;
    let delay = ctx.accounts.config.load()?.bond.withdraw_slots;
    let operator = &mut ctx.accounts.operator;
    apply(operator, amount, Clock::get()?.slot, delay)?;
    event::emit(
        &ctx.accounts.event_authority,
        &BondWithdrawalRequested {
            operator: operator.key(),
            amount,
            available_slot: operator.withdrawal_slot,
        },
    )?;
    Ok(())
}

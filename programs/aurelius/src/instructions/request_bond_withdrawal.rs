//! Announces a withdrawal of free bond. What is announced answers for no new match, and leaves when the
//! delay is over: players who choose a match by its operator's bond see it go beforehand.

use anchor_lang::prelude::*;

use crate::{
    error::{refuse, AureliusError},
    event::{self, BondWithdrawalRequested},
    state::{Config, Operator},
};

/// Accounts of `request_bond_withdrawal`.
#[event_cpi]
#[derive(Accounts)]
pub struct RequestBondWithdrawal<'info> {
    /// The operator's authority.
    pub authority: Signer<'info>,
    /// The program's one configuration; says how long a withdrawal waits.
    pub config: AccountLoader<'info, Config>,
    /// The operator account of the match.
    #[account(mut)]
    pub operator: Box<Account<'info, Operator>>,
}

impl RequestBondWithdrawal<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            authority,
            config: _,
            operator,
            event_authority: _,
            program: _,
        } = self;
        // config, operator: only this program makes them. authority: the operator's.
        operator.check_authority(authority.key)
    }

    fn invariant(&self) -> Result<()> {
        self.operator.check()
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
    let accounts = ctx.accounts;
    accounts.validate()?;
    let delay = accounts.config.load()?.checked()?.bond.withdraw_slots;
    apply(&mut accounts.operator, amount, Clock::get()?.slot, delay)?;
    accounts.invariant()?;
    event::emit(
        &accounts.event_authority,
        &BondWithdrawalRequested {
            operator: accounts.operator.key(),
            amount,
            available_slot: accounts.operator.withdrawal_slot,
        },
    )?;
    Ok(())
}

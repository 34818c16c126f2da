//! Pays an announced withdrawal to the operator's own token account, when the delay is over.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::{refuse, AureliusError},
    event::{self, BondWithdrawn},
    payment::{Recipient, VaultTransfer},
    state::Operator,
};

#[event_cpi]
#[derive(Accounts)]
pub struct WithdrawBond<'info> {
    /// The operator's authority.
    pub authority: Signer<'info>,
    #[account(mut)]
    pub operator: Box<Account<'info, Operator>>,
    #[account(mut)]
    pub bond_vault: Box<InterfaceAccount<'info, TokenAccount>>,
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// CHECK: must be the authority's canonical token account.
    #[account(mut)]
    pub recipient_token: UncheckedAccount<'info>,
    pub token_program: Interface<'info, TokenInterface>,
}

impl WithdrawBond<'_> {
    fn validate(&self, now: u64) -> Result<()> {
        // operator: only this program makes one. authority, bond_vault, mint: its own.
        self.operator.check_authority(self.authority.key)?;
        self.operator.check_bond_vault(&self.bond_vault.key())?;
        self.operator.check_mint(&self.mint.key())?;
        ensure!(
            self.operator.withdrawal_amount > 0,
            AureliusError::NoWithdrawalRequested
        );
        ensure!(
            now >= self.operator.withdrawal_slot,
            AureliusError::WithdrawalNotReady
        );
        // token_program: that of the bond vault. recipient_token: the authority's own.
        ensure!(
            *self.bond_vault.to_account_info().owner == self.token_program.key(),
            AureliusError::TokenProgramMismatch
        );
        Recipient {
            owner: self.authority.key,
            caller: Some(self.authority.key),
            mint: &self.operator.mint,
            token_program: self.token_program.key,
        }
        .check(&self.recipient_token)
    }
}

fn apply(operator: &mut Operator) -> Result<u64> {
    let amount = operator.withdrawal_amount;
    operator.withdrawal_amount = 0;
    operator.withdrawal_slot = 0;
    operator.bond = operator
        .bond
        .checked_sub(amount)
        .ok_or_else(|| refuse(AureliusError::BondBooksUnbalanced))?;
    Ok(amount)
}

pub(crate) fn handle(ctx: Context<WithdrawBond>) -> Result<()> {
    let accounts = ctx.accounts;
    accounts.validate(Clock::get()?.slot)?;
    let amount = apply(&mut accounts.operator)?;
    let signer = accounts.operator.signer();
    VaultTransfer {
        token_program: &accounts.token_program,
        vault: accounts.bond_vault.as_ref().as_ref(),
        mint: accounts.mint.as_ref().as_ref(),
        decimals: accounts.mint.decimals,
        authority: accounts.operator.as_ref().as_ref(),
    }
    .send(&accounts.recipient_token, amount, &signer.seeds())?;
    accounts.bond_vault.reload()?;
    accounts.operator.check_books(accounts.bond_vault.amount)?;
    event::emit(
        &accounts.event_authority,
        &BondWithdrawn {
            operator: accounts.operator.key(),
            recipient: accounts.recipient_token.key(),
            amount,
            bond: accounts.operator.bond,
        },
    )?;
    Ok(())
}

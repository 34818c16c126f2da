//! Pays an announced withdrawal to the operator's own token account, when the delay is over.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::{refuse, AureliusError},
    event::{self, BondWithdrawn},
    payment::{Recipient, VaultTransfer},
    state::Operator,
};

/// Accounts of `withdraw_bond`.
#[event_cpi]
#[derive(Accounts)]
pub struct WithdrawBond<'info> {
    /// The operator's authority.
    pub authority: Signer<'info>,
    /// The operator account of the match.
    #[account(mut)]
    pub operator: Box<Account<'info, Operator>>,
    /// Token account of the operator's bond; the operator account is its authority.
    #[account(mut)]
    pub bond_vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Mint of the operator account.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Token account that is paid.
    /// CHECK: must be the authority's canonical token account.
    #[account(mut)]
    pub recipient_token: UncheckedAccount<'info>,
    /// The token program that owns the mint.
    pub token_program: Interface<'info, TokenInterface>,
    /// The memo program, for a recipient that takes no transfer without a memo.
    /// CHECK: compared with the memo program's address where it is called.
    pub memo_program: Option<UncheckedAccount<'info>>,
}

impl WithdrawBond<'_> {
    fn validate(&self, now: u64) -> Result<()> {
        let Self {
            authority,
            operator,
            bond_vault,
            mint,
            recipient_token,
            token_program,
            memo_program: _,
            event_authority: _,
            program: _,
        } = self;
        // operator: only this program makes one. authority, bond_vault, mint: its own.
        operator.check_authority(authority.key)?;
        operator.check_bond_vault(&bond_vault.key())?;
        operator.check_mint(&mint.key())?;
        ensure!(
            operator.withdrawal_amount > 0,
            AureliusError::NoWithdrawalRequested
        );
        ensure!(now >= operator.withdrawal_slot, AureliusError::WithdrawalNotReady);
        // token_program: that of the bond vault. recipient_token: the authority's own.
        ensure!(
            *bond_vault.to_account_info().owner == token_program.key(),
            AureliusError::TokenProgramMismatch
        );
        Recipient {
            owner: authority.key,
            caller: Some(authority.key),
            mint: &operator.mint,
            token_program: token_program.key,
            may_hold: false,
        }
        .check(recipient_token)
    }

    fn invariant(&mut self) -> Result<()> {
        self.bond_vault.reload()?;
        self.operator.check_funded(self.bond_vault.amount)
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
        memo_program: accounts.memo_program.as_ref().map(AsRef::as_ref),
    }
    .send(&accounts.recipient_token, amount, &signer.seeds())?;
    accounts.invariant()?;
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

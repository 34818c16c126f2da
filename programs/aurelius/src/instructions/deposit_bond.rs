//! Adds to an operator's bond. Anybody may; it belongs to the operator afterwards.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::{refuse, AureliusError},
    event::{self, BondDeposited},
    payment::Deposit,
    state::Operator,
};

/// Accounts of `deposit_bond`.
#[event_cpi]
#[derive(Accounts)]
pub struct DepositBond<'info> {
    /// Pays; owns nothing of the bond afterwards.
    pub depositor: Signer<'info>,
    /// The operator account whose bond grows.
    #[account(mut)]
    pub operator: Box<Account<'info, Operator>>,
    /// Token account of the operator's bond; the operator account is its authority.
    #[account(mut)]
    pub bond_vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Mint of the operator account.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Any token account from which the depositor may pay.
    #[account(mut)]
    pub depositor_token: Box<InterfaceAccount<'info, TokenAccount>>,
    /// The token program that owns the mint.
    pub token_program: Interface<'info, TokenInterface>,
}

impl DepositBond<'_> {
    fn validate(&self, amount: u64) -> Result<()> {
        let Self {
            depositor: _,
            operator,
            bond_vault,
            mint,
            depositor_token: _,
            token_program: _,
            event_authority: _,
            program: _,
        } = self;
        ensure!(amount > 0, AureliusError::BondAmountInvalid);
        // operator: any that this program made. bond_vault, mint: its own.
        operator.check_bond_vault(&bond_vault.key())?;
        operator.check_mint(&mint.key())
        // depositor: signs for the tokens. depositor_token, token_program: the token program checks
        // mint and authority, and that it owns the accounts.
    }

    fn invariant(&self) -> Result<()> {
        // The deposit has read the vault again.
        self.operator.check_funded(self.bond_vault.amount)
    }
}

fn apply(operator: &mut Operator, amount: u64) -> Result<()> {
    operator.bond = operator
        .bond
        .checked_add(amount)
        .ok_or_else(|| refuse(AureliusError::AmountOverflow))?;
    Ok(())
}

pub(crate) fn handle(ctx: Context<DepositBond>, amount: u64) -> Result<()> {
    let accounts = ctx.accounts;
    accounts.validate(amount)?;
    apply(&mut accounts.operator, amount)?;
    Deposit {
        token_program: &accounts.token_program,
        from: accounts.depositor_token.as_ref().as_ref(),
        mint: accounts.mint.as_ref().as_ref(),
        decimals: accounts.mint.decimals,
        authority: &accounts.depositor,
    }
    .take(&mut accounts.bond_vault, amount)?;
    accounts.invariant()?;
    event::emit(
        &accounts.event_authority,
        &BondDeposited {
            operator: accounts.operator.key(),
            depositor: accounts.depositor.key(),
            amount,
            bond: accounts.operator.bond,
        },
    )?;
    Ok(())
}

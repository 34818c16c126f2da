//! Moves a forfeited bond from the operator's bond vault into the match's vault, from where challenger
//! and players take their shares. Anybody may call it. A step of its own, so that nothing that can go
//! wrong with the bond's tokens delays a stake's way back.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::{refuse, AureliusError},
    event::{self, SlashCollected},
    invariant,
    payment::VaultTransfer,
    state::{Match, Operator},
};

/// Accounts of `collect_slash`.
#[event_cpi]
#[derive(Accounts)]
pub struct CollectSlash<'info> {
    /// The voided match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// Its operator, whose bond is taken.
    #[account(mut)]
    pub operator: Box<Account<'info, Operator>>,
    /// Token account of the operator's bond; the operator account is its authority.
    #[account(mut)]
    pub bond_vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Token account of the match; the match is its authority.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Mint in which the match is played.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// The token program that owns the mint.
    pub token_program: Interface<'info, TokenInterface>,
}

impl CollectSlash<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            match_account,
            operator,
            bond_vault,
            vault,
            mint,
            token_program,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one. operator, vault, mint, token_program: its own.
        let header = match_account.load()?;
        header.check_operator_account(&operator.key())?;
        header.check_vault(&vault.key())?;
        header.check_mint(&mint.key())?;
        header.check_token_program(token_program.key)?;
        ensure!(header.slash_outstanding(), AureliusError::NothingToCollect);
        // bond_vault: the operator's.
        operator.check_bond_vault(&bond_vault.key())
    }

    fn invariant(&mut self) -> Result<()> {
        self.bond_vault.reload()?;
        self.operator.check_funded(self.bond_vault.amount)?;
        self.vault.reload()?;
        invariant::check_funded(self.match_account.as_ref(), self.vault.amount)
    }
}

fn apply(header: &mut Match, operator: &mut Operator) -> Result<u64> {
    let amount = header.slash;
    operator.slash(amount)?;
    header.bond_held = 0;
    header.slash_collected = 1;
    header.owed = header
        .owed
        .checked_add(amount)
        .ok_or_else(|| refuse(AureliusError::AmountOverflow))?;
    Ok(amount)
}

pub(crate) fn handle(ctx: Context<CollectSlash>) -> Result<()> {
    let accounts = ctx.accounts;
    accounts.validate()?;
    let amount = apply(&mut *accounts.match_account.load_mut()?, &mut accounts.operator)?;
    let signer = accounts.operator.signer();
    VaultTransfer {
        token_program: &accounts.token_program,
        vault: accounts.bond_vault.as_ref().as_ref(),
        mint: accounts.mint.as_ref().as_ref(),
        decimals: accounts.mint.decimals,
        authority: accounts.operator.as_ref().as_ref(),
    }
    .send(accounts.vault.as_ref().as_ref(), amount, &signer.seeds())?;
    accounts.invariant()?;
    event::emit(
        &accounts.event_authority,
        &SlashCollected {
            match_key: accounts.match_account.key(),
            operator: accounts.operator.key(),
            amount,
        },
    )?;
    Ok(())
}

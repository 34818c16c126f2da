//! Moves a forfeited bond from the operator's bond vault into the match's vault, from where challenger
//! and players take their shares. Anybody may call it. A step of its own, so that nothing that can go
//! wrong with the bond's tokens delays a stake's way back.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::{refuse, AureliusError},
    event::{self, SlashCollected},
    payment::VaultTransfer,
    state::{Match, Operator},
};

#[event_cpi]
#[derive(Accounts)]
pub struct CollectSlash<'info> {
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    #[account(mut)]
    pub operator: Box<Account<'info, Operator>>,
    #[account(mut)]
    pub bond_vault: Box<InterfaceAccount<'info, TokenAccount>>,
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    pub token_program: Interface<'info, TokenInterface>,
}

impl CollectSlash<'_> {
    fn validate(&self) -> Result<()> {
        // match_account: only this program makes one. operator, vault, mint, token_program: its own.
        let header = self.match_account.load()?;
        header.check_operator_account(&self.operator.key())?;
        header.check_vault(&self.vault.key())?;
        header.check_mint(&self.mint.key())?;
        header.check_token_program(self.token_program.key)?;
        ensure!(header.slash_outstanding(), AureliusError::NothingToCollect);
        // bond_vault: the operator's.
        self.operator.check_bond_vault(&self.bond_vault.key())
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

impl CollectSlash<'_> {
    fn invariant(&mut self) -> Result<()> {
        self.bond_vault.reload()?;
        self.vault.reload()?;
        self.operator.check_books(self.bond_vault.amount)?;
        self.match_account.load()?.check_books(self.vault.amount)
    }
}

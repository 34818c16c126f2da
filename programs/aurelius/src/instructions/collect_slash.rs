//! Takes a forfeited bond out of the operator's bond vault: a part is burned, the rest goes into the match's
//! vault, from where challenger and players take their shares. Wrapped SOL cannot be burned: its part goes
//! to the token account of the incinerator, an address that nobody has a key of, so that no operator and no
//! authority reaches it. Anybody may call it. A step of its own, so that nothing that can go wrong with the
//! bond's tokens delays a stake's way back.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::{refuse, AureliusError},
    event::{self, SlashCollected},
    invariant,
    payment::{is_native_mint, Recipient, VaultTransfer, INCINERATOR},
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
    #[account(mut)]
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// CHECK: needed for wrapped SOL only; must be the incinerator's canonical token account.
    #[account(mut)]
    pub incinerator_token: Option<UncheckedAccount<'info>>,
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
            incinerator_token,
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
        // incinerator_token: the incinerator's own, where the tokens go there.
        if is_native_mint(&header.mint) {
            Recipient {
                owner: &INCINERATOR,
                caller: None,
                mint: &header.mint,
                token_program: &header.token_program,
                may_hold: false,
            }
            .check(
                incinerator_token
                    .as_ref()
                    .ok_or_else(|| refuse(AureliusError::IncineratorMissing))?,
            )?;
        }
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

/// Where the tokens of a slash go.
struct Collected {
    /// Into the match's vault.
    kept: u64,
    /// Into the fire.
    burnt: u64,
}

fn apply(header: &mut Match, operator: &mut Operator) -> Result<Collected> {
    operator.slash(header.slash)?;
    let burnt = header.slash_burn;
    let kept = header
        .slash
        .checked_sub(burnt)
        .ok_or_else(|| refuse(AureliusError::BooksUnbalanced))?;
    header.bond_held = 0;
    header.slash_collected = 1;
    header.owed = header
        .owed
        .checked_add(kept)
        .ok_or_else(|| refuse(AureliusError::AmountOverflow))?;
    Ok(Collected { kept, burnt })
}

pub(crate) fn handle(ctx: Context<CollectSlash>) -> Result<()> {
    let accounts = ctx.accounts;
    accounts.validate()?;
    let collected = apply(&mut *accounts.match_account.load_mut()?, &mut accounts.operator)?;
    let signer = accounts.operator.signer();
    let transfer = VaultTransfer {
        token_program: &accounts.token_program,
        vault: accounts.bond_vault.as_ref().as_ref(),
        mint: accounts.mint.as_ref().as_ref(),
        decimals: accounts.mint.decimals,
        authority: accounts.operator.as_ref().as_ref(),
        memo_program: None,
    };
    transfer.send(accounts.vault.as_ref().as_ref(), collected.kept, &signer.seeds())?;
    let burnt_to = match &accounts.incinerator_token {
        Some(incinerator) if is_native_mint(&accounts.mint.key()) => {
            transfer.send(incinerator, collected.burnt, &signer.seeds())?;
            incinerator.key()
        }
        _ => {
            transfer.burn(collected.burnt, &signer.seeds())?;
            accounts.mint.key()
        }
    };
    accounts.invariant()?;
    event::emit(
        &accounts.event_authority,
        &SlashCollected {
            match_key: accounts.match_account.key(),
            operator: accounts.operator.key(),
            amount: collected.kept,
            burnt: collected.burnt,
            burnt_to,
        },
    )?;
    Ok(())
}

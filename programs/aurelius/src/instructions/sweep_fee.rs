//! Pays the fee of a settled match to the treasury. Anybody may call it.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::AureliusError,
    event::{self, FeeSwept},
    invariant,
    payment::{Recipient, VaultTransfer},
    state::{Config, Match, MatchStatus},
};

/// Accounts of `sweep_fee`.
#[event_cpi]
#[derive(Accounts)]
pub struct SweepFee<'info> {
    /// The program's one configuration; names the treasury.
    pub config: AccountLoader<'info, Config>,
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// Token account of the match; the match is its authority.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Mint in which the match is played.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// The treasury's token account.
    /// CHECK: must be the treasury's canonical token account.
    #[account(mut)]
    pub treasury_token: UncheckedAccount<'info>,
    /// The token program that owns the mint.
    pub token_program: Interface<'info, TokenInterface>,
}

impl SweepFee<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            config,
            match_account,
            vault,
            mint,
            treasury_token,
            token_program,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one. vault, mint, token_program: the match's.
        let header = match_account.load()?;
        header.check_status(MatchStatus::Settled, AureliusError::MatchNotSettled)?;
        header.check_vault(&vault.key())?;
        header.check_mint(&mint.key())?;
        header.check_token_program(token_program.key)?;
        // config: only this program makes one. treasury_token: of the treasury it names.
        Recipient {
            owner: &config.load()?.checked()?.treasury,
            caller: None,
            mint: &header.mint,
            token_program: &header.token_program,
            may_hold: false,
        }
        .check(treasury_token)
    }

    fn invariant(&mut self) -> Result<()> {
        self.vault.reload()?;
        invariant::check_funded(self.match_account.as_ref(), self.vault.amount)
    }
}

fn apply(header: &mut Match) -> Result<u64> {
    ensure!(header.fee_swept == 0, AureliusError::FeeAlreadySwept);
    header.fee_swept = 1;
    let amount = header.fee;
    header.spend(amount)?;
    Ok(amount)
}

pub(crate) fn handle(ctx: Context<SweepFee>) -> Result<()> {
    ctx.accounts.validate()?;
    let (amount, signer) = {
        let mut header = ctx.accounts.match_account.load_mut()?;
        (apply(&mut header)?, header.signer())
    };
    VaultTransfer {
        token_program: &ctx.accounts.token_program,
        vault: ctx.accounts.vault.as_ref().as_ref(),
        mint: ctx.accounts.mint.as_ref().as_ref(),
        decimals: ctx.accounts.mint.decimals,
        authority: ctx.accounts.match_account.as_ref(),
        memo_program: None,
    }
    .send(&ctx.accounts.treasury_token, amount, &signer.seeds())?;
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &FeeSwept {
            match_key: ctx.accounts.match_account.key(),
            recipient: ctx.accounts.treasury_token.key(),
            amount,
        },
    )?;
    Ok(())
}

//! Closes match, trace and vault when nothing is owed and no entry is left; the rent goes to whoever
//! paid it. Tokens that somebody donated to the vault go to the treasury first. Anybody may call it.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{self, CloseAccount, Mint, TokenAccount, TokenInterface};

use crate::{
    error::{refuse, AureliusError},
    event::{self, MatchClosed},
    payment::{Recipient, VaultTransfer},
    state::{Config, Match, MatchSigner, Trace},
};

/// Accounts of `close_match`.
#[event_cpi]
#[derive(Accounts)]
pub struct CloseMatch<'info> {
    /// Anybody; whoever paid the randomness account's rent may waive it by signing here.
    pub caller: Signer<'info>,
    /// The program's one configuration; names the treasury.
    pub config: AccountLoader<'info, Config>,
    /// The match, closed here.
    #[account(mut, close = rent_payer)]
    pub match_account: AccountLoader<'info, Match>,
    /// The match's trace, closed here.
    #[account(mut, close = rent_payer)]
    pub trace: AccountLoader<'info, Trace>,
    /// Token account of the match, closed here.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Mint in which the match is played.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// The treasury's token account.
    /// CHECK: needed only for donated tokens; must be the treasury's canonical token account.
    #[account(mut)]
    pub treasury_token: Option<UncheckedAccount<'info>>,
    /// Gets the rent back.
    /// CHECK: compared with the one that the match records.
    #[account(mut)]
    pub rent_payer: UncheckedAccount<'info>,
    /// The token program that owns the mint.
    pub token_program: Interface<'info, TokenInterface>,
}

impl CloseMatch<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            caller,
            config,
            match_account,
            trace,
            vault,
            mint,
            treasury_token,
            rent_payer,
            token_program,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one. trace, vault, mint, token_program: its own.
        let header = match_account.load()?;
        check_done(&header)?;
        ensure!(header.trace == trace.key(), AureliusError::TraceMismatch);
        header.check_vault(&vault.key())?;
        header.check_mint(&mint.key())?;
        header.check_token_program(token_program.key)?;
        // rent_payer: the recorded one.
        ensure!(
            header.rent_payer == rent_payer.key(),
            AureliusError::RentPayerMismatch
        );
        // caller: anybody, but only the payer of the randomness account's rent may waive it.
        ensure!(
            header.randomness == Pubkey::default() || header.randomness_rent_payer == caller.key(),
            AureliusError::RandomnessStillOpen
        );
        // config: only this program makes one. treasury_token: of the treasury it names.
        if vault.amount > 0 {
            Recipient {
                owner: &config.load()?.checked()?.treasury,
                caller: None,
                mint: &header.mint,
                token_program: &header.token_program,
                may_hold: false,
            }
            .check(
                treasury_token
                    .as_ref()
                    .ok_or_else(|| refuse(AureliusError::TreasuryAccountMissing))?,
            )?;
        }
        Ok(())
    }
}

/// Nothing owed, nobody left.
fn check_done(header: &Match) -> Result<()> {
    ensure!(header.status()?.is_over(), AureliusError::MatchNotOver);
    ensure!(!header.slash_outstanding(), AureliusError::SlashNotCollected);
    ensure!(header.owed == 0, AureliusError::MatchNotEmpty);
    ensure!(header.entries_open == 0, AureliusError::EntriesStillOpen);
    Ok(())
}

pub(crate) fn handle(ctx: Context<CloseMatch>) -> Result<()> {
    ctx.accounts.validate()?;
    let signer = ctx.accounts.match_account.load()?.signer();
    let surplus = ctx.accounts.vault.amount;
    if let Some(treasury_token) = &ctx.accounts.treasury_token {
        VaultTransfer {
            token_program: &ctx.accounts.token_program,
            vault: ctx.accounts.vault.as_ref().as_ref(),
            mint: ctx.accounts.mint.as_ref().as_ref(),
            decimals: ctx.accounts.mint.decimals,
            authority: ctx.accounts.match_account.as_ref(),
            memo_program: None,
        }
        .send(treasury_token, surplus, &signer.seeds())?;
    }
    ctx.accounts.close_vault(&signer)?;
    event::emit(
        &ctx.accounts.event_authority,
        &MatchClosed {
            match_key: ctx.accounts.match_account.key(),
            surplus,
        },
    )?;
    Ok(())
}

impl CloseMatch<'_> {
    fn close_vault(&self, signer: &MatchSigner) -> Result<()> {
        token_interface::close_account(CpiContext::new_with_signer(
            self.token_program.key(),
            CloseAccount {
                account: self.vault.to_account_info(),
                destination: self.rent_payer.to_account_info(),
                authority: self.match_account.to_account_info(),
            },
            &[&signer.seeds()],
        ))
    }
}

//! Pays the challenger's share of a collected slash to their own token account, when as many slots have
//! passed as a withdrawal of bond waits: an operator who reports themselves is no faster out of the bond
//! than one who asks for it. Anybody may push it.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::AureliusError,
    event::{self, AwardPaid},
    invariant,
    payment::{Recipient, VaultTransfer},
    state::Match,
};

/// Accounts of `claim_award`.
#[event_cpi]
#[derive(Accounts)]
pub struct ClaimAward<'info> {
    /// Anybody; the reporter in person may have a delegate on the token account.
    pub caller: Signer<'info>,
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// Token account of the match; the match is its authority.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Mint in which the match is played.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Token account that is paid.
    /// CHECK: must be the challenger's canonical token account.
    #[account(mut)]
    pub recipient_token: UncheckedAccount<'info>,
    /// The token program that owns the mint.
    pub token_program: Interface<'info, TokenInterface>,
    /// The memo program, for a recipient that takes no transfer without a memo.
    /// CHECK: compared with the memo program's address where it is called.
    pub memo_program: Option<UncheckedAccount<'info>>,
}

impl ClaimAward<'_> {
    fn validate(&self, now: u64) -> Result<()> {
        let Self {
            caller,
            match_account,
            vault,
            mint,
            recipient_token,
            token_program,
            memo_program: _,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one. vault, mint, token_program: the match's.
        let header = match_account.load()?;
        ensure!(
            header.award > 0 && header.slash_collected != 0 && header.award_paid == 0,
            AureliusError::NoAward
        );
        ensure!(now >= header.slash_payable_slot, AureliusError::SlashNotPayable);
        header.check_vault(&vault.key())?;
        header.check_mint(&mint.key())?;
        header.check_token_program(token_program.key)?;
        // caller: anybody. recipient_token: the recorded challenger's own.
        Recipient {
            owner: &header.challenger,
            caller: Some(caller.key),
            mint: &header.mint,
            token_program: &header.token_program,
            may_hold: header.may_hold(now),
        }
        .check(recipient_token)
    }

    fn invariant(&mut self) -> Result<()> {
        self.vault.reload()?;
        invariant::check_funded(self.match_account.as_ref(), self.vault.amount)
    }
}

fn apply(header: &mut Match) -> Result<u64> {
    header.award_paid = 1;
    let amount = header.award;
    header.spend(amount)?;
    Ok(amount)
}

pub(crate) fn handle(ctx: Context<ClaimAward>) -> Result<()> {
    ctx.accounts.validate(Clock::get()?.slot)?;
    let (amount, challenger, signer) = {
        let mut header = ctx.accounts.match_account.load_mut()?;
        (apply(&mut header)?, header.challenger, header.signer())
    };
    VaultTransfer {
        token_program: &ctx.accounts.token_program,
        vault: ctx.accounts.vault.as_ref().as_ref(),
        mint: ctx.accounts.mint.as_ref().as_ref(),
        decimals: ctx.accounts.mint.decimals,
        authority: ctx.accounts.match_account.as_ref(),
        memo_program: ctx.accounts.memo_program.as_ref().map(AsRef::as_ref),
    }
    .send(&ctx.accounts.recipient_token, amount, &signer.seeds())?;
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &AwardPaid {
            match_key: ctx.accounts.match_account.key(),
            challenger,
            recipient: ctx.accounts.recipient_token.key(),
            amount,
        },
    )?;
    Ok(())
}

//! Pays one player's payout, or the stake of a late entry that was never admitted. Anybody may push
//! it; it arrives in the player's canonical token account or not at all, and one player's trouble
//! (a frozen or missing account) delays nobody else.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::AureliusError,
    event::{self, Claimed},
    invariant,
    payment::{Recipient, VaultTransfer},
    state::{Entry, Match, MatchStatus, PlayerSlot},
};

/// Accounts of `claim`.
#[event_cpi]
#[derive(Accounts)]
pub struct Claim<'info> {
    /// Anybody; a player who asks in person may have a delegate on the token account.
    pub caller: Signer<'info>,
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// The player's entry in the match.
    #[account(mut)]
    pub entry: Box<Account<'info, Entry>>,
    /// Token account of the match; the match is its authority.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Mint in which the match is played.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Token account that is paid.
    /// CHECK: must be the recorded player's canonical token account.
    #[account(mut)]
    pub recipient_token: UncheckedAccount<'info>,
    /// The token program that owns the mint.
    pub token_program: Interface<'info, TokenInterface>,
    /// The memo program, for a recipient that takes no transfer without a memo.
    /// CHECK: compared with the memo program's address where it is called.
    pub memo_program: Option<UncheckedAccount<'info>>,
}

impl Claim<'_> {
    fn validate(&self, now: u64) -> Result<()> {
        let Self {
            caller,
            match_account,
            entry,
            vault,
            mint,
            recipient_token,
            token_program,
            memo_program: _,
            event_authority: _,
            program: _,
        } = self;
        // entry: of this match.
        entry.check_match(&match_account.key())?;
        // match_account: only this program makes one. vault, mint, token_program: the match's.
        let header = match_account.load()?;
        header.check_status(MatchStatus::Settled, AureliusError::MatchNotSettled)?;
        header.check_vault(&vault.key())?;
        header.check_mint(&mint.key())?;
        header.check_token_program(token_program.key)?;
        // caller: anybody. recipient_token: the recorded player's own.
        Recipient {
            owner: &entry.player,
            caller: Some(caller.key),
            mint: &header.mint,
            token_program: &header.token_program,
            may_hold: header.may_hold(now),
        }
        .check(recipient_token)
    }

    fn invariant(&mut self) -> Result<()> {
        invariant::check_entry(self.match_account.as_ref(), &self.entry)?;
        self.vault.reload()?;
        invariant::check_funded(self.match_account.as_ref(), self.vault.amount)
    }
}

/// Marks the slot as paid and returns what it is owed.
fn apply(header: &mut Match, slots: &mut [PlayerSlot], entry: &Entry) -> Result<u64> {
    let slot = entry.slot_mut(slots)?;
    ensure!(!slot.has(PlayerSlot::CLAIMED), AureliusError::AlreadyClaimed);
    ensure!(slot.payout > 0, AureliusError::NothingToClaim);
    slot.flags |= PlayerSlot::CLAIMED;
    let amount = slot.payout;
    header.spend(amount)?;
    Ok(amount)
}

pub(crate) fn handle(ctx: Context<Claim>) -> Result<()> {
    ctx.accounts.validate(Clock::get()?.slot)?;
    let (amount, refund, signer) = {
        let mut data = ctx.accounts.match_account.as_ref().try_borrow_mut_data()?;
        let (header, slots) = Match::split_mut(&mut data)?;
        let amount = apply(header, slots, &ctx.accounts.entry)?;
        let refund = ctx.accounts.entry.slot_mut(slots)?.has(PlayerSlot::REFUNDED);
        (amount, refund, header.signer())
    };
    ctx.accounts.entry.claimed = true;
    ctx.accounts.entry.refunded = refund;
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
        &Claimed {
            match_key: ctx.accounts.match_account.key(),
            player: ctx.accounts.entry.player,
            recipient: ctx.accounts.recipient_token.key(),
            amount,
            refund,
        },
    )?;
    Ok(())
}

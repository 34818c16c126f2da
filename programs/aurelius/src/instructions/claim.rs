//! Pays one player's payout, or the stake of a late entry that was never admitted. Anybody may push
//! it; it arrives in the player's canonical token account or not at all, and one player's trouble
//! (a frozen or missing account) delays nobody else.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::AureliusError,
    event::{self, Claimed},
    payment::{Recipient, VaultTransfer},
    state::{Entry, Match, MatchStatus, PlayerSlot},
};

#[event_cpi]
#[derive(Accounts)]
pub struct Claim<'info> {
    pub caller: Signer<'info>,
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    #[account(mut)]
    pub entry: Box<Account<'info, Entry>>,
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// CHECK: must be the recorded player's canonical token account.
    #[account(mut)]
    pub recipient_token: UncheckedAccount<'info>,
    pub token_program: Interface<'info, TokenInterface>,
}

impl Claim<'_> {
    fn validate(&self) -> Result<()> {
        // entry: of this match.
        self.entry.check_match(&self.match_account.key())?;
        // match_account: only this program makes one. vault, mint, token_program: the match's.
        let header = self.match_account.load()?;
        header.check_status(MatchStatus::Settled, AureliusError::MatchNotSettled)?;
        header.check_vault(&self.vault.key())?;
        header.check_mint(&self.mint.key())?;
        header.check_token_program(self.token_program.key)?;
        // caller: anybody. recipient_token: the recorded player's own.
        Recipient {
            owner: &self.entry.player,
            caller: Some(self.caller.key),
            mint: &header.mint,
            token_program: &header.token_program,
        }
        .check(&self.recipient_token)
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
    ctx.accounts.validate()?;
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

impl Claim<'_> {
    fn invariant(&mut self) -> Result<()> {
        self.vault.reload()?;
        self.match_account.load()?.check_books(self.vault.amount)
    }
}

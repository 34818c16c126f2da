//! Pays one player's stake back after a match was cancelled or voided, and his share of a slashed bond
//! once that was collected. The stake never waits for the bond: what is due later takes a second call.
//! Anybody may push it; it arrives in the player's canonical token account or not at all.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::{refuse, AureliusError},
    event::{self, Refunded},
    payment::{Recipient, VaultTransfer},
    state::{Entry, Match, PlayerSlot},
};

#[event_cpi]
#[derive(Accounts)]
pub struct Refund<'info> {
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

impl Refund<'_> {
    fn validate(&self) -> Result<()> {
        // entry: of this match.
        self.entry.check_match(&self.match_account.key())?;
        // match_account: only this program makes one. vault, mint, token_program: the match's.
        let header = self.match_account.load()?;
        ensure!(header.status()?.is_refunding(), AureliusError::MatchNotRefunding);
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

/// What goes to the player now.
struct Due {
    stake: u64,
    compensation: u64,
}

/// Marks what is due as paid, and returns it.
fn apply(header: &mut Match, slots: &mut [PlayerSlot], entry: &Entry) -> Result<Due> {
    let slot = entry.slot_mut(slots)?;
    let mut due = Due {
        stake: 0,
        compensation: 0,
    };
    if !slot.has(PlayerSlot::REFUNDED) {
        slot.flags |= PlayerSlot::REFUNDED;
        due.stake = slot.paid;
    }
    if header.slash_collected != 0 && !slot.has(PlayerSlot::COMPENSATED) {
        slot.flags |= PlayerSlot::COMPENSATED;
        due.compensation = header.compensation(slot);
    }
    let total = due
        .stake
        .checked_add(due.compensation)
        .ok_or_else(|| refuse(AureliusError::AmountOverflow))?;
    ensure!(total > 0, AureliusError::AlreadyRefunded);
    header.spend(total)?;
    Ok(due)
}

pub(crate) fn handle(ctx: Context<Refund>) -> Result<()> {
    ctx.accounts.validate()?;
    let (due, signer) = {
        let mut data = ctx.accounts.match_account.as_ref().try_borrow_mut_data()?;
        let (header, slots) = Match::split_mut(&mut data)?;
        (apply(header, slots, &ctx.accounts.entry)?, header.signer())
    };
    ctx.accounts.entry.refunded = true;
    VaultTransfer {
        token_program: &ctx.accounts.token_program,
        vault: ctx.accounts.vault.as_ref().as_ref(),
        mint: ctx.accounts.mint.as_ref().as_ref(),
        decimals: ctx.accounts.mint.decimals,
        authority: ctx.accounts.match_account.as_ref(),
    }
    .send(
        &ctx.accounts.recipient_token,
        due.stake + due.compensation,
        &signer.seeds(),
    )?;
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &Refunded {
            match_key: ctx.accounts.match_account.key(),
            player: ctx.accounts.entry.player,
            recipient: ctx.accounts.recipient_token.key(),
            amount: due.stake,
            compensation: due.compensation,
        },
    )?;
    Ok(())
}

impl Refund<'_> {
    fn invariant(&mut self) -> Result<()> {
        self.vault.reload()?;
        self.match_account.load()?.check_books(self.vault.amount)
    }
}

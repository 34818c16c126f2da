//! Pays one player's stake back after a match was cancelled or voided, and their share of a slashed bond
//! once that was collected and has waited as long as a withdrawal of bond. The stake never waits for the
//! bond: what is due later takes a second call. Anybody may push it; it arrives in the player's canonical
//! token account or not at all.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::{refuse, AureliusError},
    event::{self, Refunded},
    invariant,
    payment::{Recipient, VaultTransfer},
    state::{Entry, Match, PlayerSlot},
};

/// Accounts of `refund`.
#[event_cpi]
#[derive(Accounts)]
pub struct Refund<'info> {
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

impl Refund<'_> {
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
        ensure!(header.status()?.is_refunding(), AureliusError::MatchNotRefunding);
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

/// What goes to the player now.
struct Due {
    /// Of the stake, in the mint's smallest unit.
    stake: u64,
    /// Of the slash, in the mint's smallest unit.
    compensation: u64,
}

/// Marks what is due as paid, and returns it.
fn apply(header: &mut Match, slots: &mut [PlayerSlot], entry: &Entry, now: u64) -> Result<Due> {
    let slot = entry.slot_mut(slots)?;
    let mut due = Due {
        stake: 0,
        compensation: 0,
    };
    if !slot.has(PlayerSlot::REFUNDED) {
        slot.flags |= PlayerSlot::REFUNDED;
        due.stake = slot.paid;
    }
    let payable = header.slash_collected != 0 && now >= header.slash_payable_slot;
    if payable && !slot.has(PlayerSlot::COMPENSATED) {
        slot.flags |= PlayerSlot::COMPENSATED;
        due.compensation = header.compensation(slot);
    }
    let total = due
        .stake
        .checked_add(due.compensation)
        .ok_or_else(|| refuse(AureliusError::AmountOverflow))?;
    ensure!(
        total > 0 || now >= header.slash_payable_slot,
        AureliusError::SlashNotPayable
    );
    ensure!(total > 0, AureliusError::AlreadyRefunded);
    header.spend(total)?;
    Ok(due)
}

pub(crate) fn handle(ctx: Context<Refund>) -> Result<()> {
    let now = Clock::get()?.slot;
    ctx.accounts.validate(now)?;
    let (due, signer) = {
        let mut data = ctx.accounts.match_account.as_ref().try_borrow_mut_data()?;
        let (header, slots) = Match::split_mut(&mut data)?;
        (apply(header, slots, &ctx.accounts.entry, now)?, header.signer())
    };
    ctx.accounts.entry.refunded = true;
    VaultTransfer {
        token_program: &ctx.accounts.token_program,
        vault: ctx.accounts.vault.as_ref().as_ref(),
        mint: ctx.accounts.mint.as_ref().as_ref(),
        decimals: ctx.accounts.mint.decimals,
        authority: ctx.accounts.match_account.as_ref(),
        memo_program: ctx.accounts.memo_program.as_ref().map(AsRef::as_ref),
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

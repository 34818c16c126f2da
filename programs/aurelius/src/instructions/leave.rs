//! Takes a player out of an open match: the whole stake back, the slot free, the entry closed.

use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

use crate::{
    error::{refuse, AureliusError},
    event::{self, Left},
    invariant,
    payment::{Recipient, VaultTransfer},
    state::{Entry, Match, MatchStatus, PlayerSlot},
};

/// Accounts of `leave`.
#[event_cpi]
#[derive(Accounts)]
pub struct Leave<'info> {
    /// The player, who signs.
    pub player: Signer<'info>,
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// The player's entry, closed here.
    #[account(mut, close = rent_payer)]
    pub entry: Box<Account<'info, Entry>>,
    /// Gets the rent back.
    /// CHECK: compared with the one that the entry records.
    #[account(mut)]
    pub rent_payer: UncheckedAccount<'info>,
    /// Token account of the match; the match is its authority.
    #[account(mut)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Mint in which the match is played.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// The player's token account, which is paid.
    /// CHECK: must be the player's canonical token account.
    #[account(mut)]
    pub player_token: UncheckedAccount<'info>,
    /// The token program that owns the mint.
    pub token_program: Interface<'info, TokenInterface>,
    /// The memo program, for a recipient that takes no transfer without a memo.
    /// CHECK: compared with the memo program's address where it is called.
    pub memo_program: Option<UncheckedAccount<'info>>,
}

impl Leave<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            player,
            match_account,
            entry,
            rent_payer,
            vault,
            mint,
            player_token,
            token_program,
            memo_program: _,
            event_authority: _,
            program: _,
        } = self;
        // entry: of this match and of the signer. rent_payer: the recorded one.
        entry
            .check_match(&match_account.key())?
            .check_player(player.key)?
            .check_rent_payer(rent_payer.key)?;
        // match_account: only this program makes one. vault, mint, token_program: the match's.
        let header = match_account.load()?;
        header.check_status(MatchStatus::Open, AureliusError::MatchNotOpen)?;
        header.check_vault(&vault.key())?;
        header.check_mint(&mint.key())?;
        header.check_token_program(token_program.key)?;
        // player_token: the player's own.
        Recipient {
            owner: player.key,
            caller: Some(player.key),
            mint: &header.mint,
            token_program: &header.token_program,
            may_hold: false,
        }
        .check(player_token)
    }

    fn invariant(&mut self) -> Result<()> {
        self.vault.reload()?;
        invariant::check_funded(self.match_account.as_ref(), self.vault.amount)
    }
}

/// Frees the slot and returns what goes back.
fn apply(header: &mut Match, slots: &mut [PlayerSlot], entry: &Entry) -> Result<u64> {
    let slot = entry.slot_mut(slots)?;
    let amount = slot.paid;
    let warriors = slot.warriors;
    *slot = PlayerSlot::default();
    header.players_count -= 1;
    header.entries_open -= 1;
    header.warriors_total -= warriors;
    header.deposited = subtract(header.deposited, amount)?;
    header.owed = subtract(header.owed, amount)?;
    Ok(amount)
}

fn subtract(left: u64, right: u64) -> Result<u64> {
    left.checked_sub(right)
        .ok_or_else(|| refuse(AureliusError::BooksUnbalanced))
}

pub(crate) fn handle(ctx: Context<Leave>) -> Result<()> {
    ctx.accounts.validate()?;
    let match_key = ctx.accounts.match_account.key();
    let (amount, signer) = {
        let mut data = ctx.accounts.match_account.as_ref().try_borrow_mut_data()?;
        let (header, slots) = Match::split_mut(&mut data)?;
        (apply(header, slots, &ctx.accounts.entry)?, header.signer())
    };
    VaultTransfer {
        token_program: &ctx.accounts.token_program,
        vault: ctx.accounts.vault.as_ref().as_ref(),
        mint: ctx.accounts.mint.as_ref().as_ref(),
        decimals: ctx.accounts.mint.decimals,
        authority: ctx.accounts.match_account.as_ref(),
        memo_program: ctx.accounts.memo_program.as_ref().map(AsRef::as_ref),
    }
    .send(&ctx.accounts.player_token, amount, &signer.seeds())?;
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &Left {
            match_key,
            player: ctx.accounts.player.key(),
            slot_index: ctx.accounts.entry.slot_index,
            refunded: amount,
        },
    )?;
    Ok(())
}

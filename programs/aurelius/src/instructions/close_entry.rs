//! Closes an entry to which nothing is owed any more; the rent goes to whoever paid it. Anybody may
//! call it.

use anchor_lang::prelude::*;

use crate::{
    error::AureliusError,
    event::{self, EntryClosed},
    invariant,
    state::{Entry, Match, PlayerSlot},
};

/// Accounts of `close_entry`.
#[event_cpi]
#[derive(Accounts)]
pub struct CloseEntry<'info> {
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// The entry, closed here.
    #[account(mut, close = rent_payer)]
    pub entry: Box<Account<'info, Entry>>,
    /// Gets the rent back.
    /// CHECK: compared with the one that the entry records.
    #[account(mut)]
    pub rent_payer: UncheckedAccount<'info>,
}

impl CloseEntry<'_> {
    fn validate(&self) -> Result<()> {
        let Self {
            match_account,
            entry,
            rent_payer,
            event_authority: _,
            program: _,
        } = self;
        // entry: of this match. rent_payer: the recorded one.
        entry
            .check_match(&match_account.key())?
            .check_rent_payer(rent_payer.key)?;
        // match_account: only this program makes one.
        ensure!(
            match_account.load()?.status()?.is_over(),
            AureliusError::MatchNotOver
        );
        Ok(())
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_match(self.match_account.as_ref())
    }
}

fn apply(header: &mut Match, slots: &mut [PlayerSlot], entry: &Entry) -> Result<()> {
    let refunding = header.status()?.is_refunding();
    let slot = entry.slot_mut(slots)?;
    // The share of a slashed bond; 0 when there is nothing to wait for.
    let compensation = if header.slash > 0 {
        header.compensation(slot)
    } else {
        0
    };
    let done = if refunding {
        slot.has(PlayerSlot::REFUNDED) && (compensation == 0 || slot.has(PlayerSlot::COMPENSATED))
    } else {
        slot.payout == 0 || slot.has(PlayerSlot::CLAIMED)
    };
    ensure!(done, AureliusError::EntryStillOwed);
    header.entries_open -= 1;
    Ok(())
}

pub(crate) fn handle(ctx: Context<CloseEntry>) -> Result<()> {
    ctx.accounts.validate()?;
    {
        let mut data = ctx.accounts.match_account.as_ref().try_borrow_mut_data()?;
        let (header, slots) = Match::split_mut(&mut data)?;
        apply(header, slots, &ctx.accounts.entry)?;
    }
    ctx.accounts.invariant()?;
    event::emit(
        &ctx.accounts.event_authority,
        &EntryClosed {
            match_key: ctx.accounts.match_account.key(),
            player: ctx.accounts.entry.player,
        },
    )?;
    Ok(())
}

//! Shows the final state and computes the payouts from it. Anybody may: the state is believed because
//! it hashes to the last leaf, not because of who shows it, so an operator who lost cannot hold the
//! result back.

use anchor_lang::prelude::*;

use crate::{
    error::{refuse, AureliusError},
    event::{self, ResultSubmitted},
    hash::SyscallSha256,
    invariant,
    state::{Match, MatchStatus, PlayerSlot, Upload},
};

/// Accounts of `submit_result`.
#[event_cpi]
#[derive(Accounts)]
pub struct SubmitResult<'info> {
    /// The match.
    #[account(mut)]
    pub match_account: AccountLoader<'info, Match>,
    /// Holds the state when it does not fit the transaction.
    pub upload: Option<AccountLoader<'info, Upload>>,
}

impl SubmitResult<'_> {
    fn validate(&self, now: u64) -> Result<()> {
        let Self {
            match_account,
            upload: _,
            event_authority: _,
            program: _,
        } = self;
        // match_account: only this program makes one. upload: anybody's, its bytes are hashed.
        let header = match_account.load()?;
        header.check_status(MatchStatus::Live, AureliusError::MatchNotLive)?;
        ensure!(
            now <= header.progress_deadline,
            AureliusError::ProgressDeadlinePassed
        );
        Ok(())
    }

    fn invariant(&self) -> Result<()> {
        invariant::check_match(self.match_account.as_ref())
    }
}

/// What everybody gets.
#[derive(Debug, PartialEq, Eq)]
struct Payouts {
    /// What was played for, in the mint's smallest unit.
    pot: u64,
    /// The treasury's part of the pot.
    fee: u64,
    /// The part of the pot that is burned.
    burn: u64,
    /// Stakes of late entries that were never admitted.
    refunded: u64,
    /// Payout or refund by player index, up to the last slot that was used.
    by_player: Vec<u64>,
}

fn payouts(header: &Match, slots: &[PlayerSlot], state: &[u8]) -> Result<Payouts> {
    ensure!(
        arena::leaf::<SyscallSha256>(state) == header.last_leaf,
        AureliusError::ResultStateMismatch
    );
    let state = arena::State::from_bytes(state).map_err(|_| refuse(AureliusError::ResultStateInvalid))?;
    ensure!(state.ended(), AureliusError::ResultNotEnded);
    check_roster(header, slots, &state)?;
    let players = &slots[..usize::from(header.slots_used).min(slots.len())];
    let paid: Vec<u64> = players.iter().map(|slot| slot.paid).collect();
    let mut by_player = vec![0; paid.len()];
    let settlement = arena::share_out(&header.rules()?, &state, &paid, &mut by_player)
        .map_err(|_| refuse(AureliusError::SettlementFailed))?;
    let payouts = Payouts {
        pot: settlement.pot,
        fee: settlement.fee,
        burn: settlement.burn,
        refunded: settlement.refunded,
        by_player,
    };
    payouts.check(header)?;
    Ok(payouts)
}

/// The state must be of this match and name the owners that the escrow knows: otherwise a payout could
/// go to a slot that nobody is in.
fn check_roster(header: &Match, slots: &[PlayerSlot], state: &arena::State) -> Result<()> {
    ensure!(
        *state.seed() == header.seed
            && state.capacity() == usize::from(header.capacity)
            && state.present() == usize::from(header.warriors_admitted),
        AureliusError::ResultStateForeign
    );
    for (player, slot) in slots.iter().enumerate() {
        if !slot.has(PlayerSlot::ENTERED) || !header.is_admitted(slot) {
            continue;
        }
        let first = usize::from(slot.first_warrior);
        let warriors = state
            .warriors()
            .get(first..first + usize::from(slot.warriors))
            .ok_or_else(|| refuse(AureliusError::ResultStateForeign))?;
        ensure!(
            warriors
                .iter()
                .all(|warrior| usize::from(warrior.owner()) == player),
            AureliusError::ResultStateForeign
        );
    }
    Ok(())
}

impl Payouts {
    /// Nothing may be made or lost: payouts, refunds, fee and burn are what came in.
    fn check(&self, header: &Match) -> Result<()> {
        let mut total = self
            .fee
            .checked_add(self.burn)
            .ok_or_else(|| refuse(AureliusError::AmountOverflow))?;
        for payout in &self.by_player {
            total = total
                .checked_add(*payout)
                .ok_or_else(|| refuse(AureliusError::AmountOverflow))?;
        }
        ensure!(
            total == header.deposited && self.pot.checked_add(self.refunded) == Some(header.deposited),
            AureliusError::BooksUnbalanced
        );
        Ok(())
    }
}

fn apply(header: &mut Match, slots: &mut [PlayerSlot], payouts: &Payouts, now: u64) -> Result<()> {
    for (slot, payout) in slots.iter_mut().zip(&payouts.by_player) {
        slot.payout = *payout;
        let admitted = header.is_admitted(slot);
        if slot.has(PlayerSlot::ENTERED | PlayerSlot::LATE) && !admitted {
            slot.flags |= PlayerSlot::REFUNDED;
        }
    }
    header.pot = payouts.pot;
    header.fee = payouts.fee;
    header.burn = payouts.burn;
    header.fee_swept = u8::from(payouts.fee == 0);
    header.burn_done = u8::from(payouts.burn == 0);
    header.proposed_slot = now;
    header.challenge_deadline = now
        .checked_add(header.windows.challenge_slots)
        .ok_or_else(|| refuse(AureliusError::SlotOverflow))?;
    header.set_status(MatchStatus::Proposed);
    Ok(())
}

pub(crate) fn handle(ctx: Context<SubmitResult>, state: Vec<u8>) -> Result<()> {
    let now = Clock::get()?.slot;
    ctx.accounts.validate(now)?;
    let event = {
        let match_key = ctx.accounts.match_account.key();
        let mut data = ctx.accounts.match_account.as_ref().try_borrow_mut_data()?;
        let (header, slots) = Match::split_mut(&mut data)?;
        let payouts = match &ctx.accounts.upload {
            None => {
                ensure!(!state.is_empty(), AureliusError::ResultStateMissing);
                payouts(header, slots, &state)?
            }
            Some(upload) => {
                ensure!(state.is_empty(), AureliusError::ResultStateTwice);
                payouts(header, slots, Upload::bytes(&upload.as_ref().try_borrow_data()?)?)?
            }
        };
        apply(header, slots, &payouts, now)?;
        ResultSubmitted {
            match_key,
            final_leaf: header.last_leaf,
            pot: payouts.pot,
            fee: payouts.fee,
            burn: payouts.burn,
            refunded: payouts.refunded,
            payouts: payouts.by_player,
            challenge_deadline: header.challenge_deadline,
        }
    };
    ctx.accounts.invariant()?;
    event::emit(&ctx.accounts.event_authority, &event)?;
    Ok(())
}

#[cfg(test)]
mod tests;

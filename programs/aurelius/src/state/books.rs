//! The books of a match, computed again from its slots. Every instruction that changes a match ends with
//! this, so that a mistake in one handler is refused by the chain instead of being paid for later.
//!
//! Invariants, by status: see [`Match::check`]. Absent: the vault's balance; see [`crate::invariant`].

use anchor_lang::prelude::*;

use super::{match_account::Match, player_slot::PlayerSlot, status::MatchStatus};
use crate::error::AureliusError;

/// What the slots of a match add up to. Sums saturate: a forged slot must not wrap around to a right sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    /// Slots with a player.
    players: u8,
    /// Warriors sold.
    warriors: u8,
    /// Players that signed the result.
    cosigned: u8,
    /// One past the last slot with a player.
    slots_used: u8,
    /// Stakes, in the mint's smallest unit.
    paid: u64,
    /// Payouts, and refunds of late entries that were never admitted.
    payouts: u64,
    /// Payouts that were not paid yet.
    payouts_open: u64,
    /// Stakes that were not paid back yet.
    stakes_open: u64,
    /// Admitted warriors whose share of a slash was not paid yet.
    warriors_uncompensated: u8,
}

impl Sums {
    /// Adds the slots up. Errors: [`AureliusError::RosterUnbalanced`] for a slot that contradicts itself.
    fn of(header: &Match, slots: &[PlayerSlot]) -> Result<Self> {
        let mut sums = Self::default();
        let stake = header.stake_per_warrior;
        for (index, slot) in slots.iter().enumerate() {
            if !slot.has(PlayerSlot::ENTERED) {
                ensure!(slot.is_free(), AureliusError::RosterUnbalanced);
                continue;
            }
            // A quotient and a rest cost a unit each, a product that might overflow dozens.
            ensure!(
                slot.warriors > 0
                    && slot.paid.checked_div(stake) == Some(u64::from(slot.warriors))
                    && slot.paid.checked_rem(stake) == Some(0),
                AureliusError::RosterUnbalanced
            );
            sums.players += 1; // at most `players_max`, which is a u8
            sums.slots_used = index as u8 + 1;
            sums.warriors = sums.warriors.saturating_add(slot.warriors);
            sums.paid = sums.paid.saturating_add(slot.paid);
            sums.payouts = sums.payouts.saturating_add(slot.payout);
            if slot.has(PlayerSlot::COSIGNED) {
                sums.cosigned += 1;
            }
            if !slot.has(PlayerSlot::CLAIMED) {
                sums.payouts_open = sums.payouts_open.saturating_add(slot.payout);
            }
            if !slot.has(PlayerSlot::REFUNDED) {
                sums.stakes_open = sums.stakes_open.saturating_add(slot.paid);
            }
            if !slot.has(PlayerSlot::COMPENSATED) && header.is_admitted(slot) {
                sums.warriors_uncompensated = sums.warriors_uncompensated.saturating_add(slot.warriors);
            }
        }
        Ok(sums)
    }
}

impl Match {
    /// What must hold after every instruction that changes a match:
    ///
    /// | | |
    /// |---|---|
    /// | counts | players, warriors and signatures are those of the slots; nothing exceeds its maximum; at the start ≤ admitted ≤ sold |
    /// | stakes | `deposited` is the sum of them, each a multiple of the price |
    /// | open, locked, live | `owed` = `deposited` |
    /// | proposed | the same, and payouts + fee + burn share = `deposited` |
    /// | settled | `owed` = unpaid payouts + unswept fee + unburned burn share |
    /// | cancelled, voided | `owed` = stakes not paid back + what is left of a collected slash |
    /// | bond | held until the match is over, or until its slash is collected |
    ///
    /// Errors: [`AureliusError::RosterUnbalanced`], [`AureliusError::BooksUnbalanced`].
    #[inline(never)]
    pub fn check(&self, slots: &[PlayerSlot]) -> Result<()> {
        let sums = Sums::of(self, slots)?;
        let status = self.status()?;
        ensure!(
            sums.players == self.players_count
                && sums.warriors == self.warriors_total
                && sums.cosigned == self.cosigned
                && sums.slots_used <= self.slots_used
                && self.slots_used <= self.players_max
                && self.entries_open <= self.players_count
                && self.warriors_total <= self.warriors_max
                && self.warriors_at_start <= self.warriors_admitted
                && self.warriors_admitted <= self.warriors_total
                && self.checkpoints_posted <= self.checkpoints_max,
            AureliusError::RosterUnbalanced
        );
        let owed = match status {
            MatchStatus::Open | MatchStatus::Locked | MatchStatus::Live => Some(sums.paid),
            MatchStatus::Proposed => self
                .parts(sums.payouts, self.fee, self.burn)
                .filter(|total| *total == sums.paid),
            MatchStatus::Settled => {
                let fee = if self.fee_swept == 0 { self.fee } else { 0 };
                let burn = if self.burn_done == 0 { self.burn } else { 0 };
                self.parts(sums.payouts_open, fee, burn)
            }
            MatchStatus::Cancelled | MatchStatus::Voided => sums
                .stakes_open
                .checked_add(self.slash_left(sums.warriors_uncompensated)),
        };
        let bond_held = !status.is_over() || self.slash_outstanding();
        ensure!(
            self.deposited == sums.paid && owed == Some(self.owed) && bond_held == (self.bond_held != 0),
            AureliusError::BooksUnbalanced
        );
        Ok(())
    }

    fn parts(&self, payouts: u64, fee: u64, burn: u64) -> Option<u64> {
        payouts.checked_add(fee)?.checked_add(burn)
    }

    /// What is left of a collected slash, while `uncompensated` warriors wait for their share of it.
    fn slash_left(&self, uncompensated: u8) -> u64 {
        if self.slash_collected == 0 {
            return 0;
        }
        let award = if self.award_paid == 0 { self.award } else { 0 };
        self.compensation_per_warrior
            .saturating_mul(u64::from(uncompensated))
            .saturating_add(award)
    }
}

#[cfg(test)]
mod tests;

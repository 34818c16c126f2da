//! What a wallet is owed by a match, and what can be done about it now: a pure function of what the chain
//! holds.
//!
//! Every way is one that the program opens to anybody, or to the player alone: no operator is needed for any
//! of them. Absent: sending, and waiting.

use client::due;
use client::view::{MatchStatus, MatchView, Player};
use client::Pubkey;

/// An instruction that brings a player's money nearer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Out of an open match, with the stake.
    Leave,
    /// An open match that was not locked in time.
    Cancel,
    /// A locked or live match whose next step did not come in time.
    Void,
    /// A result whose challenge window has passed.
    Finalize,
    /// The stake of a cancelled or voided match, or the share of a forfeited bond.
    Refund,
    /// A settled match's payout.
    Claim,
    /// A forfeited bond goes to where the shares are paid from.
    CollectSlash,
    /// The share of whoever reported the silence.
    ClaimAward,
    /// The entry's rent, once nothing is owed to it.
    CloseEntry,
}

impl Step {
    /// As people read it, and as JSON names it.
    pub fn name(self) -> &'static str {
        match self {
            Step::Leave => "leave",
            Step::Cancel => "cancel",
            Step::Void => "void",
            Step::Finalize => "finalise",
            Step::Refund => "refund",
            Step::Claim => "claim",
            Step::CollectSlash => "collect the bond",
            Step::ClaimAward => "claim the reporter's share",
            Step::CloseEntry => "close the entry",
        }
    }

    /// Whether tokens go to the wallet.
    pub fn pays(self) -> bool {
        matches!(self, Step::Leave | Step::Refund | Step::Claim | Step::ClaimAward)
    }
}

/// What comes next for one entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It can be done in this slot.
    Now(Step),
    /// A lobby that is still in time: leaving it is the player's choice, and after `until` it can be
    /// cancelled.
    MayLeave {
        /// The last slot in which it can be locked.
        until: u64,
    },
    /// Somebody may still be at work: `step` can be done after this slot.
    After {
        /// The last slot of the deadline.
        slot: u64,
        /// What can be done then.
        step: Step,
    },
    /// There is nothing more to get.
    Nothing,
}

/// A wallet's part in a match.
#[derive(Debug, Clone, Copy)]
pub struct Part<'a> {
    /// The match.
    pub view: &'a MatchView,
    /// The wallet.
    pub wallet: Pubkey,
    /// Whether its entry account exists: closing it gives its rent back.
    pub has_entry: bool,
}

impl Part<'_> {
    fn player(&self) -> Option<Player> {
        self.view.player(&self.wallet)
    }

    /// What the wallet will have of the match's tokens, as things stand, in base units: the stake before a
    /// result, the payout after it, what is not refunded yet where stakes go back.
    pub fn owed(&self) -> u64 {
        let Some(player) = self.player() else { return 0 };
        match self.view.status {
            MatchStatus::Open | MatchStatus::Locked | MatchStatus::Live => player.paid,
            MatchStatus::Proposed => player.payout,
            MatchStatus::Settled if player.claimed => 0,
            MatchStatus::Settled => player.payout,
            MatchStatus::Cancelled | MatchStatus::Voided => {
                let stake = if player.refunded { 0 } else { player.paid };
                stake.saturating_add(self.compensation_due(&player))
            }
        }
    }

    /// The share of a forfeited bond that the player does not have yet.
    fn compensation_due(&self, player: &Player) -> u64 {
        if player.compensated {
            return 0;
        }
        self.view.compensation(player)
    }

    /// What comes next in slot `now`.
    pub fn next(&self, now: u64) -> Next {
        let is_open = self.view.status == MatchStatus::Open;
        if is_open && self.player().is_none() {
            return Next::Nothing;
        }
        if let Some(due::Deadline { slot, step }) = due::deadline(self.view) {
            let step = match step {
                due::Step::Cancel => Step::Cancel,
                due::Step::Finalize => Step::Finalize,
                _ => Step::Void,
            };
            return match now > slot {
                true => Next::Now(step),
                false if is_open => Next::MayLeave { until: slot },
                false => Next::After { slot, step },
            };
        }
        match self.view.status {
            MatchStatus::Settled if self.owed() > 0 => Next::Now(Step::Claim),
            MatchStatus::Settled => self.close(),
            _ => self.refunding(now),
        }
    }

    /// The order in which stake, share and reporter's share can be had in slot `now`: shares wait as long as a
    /// withdrawal of bond.
    fn refunding(&self, now: u64) -> Next {
        let header = &self.view.header;
        let Some(player) = self.player() else {
            return Next::Nothing;
        };
        if !player.refunded {
            // The stake never waits for the bond.
            return Next::Now(Step::Refund);
        }
        let is_reporter = header.award > 0 && header.award_paid == 0 && header.challenger == self.wallet;
        let has_share = self.compensation_due(&player) > 0;
        if header.slash_outstanding() && (has_share || is_reporter) {
            return Next::Now(Step::CollectSlash);
        }
        let step = match (has_share, is_reporter) {
            (true, _) => Step::Refund,
            (false, true) => Step::ClaimAward,
            (false, false) => return self.close(),
        };
        match self.view.slash_payable(now) {
            true => Next::Now(step),
            false => Next::After {
                slot: header.slash_payable_slot.saturating_sub(1),
                step,
            },
        }
    }

    fn close(&self) -> Next {
        match self.has_entry {
            true => Next::Now(Step::CloseEntry),
            false => Next::Nothing,
        }
    }
}

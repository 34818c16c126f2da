//! What a match has due: every step that anybody may take, so that no unit of anybody's money stays in it.
//!
//! A pure function of the match account and a slot, and the only place that decides it: players' rescue and the
//! watchtower both ask here. Absent: what only its operator or a player may do, and what takes evidence (a lie, an
//! omission).

use crate::view::{MatchStatus, MatchView, Player};
use crate::Pubkey;

/// A step that anybody may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    /// Start a locked match with its oracle's answer.
    Start,
    /// Cancel a lobby that was not locked in time.
    Cancel,
    /// Void a match whose randomness or whose next checkpoint did not come in time.
    Void,
    /// Make the payouts of an unchallenged result claimable.
    Finalize,
    /// Collect a forfeited bond into the match's vault.
    CollectSlash,
    /// Pay the reporter's share to this wallet.
    Award(Pubkey),
    /// Pay this player's payout.
    Claim(Pubkey),
    /// Pay this player's stake back, or their share of a forfeited bond.
    Refund(Pubkey),
}

impl Step {
    /// A word for it: the same in logs, metrics and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Cancel => "cancel",
            Self::Void => "void",
            Self::Finalize => "finalize",
            Self::CollectSlash => "collect",
            Self::Award(_) => "award",
            Self::Claim(_) => "claim",
            Self::Refund(_) => "refund",
        }
    }

    /// Who is paid by it; none where it only makes payments possible.
    pub fn recipient(&self) -> Option<Pubkey> {
        match self {
            Self::Award(wallet) | Self::Claim(wallet) | Self::Refund(wallet) => Some(*wallet),
            Self::Start | Self::Cancel | Self::Void | Self::Finalize | Self::CollectSlash => None,
        }
    }
}

/// The deadline that a match waits for, and what anybody may do once it has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadline {
    /// The last slot in which the operator (or the oracle, or a challenger) can still act.
    pub slot: u64,
    /// What can be done after it.
    pub step: Step,
}

/// The deadline of a match that is not over; none afterwards.
pub fn deadline(view: &MatchView) -> Option<Deadline> {
    let header = &view.header;
    let (slot, step) = match view.status {
        MatchStatus::Open => (header.lock_deadline, Step::Cancel),
        MatchStatus::Locked => (header.entropy_deadline, Step::Void),
        MatchStatus::Live => (header.progress_deadline, Step::Void),
        MatchStatus::Proposed => (header.challenge_deadline, Step::Finalize),
        MatchStatus::Settled | MatchStatus::Cancelled | MatchStatus::Voided => return None,
    };
    Some(Deadline { slot, step })
}

/// The slot since which a step of [`steps`] has been due, at the latest: deadlines are known, and payments of a match that
/// is over have been due since the last deadline that it had at all.
pub fn since(view: &MatchView, step: &Step) -> u64 {
    let header = &view.header;
    match (step, deadline(view)) {
        (Step::Start, _) => header.locked_slot,
        (_, Some(deadline)) => deadline.slot,
        (Step::Award(_), None) => header.slash_payable_slot,
        (_, None) => match view.status {
            MatchStatus::Settled => header.challenge_deadline,
            MatchStatus::Cancelled => header.lock_deadline,
            _ => header
                .entropy_deadline
                .max(header.progress_deadline)
                .max(header.challenge_deadline),
        },
    }
}

/// What can be done in `slot`, in the order in which it can. A lobby that nobody has entered has nothing due.
pub fn steps(view: &MatchView, slot: u64) -> Vec<Step> {
    match (view.status, deadline(view)) {
        (MatchStatus::Open, _) if view.players().next().is_none() => Vec::new(),
        (_, Some(deadline)) if slot > deadline.slot => vec![deadline.step],
        (MatchStatus::Locked, _) => vec![Step::Start],
        (_, Some(_)) => Vec::new(),
        (MatchStatus::Settled, None) => view
            .players()
            .filter(|player| owed(view, player, slot) > 0)
            .map(|player| Step::Claim(player.wallet))
            .collect(),
        (_, None) => returns(view, slot),
    }
}

/// What a cancelled or voided match can pay in `slot`: stakes never wait for the bond, shares of it do.
fn returns(view: &MatchView, slot: u64) -> Vec<Step> {
    let header = &view.header;
    let mut steps = Vec::new();
    if header.slash_outstanding() {
        steps.push(Step::CollectSlash);
    }
    if header.award > 0 && header.award_paid == 0 && view.slash_payable(slot) {
        steps.push(Step::Award(header.challenger));
    }
    let owing = view.players().filter(|player| owed(view, player, slot) > 0);
    steps.extend(owing.map(|player| Step::Refund(player.wallet)));
    steps
}

/// What a player of a match that is over can be paid in `slot`, in the mint's smallest unit; 0 before its end.
pub fn owed(view: &MatchView, player: &Player, slot: u64) -> u64 {
    match view.status {
        MatchStatus::Settled if player.claimed => 0,
        MatchStatus::Settled => player.payout,
        MatchStatus::Cancelled | MatchStatus::Voided => {
            let stake = if player.refunded { 0 } else { player.paid };
            let shares = view.slash_payable(slot) && !player.compensated;
            stake.saturating_add(if shares { view.compensation(player) } else { 0 })
        }
        MatchStatus::Open | MatchStatus::Locked | MatchStatus::Live | MatchStatus::Proposed => 0,
    }
}

/// What hangs on `step`, in the mint's smallest unit: what it pays, or what can be paid only after it.
pub fn amount(view: &MatchView, step: &Step, slot: u64) -> u64 {
    let header = &view.header;
    let of = |wallet: &Pubkey| view.player(wallet).map_or(0, |player| owed(view, &player, slot));
    match step {
        Step::Start | Step::Cancel | Step::Void | Step::Finalize => view
            .players()
            .map(|player| player.paid)
            .fold(0, u64::saturating_add),
        Step::CollectSlash => header.slash,
        Step::Award(_) => header.award,
        Step::Claim(wallet) | Step::Refund(wallet) => of(wallet),
    }
}

#[cfg(test)]
#[path = "due_tests.rs"]
mod tests;

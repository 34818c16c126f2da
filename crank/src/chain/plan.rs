//! What a match needs next on chain: a pure function of what is known about it.
//!
//! Invariant: the plan follows the account's state. A step that somebody else took is simply no longer
//! needed. Absent: sending, waiting, and any memory of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use client::view::{MatchStatus, MatchView};
use store::{IntentKind, MatchPhase};

use crate::cosign::Cosigned;
use crate::live::Checkpoint;

/// Most checkpoints asked for in one transaction; as many as fit are taken.
pub const CHECKPOINTS_PER_TRANSACTION: usize = 4;

/// How long a match that should exist may be missing before it is given up: a minute, far above any node's
/// lag.
pub const MISSING_SLOTS: u64 = 150;

/// What the operator wants, apart from what a match needs.
#[derive(Clone, Debug)]
pub struct Policy {
    /// How long an open match with enough players waits for more.
    pub lock_grace: Duration,
    /// How long an open match without enough players is kept.
    pub lobby_timeout: Option<Duration>,
    /// How long the accounts of a match that is over stay.
    pub close_delay: Option<Duration>,
    /// Claims or refunds in one transaction.
    pub claims_per_transaction: usize,
}

/// The match account as last read.
#[derive(Clone, Copy, Debug)]
pub enum OnChain<'a> {
    /// Not read yet.
    Unread,
    /// There is none, and was none for so many slots.
    Missing {
        /// Slots since it was missed first.
        slots: u64,
    },
    /// It is there.
    There(&'a MatchView),
}

/// The upload account that carries a final state too large for a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UploadState {
    /// Not read yet.
    #[default]
    Unread,
    /// There is none.
    Missing,
    /// Its content.
    There(Vec<u8>),
}

/// The final state, and how it travels.
#[derive(Clone, Copy, Debug)]
pub struct FinalState<'a> {
    /// The state's bytes.
    pub state: &'a [u8],
    /// Whether it is too large for a transaction.
    pub uploaded: bool,
}

/// Everything that the next step depends on.
pub struct Facts<'a> {
    /// The match account.
    pub on_chain: OnChain<'a>,
    /// How far the operator was with it.
    pub phase: MatchPhase,
    /// The newest slot known.
    pub slot: u64,
    /// The time, milliseconds of a clock that never jumps; so are all times below.
    pub now_ms: i64,
    /// When the match was written to the store.
    pub created_at_ms: i64,
    /// Since when it has enough players; while it is open.
    pub enough_since_ms: Option<i64>,
    /// Since when it is over.
    pub over_since_ms: Option<i64>,
    /// Complete checkpoints by index.
    pub checkpoints: &'a BTreeMap<u32, Checkpoint>,
    /// The last state, once the arena stands still.
    pub end: Option<FinalState<'a>>,
    /// All players' signatures under the result, once everybody signed.
    pub cosigned: Option<&'a Cosigned>,
    /// The upload account.
    pub upload: &'a UploadState,
    /// Steps that have to wait (they failed a moment ago), or are done though the account does not show it.
    pub held: &'a dyn Fn(IntentKind) -> bool,
    /// Steps that failed for hours, and that nothing of worth waits for.
    pub hopeless: &'a dyn Fn(IntentKind) -> bool,
    /// No new matches are to be played: lobbies without enough players are given up.
    pub draining: bool,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing now.
    Wait,
    /// Read the upload account.
    ReadUpload,
    /// Send these, the first ones that fit in one transaction.
    Send(Vec<IntentKind>),
    /// Nothing any more.
    Finished(MatchPhase),
}

/// The next step of a match.
pub fn next_step(facts: &Facts<'_>, policy: &Policy) -> Step {
    let view = match facts.on_chain {
        OnChain::Unread => return Step::Wait,
        OnChain::Missing { slots } => return missing(facts, slots),
        OnChain::There(view) => view,
    };
    match view.status {
        MatchStatus::Open => open(facts, policy, view),
        MatchStatus::Locked => locked(facts, view),
        MatchStatus::Live => live(facts, view),
        MatchStatus::Proposed => proposed(facts, view),
        MatchStatus::Settled => settled(facts, policy, view),
        MatchStatus::Cancelled | MatchStatus::Voided => refunding(facts, policy, view),
    }
}

fn one(facts: &Facts<'_>, kind: IntentKind) -> Step {
    if (facts.held)(kind) {
        Step::Wait
    } else {
        Step::Send(vec![kind])
    }
}

fn missing(facts: &Facts<'_>, slots: u64) -> Step {
    match facts.phase {
        MatchPhase::Creating => one(facts, IntentKind::Create),
        MatchPhase::Abandoned => Step::Finished(MatchPhase::Abandoned),
        // Addresses are never used twice, so it is closed.
        MatchPhase::Settled | MatchPhase::Cancelled | MatchPhase::Voided | MatchPhase::Closed => {
            Step::Finished(MatchPhase::Closed)
        }
        // It cannot be closed from there in one step: a node that lags, or another ledger.
        _ if slots > MISSING_SLOTS => Step::Finished(MatchPhase::Abandoned),
        _ => Step::Wait,
    }
}

/// Whether a match could be locked as it stands.
pub fn has_enough(view: &MatchView) -> bool {
    view.header.players_count >= 2 && view.header.warriors_total >= view.header.warriors_min
}

fn open(facts: &Facts<'_>, policy: &Policy, view: &MatchView) -> Step {
    let header = &view.header;
    let elapsed = |since_ms: i64, limit: Duration| {
        u128::try_from(facts.now_ms - since_ms).is_ok_and(|ms| ms >= limit.as_millis())
    };
    if facts.slot > header.lock_deadline {
        return one(facts, IntentKind::Cancel);
    }
    let enough = has_enough(view);
    let scheduled = header.scheduled_slot > 0;
    if !enough {
        let lobby_over = !scheduled
            && policy
                .lobby_timeout
                .is_some_and(|limit| elapsed(facts.created_at_ms, limit));
        let nobody_came = scheduled && facts.slot >= header.scheduled_slot;
        if lobby_over || nobody_came || facts.draining {
            return one(facts, IntentKind::Cancel);
        }
    }
    // Its rent is spent only for a match that somebody wants to play.
    if view.randomness().is_none() && header.players_count > 0 {
        return one(facts, IntentKind::InitRandomness);
    }
    if !enough {
        return Step::Wait;
    }
    let full = header.players_count == header.players_max || header.warriors_total == header.warriors_max;
    let due = match scheduled {
        true => facts.slot >= header.scheduled_slot,
        false => {
            full || facts
                .enough_since_ms
                .is_some_and(|since| elapsed(since, policy.lock_grace))
        }
    };
    if due {
        one(facts, IntentKind::Lock)
    } else {
        Step::Wait
    }
}

fn locked(facts: &Facts<'_>, view: &MatchView) -> Step {
    unless_silent(facts, view.header.entropy_deadline, one(facts, IntentKind::Start))
}

/// The step that makes progress, and only where there is none now, giving a match up whose `deadline` has
/// passed: the slot is endpoints' word, and the program knows better whether it is too late.
fn unless_silent(facts: &Facts<'_>, deadline: u64, progress: Step) -> Step {
    match progress {
        Step::Wait if facts.slot > deadline => one(facts, IntentKind::Void),
        progress => progress,
    }
}

fn live(facts: &Facts<'_>, view: &MatchView) -> Step {
    unless_silent(facts, view.header.progress_deadline, progress(facts, view))
}

/// The next checkpoints, or the result.
fn progress(facts: &Facts<'_>, view: &MatchView) -> Step {
    let header = &view.header;
    let posted = header.checkpoints_posted;
    let ready: Vec<_> = (posted..)
        .map_while(|index| facts.checkpoints.get(&index))
        .take(CHECKPOINTS_PER_TRANSACTION)
        .map(|checkpoint| IntentKind::Checkpoint(checkpoint.index))
        .collect();
    if let Some(first) = ready.first() {
        return if (facts.held)(*first) {
            Step::Wait
        } else {
            Step::Send(ready)
        };
    }
    // All that are complete are posted. The state that hashes to the last leaf is the result.
    match facts.end {
        Some(end) if arena::leaf::<arena::HostSha256>(end.state) == header.last_leaf => result(facts, end),
        _ => Step::Wait,
    }
}

fn result(facts: &Facts<'_>, end: FinalState<'_>) -> Step {
    if !end.uploaded {
        return one(facts, IntentKind::SubmitResult);
    }
    match facts.upload {
        UploadState::Unread => Step::ReadUpload,
        UploadState::Missing => one(facts, IntentKind::OpenUpload),
        UploadState::There(bytes) => match first_difference(bytes, end.state) {
            Some(offset) => one(facts, IntentKind::WriteUpload(offset)),
            None => one(facts, IntentKind::SubmitResult),
        },
    }
}

/// Offset of the first chunk in which the upload differs from the state.
fn first_difference(bytes: &[u8], state: &[u8]) -> Option<u32> {
    let chunk = client::instruction::UPLOAD_CHUNK_BYTES;
    let index = state.chunks(chunk).enumerate().position(|(index, wanted)| {
        let at = index * chunk;
        bytes.get(at..at + wanted.len()) != Some(wanted)
    })?;
    u32::try_from(index * chunk).ok()
}

fn proposed(facts: &Facts<'_>, view: &MatchView) -> Step {
    if let Some(kind) = cosign(facts, view).filter(|kind| !(facts.held)(*kind)) {
        return Step::Send(vec![kind]);
    }
    if facts.slot > view.header.challenge_deadline && !(facts.held)(IntentKind::Finalize) {
        return Step::Send(vec![IntentKind::Finalize]);
    }
    close_upload(facts).unwrap_or(Step::Wait)
}

/// The next signatures that the program has not seen, while they count.
fn cosign(facts: &Facts<'_>, view: &MatchView) -> Option<IntentKind> {
    let cosigned = facts
        .cosigned
        .filter(|cosigned| facts.slot <= cosigned.expires_slot)?;
    view.players()
        .find(|player| !player.cosigned && cosigned.of(player.index).is_some())
        .map(|player| IntentKind::Cosign(player.index))
}

fn close_upload(facts: &Facts<'_>) -> Option<Step> {
    if !facts.end.is_some_and(|end| end.uploaded) {
        return None;
    }
    match facts.upload {
        UploadState::Unread => Some(Step::ReadUpload),
        UploadState::There(_) if !(facts.held)(IntentKind::CloseUpload) => {
            Some(Step::Send(vec![IntentKind::CloseUpload]))
        }
        _ => None,
    }
}

fn settled(facts: &Facts<'_>, policy: &Policy, view: &MatchView) -> Step {
    let claims = view
        .players()
        .filter(|player| player.payout > 0 && !player.claimed);
    let claims = batch(
        facts,
        policy,
        claims.map(|player| IntentKind::Claim(player.index)),
    );
    if !claims.is_empty() {
        return Step::Send(claims);
    }
    let header = &view.header;
    let shares = [
        (header.fee_swept, IntentKind::SweepFee),
        (header.burn_done, IntentKind::Burn),
    ];
    for (done, kind) in shares {
        if done == 0 && !(facts.held)(kind) {
            return Step::Send(vec![kind]);
        }
    }
    close_upload(facts).unwrap_or_else(|| close(facts, policy, view))
}

fn refunding(facts: &Facts<'_>, policy: &Policy, view: &MatchView) -> Step {
    let owed = view
        .players()
        .filter(|player| !player.refunded && !player.claimed);
    let refunds = batch(facts, policy, owed.map(|player| IntentKind::Refund(player.index)));
    if !refunds.is_empty() {
        return Step::Send(refunds);
    }
    let header = &view.header;
    if header.slash_outstanding() && !(facts.held)(IntentKind::CollectSlash) {
        return Step::Send(vec![IntentKind::CollectSlash]);
    }
    // Shares of a slash wait as long as a withdrawal of bond.
    let payable = view.slash_payable(facts.slot);
    let shares = view
        .players()
        .filter(|player| payable && view.compensation(player) > 0 && !player.compensated);
    let shares = batch(
        facts,
        policy,
        shares.map(|player| IntentKind::Compensate(player.index)),
    );
    if !shares.is_empty() {
        return Step::Send(shares);
    }
    let award_due = payable && header.award > 0 && header.award_paid == 0;
    if award_due && !(facts.held)(IntentKind::PayAward) {
        return Step::Send(vec![IntentKind::PayAward]);
    }
    close_upload(facts).unwrap_or_else(|| close(facts, policy, view))
}

fn batch(facts: &Facts<'_>, policy: &Policy, kinds: impl Iterator<Item = IntentKind>) -> Vec<IntentKind> {
    kinds
        .filter(|kind| !(facts.held)(*kind))
        .take(policy.claims_per_transaction.max(1))
        .collect()
}

/// Closes what is left, some time after everything is paid.
fn close(facts: &Facts<'_>, policy: &Policy, view: &MatchView) -> Step {
    let due = match (policy.close_delay, facts.over_since_ms) {
        (Some(delay), Some(since)) => {
            u128::try_from(facts.now_ms - since).is_ok_and(|ms| ms >= delay.as_millis())
        }
        _ => false,
    };
    if !due || view.header.owed > 0 {
        return Step::Wait;
    }
    if view.header.entries_open > 0 {
        let entries = view.players().map(|player| IntentKind::CloseEntry(player.index));
        let entries = batch(facts, policy, entries);
        return if entries.is_empty() {
            Step::Wait
        } else {
            Step::Send(entries)
        };
    }
    // What depends on the match goes first: without it nobody gets the randomness account's rent back.
    let waived = (facts.hopeless)(IntentKind::CloseRandomness);
    match view.randomness() {
        Some(_) if !waived => one(facts, IntentKind::CloseRandomness),
        _ => one(facts, IntentKind::CloseMatch),
    }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;

//! What must have happened between two details of one match: for whoever missed the events themselves.

use protocol::directory::{MatchDetail, MatchEvent, MatchStatus};

/// Events that lead from `old` to `new`, in an order in which they may have come. What no event carries
/// (final places, a new start time before the start) is not among them.
pub(super) fn events_between(old: &MatchDetail, new: &MatchDetail) -> Vec<MatchEvent> {
    let mut events = Vec::new();
    let gone = old
        .players
        .iter()
        .filter(|was| new.player_in(was.slot).is_none_or(|is| is.wallet != was.wallet));
    events.extend(gone.map(|was| MatchEvent::Left {
        slot: was.slot,
        wallet: was.wallet,
    }));
    // Payments are events of their own, which an entry with the payment in it would hide from whoever counts
    // them.
    for is in &new.players {
        let mut entry = is.clone();
        let was = old.player_in(is.slot).filter(|was| was.wallet == is.wallet);
        let before = was.map_or((None, false, None), |was| {
            (was.payout, was.refunded, was.claimed_in)
        });
        (entry.payout, entry.refunded, entry.claimed_in) = before;
        if was != Some(&entry) {
            events.push(MatchEvent::Entered(entry));
        }
    }
    let started = (new.seed, new.genesis_leaf, new.summary.starts_at_ms);
    if let (Some(seed), Some(genesis_leaf), Some(starts_at_ms)) = started {
        if started != (old.seed, old.genesis_leaf, old.summary.starts_at_ms) {
            events.push(MatchEvent::Started {
                seed,
                genesis_leaf,
                starts_at_ms,
            });
        }
    }
    let checkpoints = new.checkpoints.iter().filter(|is| !old.checkpoints.contains(is));
    events.extend(checkpoints.cloned().map(MatchEvent::Checkpoint));
    if let Some(result) = new.result.clone().filter(|_| new.result != old.result) {
        events.push(MatchEvent::Result(result));
    }
    events.extend(statuses_between(old, new));
    for is in &new.players {
        let was = old.player_in(is.slot).filter(|was| was.wallet == is.wallet);
        if let (Some(amount), Some(signature)) = (is.payout, is.claimed_in) {
            if was.and_then(|was| was.claimed_in) != Some(signature) {
                events.push(MatchEvent::Paid {
                    slot: is.slot,
                    amount,
                    refund: is.refunded,
                    signature,
                });
            }
        }
    }
    events
}

/// Status by status, because each brings its own transaction; the last is the one that holds.
fn statuses_between(old: &MatchDetail, new: &MatchDetail) -> Vec<MatchEvent> {
    let steps = [
        (MatchStatus::Open, old.created_in, new.created_in),
        (MatchStatus::Locked, old.locked_in, new.locked_in),
        (MatchStatus::Live, old.started_in, new.started_in),
    ];
    let found = steps.into_iter().filter(|(_, was, is)| was != is);
    let mut events: Vec<MatchEvent> = found
        .map(|(status, _, signature)| MatchEvent::Status { status, signature })
        .collect();
    let status = new.summary.status;
    let last = match events.last() {
        Some(MatchEvent::Status { status, .. }) => *status,
        _ => old.summary.status,
    };
    if last != status {
        let signature = steps
            .iter()
            .find(|(step, ..)| *step == status)
            .and_then(|(.., is)| *is);
        events.push(MatchEvent::Status { status, signature });
    }
    events
}

#[cfg(test)]
#[path = "changes_tests.rs"]
mod tests;

//! How far each live match is from the slot at which its operator has fallen silent.
//!
//! A match that ticks and posts nothing looks well from everywhere but the chain. When half of its time is
//! gone that is said, with the reason, and `/health` fails; at its end the operator's bond is forfeit. The
//! slots are the chain's, and so is their length, as measured.

use std::time::Duration;

use client::view::MatchStatus;

use super::flow::Flow;
use super::station::Station;

/// The next deadline of one match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Deadline {
    /// Slots left; 0 once it has passed.
    pub(crate) left_slots: u64,
    /// Slots from the last progress to the deadline.
    pub(crate) span_slots: u64,
}

impl Deadline {
    /// Whether more than half of the time has gone without progress.
    pub(crate) fn is_near(self) -> bool {
        self.left_slots < self.span_slots / 2
    }
}

/// The deadline of a match in which progress is the operator's to make; none for others, or before a slot is
/// known.
pub(crate) fn of(flow: &Flow, station: &Station) -> Option<Deadline> {
    let view = flow.view().filter(|_| station.slot > 0)?;
    let header = &view.header;
    let (deadline, span_slots) = match view.status {
        MatchStatus::Live => {
            let span_slots = match header.checkpoints_posted < view.rules.checkpoint_count() {
                true => header.windows.checkpoint_slots,
                false => header.windows.result_slots,
            };
            (header.progress_deadline, span_slots)
        }
        MatchStatus::Locked => (header.entropy_deadline, header.windows.entropy_slots),
        _ => return None,
    };
    Some(Deadline {
        left_slots: deadline.saturating_sub(station.slot),
        span_slots,
    })
}

/// What is to be said of a match that is near its deadline.
pub(crate) fn trouble(flow: &Flow, deadline: Deadline, left: Duration) -> String {
    let reason = flow.sends.last_reason().unwrap_or(match flow.arena.is_running() {
        true => "no checkpoint is complete",
        false => "it is on no tick thread",
    });
    format!(
        "match {} has {} s ({} slots) until its operator counts as silent: {reason}",
        flow.key(),
        left.as_secs(),
        deadline.left_slots
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_near_when_half_of_its_time_is_gone() {
        let deadline = |left_slots| Deadline {
            left_slots,
            span_slots: 300,
        };
        assert!(!deadline(300).is_near());
        assert!(!deadline(150).is_near());
        assert!(deadline(149).is_near());
        assert!(deadline(0).is_near());
    }
}

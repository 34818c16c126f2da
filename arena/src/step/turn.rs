//! What the phases of a tick share.

use crate::event::{EndReason, Event, EventSink};
use crate::rules::Rules;
use crate::state::{SpecialEvent, StateMut, FLAG_ALL_DEAD, FLAG_ENDED};

/// What every phase of a tick needs to know.
pub(crate) struct Turn<'r> {
    pub(crate) rules: &'r Rules,
    /// The number of the tick being made, from 1.
    pub(crate) now: u16,
    /// The special event of this tick.
    pub(crate) event: SpecialEvent,
    /// Draw 0 of the tick: who goes first.
    pub(crate) order: u64,
}

/// Ends the match.
pub(super) fn end(state: &mut StateMut<'_>, reason: EndReason, events: &mut impl EventSink) {
    state.header.flags |= FLAG_ENDED;
    if reason == EndReason::AllDead {
        state.header.flags |= FLAG_ALL_DEAD;
    }
    events.event(Event::Ended { reason });
}

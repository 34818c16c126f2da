//! What is counted about matches that are shown elsewhere. Handles are made once, so that a frame costs an
//! atomic addition.

use metrics::{counter, describe_counter, Counter};

/// Handles of all counters.
#[derive(Clone)]
pub(super) struct Tally {
    /// Frames that exporters sent on their way.
    pub(super) frames: Counter,
    /// Times that exporters wrote the state of a match.
    pub(super) writes: Counter,
    /// Inputs that exporters took from the stream to the crank.
    pub(super) taken: Counter,
    /// Inputs that importers sent to a crank.
    pub(super) forwarded: Counter,
    /// Times that an importer missed messages.
    pub(super) gaps: Counter,
    /// Messages and entries of the stream that could not be read.
    pub(super) unreadable: Counter,
}

impl Tally {
    /// Uses the recorder that is installed now, if any.
    pub(super) fn new() -> Self {
        describe_counter!(
            "aurelius_bus_frames_published_total",
            "Frames that this crank sent to relays elsewhere"
        );
        describe_counter!(
            "aurelius_bus_state_writes_total",
            "Times that this crank wrote the state of a match to Redis"
        );
        describe_counter!(
            "aurelius_bus_inputs_taken_total",
            "Inputs that this crank took from relays elsewhere"
        );
        describe_counter!(
            "aurelius_bus_inputs_forwarded_total",
            "Inputs that this relay sent to cranks elsewhere"
        );
        describe_counter!(
            "aurelius_bus_gaps_total",
            "Times that this relay missed messages of a match and read its state again"
        );
        describe_counter!(
            "aurelius_bus_unreadable_total",
            "Messages of other processes that could not be read: of another version, or damaged"
        );
        Self {
            frames: counter!("aurelius_bus_frames_published_total"),
            writes: counter!("aurelius_bus_state_writes_total"),
            taken: counter!("aurelius_bus_inputs_taken_total"),
            forwarded: counter!("aurelius_bus_inputs_forwarded_total"),
            gaps: counter!("aurelius_bus_gaps_total"),
            unreadable: counter!("aurelius_bus_unreadable_total"),
        }
    }
}

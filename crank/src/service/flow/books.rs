//! What is written down of a match, and what is to be.

use std::collections::BTreeSet;
use std::sync::Arc;

use protocol::directory::MatchDetail;

use super::pause::Pause;

/// How the history in the store stands to what is published.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum History {
    /// It says the same.
    #[default]
    Saved,
    /// What is published changed since.
    Changed,
    /// It is being written.
    Saving,
    /// It is being written, and what is published has changed meanwhile.
    SavingChanged,
}

/// The outcome in the history, and the replay file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Not there.
    #[default]
    Missing,
    Recording,
    Recorded,
}

/// What somebody else did, by status or player slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Missed {
    Status(u8),
    Payment(u8),
}

/// Looking for the transactions of what others did.
#[derive(Debug, Default)]
pub(crate) struct Search {
    /// Looked for.
    pub(crate) done: BTreeSet<Missed>,
    pub(crate) under_way: bool,
}

/// The books of one match.
#[derive(Debug, Default)]
pub(crate) struct Books {
    history: History,
    /// The detail as it was saved last.
    saved: Option<Arc<MatchDetail>>,
    pub(crate) outcome: Outcome,
    pub(crate) search: Search,
    /// After writing failed.
    pub(crate) pause: Pause,
}

impl Books {
    /// What is published changed.
    pub(crate) fn note_change(&mut self) {
        self.history = match self.history {
            History::Saved | History::Changed => History::Changed,
            History::Saving | History::SavingChanged => History::SavingChanged,
        };
    }

    /// Whether something waits to be saved that is not being saved.
    pub(crate) fn wants_saving(&self) -> bool {
        self.history == History::Changed
    }

    /// Whether what is published is saved, or being saved.
    pub(crate) fn is_up_to_date(&self) -> bool {
        matches!(self.history, History::Saved | History::Saving)
    }

    /// Whether nothing is being written, and nothing is to be.
    pub(crate) fn is_idle(&self) -> bool {
        self.history == History::Saved && self.outcome != Outcome::Recording
    }

    /// Begins to save; gives what was saved last.
    pub(crate) fn begin_saving(&mut self) -> Option<Arc<MatchDetail>> {
        self.history = History::Saving;
        self.saved.clone()
    }

    /// What was saved, or nothing: then it is tried again.
    pub(crate) fn end_saving(&mut self, saved: Option<Arc<MatchDetail>>) {
        self.history = match (&saved, self.history) {
            (Some(_), History::Saving) => History::Saved,
            _ => History::Changed,
        };
        if saved.is_some() {
            self.saved = saved;
        }
    }

    /// The outcome is written. Payments that were there before the placements are written again.
    pub(crate) fn end_recording(&mut self) {
        self.outcome = Outcome::Recorded;
        self.saved = None;
        self.note_change();
    }

    pub(crate) fn is_recorded(&self) -> bool {
        self.outcome == Outcome::Recorded
    }
}

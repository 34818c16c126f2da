//! What an exporter writes of a match at once.

use protocol::Tick;

/// What is written at once.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StateWrite {
    /// Of the last change that is in it.
    pub(crate) number: u64,
    pub(crate) tick: Tick,
    /// The bytes of the detail, if it is not there already.
    pub(crate) detail: Option<Vec<u8>>,
    /// The bytes of the offer, or of none, if it is not there already.
    pub(crate) offer: Option<Vec<u8>>,
    pub(crate) history: HistoryWrite,
}

/// What becomes of the frames that are kept.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum HistoryWrite {
    /// They are these.
    Replace(Vec<u8>),
    /// These come after them; perhaps none.
    Append(Vec<u8>),
}

impl StateWrite {
    /// Whether it needs nothing that was written before.
    pub(crate) fn is_whole(&self) -> bool {
        self.detail.is_some() && self.offer.is_some() && matches!(self.history, HistoryWrite::Replace(_))
    }
}

//! What the live state of a match in Redis is to be, and what of it was not written yet. Pure.
//!
//! Invariant: after a write that may have failed, the next one has everything.

use protocol::cosign::SettlementOffer;
use protocol::directory::{MatchDetail, MatchEvent};
use protocol::wire::FrameKind;
use protocol::Tick;

use crate::bridge::state::{HistoryWrite, StateWrite};
use crate::bridge::wire;
use crate::frame::Frame;

/// Frames without a keyframe between them: more than any match has. Without this bound a publisher that sends
/// no keyframes would fill the memory.
const HISTORY_MAX: usize = 512;

/// See the module.
#[derive(Debug)]
pub(super) struct Draft {
    number: u64,
    tick: Tick,
    detail: MatchDetail,
    offer: Option<SettlementOffer>,
    /// From the last keyframe on.
    history: Vec<Frame>,
    /// How many of `history` are written; none if all of them are to be.
    written: Option<usize>,
    detail_is_written: bool,
    offer_is_written: bool,
    /// Whether anything changed since the last write.
    is_dirty: bool,
}

impl Draft {
    /// Nothing is written yet.
    pub(super) fn new(
        number: u64,
        detail: MatchDetail,
        offer: Option<SettlementOffer>,
        history: &[Frame],
    ) -> Self {
        let mut draft = Self {
            number,
            tick: detail.summary.tick,
            detail,
            offer,
            history: Vec::new(),
            written: None,
            detail_is_written: false,
            offer_is_written: false,
            is_dirty: true,
        };
        history.iter().for_each(|frame| draft.frame(frame));
        draft
    }

    /// Of the last change.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Of the last frame, or of the detail before the first.
    pub(super) fn tick(&self) -> Tick {
        self.tick
    }

    /// Whether nothing but claims and refunds will change.
    pub(super) fn is_over(&self) -> bool {
        self.detail.summary.status.is_over()
    }

    /// Whether a write would tell anything new.
    pub(super) fn is_dirty(&self) -> bool {
        self.is_dirty
    }

    /// A tick was published.
    pub(super) fn frame(&mut self, frame: &Frame) {
        if frame.kind == FrameKind::Key || self.history.len() == HISTORY_MAX {
            self.history.clear();
            self.written = None;
        }
        if frame.kind == FrameKind::Key || !self.history.is_empty() {
            self.history.push(frame.clone());
        }
        self.tick = frame.tick;
        self.is_dirty = true;
    }

    /// Something happened. The number of the change.
    pub(super) fn event(&mut self, event: &MatchEvent) -> u64 {
        self.detail.apply(event);
        self.detail_is_written = false;
        self.next()
    }

    /// The detail is another one. The number of the change.
    pub(super) fn replace_detail(&mut self, detail: MatchDetail) -> u64 {
        self.detail = detail;
        self.detail_is_written = false;
        self.next()
    }

    /// This is offered now. The number of the change.
    pub(super) fn replace_offer(&mut self, offer: Option<SettlementOffer>) -> u64 {
        self.offer = offer;
        self.offer_is_written = false;
        self.next()
    }

    /// The next write has everything.
    pub(super) fn forget_written(&mut self) {
        self.written = None;
        self.detail_is_written = false;
        self.offer_is_written = false;
        self.is_dirty = true;
    }

    /// What is to be written now. It counts as written from here on.
    pub(super) fn write(&mut self) -> StateWrite {
        let history = match self.written {
            None => HistoryWrite::Replace(wire::encode_history(&self.history)),
            Some(written) => {
                let new = self.history.get(written..).unwrap_or_default();
                HistoryWrite::Append(wire::encode_history(new))
            }
        };
        self.written = Some(self.history.len());
        let detail = (!self.detail_is_written)
            .then(|| wire::encode(&self.detail))
            .flatten();
        let offer = (!self.offer_is_written)
            .then(|| wire::encode(&self.offer))
            .flatten();
        self.detail_is_written = true;
        self.offer_is_written = true;
        self.is_dirty = false;
        StateWrite {
            number: self.number,
            tick: self.tick,
            detail,
            offer,
            history,
        }
    }

    fn next(&mut self) -> u64 {
        self.is_dirty = true;
        self.number = self.number.saturating_add(1);
        self.number
    }
}

#[cfg(test)]
#[path = "draft_tests.rs"]
mod tests;

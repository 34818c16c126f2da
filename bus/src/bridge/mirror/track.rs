//! The order of what a mirror hears. Pure.
//!
//! Invariants: frames come out in tick order; one that is no keyframe comes out only right after the tick
//! before it of the same owner; nothing of an owner comes out once a later owner was heard of. A change is
//! applied right after the one before it, and otherwise the whole state is asked for.

use std::collections::VecDeque;

use protocol::wire::FrameKind;
use protocol::Tick;

use crate::bridge::wire::Version;
use crate::frame::Frame;

/// Frames that wait for what lies before them: the next keyframe comes in 60 ticks, and makes them useless.
const WAITING_MAX: usize = 128;

/// A frame for the followers.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Step {
    /// It continues the one before.
    Next(Frame),
    /// A keyframe that does not.
    Jump(Frame),
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Track {
    /// What is applied.
    applied: Version,
    /// The highest that was heard of.
    heard: Version,
    /// The last frame that came out, and of which owner.
    last: Option<(u64, Tick)>,
    /// Frames of the owner now, without gaps, that cannot come out yet.
    waiting: VecDeque<Frame>,
    /// Messages may be missing.
    suspect: bool,
    gaps: u64,
}

impl Track {
    /// Something has this version. False if it is of an owner who is no more.
    pub(super) fn hear(&mut self, version: Version) -> bool {
        if version.token < self.heard.token {
            return false;
        }
        if version.token > self.heard.token {
            self.waiting.clear();
        }
        self.heard = self.heard.max(version);
        true
    }

    /// Whether the state is to be read.
    pub(super) fn needs_state(&self) -> bool {
        self.suspect || self.heard > self.applied || !self.waiting.is_empty()
    }

    /// Gaps since the last call.
    pub(super) fn take_gaps(&mut self) -> u64 {
        std::mem::take(&mut self.gaps)
    }

    /// Messages are missing: those before the first, or some that may have been lost, which is a gap.
    pub(super) fn suspect(&mut self, lost: bool) {
        self.suspect = true;
        self.gaps += u64::from(lost);
    }

    /// Nobody follows: the next frames begin anew.
    pub(super) fn rest(&mut self) {
        self.last = None;
        self.waiting.clear();
    }

    /// A change came. Whether to apply it.
    pub(super) fn change(&mut self, version: Version) -> bool {
        if !self.hear(version) || version <= self.applied {
            return false;
        }
        let next = Version {
            number: self.applied.number.saturating_add(1),
            ..self.applied
        };
        let fits = version == next;
        if fits {
            self.applied = version;
        } else {
            self.gaps += 1;
        }
        fits
    }

    /// A frame came. What comes out.
    pub(super) fn frame(&mut self, version: Version, frame: Frame) -> Vec<Step> {
        let mut steps = Vec::new();
        if !self.hear(version) {
            return steps;
        }
        let had = !self.waiting.is_empty();
        if let Some(frame) = self.pass(frame, &mut steps) {
            if !had && self.last.is_some() {
                self.gaps += 1;
            }
            self.keep(frame);
        }
        steps
    }

    /// The state was read. Whether to replace detail and offer, and what comes out of the history.
    pub(super) fn state(&mut self, version: Version, history: Vec<Frame>) -> (bool, Vec<Step>) {
        let mut steps = Vec::new();
        if !self.hear(version) {
            return (false, steps);
        }
        self.suspect = false;
        let replace = version > self.applied;
        self.applied = self.applied.max(version);
        for frame in history {
            self.pass(frame, &mut steps);
        }
        for frame in std::mem::take(&mut self.waiting) {
            if let Some(frame) = self.pass(frame, &mut steps) {
                self.keep(frame);
            }
        }
        (replace, steps)
    }

    /// Lets a frame out, or drops it if it is old, or gives it back if something is missing before it.
    fn pass(&mut self, frame: Frame, steps: &mut Vec<Step>) -> Option<Frame> {
        let owner = self.heard.token;
        if self.last.is_some_and(|(_, last)| frame.tick <= last) {
            return None;
        }
        let continues = self
            .last
            .is_some_and(|(token, last)| token == owner && last.0.checked_add(1) == Some(frame.tick.0));
        if !continues && frame.kind != FrameKind::Key {
            return Some(frame);
        }
        self.last = Some((owner, frame.tick));
        if frame.kind == FrameKind::Key {
            self.waiting.retain(|waiting| waiting.tick > frame.tick);
        }
        steps.push(if continues {
            Step::Next(frame)
        } else {
            Step::Jump(frame)
        });
        None
    }

    fn keep(&mut self, frame: Frame) {
        let continues = self
            .waiting
            .back()
            .is_none_or(|last| last.tick.0.checked_add(1) == Some(frame.tick.0));
        if !continues || self.waiting.len() == WAITING_MAX {
            self.waiting.clear();
        }
        self.waiting.push_back(frame);
    }
}

#[cfg(test)]
#[path = "track_tests.rs"]
mod tests;

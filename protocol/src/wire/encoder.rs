//! Turns a match's states into frames, each once.

use arena::State;

use super::delta::Delta;
use super::event::TickEvent;
use super::head::FrameKind;
use super::keyframe;
use super::view::Snapshot;
use crate::key::Tick;

/// A keyframe comes on every tick that is a multiple of this: one a second.
pub const KEYFRAME_TICKS: u32 = arena::TICKS_PER_SECOND;

/// One encoded tick.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Encoded {
    /// The tick whose state it carries.
    pub tick: Tick,
    /// Whether it stands alone.
    pub kind: FrameKind,
    /// What goes to the socket.
    pub bytes: Vec<u8>,
}

/// The frames of one match, tick by tick. Keeps the last snapshot, and its room between ticks.
#[derive(Debug, Clone, Default)]
pub struct Encoder {
    before: Snapshot,
    after: Snapshot,
    delta: Delta,
    /// Whether `before` holds a tick that was encoded.
    started: bool,
}

impl Encoder {
    /// Nothing encoded yet: the first frame will be a keyframe.
    pub fn new() -> Self {
        Self::default()
    }

    /// The frame of a state: a delta if it is the tick after the last one and not due to be a keyframe.
    pub fn frame(&mut self, state: &State<'_>, events: &[TickEvent]) -> Encoded {
        self.after.read_state(state);
        self.encode(events)
    }

    /// As [`Self::frame`], from a snapshot.
    pub fn frame_of_snapshot(&mut self, snapshot: &Snapshot, events: &[TickEvent]) -> Encoded {
        self.after.clone_from(snapshot);
        self.encode(events)
    }

    fn encode(&mut self, events: &[TickEvent]) -> Encoded {
        let tick = self.after.tick;
        let continues = self.started && self.before.tick.0.checked_add(1) == Some(tick.0);
        let mut bytes = Vec::with_capacity(256);
        let kind = if continues && !tick.0.is_multiple_of(KEYFRAME_TICKS) {
            self.delta.read(&self.before, &self.after, events);
            self.delta.encode(&mut bytes);
            FrameKind::Delta
        } else {
            keyframe::encode(&self.after, events, &mut bytes);
            FrameKind::Key
        };
        core::mem::swap(&mut self.before, &mut self.after);
        self.started = true;
        Encoded { tick, kind, bytes }
    }
}

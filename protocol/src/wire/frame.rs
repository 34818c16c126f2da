//! One frame of whatever kind, and several in one message: for followers at a lower rate, and to catch up.

use serde::{Deserialize, Serialize};

use super::delta::Delta;
use super::error::WireError;
use super::event::TickEvent;
use super::head::{expect_kind, kind_of, BUNDLE_BYTE};
use super::keyframe::Keyframe;
use super::view::Snapshot;
use crate::key::Tick;

/// A decoded state frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateFrame {
    /// Stands alone.
    Keyframe(Keyframe),
    /// Goes on top of the tick before.
    Delta(Delta),
    /// Several of the above, in tick order.
    Bundle(Bundle),
}

impl StateFrame {
    /// From the bytes of a message that is not a control message.
    ///
    /// # Errors
    /// [`WireError`] names what does not fit.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        match kind_of(bytes)? {
            0 => Keyframe::from_bytes(bytes).map(Self::Keyframe),
            1 => Delta::from_bytes(bytes).map(Self::Delta),
            2 => Bundle::from_bytes(bytes).map(Self::Bundle),
            kind => Err(WireError::Kind(kind)),
        }
    }

    /// The last tick it brings.
    pub fn tick(&self) -> Tick {
        match self {
            Self::Keyframe(keyframe) => keyframe.snapshot.tick,
            Self::Delta(delta) => delta.tick,
            Self::Bundle(bundle) => bundle.frames.last().map_or(Tick(0), StateFrame::tick),
        }
    }

    /// Brings `state` to this frame's tick and hands over each tick's events. `state` is none before the
    /// first keyframe.
    ///
    /// # Errors
    /// [`WireError::Gap`] when a delta does not continue the state, [`WireError::Range`] when it names what
    /// is not there. The state then stands at the last frame that fitted.
    pub fn apply(
        &self,
        state: &mut Option<Snapshot>,
        events: &mut impl FnMut(Tick, &TickEvent),
    ) -> Result<(), WireError> {
        match self {
            Self::Keyframe(keyframe) => {
                keyframe
                    .events
                    .iter()
                    .for_each(|event| events(keyframe.snapshot.tick, event));
                *state = Some(keyframe.snapshot.clone());
                Ok(())
            }
            Self::Delta(delta) => {
                let gap = WireError::Gap {
                    found: delta.tick,
                    expected: Tick(0),
                };
                state.as_mut().ok_or(gap)?.apply(delta)?;
                delta.events.iter().for_each(|event| events(delta.tick, event));
                Ok(())
            }
            Self::Bundle(bundle) => bundle
                .frames
                .iter()
                .try_for_each(|frame| frame.apply(state, events)),
        }
    }
}

/// Ticks in each bundle of a follower at 20 messages a second.
pub const BUNDLE_TICKS: usize = 3;

/// Most frames of one bundle: more than a catch-up ever needs.
pub const BUNDLE_FRAMES_MAX: usize = 256;

/// Keyframes and deltas in tick order. No bundles.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bundle {
    /// Each fits on top of the one before, or stands alone.
    pub frames: Vec<StateFrame>,
}

impl Bundle {
    /// Puts encoded keyframes and deltas together, without looking into them: at most [`BUNDLE_FRAMES_MAX`]
    /// of at most 65,535 bytes.
    ///
    /// # Errors
    /// [`WireError::Range`] when there are more, or longer ones.
    pub fn join<'a>(frames: impl IntoIterator<Item = &'a [u8]>) -> Result<Vec<u8>, WireError> {
        let mut out = vec![BUNDLE_BYTE];
        for (index, frame) in frames.into_iter().enumerate() {
            if index == BUNDLE_FRAMES_MAX {
                return Err(too_many());
            }
            let length = u16::try_from(frame.len()).map_err(|_| WireError::Range {
                what: "the length of a frame",
                found: u32::try_from(frame.len()).unwrap_or(u32::MAX),
                expected: "at most 65,535",
            })?;
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(frame);
        }
        Ok(out)
    }

    /// The bytes of the frames in a bundle, not looked into.
    ///
    /// # Errors
    /// [`WireError`] names what does not fit.
    pub fn split(bytes: &[u8]) -> Result<Vec<&[u8]>, WireError> {
        let mut rest = expect_kind(bytes, BUNDLE_BYTE)?;
        let mut frames = Vec::new();
        while !rest.is_empty() {
            if frames.len() == BUNDLE_FRAMES_MAX {
                return Err(too_many());
            }
            let (length, after) = rest.split_first_chunk::<2>().ok_or(WireError::Short)?;
            let (frame, after) = after
                .split_at_checked(u16::from_le_bytes(*length).into())
                .ok_or(WireError::Short)?;
            frames.push(frame);
            rest = after;
        }
        Ok(frames)
    }

    /// From the bytes of a bundle.
    ///
    /// # Errors
    /// [`WireError`] names what does not fit.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, WireError> {
        let frames = Self::split(bytes)?
            .into_iter()
            .map(|frame| match kind_of(frame)? {
                0 => Keyframe::from_bytes(frame).map(StateFrame::Keyframe),
                1 => Delta::from_bytes(frame).map(StateFrame::Delta),
                kind => Err(WireError::Kind(kind)),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { frames })
    }
}

fn too_many() -> WireError {
    WireError::Range {
        what: "the number of frames in a bundle",
        found: BUNDLE_FRAMES_MAX as u32 + 1,
        expected: "at most 256",
    }
}

//! State frames: one tick of the arena as the page draws it, bit-packed.
//!
//! The first byte of everything a server sends is version (high nibble, 1) and kind (low nibble):
//!
//! | byte | kind | content |
//! |---|---|---|
//! | `0x10` | keyframe | the whole [`Snapshot`] and the tick's events |
//! | `0x11` | delta | what changed since the tick before, and the tick's events |
//! | `0x12` | bundle | several keyframes and deltas |
//! | `0x13` | control | see [`crate::control`] |
//!
//! Bits are packed from the lowest of each byte upwards, numbers lowest bit first; the last byte is filled with
//! zeros. All values in a delta are absolute, so a delta can be read without the state before it. The byte tables
//! are in `docs/PROTOCOL.md`.
//!
//! A snapshot is a *view*, made for drawing: hit points are whole, rounded up, so that the living have at least 1;
//! cooldowns, damage sums, the seed and the ends of effects are left out. The state that is hashed is the arena's.
//!
//! Invariants: decoding is strict (ranges, zero padding, nothing after the end) and total; each decoded element
//! costs at least one bit of input, and counts are bounded by [`arena::MAX_WARRIORS`] and [`EVENTS_MAX`].

mod bits;
mod bundle;
mod delta;
mod encoder;
mod event;
mod keyframe;
mod view;

pub use bundle::{Bundle, BUNDLE_FRAMES_MAX, BUNDLE_TICKS};
pub use delta::{Delta, PowerUpChange, WarriorChange};
pub use encoder::{Encoded, Encoder, KEYFRAME_TICKS};
pub use event::{Cause, EndReason, EventLog, TickEvent, EVENTS_MAX};
pub use keyframe::Keyframe;
pub use view::{Effect, Ending, PowerUp, PowerUpKind, Snapshot, Special, SpecialKind, Warrior};

use serde::{Deserialize, Serialize};

use crate::{Tick, VERSION};

/// First byte of a keyframe.
pub const KEYFRAME_BYTE: u8 = VERSION << 4;
/// First byte of a delta.
pub const DELTA_BYTE: u8 = VERSION << 4 | 1;
/// First byte of a bundle.
pub const BUNDLE_BYTE: u8 = VERSION << 4 | 2;

/// Whether a frame stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameKind {
    /// The whole state.
    Key,
    /// The difference to the tick before.
    Delta,
}

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

/// Bytes that are no frame of this version, or a frame that does not fit the state it is applied to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The bytes end in the middle.
    #[error("the frame is cut short")]
    Short,
    /// Something after the end, or padding that is not zero.
    #[error("the frame goes on after its end")]
    Trailing,
    /// The first byte's high nibble.
    #[error("version {0} of the protocol; this side speaks version {VERSION}")]
    Version(u8),
    /// The first byte's low nibble.
    #[error("message kind {0} is not the kind of frame expected here")]
    Kind(u8),
    /// A number out of its range.
    #[error("{what} is {found}; expected {expected}")]
    Range {
        /// Which number.
        what: &'static str,
        /// Its value.
        found: u32,
        /// Its range.
        expected: &'static str,
    },
    /// A delta for another tick than the next, or one without a keyframe before it.
    #[error("a delta for tick {found}; the state at hand continues with tick {expected}")]
    Gap {
        /// The delta's tick.
        found: Tick,
        /// The only one that fits.
        expected: Tick,
    },
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

    /// Brings `state` to this frame's tick and hands over each tick's events. `state` is none before the first
    /// keyframe.
    ///
    /// # Errors
    /// [`WireError::Gap`] when a delta does not continue the state, [`WireError::Range`] when it names what is not
    /// there. The state then stands at the last frame that fitted.
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

/// The kind in the first byte, if the version is ours.
fn kind_of(bytes: &[u8]) -> Result<u8, WireError> {
    let first = *bytes.first().ok_or(WireError::Short)?;
    if first >> 4 != VERSION {
        return Err(WireError::Version(first >> 4));
    }
    Ok(first & 15)
}

fn expect_kind(bytes: &[u8], expected: u8) -> Result<&[u8], WireError> {
    let kind = kind_of(bytes)?;
    if kind != expected & 15 {
        return Err(WireError::Kind(kind));
    }
    Ok(&bytes[1..])
}

#[cfg(test)]
mod tests;

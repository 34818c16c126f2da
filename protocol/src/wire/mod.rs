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
//! Bits are packed from the lowest of each byte upwards, numbers lowest bit first; the last byte is filled
//! with zeros. All values in a delta are absolute, so a delta can be read without the state before it. The
//! byte tables are in `docs/PROTOCOL.md`.
//!
//! A snapshot is a *view*, made for drawing: hit points are whole, rounded up, so that the living have at
//! least 1; cooldowns, damage sums, the seed and the ends of effects are left out. The state that is hashed
//! is the arena's.
//!
//! Invariants: decoding is strict (ranges, zero padding, nothing after the end) and total; each decoded
//! element costs at least one bit of input, and counts are bounded by [`arena::MAX_WARRIORS`] and
//! [`EVENTS_MAX`].

mod apply;
mod bits;
mod delta;
mod encoder;
mod error;
mod event;
mod frame;
mod head;
mod keyframe;
mod view;

pub use delta::{Delta, PowerUpChange, WarriorChange};
pub use encoder::{Encoded, Encoder, KEYFRAME_TICKS};
pub use error::WireError;
pub use event::{Cause, EndReason, EventLog, TickEvent, EVENTS_MAX};
pub use frame::{Bundle, StateFrame, BUNDLE_FRAMES_MAX, BUNDLE_TICKS};
pub use head::{FrameKind, BUNDLE_BYTE, DELTA_BYTE, KEYFRAME_BYTE};
pub use keyframe::Keyframe;
pub use view::{Effect, Ending, PowerUp, PowerUpKind, Snapshot, Special, SpecialKind, Warrior};

#[cfg(test)]
mod tests;

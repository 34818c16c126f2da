//! What can be wrong with the bytes of a frame.

use crate::key::Tick;
use crate::version::VERSION;

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

//! The first byte of a frame.

use super::error::WireError;
use crate::version::VERSION;

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

/// The kind in the first byte, if the version is ours.
pub(super) fn kind_of(bytes: &[u8]) -> Result<u8, WireError> {
    let first = *bytes.first().ok_or(WireError::Short)?;
    if first >> 4 != VERSION {
        return Err(WireError::Version(first >> 4));
    }
    Ok(first & 15)
}

/// What follows the first byte of a frame of this kind.
pub(super) fn expect_kind(bytes: &[u8], expected: u8) -> Result<&[u8], WireError> {
    let kind = kind_of(bytes)?;
    if kind != expected & 15 {
        return Err(WireError::Kind(kind));
    }
    Ok(&bytes[1..])
}

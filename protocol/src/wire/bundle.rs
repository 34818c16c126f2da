//! Several frames in one message: for followers at a lower rate, and to catch up.

use serde::{Deserialize, Serialize};

use super::{expect_kind, kind_of, Delta, Keyframe, StateFrame, WireError, BUNDLE_BYTE};

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
    /// Puts encoded keyframes and deltas together, without looking into them: at most [`BUNDLE_FRAMES_MAX`] of at
    /// most 65,535 bytes.
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

//! One tick of a match, encoded.

use bytes::Bytes;
use protocol::wire::{Encoded, FrameKind};
use protocol::Tick;

/// One tick, encoded once and shared by everybody who follows the match: cloning copies a pointer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The tick whose state it carries.
    pub tick: Tick,
    /// Whether it stands alone.
    pub kind: FrameKind,
    /// The bytes that go to the socket.
    pub bytes: Bytes,
}

impl From<Encoded> for Frame {
    fn from(encoded: Encoded) -> Self {
        Self {
            tick: encoded.tick,
            kind: encoded.kind,
            bytes: encoded.bytes.into(),
        }
    }
}

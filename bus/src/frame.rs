//! One tick of a match, encoded.

use bytes::Bytes;
use protocol::Tick;

/// Whether a frame stands alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FrameKind {
    /// The whole state.
    Key,
    /// The difference to the frame of the tick before.
    Delta,
}

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

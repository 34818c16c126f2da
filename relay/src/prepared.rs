//! Messages that go to many sockets: encoded at most once in each form, and only if somebody wants it.

use std::sync::OnceLock;

use bytes::Bytes;
use protocol::control::ServerMessage;
use protocol::wire::StateFrame;
use protocol::Tick;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// How one socket wants its messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Postcard and bit-packed frames, as binary messages.
    #[default]
    Binary,
    /// JSON, as text messages.
    Json,
}

/// A control message.
#[derive(Debug)]
pub(crate) struct PreparedMessage {
    message: ServerMessage,
    binary: OnceLock<Bytes>,
    json: OnceLock<Utf8Bytes>,
}

impl PreparedMessage {
    pub(crate) fn new(message: ServerMessage) -> Self {
        Self {
            message,
            binary: OnceLock::new(),
            json: OnceLock::new(),
        }
    }

    pub(crate) fn to(&self, encoding: Encoding) -> Message {
        match encoding {
            Encoding::Binary => {
                Message::Binary(self.binary.get_or_init(|| self.message.to_bytes().into()).clone())
            }
            Encoding::Json => Message::Text(self.json.get_or_init(|| json_text(&self.message)).clone()),
        }
    }
}

/// A frame, or a bundle of frames.
#[derive(Debug)]
pub(crate) struct PreparedFrame {
    /// The first tick it brings.
    pub(crate) first: Tick,
    /// The last tick it brings.
    pub(crate) last: Tick,
    /// Whether it begins with a keyframe, so that nothing before it is needed.
    pub(crate) stands_alone: bool,
    bytes: Bytes,
    json: OnceLock<Utf8Bytes>,
}

impl PreparedFrame {
    /// One frame as it is.
    pub(crate) fn single(frame: bus::Frame) -> Self {
        Self {
            first: frame.tick,
            last: frame.tick,
            stands_alone: frame.kind == bus::FrameKind::Key,
            bytes: frame.bytes,
            json: OnceLock::new(),
        }
    }

    /// Consecutive frames in one message. None if there are none, or more than a bundle holds.
    pub(crate) fn bundle(frames: &[bus::Frame]) -> Option<Self> {
        let (first, last) = (frames.first()?, frames.last()?);
        let joined = protocol::wire::Bundle::join(frames.iter().map(|frame| &frame.bytes[..]));
        let bytes = joined
            .inspect_err(|error| tracing::error!(%error, "frames do not fit in a bundle"))
            .ok()?;
        Some(Self {
            first: first.tick,
            last: last.tick,
            stands_alone: first.kind == bus::FrameKind::Key,
            bytes: bytes.into(),
            json: OnceLock::new(),
        })
    }

    pub(crate) fn to(&self, encoding: Encoding) -> Message {
        match encoding {
            Encoding::Binary => Message::Binary(self.bytes.clone()),
            Encoding::Json => Message::Text(self.json.get_or_init(|| self.json_text()).clone()),
        }
    }

    fn json_text(&self) -> Utf8Bytes {
        match StateFrame::from_bytes(&self.bytes) {
            Ok(frame) => json_text(&frame),
            // The crank's encoder wrote it: this cannot happen unless versions are mixed.
            Err(error) => {
                tracing::error!(%error, tick = %self.last, "a frame from the bus cannot be read");
                Utf8Bytes::from_static("null")
            }
        }
    }
}

/// Our message types have string keys and no floats: writing them as JSON cannot fail.
pub(crate) fn json_text(value: &impl serde::Serialize) -> Utf8Bytes {
    serde_json::to_string(value)
        .unwrap_or_else(|_| "null".to_owned())
        .into()
}

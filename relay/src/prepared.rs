//! Messages that go to many sockets: encoded and framed at most once in each form, and only if somebody wants
//! it.

use std::sync::OnceLock;

use bytes::Bytes;
use protocol::control::ServerMessage;
use protocol::wire::StateFrame;
use protocol::Tick;

use crate::framing::{framed, Opcode};

/// How one socket wants its messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Postcard and bit-packed frames, as binary messages.
    #[default]
    Binary,
    /// JSON, as text messages.
    Json,
}

impl Encoding {
    /// A control message, as it goes over the wire.
    pub(crate) fn framed(self, message: &ServerMessage) -> Bytes {
        match self {
            Self::Binary => framed(Opcode::Binary, &message.to_bytes()),
            Self::Json => framed(Opcode::Text, json_text(message).as_bytes()),
        }
    }
}

/// A control message.
#[derive(Debug)]
pub(crate) struct PreparedMessage {
    message: ServerMessage,
    binary: OnceLock<Bytes>,
    json: OnceLock<Bytes>,
}

impl PreparedMessage {
    pub(crate) fn new(message: ServerMessage) -> Self {
        Self {
            message,
            binary: OnceLock::new(),
            json: OnceLock::new(),
        }
    }

    /// As it goes over the wire.
    pub(crate) fn framed(&self, encoding: Encoding) -> &Bytes {
        let form = match encoding {
            Encoding::Binary => &self.binary,
            Encoding::Json => &self.json,
        };
        form.get_or_init(|| encoding.framed(&self.message))
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
    payload: Bytes,
    binary: OnceLock<Bytes>,
    json: OnceLock<Bytes>,
}

impl PreparedFrame {
    /// One frame as it is.
    pub(crate) fn single(frame: bus::Frame) -> Self {
        Self {
            first: frame.tick,
            last: frame.tick,
            stands_alone: frame.kind == bus::FrameKind::Key,
            payload: frame.bytes,
            binary: OnceLock::new(),
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
            payload: bytes.into(),
            binary: OnceLock::new(),
            json: OnceLock::new(),
        })
    }

    /// As it goes over the wire.
    pub(crate) fn framed(&self, encoding: Encoding) -> &Bytes {
        match encoding {
            Encoding::Binary => self.binary.get_or_init(|| framed(Opcode::Binary, &self.payload)),
            Encoding::Json => self
                .json
                .get_or_init(|| framed(Opcode::Text, self.json_text().as_bytes())),
        }
    }

    fn json_text(&self) -> String {
        match StateFrame::from_bytes(&self.payload) {
            Ok(frame) => json_text(&frame),
            // The crank's encoder wrote it: this cannot happen unless versions are mixed.
            Err(error) => {
                tracing::error!(%error, tick = %self.last, "a frame from the bus cannot be read");
                "null".to_owned()
            }
        }
    }
}

/// Our message types have string keys and no floats: writing them as JSON cannot fail.
fn json_text(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

//! What crosses Redis, in bytes. Cranks and relays of one installation are of one version: a message that
//! cannot be read is dropped and counted.
//!
//! | message | bytes |
//! |---|---|
//! | down | token u64 le ‖ number u64 le ‖ kind u8 ‖ payload |
//! | … a frame | kind 0 or 1 (keyframe), payload: tick u32 le ‖ the frame |
//! | … a change | kind 2, payload: postcard of [`Control`] |
//! | history | for each frame: kind u8 ‖ tick u32 le ‖ length u32 le ‖ the frame |
//! | input | postcard of [`Up`] |
//! | answers | postcard of a list of [`Answer`] |
//! | listing | text `expires ms:token:number:tick` |
//!
//! A change has the number of the change before it and one; a frame has that of the last change before it. So
//! whoever misses a change sees that at the next message, whatever it is.

use bytes::{BufMut, Bytes};
use protocol::codes::RejectReason;
use protocol::cosign::{Cosignature, SettlementOffer};
use protocol::directory::{MatchDetail, MatchEvent};
use protocol::input::{ChainHead, SignedInput};
use protocol::wire::FrameKind;
use protocol::{Signature, Tick};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::frame::Frame;
use crate::input::{Accepted, InputOutcome, Rejected};

const DELTA: u8 = 0;
const KEY: u8 = 1;
const CONTROL: u8 = 2;
/// Token, number and kind of a message.
const HEAD: usize = 17;
/// Kind, tick and length of a frame that is kept.
const KEPT_HEAD: usize = 9;

/// How far a match is: later owners are above earlier ones, and later changes of one owner too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) struct Version {
    /// Fencing token of the owner.
    pub(super) token: u64,
    /// Of the last change.
    pub(super) number: u64,
}

/// From the crank to all relays.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Down {
    pub(super) version: Version,
    pub(super) body: DownBody,
}

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum DownBody {
    /// One tick.
    Frame(Frame),
    /// What is not a frame.
    Control(Control),
}

/// A change of a match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Control {
    /// The detail changed as the event says.
    Event(MatchEvent),
    /// The detail changed where no event fits.
    Detail(Box<MatchDetail>),
    /// What is offered to the players from now on.
    Offer(Option<SettlementOffer>),
}

/// From a relay to the crank.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum Up {
    /// A move.
    Input(SignedInput),
    /// Agreement with the result; it is not answered.
    Cosignature(Cosignature),
}

/// The answer to an input.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct Answer {
    /// The relay's own number of the input.
    pub(super) number: u64,
    pub(super) outcome: Outcome,
}

/// An [`InputOutcome`], or that there is none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) enum Outcome {
    Accepted(Tick, Signature),
    Rejected(RejectReason, Option<ChainHead>),
    /// The crank dropped it unanswered: it is busy.
    Dropped,
}

/// A line of the list of matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listing {
    /// Until when it holds if it is not renewed, milliseconds since 1970 by Redis' clock.
    pub(super) expires_ms: u64,
    pub(super) version: Version,
    pub(super) tick: Tick,
}

impl From<Option<InputOutcome>> for Outcome {
    fn from(outcome: Option<InputOutcome>) -> Self {
        match outcome {
            Some(Ok(accepted)) => Self::Accepted(accepted.tick, accepted.receipt),
            Some(Err(rejected)) => Self::Rejected(rejected.reason, rejected.chain),
            None => Self::Dropped,
        }
    }
}

impl From<Outcome> for Option<InputOutcome> {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Accepted(tick, receipt) => Some(Ok(Accepted { tick, receipt })),
            Outcome::Rejected(reason, chain) => Some(Err(Rejected { reason, chain })),
            Outcome::Dropped => None,
        }
    }
}

impl Down {
    /// None if it cannot be written, which our own types never cause.
    pub(super) fn encode(&self) -> Option<Bytes> {
        let (kind, body) = match &self.body {
            DownBody::Frame(frame) => {
                let mut body = Vec::with_capacity(4 + frame.bytes.len());
                body.put_u32_le(frame.tick.0);
                body.put_slice(&frame.bytes);
                (kind_byte(frame.kind), body)
            }
            DownBody::Control(control) => (CONTROL, encode(control)?),
        };
        let mut out = Vec::with_capacity(HEAD + body.len());
        out.put_u64_le(self.version.token);
        out.put_u64_le(self.version.number);
        out.put_u8(kind);
        out.put_slice(&body);
        Some(out.into())
    }

    /// The bytes of a frame are shared with the message.
    pub(super) fn decode(bytes: &Bytes) -> Option<Down> {
        let version = Version {
            token: u64_at(bytes, 0)?,
            number: u64_at(bytes, 8)?,
        };
        let body = match *bytes.get(HEAD - 1)? {
            CONTROL => DownBody::Control(decode(bytes.get(HEAD..)?)?),
            kind => DownBody::Frame(Frame {
                kind: frame_kind(kind)?,
                tick: Tick(u32_at(bytes, HEAD)?),
                bytes: bytes.slice(HEAD + 4..),
            }),
        };
        Some(Down { version, body })
    }
}

/// Frames as they are kept, one after the other.
pub(super) fn encode_history(frames: &[Frame]) -> Vec<u8> {
    let length = frames.iter().map(|frame| KEPT_HEAD + frame.bytes.len()).sum();
    let mut out = Vec::with_capacity(length);
    for frame in frames {
        out.put_u8(kind_byte(frame.kind));
        out.put_u32_le(frame.tick.0);
        // A frame is some kilobytes.
        out.put_u32_le(u32::try_from(frame.bytes.len()).unwrap_or(u32::MAX));
        out.put_slice(&frame.bytes);
    }
    out
}

/// As many frames as can be read; they share the bytes.
pub(super) fn decode_history(bytes: &Bytes) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut at = 0;
    while let Some((frame, end)) = kept_at(bytes, at) {
        frames.push(frame);
        at = end;
    }
    frames
}

fn kept_at(bytes: &Bytes, at: usize) -> Option<(Frame, usize)> {
    let length = usize::try_from(u32_at(bytes, at + 5)?).ok()?;
    let start = at + KEPT_HEAD;
    let end = start.checked_add(length).filter(|end| *end <= bytes.len())?;
    let frame = Frame {
        kind: frame_kind(*bytes.get(at)?)?,
        tick: Tick(u32_at(bytes, at + 1)?),
        bytes: bytes.slice(start..end),
    };
    Some((frame, end))
}

impl Listing {
    /// From the text that the script wrote.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let listing = Self {
            expires_ms: parts.next()?.parse().ok()?,
            version: Version {
                token: parts.next()?.parse().ok()?,
                number: parts.next()?.parse().ok()?,
            },
            tick: Tick(parts.next()?.parse().ok()?),
        };
        parts.next().is_none().then_some(listing)
    }
}

/// None if it cannot be written, which our own types never cause.
pub(super) fn encode<T: Serialize + ?Sized>(value: &T) -> Option<Vec<u8>> {
    postcard::to_stdvec(value).ok()
}

/// None unless the bytes are the value and nothing else.
pub(super) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn kind_byte(kind: FrameKind) -> u8 {
    match kind {
        FrameKind::Key => KEY,
        FrameKind::Delta => DELTA,
    }
}

fn frame_kind(byte: u8) -> Option<FrameKind> {
    match byte {
        KEY => Some(FrameKind::Key),
        DELTA => Some(FrameKind::Delta),
        _ => None,
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;

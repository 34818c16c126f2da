//! Whatever a server sends, told apart by its first byte (binary) or its only key (JSON).
//!
//! For clients. Servers encode frames and control messages apart, because frames are encoded once for all.

use serde::{Deserialize, Serialize};

use crate::control::{ControlError, ServerMessage, CONTROL_BYTE};
use crate::wire::{StateFrame, WireError};

/// One message from a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ServerPacket {
    /// A state frame.
    Frame(StateFrame),
    /// Anything else.
    Control(ServerMessage),
}

/// Bytes that are no message of a server.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PacketError {
    /// It says to be a control message.
    #[error(transparent)]
    Control(#[from] ControlError),
    /// It says to be a frame.
    #[error(transparent)]
    Frame(#[from] WireError),
}

impl ServerPacket {
    /// From the bytes of a binary WebSocket message.
    ///
    /// # Errors
    /// [`PacketError`] names what does not fit.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PacketError> {
        if bytes.first() == Some(&CONTROL_BYTE) {
            return Ok(Self::Control(ServerMessage::from_bytes(bytes)?));
        }
        Ok(Self::Frame(StateFrame::from_bytes(bytes)?))
    }
}

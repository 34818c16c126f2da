//! What a socket reads and writes.
//!
//! Reading, and the answers to pings, are the WebSocket library's; what we write is framed here and goes to
//! the wire, which frames of the match share.
//!
//! Invariants: no write waits longer than the limit; at most one message waits to be written.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt;
use protocol::codes::CloseCode;
use protocol::control::ServerMessage;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::WebSocketStream;

use super::ending::Ending;
use crate::framing::{framed, Opcode};
use crate::limits::metered::{Metered, OVER_QUOTA};
use crate::prepared::Encoding;
use crate::wire::{Duplex, Offered, Wire};

/// How long a close may take, from our frame to the other side's.
const FAREWELL: Duration = Duration::from_secs(2);

/// The longest reason that a close frame carries.
const REASON_BYTES_MAX: usize = 123;

/// The code for what RFC 6455 forbids.
const PROTOCOL_VIOLATION: u16 = 1002;

/// The reading side of a socket.
pub(super) type Reader = WebSocketStream<Metered<Duplex>>;

/// A socket to write to, and to read from.
pub(super) struct Outbox {
    reader: Reader,
    pub(super) wire: Arc<Wire>,
    pub(super) encoding: Encoding,
    send_timeout: Duration,
}

impl Outbox {
    pub(super) fn new(reader: Reader, wire: Arc<Wire>, encoding: Encoding, send_timeout: Duration) -> Self {
        Self {
            reader,
            wire,
            encoding,
            send_timeout,
        }
    }

    /// The next message; cancel safe.
    pub(super) async fn next(&mut self) -> Option<Result<Message, Error>> {
        self.reader.next().await
    }

    /// Writes a control message.
    pub(super) async fn send_control(&self, message: &ServerMessage) -> Result<(), Ending> {
        self.send(self.encoding.framed(message)).await
    }

    /// Asks for a sign of life.
    pub(super) async fn ping(&self) -> Result<(), Ending> {
        self.send(framed(Opcode::Ping, &[])).await
    }

    /// Writes whole WebSocket frames, and everything before them.
    pub(super) async fn send(&self, bytes: Bytes) -> Result<(), Ending> {
        // Nearly always the kernel takes it at once, and no clock has to run.
        match self.wire.offer(&bytes) {
            Offered::Written => Ok(()),
            Offered::Begun => self.flush().await,
            Offered::Refused => self.bounded(self.wire.send(bytes)).await,
        }
    }

    /// Writes what is left on the wire.
    pub(super) async fn flush(&self) -> Result<(), Ending> {
        self.bounded(self.wire.flush()).await
    }

    /// Says why, ends our side, and gives the other side a moment to read it.
    pub(super) async fn close(&mut self, code: CloseCode, detail: Option<&str>) {
        let mut payload = code.code().to_be_bytes().to_vec();
        payload.extend(reason(code, detail).as_bytes());
        self.farewell(&payload).await;
    }

    /// Answers a close with its own code, or with none if it had none. For a code that nobody may send the
    /// library gave 1002, a violation of the protocol.
    pub(super) async fn echo_close(&mut self, code: Option<u16>) {
        let payload = code.map(u16::to_be_bytes);
        self.farewell(payload.as_ref().map_or(&[][..], |code| &code[..]))
            .await;
    }

    async fn farewell(&mut self, payload: &[u8]) {
        let farewell = async {
            // What was read and not handled, or written and not read, does not matter any more.
            self.wire.send(framed(Opcode::Close, payload)).await.ok();
            self.wire.shutdown().await.ok();
            let stream = self.reader.get_mut();
            let mut ignored = [0; 256];
            while stream.read(&mut ignored).await.is_ok_and(|read| read > 0) {}
        };
        let _ = timeout(FAREWELL, farewell).await;
    }

    async fn bounded(&self, write: impl std::future::Future<Output = io::Result<()>>) -> Result<(), Ending> {
        match timeout(self.send_timeout, write).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err(Ending::Gone),
            Err(_) => Err(CloseCode::TooSlow.into()),
        }
    }
}

/// What an error of the socket means for it.
pub(super) fn ending_of(error: &Error) -> Ending {
    use tokio_tungstenite::tungstenite::error::ProtocolError;
    match error {
        Error::Capacity(error) => Ending::Close(CloseCode::TooLarge, Some(error.to_string())),
        Error::Io(error) if error.kind() == OVER_QUOTA => CloseCode::RateLimited.into(),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => Ending::Gone,
        // A close with half a code.
        Error::Protocol(ProtocolError::InvalidCloseSequence) => Ending::Echo(Some(PROTOCOL_VIOLATION)),
        Error::Protocol(error) => Ending::Close(CloseCode::Malformed, Some(error.to_string())),
        Error::Utf8(error) => Ending::Close(CloseCode::Malformed, Some(error.clone())),
        _ => Ending::Gone,
    }
}

/// The code's sentence and the detail, as far as they fit.
fn reason(code: CloseCode, detail: Option<&str>) -> String {
    let mut text = code.reason().to_owned();
    if let Some(detail) = detail {
        text.push_str(": ");
        text.push_str(detail);
    }
    let mut length = text.len().min(REASON_BYTES_MAX);
    while !text.is_char_boundary(length) {
        length -= 1;
    }
    text.truncate(length);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_cut_between_characters() {
        let long = "é".repeat(100);
        let text = reason(CloseCode::Malformed, Some(&long));
        assert!(text.len() <= REASON_BYTES_MAX && text.len() > REASON_BYTES_MAX - 2);
        assert!(text.starts_with(CloseCode::Malformed.reason()));
        assert_eq!(reason(CloseCode::Normal, None), CloseCode::Normal.reason());
    }
}

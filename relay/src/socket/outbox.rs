//! The writing side of a socket.
//!
//! Invariants: no write waits longer than the limit; at most one message and a few frames are buffered per socket.

use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use protocol::codes::CloseCode;
use protocol::control::ServerMessage;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode as FrameCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::frame::{CloseFrame, Frame};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::WebSocketStream;

use super::Ending;
use crate::limits::{Metered, OVER_QUOTA};
use crate::prepared::{json_text, Encoding};

/// Longer messages go out as fragments of this size, so that no socket ever keeps a large buffer.
const FRAGMENT_BYTES: usize = 8 * 1024;

/// How long a close may take, from our frame to the other side's.
const FAREWELL: Duration = Duration::from_secs(2);

/// The longest reason that a close frame carries.
const REASON_BYTES_MAX: usize = 123;

/// A socket to write to, and to read from.
pub(super) struct Outbox {
    socket: WebSocketStream<Metered<TcpStream>>,
    pub(super) encoding: Encoding,
    send_timeout: Duration,
}

impl Outbox {
    pub(super) fn new(
        socket: WebSocketStream<Metered<TcpStream>>,
        encoding: Encoding,
        send_timeout: Duration,
    ) -> Self {
        Self {
            socket,
            encoding,
            send_timeout,
        }
    }

    /// The next message; cancel safe.
    pub(super) async fn next(&mut self) -> Option<Result<Message, Error>> {
        self.socket.next().await
    }

    /// Writes a control message.
    pub(super) async fn send_control(&mut self, message: &ServerMessage) -> Result<(), Ending> {
        self.send(match self.encoding {
            Encoding::Binary => Message::Binary(message.to_bytes().into()),
            Encoding::Json => Message::Text(json_text(message)),
        })
        .await
    }

    /// Writes a message and everything buffered before it.
    pub(super) async fn send(&mut self, message: Message) -> Result<(), Ending> {
        self.feed(message).await?;
        self.flush().await
    }

    /// Buffers a message; `flush` follows.
    pub(super) async fn feed(&mut self, message: Message) -> Result<(), Ending> {
        if message.len() <= FRAGMENT_BYTES {
            return self.bounded(|socket| socket.feed(message)).await;
        }
        let is_text = message.is_text();
        let mut rest = message.into_data();
        let mut code = OpCode::Data(if is_text { Data::Text } else { Data::Binary });
        while !rest.is_empty() {
            let fragment = rest.split_to(rest.len().min(FRAGMENT_BYTES));
            let frame = Frame::message(fragment, code, rest.is_empty());
            self.bounded(|socket| socket.send(Message::Frame(frame))).await?;
            code = OpCode::Data(Data::Continue);
        }
        Ok(())
    }

    /// Writes what is buffered.
    pub(super) async fn flush(&mut self) -> Result<(), Ending> {
        self.bounded(|socket| socket.flush()).await
    }

    /// Says why, ends our side, and gives the other side a moment to read it.
    pub(super) async fn close(&mut self, code: CloseCode, detail: Option<&str>) {
        let frame = CloseFrame {
            code: FrameCode::from(code.code()),
            reason: reason(code, detail).into(),
        };
        let farewell = async {
            // What was read and not handled, or written and not read, does not matter any more.
            self.socket.send(Message::Close(Some(frame))).await.ok();
            let stream = self.socket.get_mut();
            stream.shutdown().await.ok();
            let mut ignored = [0; 256];
            while stream.read(&mut ignored).await.is_ok_and(|read| read > 0) {}
        };
        let _ = timeout(FAREWELL, farewell).await;
    }

    async fn bounded<'a, F>(
        &'a mut self,
        act: impl FnOnce(&'a mut WebSocketStream<Metered<TcpStream>>) -> F,
    ) -> Result<(), Ending>
    where
        F: std::future::Future<Output = Result<(), Error>> + 'a,
    {
        match timeout(self.send_timeout, act(&mut self.socket)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(ending_of(&error)),
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

//! A WebSocket connection to a relay, spoken as any client would: binary control messages, state frames as
//! bytes.
//!
//! Owns: the socket, the challenge of the relay's `Hello`, limits on waiting. Absent: what a frame means, and
//! reconnecting, which only the caller can do with sense.

use std::future::Future;
use std::time::Duration;

use anyhow::{anyhow, bail, Context, Result};
use bytes::Bytes;
use ed25519_dalek::SigningKey;
use futures_util::{SinkExt, StreamExt};
use protocol::auth::Challenge;
use protocol::codes::CloseCode;
use protocol::control::{ClientMessage, ControlError, ResumeToken, ServerMessage, CONTROL_BYTE};
use protocol::{Nonce, SessionKey};
use reqwest::Url;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{
    client_async_with_config, connect_async_with_config, MaybeTlsStream, WebSocketStream,
};

/// Longest wait for a connection and for the answer to a request.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest message a relay has reason to send: a match's detail with all checkpoints.
const MESSAGE_BYTES_MAX: usize = 1 << 20;
/// What is read at once: several frames of a full arena, and little enough for thousands of followers in one process.
const READ_BUFFER_BYTES: usize = 8 << 10;

/// Nobody could be connected to there.
#[derive(Debug, Error)]
#[error("cannot connect to the relay at {url}")]
pub struct Unreachable {
    /// Where the socket was expected.
    pub url: Url,
    /// What was in the way.
    #[source]
    pub cause: Box<dyn std::error::Error + Send + Sync>,
}

/// A relay sent a control message that is none.
#[derive(Debug, Error)]
#[error("the relay sent a message that does not decode")]
pub struct Undecodable(#[source] ControlError);

/// What arrived.
#[derive(Debug)]
pub enum Received {
    /// A control message.
    Control(Box<ServerMessage>),
    /// A state frame or bundle, whole.
    Frame(Bytes),
    /// The relay closed the connection.
    Closed(Closed),
}

/// Why the relay closed the connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The code of the close frame, if there was one.
    pub code: Option<u16>,
    /// What the relay said.
    pub reason: String,
}

impl Closed {
    /// Whether it makes sense to connect again.
    pub fn is_transient(&self) -> bool {
        match self.code.and_then(CloseCode::from_code) {
            Some(code) => code.is_transient(),
            None => true,
        }
    }
}

impl std::fmt::Display for Closed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.code {
            Some(code) => write!(f, "code {code}, {}", self.reason),
            None => write!(f, "{}", self.reason),
        }
    }
}

/// A WebSocket, with or without TLS below it.
type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// An open connection, past the relay's `Hello`.
pub struct Connection {
    socket: Socket,
    domain: String,
    chain: String,
    nonce: Nonce,
    issued_at: String,
}

impl Connection {
    /// Connects to the relay at this base address (`http://127.0.0.1:8080`) and waits for its `Hello`.
    pub async fn open(relay: &Url) -> Result<Connection> {
        let url = websocket_url(relay)?;
        // Moves are tiny and must not wait for a full packet.
        let connecting = connect_async_with_config(url.as_str(), Some(limits()), true);
        Self::greeted(url.clone(), connecting).await
    }

    /// As [`Self::open`], over a connection that the caller has made: from an address of its choice, for instance.
    pub async fn over(stream: TcpStream, relay: &Url) -> Result<Connection> {
        let url = websocket_url(relay)?;
        stream.set_nodelay(true).context("cannot set the connection up")?;
        let plain = MaybeTlsStream::Plain(stream);
        let connecting = client_async_with_config(url.as_str(), plain, Some(limits()));
        Self::greeted(url.clone(), connecting).await
    }

    /// Waits for the socket and the relay's first message.
    async fn greeted<R>(
        url: Url,
        connecting: impl Future<Output = Result<(Socket, R), tungstenite::Error>>,
    ) -> Result<Connection> {
        let (mut socket, _) = timeout(PATIENCE, connecting)
            .await
            .map_err(|_| anyhow!("no answer within {} s", PATIENCE.as_secs()))
            .and_then(|result| result.map_err(anyhow::Error::from))
            .map_err(|cause| Unreachable {
                url: url.clone(),
                cause: cause.into(),
            })?;
        let first = timeout(PATIENCE, receive(&mut socket))
            .await
            .map_err(|_| anyhow!("the relay at {url} accepted the connection and said nothing"))??;
        let hello = match first {
            Received::Control(message) => *message,
            Received::Closed(closed) => bail!("the relay at {url} refused the connection: {closed}"),
            Received::Frame(_) => {
                bail!("{url} does not speak this version of the protocol: it begins with a frame")
            }
        };
        let ServerMessage::Hello {
            domain,
            chain,
            nonce,
            issued_at,
            ..
        } = hello
        else {
            bail!("{url} does not speak this version of the protocol: its first message is no hello");
        };
        Ok(Connection {
            socket,
            domain,
            chain,
            nonce,
            issued_at,
        })
    }

    /// Signs in with a session key; the token with which another connection need not. Messages that arrive
    /// before the answer are dropped: sign in first.
    pub async fn sign_in(&mut self, key: &SigningKey) -> Result<ResumeToken> {
        self.send(&self.sign_in_request(key)).await?;
        let answer = async {
            loop {
                match self.next().await? {
                    Received::Control(message) => match *message {
                        ServerMessage::Welcome { token, .. } => return Ok(token),
                        ServerMessage::Error { message, .. } => {
                            bail!("the relay refused the sign-in: {message}")
                        }
                        _ => {}
                    },
                    Received::Closed(closed) => bail!("the relay closed the sign-in: {closed}"),
                    Received::Frame(_) => {}
                }
            }
        };
        timeout(PATIENCE, answer)
            .await
            .map_err(|_| anyhow!("the relay did not answer the sign-in"))?
    }

    /// The message that signs in with a session key, for callers that go on reading meanwhile.
    pub fn sign_in_request(&self, key: &SigningKey) -> ClientMessage {
        let challenge = Challenge {
            domain: &self.domain,
            chain: &self.chain,
            nonce: self.nonce,
            issued_at: &self.issued_at,
        };
        ClientMessage::AuthSession {
            session: SessionKey(key.verifying_key().to_bytes()),
            signature: challenge.sign_as_session(key),
        }
    }

    /// Sends a message.
    pub async fn send(&mut self, message: &ClientMessage) -> Result<()> {
        let bytes = Bytes::from(message.to_bytes());
        timeout(PATIENCE, self.socket.send(Message::Binary(bytes)))
            .await
            .map_err(|_| anyhow!("the relay does not read"))?
            .context("cannot send to the relay")
    }

    /// Waits for the next thing to arrive. Safe to drop and call again.
    pub async fn next(&mut self) -> Result<Received> {
        receive(&mut self.socket).await
    }

    /// Says goodbye.
    pub async fn close(mut self) {
        // The relay may be gone already; either way this end is done.
        let _ = timeout(Duration::from_secs(1), self.socket.close(None)).await;
    }
}

fn limits() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(Some(MESSAGE_BYTES_MAX))
        .max_frame_size(Some(MESSAGE_BYTES_MAX))
}

async fn receive(socket: &mut Socket) -> Result<Received> {
    loop {
        let message = match socket.next().await {
            None => return Ok(Received::Closed(gone())),
            Some(Err(error)) => return Err(error).context("the connection to the relay broke"),
            Some(Ok(message)) => message,
        };
        match message {
            Message::Binary(bytes) if bytes.first() == Some(&CONTROL_BYTE) => {
                let message = ServerMessage::from_bytes(&bytes).map_err(Undecodable)?;
                return Ok(Received::Control(Box::new(message)));
            }
            Message::Binary(bytes) => return Ok(Received::Frame(bytes)),
            Message::Close(frame) => return Ok(Received::Closed(closed(frame))),
            Message::Text(_) => bail!("the relay answered in text to a binary client"),
            // Pings are answered by the library.
            Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
        }
    }
}

fn gone() -> Closed {
    Closed {
        code: None,
        reason: "the connection ended".to_owned(),
    }
}

fn closed(frame: Option<CloseFrame>) -> Closed {
    frame.map_or_else(gone, |frame| Closed {
        code: Some(frame.code.into()),
        reason: frame.reason.to_string(),
    })
}

/// `http://host/base` → `ws://host/base/ws`.
fn websocket_url(relay: &Url) -> Result<Url> {
    let mut url = relay.clone();
    let scheme = if relay.scheme() == "https" { "wss" } else { "ws" };
    let path = format!("{}/ws", relay.path().trim_end_matches('/'));
    url.set_scheme(scheme)
        .map_err(|()| anyhow!("{relay} cannot be a WebSocket address"))?;
    url.set_path(&path);
    url.set_query(None);
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_lies_under_the_relays_address() {
        for (relay, expected) in [
            ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/ws"),
            ("https://play.example/arena/", "wss://play.example/arena/ws"),
        ] {
            let url = websocket_url(&Url::parse(relay).unwrap()).unwrap();
            assert_eq!(url.as_str(), expected);
        }
    }

    #[tokio::test]
    async fn nobody_there_is_an_error_that_says_where() {
        let relay = Url::parse("http://127.0.0.1:1").unwrap();
        let error = Connection::open(&relay).await.err().unwrap();
        let line = format!("{error:#}");
        assert!(line.contains("ws://127.0.0.1:1/ws"), "{line}");
    }
}

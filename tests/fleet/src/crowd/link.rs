//! One WebSocket to a relay, past its `Hello`.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use ed25519_dalek::SigningKey;
use futures_util::{SinkExt, StreamExt};
use protocol::auth::Challenge;
use protocol::control::{ClientMessage, ServerMessage, CONTROL_BYTE};
use protocol::{Nonce, SessionKey};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{client_async, WebSocketStream};

/// Longest wait for a connection and its `Hello`.
const PATIENCE: Duration = Duration::from_secs(10);

/// Clients with one source address.
const CLIENTS_PER_ADDRESS: usize = 100;

/// What arrived.
pub(super) enum Heard {
    /// A control message.
    Control(Box<ServerMessage>),
    /// A state frame.
    Frame(Bytes),
    /// The end, with the close code if there was one.
    Closed(Option<u16>),
}

/// An open connection.
pub(super) struct Link {
    socket: WebSocketStream<TcpStream>,
    domain: String,
    chain: String,
    nonce: Nonce,
    issued_at: String,
}

impl Link {
    /// Connects and waits for the `Hello`; none when the relay is not there.
    pub(super) async fn open(relay: SocketAddr, client: usize) -> Option<Link> {
        timeout(PATIENCE, Self::shake_hands(relay, client))
            .await
            .ok()
            .flatten()
    }

    async fn shake_hands(relay: SocketAddr, client: usize) -> Option<Link> {
        // A relay takes a limited number of connections of one address; all of 127.0.0.0/8 is this machine.
        let house = u8::try_from(client / CLIENTS_PER_ADDRESS % 200).ok()?;
        let socket = TcpSocket::new_v4().ok()?;
        socket.bind(SocketAddr::from(([127, 0, 1, house + 1], 0))).ok()?;
        let stream = socket.connect(relay).await.ok()?;
        let _ = stream.set_nodelay(true);
        let (mut socket, _) = client_async(format!("ws://{relay}/ws"), stream).await.ok()?;
        let Heard::Control(message) = hear(&mut socket).await else {
            return None;
        };
        let ServerMessage::Hello {
            domain,
            chain,
            nonce,
            issued_at,
            ..
        } = *message
        else {
            return None;
        };
        Some(Link {
            socket,
            domain,
            chain,
            nonce,
            issued_at,
        })
    }

    /// The sign-in of a session key.
    pub(super) fn sign_in(&self, session: &SigningKey) -> ClientMessage {
        let challenge = Challenge {
            domain: &self.domain,
            chain: &self.chain,
            nonce: self.nonce,
            issued_at: &self.issued_at,
        };
        ClientMessage::AuthSession {
            session: SessionKey(session.verifying_key().to_bytes()),
            signature: challenge.sign_as_session(session),
        }
    }

    /// Sends; whether it went out. A broken connection shows in [`Self::next`] as well.
    pub(super) async fn send(&mut self, message: &ClientMessage) -> bool {
        let bytes = Message::Binary(message.to_bytes().into());
        matches!(timeout(PATIENCE, self.socket.send(bytes)).await, Ok(Ok(())))
    }

    /// Waits for the next thing. Safe to drop and call again.
    pub(super) async fn next(&mut self) -> Heard {
        hear(&mut self.socket).await
    }
}

async fn hear(socket: &mut WebSocketStream<TcpStream>) -> Heard {
    loop {
        match socket.next().await {
            Some(Ok(Message::Binary(bytes))) if bytes.first() == Some(&CONTROL_BYTE) => {
                return match ServerMessage::from_bytes(&bytes) {
                    Ok(message) => Heard::Control(Box::new(message)),
                    Err(error) => panic!("a relay sent a message that does not decode: {error}"),
                };
            }
            Some(Ok(Message::Binary(bytes))) => return Heard::Frame(bytes),
            Some(Ok(Message::Close(frame))) => return Heard::Closed(frame.map(|frame| frame.code.into())),
            // Pings are answered by the library.
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return Heard::Closed(None),
        }
    }
}

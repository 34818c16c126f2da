//! One client's connection to a relay, from an address of its own.

use std::net::SocketAddr;

use ed25519_dalek::SigningKey;
use player::connection::{Closed, Connection, Received, Undecodable};
use protocol::control::ClientMessage;
use reqwest::Url;
use tokio::net::TcpSocket;

/// Clients with one source address.
const CLIENTS_PER_ADDRESS: usize = 100;

/// An open connection.
pub(super) struct Link(Connection);

impl Link {
    /// Connects and waits for the `Hello`; none when the relay is not there.
    pub(super) async fn open(relay: SocketAddr, client: usize) -> Option<Link> {
        // A relay takes a limited number of connections of one address; all of 127.0.0.0/8 is this machine.
        let house = u8::try_from(client / CLIENTS_PER_ADDRESS % 200).ok()?;
        let socket = TcpSocket::new_v4().ok()?;
        socket.bind(SocketAddr::from(([127, 0, 1, house + 1], 0))).ok()?;
        let stream = socket.connect(relay).await.ok()?;
        let url = Url::parse(&format!("http://{relay}")).ok()?;
        match Connection::over(stream, &url).await {
            Ok(connection) => Some(Link(connection)),
            Err(error) => refuse_garbage(error),
        }
    }

    /// The sign-in of a session key.
    pub(super) fn sign_in(&self, session: &SigningKey) -> ClientMessage {
        self.0.sign_in_request(session)
    }

    /// Sends; whether it went out. A broken connection shows in [`Self::next`] as well.
    pub(super) async fn send(&mut self, message: &ClientMessage) -> bool {
        self.0.send(message).await.is_ok()
    }

    /// Waits for the next thing. Safe to drop and call again.
    ///
    /// # Panics
    /// When the relay sends what does not decode.
    pub(super) async fn next(&mut self) -> Received {
        match self.0.next().await {
            Ok(received) => received,
            Err(error) => refuse_garbage(error).unwrap_or_else(|| {
                Received::Closed(Closed {
                    code: None,
                    reason: "the connection broke".to_owned(),
                })
            }),
        }
    }
}

/// A broken connection is nothing unusual here; a relay that sends garbage fails the test.
fn refuse_garbage<T>(error: anyhow::Error) -> Option<T> {
    assert!(!error.chain().any(|cause| cause.is::<Undecodable>()), "{error:#}");
    None
}

//! As much of RFC 6455 as a client needs that is to cost little, and how each server is greeted.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use peers::house::MATCH;
use protocol::control::{ClientMessage, Rate, CONTROL_BYTE};

use crate::kind::Kind;

pub(crate) const TEXT: u8 = 1;
pub(crate) const BINARY: u8 = 2;
pub(crate) const PING: u8 = 9;
pub(crate) const PONG: u8 = 10;

/// How long a server may take for an answer while clients come in.
const PATIENCE: Duration = Duration::from_secs(20);

/// First bytes of Colyseus' messages.
const COLYSEUS_JOIN: u8 = 10;
const COLYSEUS_STATE: u8 = 14;
const COLYSEUS_PATCH: u8 = 15;

/// A whole message at the beginning of `bytes`, its opcode first, and its length with the header.
pub(crate) fn message(bytes: &[u8]) -> Option<(u8, &[u8], usize)> {
    let (header, length) = match bytes {
        [_, 126, high, low, ..] => (4, usize::from(u16::from_be_bytes([*high, *low]))),
        [_, 127, length @ ..] => (10, u64::from_be_bytes(*length.first_chunk()?) as usize),
        [_, length @ ..=125, ..] => (2, usize::from(*length)),
        _ => return None,
    };
    let payload = bytes.get(header..header + length)?;
    Some((bytes[0] & 15, payload, header + length))
}

/// A message of at most 125 bytes of a client, with a mask of zeros.
pub(crate) fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    assert!(payload.len() <= 125);
    [&[0x80 | opcode, 0x80 | payload.len() as u8, 0, 0, 0, 0], payload].concat()
}

/// Whether a message brings state.
pub(crate) fn is_state(kind: Kind, opcode: u8, payload: &[u8]) -> bool {
    match kind {
        Kind::SocketIo => opcode == TEXT && payload.starts_with(b"42"),
        Kind::Colyseus => opcode == BINARY && payload.first() == Some(&COLYSEUS_PATCH),
        _ => opcode == BINARY && payload.first() != Some(&CONTROL_BYTE),
    }
}

/// What keeps a connection alive, if a message asks for it.
pub(crate) fn answer(kind: Kind, opcode: u8, payload: &[u8]) -> Option<Vec<u8>> {
    match (kind, opcode) {
        (_, PING) => Some(masked(PONG, payload)),
        (Kind::SocketIo, TEXT) if payload == b"2" => Some(masked(TEXT, b"3")),
        _ => None,
    }
}

/// A connection that follows the match, and what arrived behind the greeting.
pub(crate) fn connect(kind: Kind, address: SocketAddr) -> (TcpStream, Vec<u8>) {
    let mut greeting = Greeting::open(address);
    match kind {
        Kind::Bare => {}
        Kind::Relay | Kind::Watched => {
            greeting.upgrade("/ws");
            let rate = match kind {
                Kind::Relay => Rate::Every,
                _ => Rate::Bundled,
            };
            let watch = ClientMessage::Watch {
                match_key: MATCH,
                rate,
            };
            greeting.expect(|payload| payload.first() == Some(&CONTROL_BYTE));
            greeting.say(BINARY, &watch.to_bytes());
            // The detail of the match: from now on it follows.
            greeting.expect(|payload| payload.first() == Some(&CONTROL_BYTE));
        }
        Kind::Ws => greeting.upgrade("/"),
        Kind::SocketIo => {
            greeting.upgrade("/socket.io/?EIO=4&transport=websocket");
            greeting.expect(|payload| payload.starts_with(b"0{"));
            greeting.say(TEXT, b"40");
            greeting.expect(|payload| payload.starts_with(b"40{"));
        }
        Kind::Colyseus => {
            greeting.upgrade(&seat(address));
            greeting.expect(|payload| payload.first() == Some(&COLYSEUS_JOIN));
            greeting.say(BINARY, &[COLYSEUS_JOIN]);
            greeting.expect(|payload| payload.first() == Some(&COLYSEUS_STATE));
        }
    }
    greeting.stream.set_read_timeout(None).unwrap();
    greeting.stream.set_nonblocking(true).unwrap();
    (greeting.stream, greeting.behind)
}

/// Reserves a seat in Colyseus' room; the path of its socket.
fn seat(address: SocketAddr) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "POST /matchmake/joinOrCreate/match HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: 2\r\nConnection: close\r\n\r\n{{}}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let json = answer.find('{').zip(answer.rfind('}'));
    let json = json.unwrap_or_else(|| panic!("no seat in Colyseus' room: {answer}"));
    let seat: serde_json::Value = serde_json::from_str(&answer[json.0..=json.1]).unwrap();
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let (room, session) = (&seat["room"], text(&seat["sessionId"]));
    format!(
        "/{}/{}?sessionId={session}",
        text(&room["processId"]),
        text(&room["roomId"])
    )
}

/// A connection before it follows.
struct Greeting {
    stream: TcpStream,
    address: SocketAddr,
    behind: Vec<u8>,
}

impl Greeting {
    fn open(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self {
            stream,
            address,
            behind: Vec::new(),
        }
    }

    fn read(&mut self) {
        let mut buffer = [0; 8192];
        let read = self.stream.read(&mut buffer).unwrap();
        assert!(read > 0, "the server closed the connection while it was greeted");
        self.behind.extend(&buffer[..read]);
    }

    fn upgrade(&mut self, path: &str) {
        let address = self.address;
        write!(
            self.stream,
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        )
        .unwrap();
        let end = loop {
            let found = self.behind.windows(4).position(|four| four == b"\r\n\r\n");
            match found {
                Some(end) => break end + 4,
                None => self.read(),
            }
        };
        let head: Vec<u8> = self.behind.drain(..end).collect();
        let head = String::from_utf8_lossy(&head);
        assert!(head.starts_with("HTTP/1.1 101"), "{path} is no WebSocket: {head}");
    }

    fn say(&mut self, opcode: u8, payload: &[u8]) {
        self.stream.write_all(&masked(opcode, payload)).unwrap();
    }

    /// The next message has to look like this; those that keep alive are passed over.
    fn expect(&mut self, is_expected: impl Fn(&[u8]) -> bool) {
        loop {
            let Some((opcode, payload, used)) = message(&self.behind) else {
                self.read();
                continue;
            };
            if opcode == TEXT || opcode == BINARY {
                let text = String::from_utf8_lossy(payload);
                assert!(is_expected(payload), "an unexpected answer: {text}");
                self.behind.drain(..used);
                return;
            }
            self.behind.drain(..used);
        }
    }
}

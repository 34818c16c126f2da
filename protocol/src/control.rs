//! The messages of the WebSocket other than state frames.
//!
//! Binary form: one byte `0x13` (version 1, kind 3) and the message in postcard. JSON form: the message
//! alone, with variants and fields in snake case (`{"watch":{"match":"…","rate":"every"}}`, `"unwatch"`). One
//! socket follows at most one match at a time.
//!
//! Deliberately absent: state frames (see `wire`) and who may send what (the relay's to decide).

use serde::{Deserialize, Serialize};

use crate::codes::{CosignRefusal, ErrorCode, RejectReason};
use crate::cosign::{Cosignature, SettlementOffer};
use crate::directory::{MatchDetail, MatchEvent, MatchSummary, PlayerInfo};
use crate::input::{ChainHead, SignedInput};
use crate::key::{Hash, MatchKey, Nonce, SessionKey, Signature, Tick, WalletKey};
use crate::version::VERSION;

/// First byte of every binary control message, in both directions.
pub const CONTROL_BYTE: u8 = VERSION << 4 | 3;

/// How often a follower wants to hear of the match. Every tick arrives in both cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    /// 60 messages a second.
    #[default]
    Every,
    /// 20 messages a second, each a bundle of three ticks.
    Bundled,
}

/// The proof that a socket was signed in: unguessable, short-lived, good for one match service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResumeToken(pub Hash);

/// Who a socket is signed in as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// By a wallet's signature.
    Wallet(WalletKey),
    /// By a session key's signature.
    Session(SessionKey),
    /// By a session key's signature, for the entry of one wallet.
    Player {
        /// Whose entry.
        wallet: WalletKey,
        /// Whose signature.
        session: SessionKey,
    },
}

/// What a client may send.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientMessage {
    /// Signs in with the wallet: see [`crate::auth`].
    AuthWallet {
        /// The wallet that signs in.
        wallet: WalletKey,
        /// Over the Sign-In With Solana text.
        signature: Signature,
    },
    /// Signs in with a session key: see [`crate::auth`].
    AuthSession {
        /// The session key that signs in.
        session: SessionKey,
        /// Over the session message.
        signature: Signature,
    },
    /// Follow a match; replaces the one followed so far.
    Watch {
        /// The match to follow.
        #[serde(rename = "match")]
        match_key: MatchKey,
        /// How often.
        #[serde(default)]
        rate: Rate,
    },
    /// Follow nothing.
    Unwatch,
    /// Follow a match as one of its players. Needs a sign-in; inputs are taken after it.
    Play {
        /// The match to play.
        #[serde(rename = "match")]
        match_key: MatchKey,
    },
    /// A move.
    Input(SignedInput),
    /// Signs in with a token and follows the match again, in one message.
    Resume {
        /// From `Welcome`; none for a spectator.
        token: Option<ResumeToken>,
        /// Which match; none to sign in only.
        #[serde(rename = "match")]
        match_key: Option<MatchKey>,
        /// The last tick applied; the answer continues after it where it can.
        last_tick: Option<Tick>,
        /// How often, for a spectator. Players always get every tick.
        #[serde(default)]
        rate: Rate,
    },
    /// Answered at once with `Pong` of the same number.
    Ping {
        /// Any number.
        id: u32,
    },
    /// Hear of the list of matches: all of it at once, and from then on its changes.
    WatchDirectory,
    /// Hear of it no more.
    UnwatchDirectory,
    /// Agrees with the result that was offered. Needs `Play`.
    Cosign(Cosignature),
    /// Signs in with the session key of one wallet's entry: see [`crate::auth`]. Session keys are public on
    /// the chain, and somebody else may have registered the same one.
    AuthPlayer {
        /// Whose entry.
        wallet: WalletKey,
        /// The key that it registered.
        session: SessionKey,
        /// Over the player's message.
        signature: Signature,
    },
}

/// What a server sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerMessage {
    /// The first message on every socket: the challenge of the sign-in, and the limits.
    Hello {
        /// Of the protocol.
        version: u8,
        /// Host that the sign-in names.
        domain: String,
        /// Chain that the sign-in names.
        chain: String,
        /// Fresh for this socket.
        nonce: Nonce,
        /// RFC 3339, UTC.
        issued_at: String,
        /// The largest message a client may send, bytes.
        message_bytes_max: u32,
        /// A socket that is silent for longer is closed, milliseconds. Answering pings suffices.
        idle_timeout_ms: u32,
    },
    /// Signed in.
    Welcome {
        /// As whom.
        identity: Identity,
        /// For `Resume`; it replaces an earlier one.
        token: ResumeToken,
        /// Its life, seconds.
        token_life_s: u32,
    },
    /// The match is followed from now on. The next message is the state: a keyframe or a bundle.
    Watching {
        /// Everything known about it.
        detail: Box<MatchDetail>,
        /// The player this socket plays as, after `Play`.
        player: Option<PlayerInfo>,
    },
    /// The input was accepted, logged, and takes effect.
    Ack {
        /// Of the input.
        sequence: u32,
        /// The tick at which it takes effect.
        tick: Tick,
        /// The operator's signature over the input's receipt ([`crate::receipt`]).
        receipt: Signature,
    },
    /// The input was not accepted; the chain stands where it stood.
    Reject {
        /// Of the input.
        sequence: u32,
        /// Why the input was not taken.
        reason: RejectReason,
        /// What the next input must carry; none where it is not known, for instance because the match is not.
        chain: Option<ChainHead>,
    },
    /// Something happened to the match that is followed.
    Event {
        /// The match that is followed.
        #[serde(rename = "match")]
        match_key: MatchKey,
        /// What happened to it.
        event: MatchEvent,
    },
    /// A request other than an input was refused. The socket stays open.
    Error {
        /// Why it was refused.
        code: ErrorCode,
        /// For people.
        message: String,
    },
    /// Answer to `Ping`.
    Pong {
        /// The same number.
        id: u32,
    },
    /// The service restarts: reconnect after the close that follows, with `Resume`.
    Restarting {
        /// Wait about this long before reconnecting, milliseconds; a client adds jitter.
        retry_after_ms: u32,
    },
    /// The open matches, newest first, at most [`DIRECTORY_LENGTH_MAX`]: the whole list, after
    /// `WatchDirectory`, and again for a client that missed changes of it.
    Directory {
        /// One line each.
        matches: Vec<MatchSummary>,
    },
    /// The match that this socket plays has ended so, and the player is asked to sign it: after the end, and
    /// again after each `Play` as long as it holds. It replaces an earlier one. Nobody has to answer.
    SettlementOffer(SettlementOffer),
    /// The signature under a result was taken.
    CosignAck {
        /// Of which match.
        #[serde(rename = "match")]
        match_key: MatchKey,
        /// Of the offer that was signed.
        expires_slot: u64,
    },
    /// The signature under a result was not taken.
    CosignReject {
        /// Of which match.
        #[serde(rename = "match")]
        match_key: MatchKey,
        /// Of the offer that was signed.
        expires_slot: u64,
        /// Why the signature was not taken.
        reason: CosignRefusal,
    },
    /// What changed in the list since the last message about it, at most twice a second.
    DirectoryChanges {
        /// Rows that are new, or different in more than their tick. Ticks are for the client to count: 60 a
        /// second from `starts_at_ms` on, up to `length_ticks`.
        changed: Vec<MatchSummary>,
        /// Matches that are in the list no more.
        gone: Vec<MatchKey>,
    },
}

/// The longest list in a [`ServerMessage::Directory`]; `/api/matches` has all.
pub const DIRECTORY_LENGTH_MAX: usize = 100;

/// Bytes that are no control message of this version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// No bytes at all.
    #[error("an empty message; expected the byte {CONTROL_BYTE:#04x} and a message")]
    Empty,
    /// The first byte's high nibble.
    #[error("version {0} of the protocol; this side speaks version {VERSION}")]
    Version(u8),
    /// The first byte's low nibble.
    #[error("message kind {0} is not a control message (kind 3)")]
    Kind(u8),
    /// The rest.
    #[error("malformed control message: {0}")]
    Body(postcard::Error),
    /// Bytes after the message.
    #[error("{0} bytes after the end of the message")]
    TrailingBytes(usize),
}

fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    // Writing to a growing vector fails only for types whose length is unknown in advance; none of ours is.
    postcard::to_extend(message, vec![CONTROL_BYTE]).unwrap_or_default()
}

fn decode<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ControlError> {
    let (&first, body) = bytes.split_first().ok_or(ControlError::Empty)?;
    if first >> 4 != VERSION {
        return Err(ControlError::Version(first >> 4));
    }
    if first != CONTROL_BYTE {
        return Err(ControlError::Kind(first & 15));
    }
    let (message, rest) = postcard::take_from_bytes(body).map_err(ControlError::Body)?;
    if !rest.is_empty() {
        return Err(ControlError::TrailingBytes(rest.len()));
    }
    Ok(message)
}

impl ClientMessage {
    /// Binary form.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// From binary form.
    ///
    /// # Errors
    /// [`ControlError`] names what does not fit.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ControlError> {
        decode(bytes)
    }
}

impl ServerMessage {
    /// Binary form.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(self)
    }

    /// From binary form.
    ///
    /// # Errors
    /// [`ControlError`] names what does not fit.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ControlError> {
        decode(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binary_and_json_say_the_same() {
        let messages = [
            ClientMessage::Unwatch,
            ClientMessage::Ping { id: 300 },
            ClientMessage::Watch {
                match_key: MatchKey([1; 32]),
                rate: Rate::Bundled,
            },
            ClientMessage::Resume {
                token: None,
                match_key: None,
                last_tick: Some(Tick(5)),
                rate: Rate::Every,
            },
        ];
        for message in messages {
            assert_eq!(
                ClientMessage::from_bytes(&message.to_bytes()),
                Ok(message.clone())
            );
            let json = serde_json::to_string(&message).unwrap();
            assert_eq!(serde_json::from_str::<ClientMessage>(&json).unwrap(), message);
        }
        assert_eq!(ClientMessage::Ping { id: 1 }.to_bytes(), [CONTROL_BYTE, 7, 1]);
    }

    #[test]
    fn strangers_are_told_what_is_wrong() {
        let check = |bytes: &[u8], expected: ControlError| {
            assert_eq!(ClientMessage::from_bytes(bytes), Err(expected));
        };
        check(&[], ControlError::Empty);
        check(&[0x23, 7, 1], ControlError::Version(2));
        check(&[0x10, 7, 1], ControlError::Kind(0));
        check(&[0x13, 7, 1, 0], ControlError::TrailingBytes(1));
        assert!(matches!(
            ClientMessage::from_bytes(&[0x13, 99]),
            Err(ControlError::Body(_))
        ));
    }
}

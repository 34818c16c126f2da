//! Everything a client may be told to have gone wrong: WebSocket close codes and reasons of rejection.
//!
//! Numbers are stable: new ones are appended, none is reused.

use serde::{Deserialize, Serialize};

/// Why the server closed a socket. Codes from 4000 on are ours (RFC 6455, 7.4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u16)]
pub enum CloseCode {
    /// The client asked for it.
    Normal = 1000,
    /// The service is about to restart: come back, with `Resume`.
    Restart = 1012,
    /// A message that is not of this protocol.
    Malformed = 4000,
    /// A message above the size limit.
    TooLarge = 4001,
    /// No message within the first seconds.
    FirstMessageTimeout = 4002,
    /// No message and no pong for too long.
    IdleTimeout = 4003,
    /// The client reads too slowly, and was skipped to a keyframe too often.
    TooSlow = 4004,
    /// Too many messages.
    RateLimited = 4005,
    /// Too many connections of one address or one wallet.
    TooManyConnections = 4006,
    /// A signature of a sign-in does not fit.
    AuthenticationFailed = 4007,
    /// A newer socket of the same session took over.
    Replaced = 4008,
    /// The wallet is banned.
    Banned = 4009,
    /// A version this server does not speak.
    UnsupportedVersion = 4010,
}

impl CloseCode {
    /// All codes, for tables and tests.
    pub const ALL: [CloseCode; 13] = [
        Self::Normal,
        Self::Restart,
        Self::Malformed,
        Self::TooLarge,
        Self::FirstMessageTimeout,
        Self::IdleTimeout,
        Self::TooSlow,
        Self::RateLimited,
        Self::TooManyConnections,
        Self::AuthenticationFailed,
        Self::Replaced,
        Self::Banned,
        Self::UnsupportedVersion,
    ];

    /// The number in the close frame.
    pub const fn code(self) -> u16 {
        self as u16
    }

    /// The meaning of a number, if it is one of ours.
    pub fn from_code(code: u16) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
    }

    /// A sentence for people, at most 123 bytes as a close frame demands.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Normal => "closed as asked",
            Self::Restart => "the service restarts: reconnect and resume",
            Self::Malformed => "a message is not of this protocol",
            Self::TooLarge => "a message is larger than the limit",
            Self::FirstMessageTimeout => "no message came in time after connecting",
            Self::IdleTimeout => "nothing was heard for too long",
            Self::TooSlow => "frames are read too slowly: reconnect with a lower rate",
            Self::RateLimited => "too many messages",
            Self::TooManyConnections => "too many connections of this address or wallet",
            Self::AuthenticationFailed => "the signature of the sign-in does not fit",
            Self::Replaced => "a newer connection of this session took over",
            Self::Banned => "this wallet is banned",
            Self::UnsupportedVersion => "this version of the protocol is not spoken here",
        }
    }

    /// Whether a client does well to connect again by itself.
    pub const fn is_transient(self) -> bool {
        matches!(
            self,
            Self::Restart | Self::IdleTimeout | Self::TooSlow | Self::FirstMessageTimeout
        )
    }
}

/// Why one input was not accepted. The chain of inputs does not advance on a rejection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum RejectReason {
    /// This relay or crank does not run the match.
    #[error("the match is not running here")]
    UnknownMatch = 0,
    /// The match has not begun.
    #[error("the match has not begun")]
    NotStarted = 1,
    /// The match is over.
    #[error("the match is over")]
    Ended = 2,
    /// The socket has not signed in, or as someone else.
    #[error("the connection is not signed in as this player")]
    NotAuthenticated = 3,
    /// Nobody sits in that slot.
    #[error("no player has this slot")]
    UnknownPlayer = 4,
    /// The warrior does not exist or is another player's.
    #[error("the warrior is not the player's")]
    NotYourWarrior = 5,
    /// The warrior is dead, or not admitted yet.
    #[error("the warrior is not in the arena")]
    WarriorAbsent = 6,
    /// The heading is above 8.
    #[error("the heading is not between 0 and 8")]
    BadHeading = 7,
    /// The sequence number is not the next one.
    #[error("the sequence number is not the next")]
    WrongSequence = 8,
    /// The previous hash is not the head of the chain.
    #[error("the previous hash is not the head of the player's chain")]
    WrongPrevious = 9,
    /// The signature is not the session key's over this message.
    #[error("the signature is not the session key's")]
    BadSignature = 10,
    /// The tick lies too far ahead.
    #[error("the tick lies too far ahead")]
    TickInFuture = 11,
    /// The tick lies too far back.
    #[error("the tick lies too far back")]
    TickTooOld = 12,
    /// More changes of one warrior in one second than the rules allow.
    #[error("more changes of one warrior than the rules allow")]
    TooManyChanges = 13,
    /// Messages come faster than the relay lets through.
    #[error("inputs come too fast")]
    RateLimited = 14,
    /// The queue of the match is full, or the crank did not answer.
    #[error("the match is busy: send it again")]
    Busy = 15,
    /// The wallet is banned, and has paid for this match: it stays, and does not move.
    #[error("this wallet is banned: its inputs are not taken")]
    Muted = 16,
    /// Nothing would change: the input costs nothing, and the chain stays where it was.
    #[error("the warrior holds this heading already")]
    Unchanged = 17,
}

impl RejectReason {
    /// All reasons, for tables and tests.
    pub const ALL: [RejectReason; 18] = [
        Self::UnknownMatch,
        Self::NotStarted,
        Self::Ended,
        Self::NotAuthenticated,
        Self::UnknownPlayer,
        Self::NotYourWarrior,
        Self::WarriorAbsent,
        Self::BadHeading,
        Self::WrongSequence,
        Self::WrongPrevious,
        Self::BadSignature,
        Self::TickInFuture,
        Self::TickTooOld,
        Self::TooManyChanges,
        Self::RateLimited,
        Self::Busy,
        Self::Muted,
        Self::Unchanged,
    ];

    /// Whether an honest client on a bad network never causes it, so that the relay counts it against the
    /// wallet.
    ///
    /// A wrong sequence or previous hash happens after a reconnect, a dead warrior's input in any fight, and
    /// a late tick on a slow link: those are answered and not counted. `TickInFuture` and `TickTooOld` are
    /// counted because the crank's window is far wider than a working connection's delay.
    pub const fn is_suspicious(self) -> bool {
        matches!(
            self,
            Self::NotYourWarrior
                | Self::BadHeading
                | Self::BadSignature
                | Self::TickInFuture
                | Self::TickTooOld
                | Self::TooManyChanges
                | Self::RateLimited
                | Self::UnknownPlayer
        )
    }
}

/// Why a request other than an input was refused. The socket stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum ErrorCode {
    /// No such match is known here.
    #[error("this match is not known here")]
    UnknownMatch = 0,
    /// `Play` or `Input` before a sign-in.
    #[error("sign in first")]
    NotAuthenticated = 1,
    /// The signed-in key has no entry in the match, or none that is known here yet.
    #[error("this key has no entry in the match")]
    NotAPlayer = 2,
    /// The resume token is unknown or has expired: sign in again.
    #[error("the resume token is unknown or has expired: sign in again")]
    BadToken = 3,
    /// The connection is signed in already.
    #[error("the connection is signed in already")]
    AlreadyAuthenticated = 4,
    /// The wallet is banned, and has paid for this match: it may watch it, and sign its result.
    #[error("this wallet is banned: it may watch and sign the result, its inputs are not taken")]
    Muted = 5,
    /// `Play` after a sign-in by a session key that fits more than one player.
    #[error("several entries have this session key: sign in with auth_player")]
    AmbiguousKey = 6,
}

impl ErrorCode {
    /// All codes, for tables and tests.
    pub const ALL: [ErrorCode; 7] = [
        Self::UnknownMatch,
        Self::NotAuthenticated,
        Self::NotAPlayer,
        Self::BadToken,
        Self::AlreadyAuthenticated,
        Self::Muted,
        Self::AmbiguousKey,
    ];
}

/// Why the signature under a result was not taken. The socket stays open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum CosignRefusal {
    /// The socket does not play as this player in this match.
    #[error("the connection does not play as this player")]
    NotAuthenticated = 0,
    /// The match has not ended, is settled, or its challenge window applies.
    #[error("no result of this match is offered")]
    NoOffer = 1,
    /// The offer was replaced: the new one is sent as well.
    #[error("another offer holds now")]
    StaleOffer = 2,
    /// The signature is not the registered session key's over the offer.
    #[error("the signature is not the session key's over this offer")]
    BadSignature = 3,
    /// More answers than one player has reason to send.
    #[error("signatures come too fast")]
    RateLimited = 4,
    /// The crank does not take signatures fast enough.
    #[error("the crank is busy: send it again")]
    Busy = 5,
}

impl CosignRefusal {
    /// All reasons, for tables and tests.
    pub const ALL: [CosignRefusal; 6] = [
        Self::NotAuthenticated,
        Self::NoOffer,
        Self::StaleOffer,
        Self::BadSignature,
        Self::RateLimited,
        Self::Busy,
    ];

    /// Whether an honest client never causes it, so that the relay counts it against the wallet.
    pub const fn is_suspicious(self) -> bool {
        matches!(self, Self::BadSignature | Self::RateLimited)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_fit_a_close_frame() {
        for (index, code) in CloseCode::ALL.iter().enumerate() {
            assert!(code.reason().len() <= 123);
            assert_eq!(CloseCode::from_code(code.code()), Some(*code));
            assert!(CloseCode::ALL[..index]
                .iter()
                .all(|other| other.code() != code.code()));
        }
        assert_eq!(CloseCode::from_code(4999), None);
    }

    #[test]
    fn postcard_numbers_are_the_stated_ones() {
        for reason in RejectReason::ALL {
            assert_eq!(postcard::to_stdvec(&reason).unwrap(), [reason as u8]);
        }
        for refusal in CosignRefusal::ALL {
            assert_eq!(postcard::to_stdvec(&refusal).unwrap(), [refusal as u8]);
        }
        assert_eq!(
            postcard::to_stdvec(&ErrorCode::AlreadyAuthenticated).unwrap(),
            [4]
        );
    }
}

//! The program's events, read out of the ledger.
//!
//! The program writes an event by calling itself: an inner instruction whose data is Anchor's event tag, the event's
//! discriminator and the event in Borsh. Only the program can sign for the event authority, and it refuses the tag from
//! anybody else, so an inner instruction of this shape in a transaction that succeeded is the program's own word.
//! Absent on purpose: logs. A node truncates them, and anybody can print into them.

use anchor_lang::event::EVENT_IX_TAG_LE;
use anchor_lang::prelude::Pubkey;
use anchor_lang::{AnchorDeserialize, Discriminator};
use aurelius::event;

/// Data that carries the event tag and no event of this program's version.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EventError {
    /// The discriminator is unknown.
    #[error("unknown event with discriminator {0:02x?}; the program may be newer than this client")]
    Unknown([u8; 8]),
    /// The bytes do not fit the event.
    #[error("malformed {name} event: {reason}")]
    Malformed {
        /// The event.
        name: &'static str,
        /// What does not fit.
        reason: String,
    },
}

macro_rules! events {
    (of_match: [$($of_match:ident),* $(,)?], of_program: [$($of_program:ident),* $(,)?]) => {
        /// An event of the program.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[allow(clippy::large_enum_variant, reason = "few are held at a time")]
        #[allow(missing_docs, reason = "each variant is documented at the program's struct of that name")]
        pub enum Event {
            $($of_match(event::$of_match),)*
            $($of_program(event::$of_program),)*
        }

        impl Event {
            /// The match it is about; `None` for config and operators.
            pub fn match_key(&self) -> Option<Pubkey> {
                match self {
                    $(Self::$of_match(event) => Some(event.match_key),)*
                    $(Self::$of_program(_) => None,)*
                }
            }

            /// Its name in the program.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$of_match(_) => stringify!($of_match),)*
                    $(Self::$of_program(_) => stringify!($of_program),)*
                }
            }

            fn decode_body(discriminator: [u8; 8], body: &[u8]) -> Result<Self, EventError> {
                $(if event::$of_match::DISCRIMINATOR == discriminator {
                    return read(stringify!($of_match), body).map(Self::$of_match);
                })*
                $(if event::$of_program::DISCRIMINATOR == discriminator {
                    return read(stringify!($of_program), body).map(Self::$of_program);
                })*
                Err(EventError::Unknown(discriminator))
            }
        }
    };
}

events! {
    of_match: [
        MatchCreated, RandomnessInitialized, Entered, Left, MatchLocked, MatchStarted, CheckpointPosted,
        ResultSubmitted, ResultCosigned, SessionKeyRotated, FraudProven, OmissionProven, SlashCollected, AwardPaid, MatchSettled, Claimed, FeeSwept, Burned, MatchCancelled, MatchVoided, Refunded, EntryClosed,
        MatchHandedOver,
        RandomnessClosed, MatchClosed,
    ],
    of_program: [
        ConfigInitialized, ConfigUpdated, AuthorityProposed, AuthorityAccepted, PausedSet, MintAllowed, MintDisallowed,
        RulesAllowed, RulesDisallowed, OperatorRegistered, OperatorActiveSet, BondDeposited, BondWithdrawalRequested,
        BondWithdrawn, CrankKeySet, HoldingWithdrawn,
    ]
}

impl Event {
    /// Reads the data of an instruction to the program. `None`: it carries no event.
    pub fn decode(data: &[u8]) -> Option<Result<Self, EventError>> {
        let body = data.strip_prefix(EVENT_IX_TAG_LE)?;
        Some(match body.split_first_chunk() {
            Some((discriminator, body)) => Self::decode_body(*discriminator, body),
            None => Err(EventError::Malformed {
                name: "(unnamed)",
                reason: "its discriminator is cut short".to_owned(),
            }),
        })
    }
}

fn read<T: AnchorDeserialize>(name: &'static str, body: &[u8]) -> Result<T, EventError> {
    T::try_from_slice(body).map_err(|error| EventError::Malformed {
        name,
        reason: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use anchor_lang::Event as _;

    use super::*;

    fn encoded(data: Vec<u8>) -> Vec<u8> {
        [EVENT_IX_TAG_LE, &data].concat()
    }

    #[test]
    fn events_are_read_back() {
        let posted = event::CheckpointPosted {
            match_key: Pubkey::new_unique(),
            index: 7,
            digest: [3; 32],
            beacon: [4; 32],
        };
        let decoded = Event::decode(&encoded(posted.data())).unwrap().unwrap();
        assert_eq!(decoded, Event::CheckpointPosted(posted.clone()));
        assert_eq!(decoded.match_key(), Some(posted.match_key));
        assert_eq!(decoded.name(), "CheckpointPosted");
        let paused = Event::decode(&encoded(event::PausedSet { paused: true }.data()))
            .unwrap()
            .unwrap();
        assert_eq!(paused.match_key(), None);
    }

    #[test]
    fn damage_is_named_and_other_data_is_no_event() {
        let posted = event::CheckpointPosted {
            match_key: Pubkey::new_unique(),
            index: 7,
            digest: [3; 32],
            beacon: [4; 32],
        };
        let whole = encoded(posted.data());
        for length in 0..8 {
            assert!(Event::decode(&whole[..length]).is_none());
        }
        for length in 8..whole.len() {
            assert!(Event::decode(&whole[..length]).unwrap().is_err(), "{length}");
        }
        let mut longer = whole.clone();
        longer.push(0);
        let error = Event::decode(&longer).unwrap().unwrap_err();
        assert!(error.to_string().contains("CheckpointPosted"), "{error}");
        let error = Event::decode(&encoded(vec![9; 40])).unwrap().unwrap_err();
        assert_eq!(error, EventError::Unknown([9; 8]));
        assert!(Event::decode(&[]).is_none());
    }
}

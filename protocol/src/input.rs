//! Signed and chained inputs: the moves of players, which nobody can forge, reorder or drop unseen.
//!
//! Each input is signed by the player's session key and carries the hash of the one before, so a player's
//! inputs form a chain that only the player can extend. Whoever runs the match may refuse an input, but can
//! neither change one nor leave one out of the middle.
//!
//! Deliberately absent: whether the warrior is alive, or the tick acceptable. That is the match's to say.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::codes::RejectReason;
use crate::key::{Hash, MatchKey, PlayerSlot, SessionKey, Signature, Tick, WarriorIndex};

/// The domain of the signature: no other message of the system begins so.
pub const DOMAIN: &[u8; 17] = b"aurelius:input:v1";

/// Length of the signed message.
pub const MESSAGE_LENGTH: usize = DOMAIN.len() + 32 + 1 + 4 + 32 + 4 + 1 + 1;

/// The highest heading: 0 holds still, 1–8 are N, NE, E, SE, S, SW, W, NW.
pub const HEADING_MAX: u8 = 8;

/// One change of the held heading of one warrior, before it is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// The match it is for.
    #[serde(rename = "match")]
    pub match_key: MatchKey,
    /// The player's slot in the match account.
    pub slot: PlayerSlot,
    /// 1 for a player's first input, then one more each.
    pub sequence: u32,
    /// SHA-256 of the previous input's message, 32 zero bytes for the first.
    pub previous: Hash,
    /// The last tick the player had seen.
    pub tick: Tick,
    /// Whose heading changes.
    pub warrior: WarriorIndex,
    /// 0–[`HEADING_MAX`].
    pub heading: u8,
}

impl Input {
    /// The bytes that are signed and hashed: domain[17] ‖ match[32] ‖ slot u8 ‖ sequence u32 le ‖
    /// previous[32] ‖ tick u32 le ‖ warrior u8 ‖ heading u8.
    pub fn message(&self) -> [u8; MESSAGE_LENGTH] {
        let mut out = [0; MESSAGE_LENGTH];
        let mut rest = &mut out[..];
        for part in [
            &DOMAIN[..],
            &self.match_key.0,
            &[self.slot.0],
            &self.sequence.to_le_bytes(),
            &self.previous.0,
            &self.tick.0.to_le_bytes(),
            &[self.warrior.0, self.heading],
        ] {
            let (here, after) = rest.split_at_mut(part.len());
            here.copy_from_slice(part);
            rest = after;
        }
        out
    }

    /// What the next input of this player carries as `previous`.
    pub fn hash(&self) -> Hash {
        Hash(Sha256::digest(self.message()).into())
    }

    /// Signs with the session key.
    pub fn sign(self, key: &SigningKey) -> SignedInput {
        SignedInput {
            input: self,
            signature: Signature(key.sign(&self.message()).to_bytes()),
        }
    }
}

/// An input with its signature: what travels, is logged, and goes into the replay file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedInput {
    /// What is signed.
    pub input: Input,
    /// By the player's session key, over [`Input::message`].
    pub signature: Signature,
}

impl SignedInput {
    /// Whether the signature is `session`'s over this input. Strict: no malleable or small-order forms.
    pub fn is_signed_by(&self, session: &SessionKey) -> bool {
        verify(&session.0, &self.input.message(), &self.signature)
    }

    /// The bare checks that need no state: the heading's range.
    ///
    /// # Errors
    /// [`RejectReason::BadHeading`].
    pub fn check_shape(&self) -> Result<(), RejectReason> {
        if self.input.heading > HEADING_MAX {
            return Err(RejectReason::BadHeading);
        }
        Ok(())
    }
}

/// Where a player's chain stands: what the next input must carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainHead {
    /// The sequence number the next input must have.
    pub expected_sequence: u32,
    /// The `previous` the next input must have.
    pub head: Hash,
}

impl Default for ChainHead {
    fn default() -> Self {
        Self {
            expected_sequence: 1,
            head: Hash::default(),
        }
    }
}

impl ChainHead {
    /// Checks place and signature of the next input; on success the chain stands after it.
    ///
    /// # Errors
    /// `WrongSequence`, `WrongPrevious`, `BadHeading` or `BadSignature`; the chain stays where it was.
    pub fn accept(&mut self, signed: &SignedInput, session: &SessionKey) -> Result<(), RejectReason> {
        signed.check_shape()?;
        if signed.input.sequence != self.expected_sequence {
            return Err(RejectReason::WrongSequence);
        }
        if signed.input.previous != self.head {
            return Err(RejectReason::WrongPrevious);
        }
        if !signed.is_signed_by(session) {
            return Err(RejectReason::BadSignature);
        }
        // A chain of 2³² inputs would take years at ten a second.
        self.expected_sequence = self.expected_sequence.saturating_add(1);
        self.head = signed.input.hash();
        Ok(())
    }
}

/// Strict ed25519 verification; a key that is not a point verifies nothing.
pub(crate) fn verify(key: &[u8; 32], message: &[u8], signature: &Signature) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(message, &signature).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(sequence: u32, previous: Hash) -> Input {
        Input {
            match_key: MatchKey([3; 32]),
            slot: PlayerSlot(2),
            sequence,
            previous,
            tick: Tick(0x0102_0304),
            warrior: WarriorIndex(7),
            heading: 5,
        }
    }

    #[test]
    fn the_message_is_the_stated_table() {
        let message = input(9, Hash([4; 32])).message();
        assert_eq!(message.len(), 92);
        assert_eq!(&message[..17], b"aurelius:input:v1");
        assert_eq!(message[17..49], [3; 32]);
        assert_eq!(message[49..54], [2, 9, 0, 0, 0]);
        assert_eq!(message[54..86], [4; 32]);
        assert_eq!(message[86..], [4, 3, 2, 1, 7, 5]);
    }

    #[test]
    fn a_chain_accepts_each_input_once_and_in_order() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let session = SessionKey(key.verifying_key().to_bytes());
        let mut chain = ChainHead::default();
        let first = input(1, Hash::default()).sign(&key);
        assert_eq!(chain.accept(&first, &session), Ok(()));
        assert_eq!(
            chain,
            ChainHead {
                expected_sequence: 2,
                head: first.input.hash()
            }
        );
        assert_eq!(chain.accept(&first, &session), Err(RejectReason::WrongSequence));
        let fork = input(2, Hash::default()).sign(&key);
        assert_eq!(chain.accept(&fork, &session), Err(RejectReason::WrongPrevious));
        let forged = input(2, first.input.hash()).sign(&SigningKey::from_bytes(&[2; 32]));
        assert_eq!(chain.accept(&forged, &session), Err(RejectReason::BadSignature));
        let mut wild = input(2, first.input.hash());
        wild.heading = 9;
        assert_eq!(
            chain.accept(&wild.sign(&key), &session),
            Err(RejectReason::BadHeading)
        );
        assert_eq!(
            chain.accept(&input(2, first.input.hash()).sign(&key), &session),
            Ok(())
        );
    }

    #[test]
    fn every_byte_of_the_message_is_signed() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let session = SessionKey(key.verifying_key().to_bytes());
        let signed = input(1, Hash::default()).sign(&key);
        assert!(signed.is_signed_by(&session));
        let changed: [fn(&mut Input); 7] = [
            |i| i.match_key.0[31] ^= 1,
            |i| i.slot.0 ^= 1,
            |i| i.sequence ^= 1,
            |i| i.previous.0[0] ^= 1,
            |i| i.tick.0 ^= 1,
            |i| i.warrior.0 ^= 1,
            |i| i.heading ^= 1,
        ];
        for change in changed {
            let mut other = signed;
            change(&mut other.input);
            assert!(!other.is_signed_by(&session));
        }
        assert!(!signed.is_signed_by(&SessionKey([0xff; 32])));
    }
}

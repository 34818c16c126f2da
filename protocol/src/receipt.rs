//! Receipts: the operator's signed promise that an input takes effect on a tick.
//!
//! Every ack carries the signature of one, made with the key that the match account pins. Whoever holds it can
//! show the chain that the input was left out of what was posted, which costs the operator its bond. So a
//! receipt is signed only when the input is so safe that it cannot be lost again.
//!
//! Deliberately absent: whether the promise was kept. The posted inputs tell, and the program judges.

use ed25519_dalek::{Signer, SigningKey};
use serde::{Deserialize, Serialize};

use crate::input::{verify, Input};
use crate::key::{Hash, MatchKey, PlayerSlot, PublicKey, Signature, Tick, WarriorIndex};

/// The domain of the signature: no other message of the system begins so.
pub const DOMAIN: &[u8; 19] = b"aurelius:receipt:v1";

/// Length of the signed message.
pub const MESSAGE_LENGTH: usize = DOMAIN.len() + 32 + 1 + 4 + 32 + 4 + 1 + 1;

/// What the operator signs when it accepts an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The match of the input.
    #[serde(rename = "match")]
    pub match_key: MatchKey,
    /// The player's slot in the match account.
    pub slot: PlayerSlot,
    /// Number of the input in the player's chain.
    pub sequence: u32,
    /// SHA-256 of the input's message.
    pub input: Hash,
    /// The tick on which it takes effect, from 1.
    pub tick: Tick,
    /// Whose heading changes.
    pub warrior: WarriorIndex,
    /// To what.
    pub heading: u8,
}

impl Receipt {
    /// The receipt of an input that takes effect on `tick`.
    pub fn of(input: &Input, tick: Tick) -> Self {
        Self {
            match_key: input.match_key,
            slot: input.slot,
            sequence: input.sequence,
            input: input.hash(),
            tick,
            warrior: input.warrior,
            heading: input.heading,
        }
    }

    /// The bytes that are signed: domain[19] ‖ match[32] ‖ slot u8 ‖ sequence u32 le ‖ input hash[32] ‖
    /// tick u32 le ‖ warrior u8 ‖ heading u8.
    pub fn message(&self) -> [u8; MESSAGE_LENGTH] {
        let mut out = [0; MESSAGE_LENGTH];
        let mut rest = &mut out[..];
        for part in [
            &DOMAIN[..],
            &self.match_key.0,
            &[self.slot.0],
            &self.sequence.to_le_bytes(),
            &self.input.0,
            &self.tick.0.to_le_bytes(),
            &[self.warrior.0, self.heading],
        ] {
            let (here, after) = rest.split_at_mut(part.len());
            here.copy_from_slice(part);
            rest = after;
        }
        out
    }

    /// Signs with the match's receipt key.
    pub fn sign(self, key: &SigningKey) -> SignedReceipt {
        SignedReceipt {
            receipt: self,
            signature: Signature(key.sign(&self.message()).to_bytes()),
        }
    }
}

/// A receipt with its signature: what a player keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedReceipt {
    /// What is signed.
    pub receipt: Receipt,
    /// By the match's receipt key, over [`Receipt::message`].
    pub signature: Signature,
}

impl SignedReceipt {
    /// Whether the signature is `key`'s over this receipt. Strict: no malleable or small-order forms.
    pub fn is_signed_by(&self, key: &PublicKey) -> bool {
        verify(&key.0, &self.receipt.message(), &self.signature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> Input {
        Input {
            match_key: MatchKey([3; 32]),
            slot: PlayerSlot(2),
            sequence: 9,
            previous: Hash([4; 32]),
            tick: Tick(5),
            warrior: WarriorIndex(7),
            heading: 6,
        }
    }

    #[test]
    fn the_message_is_the_stated_table() {
        let message = Receipt::of(&input(), Tick(0x0102_0304)).message();
        assert_eq!(message.len(), 94);
        assert_eq!(&message[..19], b"aurelius:receipt:v1");
        assert_eq!(message[19..51], [3; 32]);
        assert_eq!(message[51..56], [2, 9, 0, 0, 0]);
        assert_eq!(message[56..88], input().hash().0);
        assert_eq!(message[88..], [4, 3, 2, 1, 7, 6]);
    }

    #[test]
    fn every_byte_of_the_message_is_signed() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let public = PublicKey(key.verifying_key().to_bytes());
        let signed = Receipt::of(&input(), Tick(8)).sign(&key);
        assert!(signed.is_signed_by(&public));
        let changed: [fn(&mut Receipt); 7] = [
            |r| r.match_key.0[31] ^= 1,
            |r| r.slot.0 ^= 1,
            |r| r.sequence ^= 1,
            |r| r.input.0[0] ^= 1,
            |r| r.tick.0 ^= 1,
            |r| r.warrior.0 ^= 1,
            |r| r.heading ^= 1,
        ];
        for change in changed {
            let mut other = signed;
            change(&mut other.receipt);
            assert!(!other.is_signed_by(&public));
        }
        assert!(!signed.is_signed_by(&PublicKey([0xff; 32])));
    }
}

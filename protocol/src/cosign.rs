//! Agreeing with a result: what a crank offers to the players of a match, and what they send back.
//!
//! When the session keys of all players have signed the same final state, the program settles the match at
//! once; without them its challenge window applies. A signature says "this state is how the match ended", on
//! one chain, for one program, for one match, up to one slot.
//!
//! The hash that is signed is not in the offer: whoever signs computes it from the state, which they can read
//! and compare with what they saw. Deliberately absent: when to agree. That is the player's to decide.

use arena::{HostSha256, COSIGN_MESSAGE_LEN};
use ed25519_dalek::{Signer, SigningKey};
use serde::{Deserialize, Serialize};

use crate::input::verify;
use crate::key::{Cluster, Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, Signature};

/// The longest final state, bytes: 100 warriors.
pub const FINAL_STATE_BYTES_MAX: usize = arena::MAX_STATE_LEN;

/// A final state that the players of a match are asked to sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettlementOffer {
    /// The match that ended.
    #[serde(rename = "match")]
    pub match_key: MatchKey,
    /// The bytes of its last state, at most [`FINAL_STATE_BYTES_MAX`]; in JSON an array of numbers.
    pub final_state: Vec<u8>,
    /// The last slot in which the program takes the signature.
    pub expires_slot: u64,
    /// The chain.
    pub cluster: Cluster,
    /// The program.
    pub program: PublicKey,
}

impl SettlementOffer {
    /// SHA-256 of the state: what the last checkpoint committed to if the offer is true.
    pub fn leaf(&self) -> Hash {
        Hash(arena::leaf::<HostSha256>(&self.final_state))
    }

    /// The bytes to sign: `aurelius:cosign:` ‖ SHA-256(cluster ‖ program ‖ match ‖ leaf ‖ `expires_slot` u64
    /// le).
    pub fn message(&self) -> [u8; COSIGN_MESSAGE_LEN] {
        arena::cosign_message::<HostSha256>(
            &self.cluster.0,
            &self.program.0,
            &self.match_key.0,
            &self.leaf().0,
            self.expires_slot,
        )
    }

    /// Agrees, as the player in `slot` whose session key `key` is.
    pub fn sign(&self, slot: PlayerSlot, key: &SigningKey) -> Cosignature {
        Cosignature {
            match_key: self.match_key,
            slot,
            expires_slot: self.expires_slot,
            signature: Signature(key.sign(&self.message()).to_bytes()),
        }
    }

    /// Whether `signature` is `session`'s over this offer. Strict, as for inputs.
    pub fn is_signed_by(&self, session: &SessionKey, signature: &Signature) -> bool {
        verify(&session.0, &self.message(), signature)
    }
}

/// A player's agreement with an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cosignature {
    /// The match of the offer.
    #[serde(rename = "match")]
    pub match_key: MatchKey,
    /// Who agrees.
    pub slot: PlayerSlot,
    /// Of the offer: tells an answer to an earlier one from a forgery.
    pub expires_slot: u64,
    /// By the player's session key, over [`SettlementOffer::message`].
    pub signature: Signature,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer() -> SettlementOffer {
        SettlementOffer {
            match_key: MatchKey([1; 32]),
            final_state: vec![2; 416],
            expires_slot: 0x0102_0304_0506_0708,
            cluster: Cluster([3; 32]),
            program: PublicKey([4; 32]),
        }
    }

    #[test]
    fn the_message_is_the_stated_preimage() {
        use sha2::{Digest, Sha256};
        let mut hasher = Sha256::new();
        hasher.update([3; 32]);
        hasher.update([4; 32]);
        hasher.update([1; 32]);
        hasher.update(Sha256::digest([2; 416]));
        hasher.update([8, 7, 6, 5, 4, 3, 2, 1]);
        let expected = [&b"aurelius:cosign:"[..], &hasher.finalize()[..]].concat();
        assert_eq!(offer().message()[..], expected[..]);
    }

    #[test]
    fn a_signature_holds_for_one_key_and_one_offer() {
        let key = SigningKey::from_bytes(&[5; 32]);
        let session = SessionKey(key.verifying_key().to_bytes());
        let Cosignature { signature, .. } = offer().sign(PlayerSlot(2), &key);
        assert!(offer().is_signed_by(&session, &signature));
        assert!(!offer().is_signed_by(&SessionKey([1; 32]), &signature));
        let changes: [fn(&mut SettlementOffer); 5] = [
            |o| o.match_key.0[31] ^= 1,
            |o| o.final_state[415] ^= 1,
            |o| o.expires_slot ^= 1,
            |o| o.cluster.0[0] ^= 1,
            |o| o.program.0[0] ^= 1,
        ];
        for change in changes {
            let mut other = offer();
            change(&mut other);
            assert!(!other.is_signed_by(&session, &signature));
        }
    }
}

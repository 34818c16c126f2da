//! The replay file: everything needed to recompute one match without the chain's history.
//!
//! `AURRPL01` ‖ length of the body u32 le ‖ body in postcard ‖ SHA-256 of all before. The digest finds
//! accidents; that the content is *true* is for the verifier to recompute, against the chain.
//!
//! Deliberately absent: verification, and the file.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::directory::{Amount, Mode};
use crate::input::SignedInput;
use crate::key::{Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, Signature, Tick, WalletKey};

/// First bytes of a replay file; the last two are its version.
pub const MAGIC: &[u8; 8] = b"AURRPL01";

/// The largest file: a Siege of 100 warriors with ten inputs each in every second, with signatures, has about
/// 50 MB.
pub const LENGTH_MAX: usize = 64 << 20;

const DIGEST_LENGTH: usize = 32;

/// One match, complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// The program that holds the escrow.
    pub program: PublicKey,
    /// Address of the match account.
    #[serde(rename = "match")]
    pub match_key: MatchKey,
    /// The operator's own number of it.
    pub match_id: u64,
    /// Who ran it.
    pub operator: PublicKey,
    /// Blitz or Siege.
    #[serde(with = "crate::word")]
    pub mode: Mode,
    /// The rules table's bytes.
    pub rules: Vec<u8>,
    /// Warrior slots of the state.
    pub capacity: u8,
    /// Warriors present at genesis; the rest of `owners` entered late.
    pub warriors_at_start: u8,
    /// Player slot of each warrior, in roster order.
    pub owners: Vec<PlayerSlot>,
    /// Players by slot.
    pub players: Vec<ReplayPlayer>,
    /// What the oracle revealed.
    pub randomness: Hash,
    /// Made of it and the match's address.
    pub seed: Hash,
    /// First key of the drip chain, posted before entries opened.
    pub drip_root: Hash,
    /// Hash of the genesis state.
    pub genesis_leaf: Hash,
    /// In order.
    pub checkpoints: Vec<ReplayCheckpoint>,
    /// All accepted inputs with signatures, in the order of acceptance.
    pub inputs: Vec<ReplayInput>,
    /// The last state's bytes.
    pub final_state: Vec<u8>,
}

/// One player of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayPlayer {
    /// Index of the slot in the match account.
    pub slot: PlayerSlot,
    /// Who paid, and was paid.
    pub wallet: WalletKey,
    /// The key that signed this player's inputs.
    pub session: SessionKey,
    /// How many warriors.
    pub warriors: u8,
    /// Entered after the start.
    pub late: bool,
    /// What was paid for the entry.
    pub paid: Amount,
    /// Payout or refund.
    pub payout: Amount,
}

/// One checkpoint of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayCheckpoint {
    /// The drip key it revealed.
    pub drip_key: Hash,
    /// The hash of its scheduled slot, which decided its rolls together with the drip key.
    pub beacon: Hash,
    /// What the program stored.
    pub digest: Hash,
    /// The transaction that posted it.
    pub posted_in: Option<Signature>,
    /// Its segments, in order.
    pub segments: Vec<ReplaySegment>,
}

/// One segment of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplaySegment {
    /// Packed inputs, as posted.
    pub inputs: Vec<u8>,
    /// Hash of the state after it.
    pub leaf: Hash,
}

/// One accepted input of a replay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayInput {
    /// The tick at which it took effect.
    pub tick: Tick,
    /// As the player signed it.
    pub signed: SignedInput,
}

/// Bytes that are no replay file, or a damaged one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// Shorter than magic, length and digest, or than the length says.
    #[error("the replay has {found} bytes; expected {expected}")]
    Length {
        /// In the file.
        found: usize,
        /// By its own account.
        expected: usize,
    },
    /// Above [`LENGTH_MAX`].
    #[error("the replay has {0} bytes; at most {LENGTH_MAX} are read")]
    TooLong(usize),
    /// Not a replay of this version.
    #[error("not a replay file: it begins with {0:02x?}, expected \"AURRPL01\"")]
    Magic([u8; 8]),
    /// The digest at the end.
    #[error("the replay is damaged: its digest does not fit its content")]
    Digest,
    /// The body.
    #[error("malformed replay: {0}")]
    Body(postcard::Error),
    /// Bytes after the body.
    #[error("malformed replay: {0} bytes after its content")]
    TrailingBytes(usize),
}

impl Replay {
    /// The file's bytes.
    ///
    /// # Errors
    /// [`ReplayError::TooLong`].
    pub fn write(&self) -> Result<Vec<u8>, ReplayError> {
        let mut out = MAGIC.to_vec();
        out.extend([0; 4]);
        let start = out.len();
        let mut out = postcard::to_extend(self, out).map_err(ReplayError::Body)?;
        let length = u32::try_from(out.len() - start).map_err(|_| ReplayError::TooLong(out.len()))?;
        out[start - 4..start].copy_from_slice(&length.to_le_bytes());
        let digest = Sha256::digest(&out);
        out.extend_from_slice(&digest);
        if out.len() > LENGTH_MAX {
            return Err(ReplayError::TooLong(out.len()));
        }
        Ok(out)
    }

    /// Reads a file's bytes.
    ///
    /// # Errors
    /// [`ReplayError`] names what does not fit.
    pub fn read(bytes: &[u8]) -> Result<Self, ReplayError> {
        if bytes.len() > LENGTH_MAX {
            return Err(ReplayError::TooLong(bytes.len()));
        }
        let wrong_length = |expected| ReplayError::Length {
            found: bytes.len(),
            expected,
        };
        let framing = MAGIC.len() + 4 + DIGEST_LENGTH;
        let (magic, rest) = bytes.split_first_chunk::<8>().ok_or(wrong_length(framing))?;
        if magic != MAGIC {
            return Err(ReplayError::Magic(*magic));
        }
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(wrong_length(framing))?;
        let length = u32::from_le_bytes(*length) as usize;
        if rest.len() != length.saturating_add(DIGEST_LENGTH) {
            return Err(wrong_length(length.saturating_add(framing)));
        }
        let (body, digest) = rest.split_at(length);
        if Sha256::digest(&bytes[..bytes.len() - DIGEST_LENGTH])[..] != *digest {
            return Err(ReplayError::Digest);
        }
        let (replay, trailing): (Self, _) = postcard::take_from_bytes(body).map_err(ReplayError::Body)?;
        if !trailing.is_empty() {
            return Err(ReplayError::TrailingBytes(trailing.len()));
        }
        Ok(replay)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replay() -> Replay {
        Replay {
            program: PublicKey([1; 32]),
            match_key: MatchKey([2; 32]),
            match_id: 3,
            operator: PublicKey([4; 32]),
            mode: Mode::Siege,
            rules: vec![5; 100],
            capacity: 20,
            warriors_at_start: 2,
            owners: vec![PlayerSlot(0), PlayerSlot(1)],
            players: vec![],
            randomness: Hash([6; 32]),
            seed: Hash([7; 32]),
            drip_root: Hash([8; 32]),
            genesis_leaf: Hash([9; 32]),
            checkpoints: vec![ReplayCheckpoint {
                drip_key: Hash([10; 32]),
                beacon: Hash([11; 32]),
                digest: Hash([11; 32]),
                posted_in: Some(Signature([12; 64])),
                segments: vec![ReplaySegment {
                    inputs: vec![0],
                    leaf: Hash([13; 32]),
                }],
            }],
            inputs: vec![],
            final_state: vec![14; 416],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = replay().write().unwrap();
        assert_eq!(Replay::read(&bytes), Ok(replay()));
    }

    #[test]
    fn every_damage_is_refused() {
        let bytes = replay().write().unwrap();
        for length in 0..bytes.len() {
            assert!(Replay::read(&bytes[..length]).is_err());
        }
        for index in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[index] ^= 0x10;
            assert!(Replay::read(&damaged).is_err(), "damage at {index} went unseen");
        }
        assert!(Replay::read(b"GIF89a..")
            .unwrap_err()
            .to_string()
            .contains("not a replay file"));
        // A digest over a body that is none: the body itself is refused.
        let mut liar = [&MAGIC[..], &4u32.to_le_bytes(), &[0xff; 4]].concat();
        let digest = Sha256::digest(&liar);
        liar.extend_from_slice(&digest);
        assert!(Replay::read(&liar).is_err());
    }
}

//! The drip chain of one match: keys fixed before entries open, revealed one a checkpoint.
//!
//! `K₀ = Hⁿ(secret)` is posted with `create_match`; the checkpoint with index `i` (from 0) reveals `Kᵢ₊₁`,
//! whose hash is `Kᵢ`. `n` is the number of checkpoints of a match at full length, so the last one reveals
//! the secret itself.
//!
//! Secrets are derived from the operator's drip key and from what the match account pins, and stored nowhere:
//! whoever has the key file and the chain has them all, and a database holds nothing that tells a roll.

use std::io::Write;
use std::path::{Path, PathBuf};

use arena::{drip_parent, Digest, HostSha256, Rules, Sha256};
use hmac::{Hmac, Mac};
use protocol::MatchKey;
use rand::rngs::OsRng;
use rand::RngCore;

/// First bytes of what is authenticated to give a match's secret.
const DOMAIN: &[u8] = b"aurelius:drip:v1";

/// The operator's secret behind all of its drip chains: 32 bytes, in a file as 64 hexadecimal digits.
#[derive(Clone)]
pub struct DripKey([u8; 32]);

/// Why a file gave no drip key. The texts continue a sentence that begins with the setting's name.
#[derive(Debug, thiserror::Error)]
pub enum DripKeyError {
    /// The file is not there, or may not be read.
    #[error("cannot be read from {}: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// It holds something else.
    #[error("names {}, which is no drip key: 64 hexadecimal digits", .0.display())]
    NotAKey(PathBuf),
    /// The file cannot be written.
    #[error("is not there yet, and cannot be written to {}: {source}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}

impl DripKey {
    /// The key of these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`DripKeyError::Unreadable`], [`DripKeyError::NotAKey`]; never what the file holds.
    pub fn read(path: &Path) -> Result<Self, DripKeyError> {
        let text = std::fs::read_to_string(path).map_err(|source| DripKeyError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let mut key = [0; 32];
        hex::decode_to_slice(text.trim(), &mut key).map_err(|_| DripKeyError::NotAKey(path.to_owned()))?;
        Ok(Self(key))
    }

    /// Reads a key file; makes one of the operating system's randomness, readable by its owner only, if there
    /// is none. A file that is there is never written.
    ///
    /// # Errors
    /// [`DripKeyError`].
    pub fn read_or_make(path: &Path) -> Result<Self, DripKeyError> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let unwritable = |source| DripKeyError::Unwritable {
            path: path.to_owned(),
            source,
        };
        let mut file = match options.open(path) {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => return Self::read(path),
            opened => opened.map_err(unwritable)?,
        };
        let mut key = [0; 32];
        OsRng
            .try_fill_bytes(&mut key)
            .map_err(|error| unwritable(std::io::Error::other(error)))?;
        writeln!(file, "{}", hex::encode(key))
            .and_then(|()| file.sync_all())
            .map_err(unwritable)?;
        Ok(Self(key))
    }

    /// The chain of a match that plays by `rules`. Its secret is
    /// `HMAC-SHA256(key, "aurelius:drip:v1" ‖ match account ‖ sha256(rules) ‖ number of checkpoints u32 le)`.
    pub fn chain(&self, match_key: &MatchKey, rules: &Rules) -> DripChain {
        let checkpoints = rules.checkpoint_count();
        let mut mac = Hmac::<sha2::Sha256>::new(&block(&self.0));
        mac.update(DOMAIN);
        mac.update(&match_key.0);
        mac.update(&HostSha256::sha256(&[rules.as_bytes()]));
        mac.update(&checkpoints.to_le_bytes());
        DripChain::new(mac.finalize().into_bytes().into(), checkpoints)
    }
}

/// The key as HMAC uses it: filled with zeros to a block of SHA-256 (RFC 2104, section 2).
fn block(key: &[u8; 32]) -> hmac::digest::Key<Hmac<sha2::Sha256>> {
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    block.into()
}

impl std::fmt::Debug for DripKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DripKey(hidden)")
    }
}

/// All keys of one match.
#[derive(Clone)]
pub struct DripChain {
    /// `K₀ … Kₙ`.
    keys: Vec<Digest>,
}

impl DripChain {
    /// The chain of `checkpoints` keys after the root that ends in `secret`.
    pub fn new(secret: Digest, checkpoints: u32) -> Self {
        let mut keys = vec![secret];
        for _ in 0..checkpoints {
            let parent = keys.last().map_or(secret, drip_parent::<HostSha256>);
            keys.push(parent);
        }
        keys.reverse();
        Self { keys }
    }

    /// `K₀`: what is posted before entries open.
    pub fn root(&self) -> Digest {
        self.keys.first().copied().unwrap_or_default()
    }

    /// The key that the checkpoint with this index reveals; `None` beyond the last.
    pub fn key(&self, checkpoint: u32) -> Option<Digest> {
        self.keys.get(checkpoint as usize + 1).copied()
    }
}

impl std::fmt::Debug for DripChain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DripChain({} keys, hidden)", self.keys.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_hashes_to_the_one_before_and_the_last_is_the_secret() {
        let secret = [7; 32];
        for checkpoints in [1, 2, 45, 300] {
            let chain = DripChain::new(secret, checkpoints);
            let mut parent = chain.root();
            for index in 0..checkpoints {
                let key = chain.key(index).unwrap();
                assert_eq!(
                    drip_parent::<HostSha256>(&key),
                    parent,
                    "key {index} of {checkpoints}"
                );
                parent = key;
            }
            assert_eq!(parent, secret);
            assert_eq!(chain.key(checkpoints), None);
        }
    }

    #[test]
    fn the_keys_are_not_shown() {
        let shown = format!("{:?}", DripChain::new([0xAB; 32], 3));
        assert_eq!(shown, "DripChain(4 keys, hidden)");
        assert_eq!(format!("{:?}", DripKey([0xAB; 32])), "DripKey(hidden)");
    }

    #[test]
    fn a_secret_is_what_the_formula_says() {
        let key = DripKey::from_bytes([1; 32]);
        let chain = key.chain(&MatchKey([2; 32]), &Rules::BLITZ);
        let checkpoints = Rules::BLITZ.checkpoint_count();
        let mut message = DOMAIN.to_vec();
        message.extend([2; 32]);
        message.extend(HostSha256::sha256(&[Rules::BLITZ.as_bytes()]));
        message.extend(checkpoints.to_le_bytes());
        // RFC 2104 by hand.
        let pad = |with: u8| -> Vec<u8> { (0..64).map(|at| if at < 32 { 1 ^ with } else { with }).collect() };
        let inner = HostSha256::sha256(&[&pad(0x36), &message]);
        let secret = HostSha256::sha256(&[&pad(0x5c), &inner]);
        assert_eq!(chain.key(checkpoints - 1), Some(secret));
        assert_eq!(chain.root(), DripChain::new(secret, checkpoints).root());
    }

    #[test]
    fn every_match_and_every_table_has_a_secret_of_its_own() {
        let key = DripKey::from_bytes([1; 32]);
        let root = |key: &DripKey, of: u8, rules: &Rules| key.chain(&MatchKey([of; 32]), rules).root();
        let first = root(&key, 2, &Rules::BLITZ);
        assert_eq!(first, root(&key, 2, &Rules::BLITZ));
        for other in [
            root(&key, 3, &Rules::BLITZ),
            root(&key, 2, &Rules::SIEGE),
            root(&DripKey::from_bytes([4; 32]), 2, &Rules::BLITZ),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn a_key_file_is_made_once_and_what_is_none_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("drip.key");
        assert!(matches!(
            DripKey::read(&path),
            Err(DripKeyError::Unreadable { .. })
        ));
        let made = DripKey::read_or_make(&path).unwrap();
        assert_eq!(DripKey::read_or_make(&path).unwrap().0, made.0);
        assert_eq!(DripKey::read(&path).unwrap().0, made.0);
        assert_ne!(made.0, [0; 32]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        for text in ["", "hello", &"ab".repeat(31), &"ab".repeat(33)] {
            std::fs::write(&path, text).unwrap();
            let error = DripKey::read_or_make(&path).unwrap_err().to_string();
            assert!(
                error.contains("drip.key") && error.contains("64 hexadecimal digits"),
                "{error}"
            );
        }
    }
}

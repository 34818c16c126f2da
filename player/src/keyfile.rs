//! Key pairs in files, as `solana-keygen` writes them: a JSON array of 64 bytes, the secret half first.

use std::io::Write;
use std::path::{Path, PathBuf};

use solana_keypair::Keypair;
use thiserror::Error;

/// Bytes of a key pair.
const KEYPAIR_BYTES: usize = 64;

/// Why a file gave no key pair, or took none. The texts continue a sentence that begins with the setting's
/// name.
#[derive(Debug, Error)]
pub enum KeyfileError {
    /// The file is not there, or may not be read.
    #[error("cannot be read from {}: {error}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// It holds something else.
    #[error("names {}, which is not a key pair file (a JSON array of 64 bytes)", .0.display())]
    NotAKeypair(PathBuf),
    /// It holds too few or too many bytes.
    #[error("names {}, which holds {count} bytes instead of 64", .path.display())]
    Length {
        /// The file.
        path: PathBuf,
        /// How many it holds.
        count: usize,
    },
    /// The halves are not of one pair.
    #[error("names {}, whose public half does not belong to its secret half", .0.display())]
    Halves(PathBuf),
    /// The file cannot be written.
    #[error("cannot write the key pair {}: {error}", .path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
}

/// Reads a key pair.
///
/// # Errors
/// [`KeyfileError`]: which file, and what is wrong with it; never what it holds.
pub fn read(path: &Path) -> Result<Keypair, KeyfileError> {
    let text = std::fs::read_to_string(path).map_err(|error| KeyfileError::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    let bytes: Vec<u8> =
        serde_json::from_str(&text).map_err(|_| KeyfileError::NotAKeypair(path.to_owned()))?;
    if bytes.len() != KEYPAIR_BYTES {
        return Err(KeyfileError::Length {
            path: path.to_owned(),
            count: bytes.len(),
        });
    }
    Keypair::try_from(bytes.as_slice()).map_err(|_| KeyfileError::Halves(path.to_owned()))
}

/// Writes a key pair, readable by its owner only.
///
/// # Errors
/// [`KeyfileError::Unwritable`].
pub fn write(path: &Path, keypair: &Keypair) -> Result<(), KeyfileError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Sixty-four numbers: nothing that JSON could refuse.
    let numbers: Vec<String> = keypair.to_bytes().iter().map(u8::to_string).collect();
    options
        .open(path)
        .and_then(|mut file| file.write_all(format!("[{}]", numbers.join(",")).as_bytes()))
        .map_err(|error| KeyfileError::Unwritable {
            path: path.to_owned(),
            error,
        })
}

/// Whether anybody on this machine may read the file, and so spend what the key may spend.
#[cfg(unix)]
pub fn is_readable_by_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o004 != 0)
}

/// Whether anybody on this machine may read the file: not known here.
#[cfg(not(unix))]
pub fn is_readable_by_all(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_pairs_round_trip_and_what_is_none_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("id.json");
        let keypair = Keypair::new();
        write(&path, &keypair).unwrap();
        assert_eq!(read(&path).unwrap().to_bytes(), keypair.to_bytes());
        for (text, expected) in [
            ("hello", "not a key pair file"),
            ("[1,2,3]", "3 bytes instead of 64"),
        ] {
            std::fs::write(&path, text).unwrap();
            let error = read(&path).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("id.json"), "{error}");
        }
        #[cfg(unix)]
        {
            assert!(!is_readable_by_all(&path), "as written");
            let open = std::os::unix::fs::PermissionsExt::from_mode(0o644);
            std::fs::set_permissions(&path, open).unwrap();
            assert!(is_readable_by_all(&path));
        }
        let absent = read(&dir.path().join("no")).unwrap_err().to_string();
        assert!(absent.contains("cannot be read"), "{absent}");
    }
}

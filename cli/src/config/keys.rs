//! Key pair files that settings name.

use std::path::Path;

use player::keyfile::{self, KeyfileError};
use solana_keypair::Keypair;

use crate::failure::ConfigError;

/// The key pair in a file written by `solana-keygen`: a JSON array of 64 bytes. Errors name the setting.
pub fn read_keypair(path: &Path, variable: &str, flag: &str) -> Result<Keypair, ConfigError> {
    let keypair = keyfile::read(path).map_err(|error| keyfile_error(variable, flag, &error))?;
    if keyfile::is_readable_by_all(path) {
        tracing::warn!(
            file = %path.display(),
            "the key pair file of {variable} (or {flag}) may be read by everybody on this machine; \
             only its owner should: chmod 600 {}",
            path.display()
        );
    }
    Ok(keypair)
}

/// What to say about a key pair file that cannot be used.
pub fn keyfile_error(variable: &str, flag: &str, error: &KeyfileError) -> ConfigError {
    ConfigError::new(
        format!("{variable} (or {flag})"),
        error.to_string(),
        format!("{variable}=$HOME/.config/solana/id.json (make one with `solana-keygen new`)"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_pair_file_that_is_none_is_named_with_its_setting() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("id.json");
        std::fs::write(&path, "hello").unwrap();
        let error = read_keypair(&path, "AURELIUS_KEYPAIR", "--keypair").unwrap_err();
        let error = error.to_string();
        assert!(error.contains("id.json, which is not a key pair file"), "{error}");
        assert!(error.starts_with("AURELIUS_KEYPAIR (or --keypair)"), "{error}");
    }
}

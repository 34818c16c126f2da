//! The drip key file of a crank.

use std::path::{Path, PathBuf};

use clap::Args;
use crank::{DripKey, DripKeyError};
use store::Sharing;

use super::missing;
use crate::failure::ConfigError;

/// Its name in the data directory of a crank that is told of no other.
const FILE: &str = "drip.key";

const VARIABLE: &str = "AURELIUS_DRIP_KEY";
const FLAG: &str = "--drip-key";
const EXAMPLE: &str =
    "AURELIUS_DRIP_KEY=/etc/aurelius/drip.key (make one with `umask 077; openssl rand -hex 32 > FILE`)";

/// Where the drip key is.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Operator")]
pub struct DripKeyArgs {
    /// File with the secret behind the rolls of all matches, the same for every crank of an operator [default: drip.key in the data directory, made at the first start]
    #[arg(long, env = "AURELIUS_DRIP_KEY", value_name = "FILE")]
    pub drip_key: Option<PathBuf>,
}

impl DripKeyArgs {
    /// The key: of the file that is named, which must be there; otherwise of the one in the data directory,
    /// which is made if absent. Several cranks cannot each make their own.
    pub fn resolve(&self, data_dir: &Path, sharing: Sharing) -> Result<DripKey, ConfigError> {
        match (&self.drip_key, sharing) {
            (Some(path), _) => DripKey::read(path).map_err(|error| wrong(&error)),
            (None, Sharing::Alone) => drip_key(data_dir),
            (None, Sharing::Leased) => Err(missing(VARIABLE, FLAG, EXAMPLE)),
        }
    }
}

/// The key in a data directory that exists, made if absent.
pub fn drip_key(data_dir: &Path) -> Result<DripKey, ConfigError> {
    DripKey::read_or_make(&data_dir.join(FILE)).map_err(|error| wrong(&error))
}

fn wrong(error: &DripKeyError) -> ConfigError {
    ConfigError::new(format!("{VARIABLE} (or {FLAG})"), error.to_string(), EXAMPLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crank_alone_makes_its_key_and_several_share_one_that_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let unnamed = DripKeyArgs { drip_key: None };
        let error = unnamed
            .resolve(dir.path(), Sharing::Leased)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(VARIABLE) && error.contains("openssl rand"),
            "{error}"
        );
        let rules = &arena::Rules::BLITZ;
        let root = |key: DripKey| key.chain(&protocol::MatchKey([1; 32]), rules).root();
        let made = root(unnamed.resolve(dir.path(), Sharing::Alone).unwrap());
        let named = DripKeyArgs {
            drip_key: Some(dir.path().join(FILE)),
        };
        assert_eq!(root(named.resolve(dir.path(), Sharing::Leased).unwrap()), made);
        let absent = DripKeyArgs {
            drip_key: Some(dir.path().join("absent")),
        };
        let error = absent
            .resolve(dir.path(), Sharing::Alone)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("cannot be read from") && error.contains("absent"),
            "{error}"
        );
    }
}

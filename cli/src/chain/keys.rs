//! The key pairs of a local escrow: made once for a chain, kept in a directory where other commands find
//! them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use player::keyfile;
use solana_keypair::Keypair;

/// Everybody who governs a local escrow.
pub struct Keys {
    /// The program's upgrade authority, who is also the config's, and may mint the token.
    pub authority: Keypair,
    /// Runs matches.
    pub operator: Keypair,
    /// Receives fees.
    pub treasury: Keypair,
    /// Address of the token.
    pub mint: Keypair,
}

impl Keys {
    /// New ones.
    pub fn generate() -> Keys {
        Keys {
            authority: Keypair::new(),
            operator: Keypair::new(),
            treasury: Keypair::new(),
            mint: Keypair::new(),
        }
    }

    /// Writes one file each, over earlier ones; the authority's key under the names of both its offices. Answers the
    /// files that other commands need.
    pub fn write(&self, dir: &Path) -> Result<KeyFiles> {
        std::fs::create_dir_all(dir)
            .with_context(|| format!("cannot make the directory {}", dir.display()))?;
        let files = KeyFiles {
            operator: dir.join("operator.json"),
            mint_authority: dir.join("mint-authority.json"),
            upgrade_authority: dir.join("upgrade-authority.json"),
        };
        keyfile::write(&files.upgrade_authority, &self.authority)?;
        keyfile::write(&files.mint_authority, &self.authority)?;
        keyfile::write(&files.operator, &self.operator)?;
        keyfile::write(&dir.join("treasury.json"), &self.treasury)?;
        keyfile::write(&dir.join("mint.json"), &self.mint)?;
        Ok(files)
    }
}

/// Where the keys that other commands need were written.
pub struct KeyFiles {
    /// Key pair of the operator.
    pub operator: PathBuf,
    /// Key pair that may mint the token.
    pub mint_authority: PathBuf,
    /// The same key pair, as the one that governs: the program's upgrade authority.
    pub upgrade_authority: PathBuf,
}

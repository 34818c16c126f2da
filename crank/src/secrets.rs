//! Where the seeds of drip chains come from, as a seam: unpredictable in production, repeatable in tests.

use std::sync::Mutex;

use rand::rngs::{OsRng, StdRng};
use rand::{RngCore, SeedableRng};

/// A source of 32-byte secrets.
pub trait Secrets: Send + Sync + 'static {
    /// A fresh secret.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    fn secret(&self) -> Result<[u8; 32], SecretError>;
}

/// The operating system gave no randomness.
#[derive(Debug, thiserror::Error)]
#[error("the operating system gave no randomness: {0}")]
pub struct SecretError(String);

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsSecrets;

impl Secrets for OsSecrets {
    fn secret(&self) -> Result<[u8; 32], SecretError> {
        let mut secret = [0; 32];
        OsRng
            .try_fill_bytes(&mut secret)
            .map_err(|error| SecretError(error.to_string()))?;
        Ok(secret)
    }
}

/// Repeatable secrets. For tests only: whoever knows the seed knows every roll of every match.
#[derive(Debug)]
pub struct SeededSecrets(Mutex<StdRng>);

impl SeededSecrets {
    /// The source that this seed always gives.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Secrets for SeededSecrets {
    fn secret(&self) -> Result<[u8; 32], SecretError> {
        let mut secret = [0; 32];
        self.0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .fill_bytes(&mut secret);
        Ok(secret)
    }
}

//! What the mock's oracle answers.

use anchor_lang::prelude::*;

/// The value that the mock's oracle answers with:
/// `sha256("aurelius:mock-oracle" ‖ seed slot hash ‖ randomness key)`.
pub fn oracle_value(seed_slothash: &[u8; 32], randomness: &Pubkey) -> [u8; 32] {
    solana_sha256_hasher::hashv(&[b"aurelius:mock-oracle", seed_slothash, randomness.as_ref()]).to_bytes()
}

/// The signature that goes with a value: the value itself, then zeros. Its recovery id is 0.
pub fn oracle_signature(value: &[u8; 32]) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(value);
    signature
}

//! The SHA-256 that `arena` uses inside the program: the runtime's syscall, 85 + len/2 compute units.
//! On a host (tests, IDL build) the same crate falls back to a software implementation.

use solana_sha256_hasher::hashv;

/// SHA-256 over the concatenation of its parts, by syscall.
pub struct SyscallSha256;

impl SyscallSha256 {
    /// Hashes the concatenation of `parts`.
    pub fn hash(parts: &[&[u8]]) -> [u8; 32] {
        hashv(parts).to_bytes()
    }
}

impl arena::Sha256 for SyscallSha256 {
    fn sha256(parts: &[&[u8]]) -> arena::Digest {
        Self::hash(parts)
    }
}

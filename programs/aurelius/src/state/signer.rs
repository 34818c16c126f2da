//! How a match signs for its vault and its randomness account.

use anchor_lang::prelude::*;

use super::seeds;

/// The seeds of a match, held while it signs.
pub struct MatchSigner {
    /// Second seed.
    pub(super) operator: Pubkey,
    /// Third seed, little-endian.
    pub(super) match_id: [u8; 8],
    /// Bump of the match's address.
    pub(super) bump: [u8; 1],
}

impl MatchSigner {
    /// Seeds in the order of the derivation, bump last.
    pub fn seeds(&self) -> [&[u8]; 4] {
        [seeds::MATCH, self.operator.as_ref(), &self.match_id, &self.bump]
    }
}

//! What the operator signs when it accepts an input: that the input takes effect on a tick.
//!
//! Absent: the signature. [`crate::cosign`] reads the verification of it.

use anchor_lang::prelude::*;

/// First bytes of a receipt: no other signed text of the system begins with them.
pub const DOMAIN: &[u8; 19] = b"aurelius:receipt:v1";

/// Bytes of a receipt: 19 + 32 + 1 + 4 + 32 + 4 + 1 + 1.
pub const MESSAGE_LEN: usize = 94;

/// The promise that an input takes effect.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Slot of the player.
    pub slot: u8,
    /// Number of the input in the player's chain, from 1.
    pub sequence: u32,
    /// SHA-256 of the message that the player signed.
    pub input_hash: [u8; 32],
    /// Tick on which it takes effect, from 1.
    pub tick: u32,
    /// Whose heading changes.
    pub warrior: u8,
    /// To what: 0 to 8.
    pub heading: u8,
}

impl Receipt {
    /// What is signed with the match's receipt key: `"aurelius:receipt:v1" ‖ match[32] ‖ slot u8 ‖
    /// sequence u32 le ‖ input hash[32] ‖ tick u32 le ‖ warrior u8 ‖ heading u8`.
    pub fn message(&self, match_key: &[u8; 32]) -> [u8; MESSAGE_LEN] {
        let mut message = [0; MESSAGE_LEN];
        message[..19].copy_from_slice(DOMAIN);
        message[19..51].copy_from_slice(match_key);
        message[51] = self.slot;
        message[52..56].copy_from_slice(&self.sequence.to_le_bytes());
        message[56..88].copy_from_slice(&self.input_hash);
        message[88..92].copy_from_slice(&self.tick.to_le_bytes());
        message[92] = self.warrior;
        message[93] = self.heading;
        message
    }
}

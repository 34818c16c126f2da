//! One player of a match, in the tail of the match account.
//! Invariant: a slot without [`PlayerSlot::ENTERED`] is all zero.

use anchor_lang::prelude::*;

/// Layout:
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 32 | player |
/// | 32 | 8 | paid |
/// | 40 | 8 | payout |
/// | 48 | 1 | warriors |
/// | 49 | 1 | first_warrior |
/// | 50 | 1 | flags |
/// | 51 | 5 | padding |
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct PlayerSlot {
    /// Wallet of the player.
    pub player: Pubkey,
    /// Stake paid.
    pub paid: u64,
    /// Payout, or refund of a late entry that was never admitted. Known from `submit_result` on.
    pub payout: u64,
    /// Warriors bought: 1 to the rules table's maximum per player.
    pub warriors: u8,
    /// Index of the player's first warrior. Fixed by `start_match`, or by a late entry.
    pub first_warrior: u8,
    /// Bits, as named below.
    pub flags: u8,
    /// Zero.
    pub padding: [u8; 5],
}

impl PlayerSlot {
    /// Bytes of a slot.
    pub const LEN: usize = core::mem::size_of::<Self>();
    /// A player is in this slot.
    pub const ENTERED: u8 = 1;
    /// The payout was paid.
    pub const CLAIMED: u8 = 2;
    /// The stake was paid back; with `CLAIMED` and `LATE`, through `claim`.
    pub const REFUNDED: u8 = 4;
    /// Entered after the start.
    pub const LATE: u8 = 8;
    /// The player's session key has signed the result.
    pub const COSIGNED: u8 = 16;
    /// The player's share of a slashed bond was paid.
    pub const COMPENSATED: u8 = 32;

    /// Whether nothing is in the slot: every byte is zero.
    pub fn is_free(&self) -> bool {
        *self == Self::default()
    }

    /// Whether all bits of `flags` are set.
    pub const fn has(&self, flags: u8) -> bool {
        self.flags & flags == flags
    }
}

//! Counter-based randomness: no generator state, nothing to save.
//!
//! `sha256(key ‖ tick u32 le ‖ block u32 le)` gives four draws of 64 bits. A range comes from 32 bits of a draw by
//! multiply-shift: the bias of a range of `n` is at most `n / 2³²` (below 2·10⁻⁶ for every range used here).

use crate::digest::{Digest, Sha256};

/// Draws of one tick, handed out in order.
pub struct Draws {
    preimage: [u8; 40],
    block: u32,
    lane: usize,
    lanes: [u64; 4],
}

impl Draws {
    /// The draws of `tick` under `key`, from the first of block 0.
    pub fn new(key: &Digest, tick: u32) -> Self {
        let mut preimage = [0u8; 40];
        preimage[..32].copy_from_slice(key);
        preimage[32..36].copy_from_slice(&tick.to_le_bytes());
        Self {
            preimage,
            block: 0,
            lane: 4,
            lanes: [0; 4],
        }
    }

    /// The four draws of the next unused block; what was left of the block before is dropped.
    pub fn next_block<H: Sha256>(&mut self) -> [u64; 4] {
        self.preimage[36..].copy_from_slice(&self.block.to_le_bytes());
        self.block = self.block.wrapping_add(1);
        let hash = H::sha256(&[&self.preimage]);
        self.lane = 4;
        let mut lanes = [0u64; 4];
        for (lane, bytes) in lanes.iter_mut().zip(hash.chunks_exact(8)) {
            *lane = u64::from_le_bytes([
                bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
            ]);
        }
        lanes
    }

    /// The next draw; hashes a new block on every fourth call.
    #[allow(
        clippy::should_implement_trait,
        reason = "an endless source is no iterator, and `H` has to be named"
    )]
    pub fn next<H: Sha256>(&mut self) -> u64 {
        if self.lane >= 4 {
            self.lanes = self.next_block::<H>();
            self.lane = 0;
        }
        let draw = self.lanes[self.lane & 3];
        self.lane += 1;
        draw
    }
}

/// A number in `0..n` from the high 32 bits of a draw.
#[inline]
pub fn range_high(draw: u64, n: u32) -> u32 {
    (((draw >> 32) * u64::from(n)) >> 32) as u32
}

/// A number in `0..n` from the low 32 bits of a draw.
#[inline]
pub fn range_low(draw: u64, n: u32) -> u32 {
    (((draw & 0xFFFF_FFFF) * u64::from(n)) >> 32) as u32
}

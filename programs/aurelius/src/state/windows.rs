//! How long each step of a match may take. Pinned in a match when it is created, so that a later
//! change of the config moves no deadline.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

use crate::error::AureliusError;

/// Longest window: about 30 days of 400 ms slots. Longer is a typing error, not a policy.
pub const WINDOW_SLOTS_MAX: u64 = 6_480_000;

/// Windows in slots.
///
/// | offset | size | field |
/// |---|---|---|
/// | 0 | 8 | lock_slots |
/// | 8 | 8 | entropy_slots |
/// | 16 | 8 | checkpoint_slots |
/// | 24 | 8 | result_slots |
/// | 32 | 8 | challenge_slots |
#[derive(AnchorSerialize, AnchorDeserialize, Pod, Zeroable, Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Windows {
    /// From creation (or from the scheduled slot) until the match must be locked.
    pub lock_slots: u64,
    /// From the lock until the match must be started.
    pub entropy_slots: u64,
    /// From the start or a checkpoint until the next checkpoint.
    pub checkpoint_slots: u64,
    /// From the last checkpoint that a match can have until its result.
    pub result_slots: u64,
    /// From the result until it can be finalized.
    pub challenge_slots: u64,
}

impl Windows {
    /// Refuses windows of no slot at all and windows beyond [`WINDOW_SLOTS_MAX`].
    pub fn validate(&self) -> Result<()> {
        for slots in [
            self.lock_slots,
            self.entropy_slots,
            self.checkpoint_slots,
            self.result_slots,
            self.challenge_slots,
        ] {
            ensure!(
                (1..=WINDOW_SLOTS_MAX).contains(&slots),
                AureliusError::WindowOutOfRange
            );
        }
        Ok(())
    }
}

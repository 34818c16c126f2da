//! How long each step of a match may take. Pinned in a match when it is created, so that a later
//! change of the config moves no deadline.

use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};

use crate::error::AureliusError;

/// Longest window: about 30 days of 400 ms slots. Longer is a typing error, not a policy.
pub const WINDOW_SLOTS_MAX: u64 = 6_480_000;

/// Shortest lock window, a minute of 400 ms slots: an operator's transaction gets through a congested minute.
pub const LOCK_SLOTS_MIN: u64 = 150;
/// Shortest entropy window, a minute: the oracle answers, and anybody who sees that the operator does not start
/// the match can do it.
pub const ENTROPY_SLOTS_MIN: u64 = 150;
/// Shortest checkpoint window, half a minute: an honest operator whose machine dies goes on at another one, which
/// takes a lease's expiry and a reading of the inputs. A shorter window would take its bond.
pub const CHECKPOINT_SLOTS_MIN: u64 = 75;
/// Shortest result window, a minute: as a checkpoint, and the state of a Siege takes several transactions.
pub const RESULT_SLOTS_MIN: u64 = 150;
/// Shortest challenge window, a minute: a watchtower that follows the match has its proof ready within a second of
/// the last checkpoint, and needs that long to be sure that it lands.
pub const CHALLENGE_SLOTS_MIN: u64 = 150;

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
    /// Refuses windows in which an honest operator or player could not act, and windows beyond
    /// [`WINDOW_SLOTS_MAX`].
    pub fn validate(&self) -> Result<()> {
        for (slots, min) in [
            (self.lock_slots, LOCK_SLOTS_MIN),
            (self.entropy_slots, ENTROPY_SLOTS_MIN),
            (self.checkpoint_slots, CHECKPOINT_SLOTS_MIN),
            (self.result_slots, RESULT_SLOTS_MIN),
            (self.challenge_slots, CHALLENGE_SLOTS_MIN),
        ] {
            ensure!(
                (min..=WINDOW_SLOTS_MAX).contains(&slots),
                AureliusError::WindowOutOfRange
            );
        }
        Ok(())
    }
}

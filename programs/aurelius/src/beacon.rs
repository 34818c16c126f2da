//! The scheduled beacon: hashes of slots that nobody knows when a match begins, one for each checkpoint.
//!
//! Which slot belongs to a checkpoint follows from the start and from the length of slots that the match has
//! pinned, so that whoever posts late or early gets no other hash. Absent: any choice of the operator.

use anchor_lang::prelude::*;

use crate::{
    error::{refuse, AureliusError},
    state::Match,
};

/// Slots from the start of a match to the one that decides the rolls of checkpoint 0: less than the countdown,
/// more than it takes to hear of the start.
pub const BEACON_LEAD_SLOTS: u64 = 4;
/// The shortest length of a slot that a match may pin, in microseconds.
pub const SLOT_US_MIN: u32 = 100_000;
/// The longest.
pub const SLOT_US_MAX: u32 = 600_000;

/// Address of the SlotHashes sysvar.
const SLOT_HASHES: Pubkey = Pubkey::from_str_const("SysvarS1otHashes111111111111111111111111111");
/// Bytes of its entry count.
const COUNT_BYTES: usize = 8;
/// Bytes of an entry: slot u64 le, hash.
const ENTRY_BYTES: usize = 40;

/// The slot that decides the rolls of checkpoint `index`:
/// `started_slot + BEACON_LEAD_SLOTS + ⌊index · checkpoint_ticks · 10⁶ / (60 · slot_us)⌋`; none beyond 64 bits.
pub fn beacon_slot(started_slot: u64, checkpoint_ticks: u32, slot_us: u64, index: u32) -> Option<u64> {
    let ticks = u64::from(index).checked_mul(u64::from(checkpoint_ticks))?;
    let span_us = ticks.checked_mul(1_000_000)? / u64::from(arena::TICKS_PER_SECOND);
    started_slot
        .checked_add(BEACON_LEAD_SLOTS)?
        .checked_add(span_us.checked_div(slot_us)?)
}

impl Match {
    /// Ticks that posted checkpoints cover.
    pub const fn ticks_posted(&self) -> u32 {
        self.checkpoints_posted * self.checkpoint_ticks
    }

    /// The slot whose hash decides the rolls of checkpoint `index`. Errors: [`AureliusError::SlotOverflow`].
    pub fn beacon_slot(&self, index: u32) -> Result<u64> {
        beacon_slot(self.started_slot, self.checkpoint_ticks, self.slot_us, index)
            .ok_or_else(|| refuse(AureliusError::SlotOverflow))
    }
}

/// SlotHashes, newest first: the runtime's, or a list in tests. Every reading is a syscall of about 150 units.
trait SlotHashes {
    /// Number of entries, and slot and hash of the newest.
    fn newest(&self) -> Result<(u64, Entry)>;
    /// Slot and hash of an entry, from 0 for the newest.
    fn entry(&self, index: u64) -> Result<Entry>;
}

/// Slot and hash.
type Entry = (u64, [u8; 32]);

/// The sysvar by syscall, which needs no account.
struct Sysvar;

impl Sysvar {
    fn read<const N: usize>(offset: u64) -> Result<[u8; N]> {
        let mut bytes = [0; N];
        solana_sysvar::get_sysvar(&mut bytes, &SLOT_HASHES, offset, N as u64)
            .map_err(|_| refuse(AureliusError::BeaconGone))?;
        Ok(bytes)
    }

    fn parse(bytes: &[u8]) -> Entry {
        let (mut slot, mut hash) = ([0; 8], [0; 32]);
        slot.copy_from_slice(&bytes[..8]);
        hash.copy_from_slice(&bytes[8..ENTRY_BYTES]);
        (u64::from_le_bytes(slot), hash)
    }
}

impl SlotHashes for Sysvar {
    fn newest(&self) -> Result<(u64, Entry)> {
        let bytes: [u8; COUNT_BYTES + ENTRY_BYTES] = Self::read(0)?;
        let mut count = [0; COUNT_BYTES];
        count.copy_from_slice(&bytes[..COUNT_BYTES]);
        Ok((u64::from_le_bytes(count), Self::parse(&bytes[COUNT_BYTES..])))
    }

    fn entry(&self, index: u64) -> Result<Entry> {
        let bytes: [u8; ENTRY_BYTES] = Self::read(COUNT_BYTES as u64 + index * ENTRY_BYTES as u64)?;
        Ok(Self::parse(&bytes))
    }
}

/// The beacon of the scheduled `slot`: the hash of the greatest slot up to it that has one.
///
/// Errors: [`AureliusError::BeaconNotYet`] while a block of that slot could still come,
/// [`AureliusError::BeaconGone`] when SlotHashes does not reach back so far.
pub(crate) fn read(slot: u64, now: u64) -> Result<[u8; 32]> {
    find(&Sysvar, slot, now)
}

fn find(hashes: &impl SlotHashes, slot: u64, now: u64) -> Result<[u8; 32]> {
    ensure!(slot < now, AureliusError::BeaconNotYet);
    let (count, (newest, hash)) = hashes.newest()?;
    ensure!(count > 0, AureliusError::BeaconGone);
    if newest <= slot {
        return Ok(hash);
    }
    // Slots descend by one at least, so the wanted entry is not behind this one; where none was skipped it is it.
    let mut high = (newest - slot).min(count - 1);
    let mut best = hashes.entry(high)?;
    ensure!(best.0 <= slot, AureliusError::BeaconGone);
    // Few slots are skipped: steps that double find a place before it, bisection the entry between.
    let (mut low, mut step) = (0, 1);
    while best.0 != slot && high - low > 1 {
        let at = if step > 0 && high - low > step {
            high - step
        } else {
            low + (high - low) / 2
        };
        let entry = hashes.entry(at)?;
        if entry.0 > slot {
            (low, step) = (at, 0);
        } else {
            (high, best, step) = (at, entry, step * 2);
        }
    }
    Ok(best.1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing test may panic")]

    use super::*;

    impl SlotHashes for Vec<u64> {
        fn newest(&self) -> Result<(u64, Entry)> {
            // An empty sysvar reads as zeros.
            let newest = self
                .first()
                .map_or((0, [0; 32]), |slot| (*slot, [*slot as u8; 32]));
            Ok((self.len() as u64, newest))
        }

        fn entry(&self, index: u64) -> Result<Entry> {
            let slot = self[index as usize];
            Ok((slot, [slot as u8; 32]))
        }
    }

    fn refused(found: Result<[u8; 32]>) -> AureliusError {
        let Err(Error::AnchorError(error)) = found else {
            panic!("not refused by this program: {found:?}")
        };
        AureliusError::from_code(error.error_code_number).unwrap()
    }

    #[test]
    fn the_greatest_slot_up_to_the_scheduled_one_counts() {
        // Whatever is skipped, the answer is what a walk from the newest finds.
        let mut lot = 1u32;
        for _ in 0..200 {
            let mut slots = vec![100u64];
            while slots.len() < 40 {
                lot = lot.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let step = if lot >> 30 == 0 {
                    1 + u64::from(lot >> 24) % 9
                } else {
                    1
                };
                slots.push(slots[slots.len() - 1].saturating_sub(step));
                if slots[slots.len() - 1] == 0 {
                    break;
                }
            }
            for slot in 0..104 {
                let walked = slots.iter().find(|at| **at <= slot);
                match walked {
                    Some(at) => assert_eq!(
                        find(&slots, slot, 105).unwrap(),
                        [*at as u8; 32],
                        "{slot} in {slots:?}"
                    ),
                    None => assert_eq!(refused(find(&slots, slot, 105)), AureliusError::BeaconGone),
                }
            }
        }
    }

    #[test]
    fn what_has_not_passed_and_what_is_gone_is_refused() {
        let slots = vec![10, 9, 7];
        assert_eq!(refused(find(&slots, 11, 11)), AureliusError::BeaconNotYet);
        assert_eq!(refused(find(&slots, 12, 11)), AureliusError::BeaconNotYet);
        assert_eq!(find(&slots, 10, 11).unwrap(), [10; 32]);
        assert_eq!(find(&slots, 8, 11).unwrap(), [7; 32]);
        assert_eq!(refused(find(&slots, 6, 11)), AureliusError::BeaconGone);
        assert_eq!(refused(find(&Vec::new(), 6, 11)), AureliusError::BeaconGone);
    }

    #[test]
    fn the_schedule_is_the_formula() {
        assert_eq!(beacon_slot(1_000, 120, 420_000, 0), Some(1_004));
        // Two seconds are 4.76 slots of 420 ms.
        assert_eq!(beacon_slot(1_000, 120, 420_000, 1), Some(1_008));
        assert_eq!(beacon_slot(1_000, 120, 420_000, 2), Some(1_013));
        assert_eq!(beacon_slot(1_000, 120, 420_000, 44), Some(1_213));
        assert_eq!(beacon_slot(0, 60, 100_000, 299), Some(2_994));
        assert_eq!(beacon_slot(u64::MAX, 60, 100_000, 0), None);
        assert_eq!(beacon_slot(0, 60, 0, 1), None);
    }
}

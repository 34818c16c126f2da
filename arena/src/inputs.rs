//! The packed inputs of one segment: what the crank posts, the program hashes, and everybody replays.
//!
//! | bytes | what |
//! |---|---|
//! | 1 | how many late warriors enter on the first tick |
//! | slots · ⌈capacity / 8⌉ | for each slot a mask: bit `i` of byte `j` = warrior `8j + i` changes its heading |
//! | ⌈changes / 2⌉ | headings of 4 bits in (slot, warrior) order, low nibble first, last nibble zero |
//!
//! A segment without changes is the first byte alone. At most 281 bytes for 20 warriors in Blitz, 761 for 100 in Siege.

#[cfg(test)]
mod tests;

use crate::error::ArenaError;
use crate::rules::Rules;
use crate::MAX_WARRIORS;

/// Most slots a segment can have.
pub const MAX_SLOTS: usize = 60;
/// Bytes of the longest packed inputs any valid table allows: every warrior changes in every slot.
pub const MAX_INPUTS_LEN: usize = 1 + MAX_SLOTS * MAX_WARRIORS.div_ceil(8) + MAX_SLOTS * MAX_WARRIORS / 2;

/// A warrior takes a new heading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Warrior index.
    pub warrior: u8,
    /// Number of the new [`crate::Heading`].
    pub heading: u8,
}

/// A change and the slot of the segment in which it takes effect.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TickChange {
    /// Slot within the segment: tick of the segment divided by `slot_ticks`.
    pub slot: u8,
    /// The change.
    pub change: Change,
}

/// Packed inputs that the rules accept, whatever the state.
#[derive(Clone, Copy, Debug)]
pub struct SegmentInputs<'a> {
    admit: u8,
    masks: &'a [u8],
    headings: &'a [u8],
    mask_len: usize,
}

fn refuse<T>(at: usize, must: &'static str) -> Result<T, ArenaError> {
    Err(ArenaError::Inputs { at, must })
}

/// The 4-bit number at `index`.
#[inline]
fn nibble(bytes: &[u8], index: usize) -> u8 {
    let byte = bytes.get(index / 2).copied().unwrap_or(0);
    if index.is_multiple_of(2) {
        byte & 0x0F
    } else {
        byte >> 4
    }
}

impl<'a> SegmentInputs<'a> {
    /// Checks packed inputs of a match with `capacity` warrior slots.
    ///
    /// # Errors
    /// [`ArenaError::Inputs`]: wrong length, heading above 8, a bit at or above `capacity`, more changes of one warrior
    /// than `changes_per_warrior_max`, padding that is not zero, masks without a change (the short form is the only
    /// one for that), more late warriors than slots. Whether they may still enter depends on the tick: see
    /// [`crate::step_segment`].
    #[inline(never)]
    pub fn parse(rules: &Rules, capacity: usize, bytes: &'a [u8]) -> Result<Self, ArenaError> {
        let mask_len = capacity.div_ceil(8);
        let Some((&admit, rest)) = bytes.split_first() else {
            return refuse(0, "the number of late entries comes first");
        };
        if capacity > MAX_WARRIORS || usize::from(admit) > capacity {
            return refuse(0, "no more late entries than warrior slots");
        }
        if rest.is_empty() {
            return Ok(Self {
                admit,
                masks: &[],
                headings: &[],
                mask_len,
            });
        }
        let Some((masks, headings)) = rest.split_at_checked(mask_len * rules.slots_per_segment()) else {
            return refuse(bytes.len(), "one mask a slot, or nothing after the first byte");
        };
        let changes = count_changes(rules, capacity, masks, mask_len)?;
        if changes == 0 {
            return refuse(1, "a segment without changes is its first byte alone");
        }
        if headings.len() != changes.div_ceil(2) {
            return refuse(1 + masks.len(), "4 bits for each bit of the masks");
        }
        for (index, &byte) in headings.iter().enumerate() {
            if byte & 0x0F > 8 || byte >> 4 > 8 {
                return refuse(1 + masks.len() + index, "a heading is 0 to 8");
            }
        }
        if !changes.is_multiple_of(2) && nibble(headings, changes) != 0 {
            return refuse(bytes.len() - 1, "the last half byte is padding and zero");
        }
        Ok(Self {
            admit,
            masks,
            headings,
            mask_len,
        })
    }

    /// Inputs with nothing in them.
    pub const fn empty() -> SegmentInputs<'static> {
        SegmentInputs {
            admit: 0,
            masks: &[],
            headings: &[],
            mask_len: 1,
        }
    }

    /// How many late warriors enter on the first tick.
    pub fn admit(&self) -> u8 {
        self.admit
    }

    /// All changes in (slot, warrior) order.
    pub fn changes(&self) -> impl Iterator<Item = TickChange> + 'a {
        let (headings, mask_len) = (self.headings, self.mask_len.max(1));
        let bits = self.masks.iter().enumerate().flat_map(|(byte, &mask)| {
            (0..8usize)
                .filter(move |bit| mask >> bit & 1 == 1)
                .map(move |bit| (byte, bit))
        });
        bits.enumerate().map(move |(index, (byte, bit))| TickChange {
            slot: (byte / mask_len) as u8,
            change: Change {
                warrior: (byte % mask_len * 8 + bit) as u8,
                heading: nibble(headings, index),
            },
        })
    }

    /// Writes the changes of `slot` to `out`, given how many changes earlier slots had; returns how many there are.
    #[inline]
    pub(crate) fn slot(&self, slot: usize, earlier: usize, out: &mut [Change; MAX_WARRIORS]) -> usize {
        let masks = self
            .masks
            .get(slot * self.mask_len..(slot + 1) * self.mask_len)
            .unwrap_or(&[]);
        let mut count = 0;
        let mut first = 0u8;
        for &byte in masks {
            let (mut mask, mut warrior) = (byte, first);
            while mask != 0 {
                if mask & 1 == 1 {
                    if let Some(change) = out.get_mut(count) {
                        *change = Change {
                            warrior,
                            heading: nibble(self.headings, earlier + count),
                        };
                        count += 1;
                    }
                }
                mask >>= 1;
                warrior += 1;
            }
            first += 8;
        }
        count
    }
}

/// Counts the bits of the masks; refuses bits at or above the capacity and warriors that change too often.
fn count_changes(rules: &Rules, capacity: usize, masks: &[u8], mask_len: usize) -> Result<usize, ArenaError> {
    let mut counts = [0u16; MAX_WARRIORS];
    let mut changes = 0;
    let mut first = 0usize;
    for &byte in masks {
        let (mut mask, mut warrior) = (byte, first);
        while mask != 0 {
            if mask & 1 == 1 {
                match counts.get_mut(warrior) {
                    Some(count) if warrior < capacity => {
                        *count += 1;
                        if *count > rules.changes_per_warrior_max {
                            return refuse(warrior, "a warrior changes its heading at most `changes_per_warrior_max` times a segment");
                        }
                    }
                    _ => return refuse(warrior, "a mask has bits of the match's warrior slots only"),
                }
                changes += 1;
            }
            mask >>= 1;
            warrior += 1;
        }
        first += 8;
        if first >= mask_len * 8 {
            first = 0;
        }
    }
    Ok(changes)
}

/// Packs one segment into `out` and returns the number of bytes written.
///
/// `changes` must be sorted by (slot, warrior) without repeats; [`MAX_INPUTS_LEN`] bytes are always enough.
///
/// # Errors
/// [`ArenaError::Inputs`] for everything [`SegmentInputs::parse`] refuses, for unsorted changes, and when `out` is too
/// short.
pub fn pack_inputs(
    rules: &Rules,
    capacity: usize,
    admit: u8,
    changes: &[TickChange],
    out: &mut [u8],
) -> Result<usize, ArenaError> {
    let mask_len = capacity.div_ceil(8);
    let masks = mask_len * rules.slots_per_segment();
    let len = if changes.is_empty() {
        1
    } else {
        1 + masks + changes.len().div_ceil(2)
    };
    let Some(out) = out.get_mut(..len) else {
        return refuse(len, "the output has room for all packed bytes");
    };
    out.fill(0);
    out[0] = admit;
    let mut previous = None;
    for (index, TickChange { slot, change }) in changes.iter().enumerate() {
        let key = (*slot, change.warrior);
        if previous.is_some_and(|last| last >= key) {
            return refuse(index, "changes are sorted by slot and warrior, without repeats");
        }
        previous = Some(key);
        if usize::from(*slot) >= rules.slots_per_segment() || usize::from(change.warrior) >= capacity {
            return refuse(
                index,
                "a change is of a slot of the segment and a warrior of the match",
            );
        }
        if change.heading > 8 {
            return refuse(index, "a heading is 0 to 8");
        }
        out[1 + usize::from(*slot) * mask_len + usize::from(change.warrior / 8)] |= 1 << (change.warrior % 8);
        out[1 + masks + index / 2] |= if index % 2 == 0 {
            change.heading
        } else {
            change.heading << 4
        };
    }
    SegmentInputs::parse(rules, capacity, out)?;
    Ok(len)
}

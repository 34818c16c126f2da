//! Lengths and limits of the layout.

use crate::MAX_WARRIORS;

/// Bytes of the header.
pub const HEADER_LEN: usize = 64;
/// Bytes of a warrior.
pub const WARRIOR_LEN: usize = 16;
/// Bytes of a power-up slot.
pub const POWER_UP_LEN: usize = 4;
/// Bytes of the largest state: 100 warriors.
pub const MAX_STATE_LEN: usize = 1728;
/// Version of the layout.
pub const STATE_VERSION: u8 = 1;
/// The most hit points the layout can hold (14 bits).
pub const HP_LIMIT_CENTI: u16 = 0x3FFF;
/// A tick that never comes: when the dead may act again.
pub(crate) const NEVER: u16 = u16::MAX;

pub(crate) const FLAG_ENDED: u8 = 1;
pub(crate) const FLAG_ALL_DEAD: u8 = 2;

/// Power-up slots of a match with `capacity` warrior slots: 8 up to 50 warriors, 16 above.
pub const fn power_up_slots(capacity: usize) -> usize {
    if capacity <= 50 {
        8
    } else {
        16
    }
}

/// Bytes of the state of a match with `capacity` warrior slots: 416 for 20, 1,728 for 100, always a multiple of 16.
/// Capacities above 100 count as 100.
pub const fn state_len(capacity: usize) -> usize {
    let capacity = if capacity > MAX_WARRIORS {
        MAX_WARRIORS
    } else {
        capacity
    };
    HEADER_LEN + WARRIOR_LEN * capacity + POWER_UP_LEN * power_up_slots(capacity)
}

//! The state of a match: plain bytes, which are what is hashed.
//!
//! | bytes | what |
//! |---|---|
//! | 0..64 | [`Header`] |
//! | 64..64 + 16·capacity | one [`Warrior`] a slot |
//! | then 4·[`power_up_slots`] | one [`PowerUp`] a slot |
//!
//! All numbers are little-endian and every type has alignment 1, so a view needs no aligned memory.
//!
//! **Invariants** (checked by [`State::from_bytes`]): living warriors stand on different cells inside the walls, the
//! dead never become ready, absent slots are zero, counts agree with the warriors, reserved bytes are zero.

mod buf;
mod check;
mod header;
mod layout;
mod power_up;
#[cfg(test)]
mod tests;
mod view;
mod warrior;

pub use buf::StateBuf;
pub(crate) use check::check_header_rules;
pub use header::{Header, SpecialEvent};
pub use layout::{
    power_up_slots, state_len, HEADER_LEN, HP_LIMIT_CENTI, MAX_STATE_LEN, POWER_UP_LEN, STATE_VERSION,
    WARRIOR_LEN,
};
pub(crate) use layout::{FLAG_ALL_DEAD, FLAG_ENDED, NEVER};
pub use power_up::{PowerUp, PowerUpKind};
pub use view::{State, StateMut};
pub use warrior::{Effect, Warrior};

use crate::MAX_WARRIORS;

const _: () = assert!(
    state_len(20) == 416
        && state_len(MAX_WARRIORS) == MAX_STATE_LEN
        && core::mem::size_of::<Header>() == HEADER_LEN
        && core::mem::size_of::<Warrior>() == WARRIOR_LEN
        && core::mem::size_of::<PowerUp>() == POWER_UP_LEN
);

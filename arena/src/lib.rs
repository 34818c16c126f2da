//! The rules of Aurelius: one pure, integer-only simulation that the on-chain program, the crank and the
//! browser run alike.
//!
//! A match is a pure function of (rules table, roster, seed, mixed keys, packed inputs). The little-endian bytes of
//! the state *are* what is hashed, and the same inputs give the same bytes on every machine.
//!
//! **Invariants.** Every loop is bounded by the rules table. Bytes from outside are refused with an
//! [`ArenaError`], never a panic. HP never exceeds the table's maximum, and no two living warriors share a cell.
//!
//! **Deliberately absent:** Solana, clocks, threads, allocation, floats, serde, any generator state. SHA-256 comes
//! in through [`Sha256`], because the program has a syscall for it.
//!
//! | room | what it owns |
//! |---|---|
//! | [`rules`] | the table of numbers, its checks and hash |
//! | [`status`] | the statuses of a match, their bytes and words |
//! | [`state`] | byte layout, checked views, owned buffer |
//! | [`grid`] | cells, headings, the derived occupancy grid |
//! | [`roster`] | who owns which warrior |
//! | [`mod@genesis`] | the state before the first tick |
//! | [`inputs`] | packed inputs of one segment |
//! | [`mod@step`] | one tick, one segment |
//! | [`draw`] | counter-based randomness |
//! | [`digest`] | leaves, keys, checkpoint digests |
//! | [`payouts`] | ranking and payouts |
#![no_std]
#![deny(unsafe_code)]
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may panic")
)]

#[cfg(test)]
extern crate std;

#[cfg(target_endian = "big")]
compile_error!(
    "arena: the state and the rules table are little-endian in memory; big-endian targets are not supported"
);

pub mod cell;
pub mod digest;
pub mod draw;
pub mod error;
pub mod event;
pub mod genesis;
pub mod grid;
pub mod inputs;
pub mod payouts;
pub mod roster;
pub mod rules;
pub mod state;
pub mod status;
pub mod step;

pub use cell::{Cell, Heading};
#[cfg(feature = "host")]
pub use digest::HostSha256;
pub use digest::{
    checkpoint_digest, checkpoint_key, cosign_message, drip_parent, leaf, match_seed, mixed_key, Digest,
    Sha256, COSIGN_MESSAGE_LEN,
};
pub use error::ArenaError;
pub use event::{Cause, EndReason, Event, EventSink};
pub use genesis::{genesis, genesis_into};
pub use grid::{Scratch, GRID_STRIDE};
pub use inputs::{pack_inputs, Change, SegmentInputs, TickChange, MAX_INPUTS_LEN};
pub use payouts::{places, player_score, share_out, PlayerScore, Settlement};
pub use roster::Roster;
pub use rules::{Mode, Rules, UnknownMode, RULES_LEN};
pub use state::{
    power_up_slots, state_len, Effect, Header, PowerUp, PowerUpKind, SpecialEvent, State, StateBuf, StateMut,
    Warrior, HEADER_LEN, MAX_STATE_LEN, POWER_UP_LEN, WARRIOR_LEN,
};
pub use status::{MatchStatus, UnknownStatus};
pub use step::{step, step_segment};

/// Ticks a second: the only clock of a match.
pub const TICKS_PER_SECOND: u32 = 60;
/// Most warrior slots of a match (Siege).
pub const MAX_WARRIORS: usize = 100;
/// Most players of a match; player indexes are below this.
pub const MAX_PLAYERS: usize = 100;
/// Most warriors one player may enter.
pub const MAX_WARRIORS_PER_PLAYER: u8 = 5;

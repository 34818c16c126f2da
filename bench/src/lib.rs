//! What the benchmarks share: made-up matches that run for real, and how results are shown.
//!
//! | room | what it owns |
//! |---|---|
//! | [`contest`] | a match of one warrior a player: keys, detail, live match, signed inputs |
//! | [`sample`] | quantiles, and the table that a benchmark prints |
//! | [`cpu`] | how much processor time a thread had, and how long it waited for it |
//!
//! Absent: the simulation's players, which the benchmarks take from the arena's tests; the chain, which none of them
//! needs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a benchmark that cannot run may panic"
)]

pub mod contest;
pub mod cpu;
pub mod sample;

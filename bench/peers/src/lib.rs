//! The relay beside its peers, and what that comparison shares with the relay's own benchmark.
//!
//! | room | what it owns |
//! |---|---|
//! | [`house`] | a relay that refuses nobody, and a match for it |
//! | [`ticks`] | the recorded match, and the moments of its ticks |
//!
//! The program beside it runs the comparison (`make bench-peers`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a benchmark that cannot run may panic"
)]

pub mod house;
pub mod ticks;

//! Bots and followers against the rules and against real relays.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing test may panic"
)]

mod arena;
mod cosign;
mod relays;

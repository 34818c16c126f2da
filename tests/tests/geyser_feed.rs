//! Following matches by yellowstone gRPC: the stream on its bad days, and a whole match that a crank follows by it.
//!
//! The server here implements the trait that the protocol's own crate generates, so what is tested is what a provider's
//! server would be spoken to.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a step that fails is the test's failure"
)]

mod crank_support;
#[path = "geyser_feed/matches.rs"]
mod matches;
#[path = "geyser_feed/server.rs"]
mod server;
#[path = "geyser_feed/stream.rs"]
mod stream;

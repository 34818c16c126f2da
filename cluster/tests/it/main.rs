//! The cluster on real Redis nodes.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod faults;
mod forgery;
mod gossip;
mod lease;
mod moving;
mod shared_log;
mod support;

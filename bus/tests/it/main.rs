//! The bus in one process, and across a real Redis Cluster.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod flow;
mod mirror;
mod mirror_faults;
mod mirror_scale;
mod settlement;
mod support;

//! Whole installations under faults, measured at their clients: a program of its own, whose tests run one at a time.
//!
//! What is measured is waits, and nothing else may take the machine meanwhile.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing test may panic"
)]

mod alone;
mod chaos;
mod cluster;
mod support;

/// Held by whichever installation runs.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

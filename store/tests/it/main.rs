//! The store over both databases.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed step is the test's failure"
)]

mod faults;
mod postgres;
mod sqlite;
mod suite;
mod support;

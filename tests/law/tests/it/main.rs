//! The laws of the house: which crate may use which, what may be built on, how large a room may be.
#![allow(clippy::expect_used, reason = "a test that cannot read the house panics")]

mod dependencies;
mod files;
mod outside;

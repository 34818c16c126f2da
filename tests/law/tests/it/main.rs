//! The laws of the house: who may know whom, what may be built on, how large a room may be.
#![allow(clippy::expect_used, reason = "a test that cannot read the house panics")]

mod dependencies;
mod files;
mod outside;

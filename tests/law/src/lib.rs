//! The laws of the house, read from its sources and from `cargo metadata`.
//!
//! | room | what it reads |
//! |---|---|
//! | [`workspace`] | packages, dependencies, licences and sources, from `cargo metadata` |
//! | [`modules`] | the files of one crate, and which file takes names from which |
//! | [`circles`] | groups of files that take names from each other |
//! | [`measures`] | lines of files and functions |
#![allow(clippy::expect_used, reason = "a test that cannot read the house panics")]

pub mod circles;
pub mod measures;
pub mod modules;
pub mod workspace;

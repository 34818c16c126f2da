//! The protocol's bytes: golden vectors, documents, noise, and whole matches.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod document;
mod examples;
mod fuzz;
mod golden;
mod matches;
mod support;

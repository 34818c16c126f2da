//! The rules as one program: fixed matches, what always holds, what is refused, and what the document says.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may panic")]

mod support;

mod determinism;
mod golden;
mod invariants;
mod refusals;
mod rules_doc;

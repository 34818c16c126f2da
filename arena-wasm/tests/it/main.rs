//! What the compiled module must give, computed natively.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod parity;
mod support;

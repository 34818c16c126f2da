//! The command from outside: what it prints, what it refuses, and whole installations of it as processes.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failing test may panic"
)]

mod command_line;
mod demo;
mod governance;
mod machines;
mod operator;
mod postgres;
mod readme;
mod rescue;
mod separate_processes;
mod settings;
mod support;
mod telling;

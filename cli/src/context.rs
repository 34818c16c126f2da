//! What a command gets in addition to its own flags.

use crate::shutdown::Shutdown;
use crate::terminal::Console;

/// The terminal, and when to end.
#[derive(Clone)]
pub struct Context {
    /// Where results are told.
    pub console: Console,
    /// When the user, or the system, asks for the end.
    pub shutdown: Shutdown,
    /// The definition of the command line, for completions.
    pub definition: fn() -> clap::Command,
}

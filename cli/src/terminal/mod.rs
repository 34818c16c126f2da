//! What the terminal shows: lines, one live line, tables, the arena as text.
//!
//! Results go to standard output, logs to standard error. Colours and the live line appear only where a
//! person looks (a terminal, and `NO_COLOR` unset). A closed pipe ends the output silently instead of the
//! process.

pub mod board;
mod console;
mod style;
mod table;
mod units;

pub use console::{Console, LogWriter};
pub use style::{columns, cut, Colour, Style};
pub use table::{Align, Table};
pub use units::{clock, duration, plural, short, Money};

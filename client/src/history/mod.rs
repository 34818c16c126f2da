//! The whole life of a match, out of the ledger.
//!
//! Owns reading every transaction that names a match account and turning it into the program's instructions with their
//! arguments, events and token movements, in the order in which they were executed. Works after all of the match's
//! accounts are closed, because addresses of matches are never used twice.
//! Invariants: failed transactions are left out; nothing else is left out silently: a transaction that the node no longer
//! has is an error, and one that cannot be read is passed over with a note, because anybody can make one; memory is
//! bounded by [`HistoryOptions::transactions_max`].
//! Absent on purpose: believing it. That is the verifier's trade.

mod fetch;
mod flatten;
mod item;
mod list;
mod newer;
mod record;
#[cfg(test)]
mod tests;
mod tokens;
mod unreadable;
mod whole;
mod wire;

pub use flatten::items_of;
pub use item::{History, HistoryError, HistoryItem, HistoryOptions, PassedOver, Progress};
pub use list::LastPage;
pub use newer::{newer, Newer, NewerOptions};
pub use tokens::TokenMovement;
pub use unreadable::UnreadableTransaction;
pub use whole::of_match;

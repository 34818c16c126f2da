//! The program's accounts, typed.
//!
//! Owns decoding: owner, discriminator, length and version are checked before a byte is believed, and ranges that later
//! code relies on (status, rules table, counts) before a view exists. Invariant: a view is a snapshot; nothing in it
//! changes. Absent on purpose: caching.

pub(crate) mod checked;
mod config;
mod entry;
pub mod fetch;
mod match_view;
#[cfg(test)]
mod tests;
mod token;
mod trace;

pub use aurelius::state::{BondTerms, Match, MatchStatus, PlayerSlot, Windows};
pub use checked::{ViewError, ViewFault};
pub use config::{ConfigView, OperatorView};
pub use entry::EntryView;
pub use match_view::{MatchView, Player};
pub use token::{MintView, TokenAccountView};
pub use trace::{TraceView, UploadView};

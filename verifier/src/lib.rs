//! Recomputes a match from what the ledger holds, and says whether everything agrees.
//!
//! | room | what it owns |
//! |---|---|
//! | [`record`] | a match as evidence: what was claimed, by whom, and what was paid |
//! | [`from_history`], [`from_replay`] | records, made of the ledger or of a replay file |
//! | [`read`] | fetching the evidence over RPC |
//! | [`resimulation`] | a match stepped again, segment by segment |
//! | [`proof`], [`omission`] | the proofs of a wrong segment and of an omitted input, for the program |
//! | [`verdict`] | what was checked, and the first difference |
//! | [`mod@verify`] | the checks, in the order of the match |
//!
//! **Invariants.** [`verify()`] does no IO, keeps no state and ends for any record, however wrong. A check that could not
//! be made is reported as skipped with its reason, never as passed.
//! **Deliberately absent:** trust. The program's own checks are made again where the evidence allows it.
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a failing test may panic"
    )
)]

pub mod from_history;
pub mod from_replay;
pub mod omission;
pub mod proof;
pub mod read;
pub mod record;
pub mod resimulation;
pub mod verdict;
pub mod verify;

#[cfg(test)]
#[path = "tests/support.rs"]
mod support;
#[cfg(test)]
mod tests;

pub use record::MatchRecord;
pub use resimulation::{FraudProof, Outcome, Resimulation};
pub use verdict::{Check, CheckResult, Conclusion, Difference, Verdict};
pub use verify::{verify, Progress};

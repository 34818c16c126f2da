//! Who plays: what the match account does not say of its players.
//!
//! An entry account says it while it is open. Anybody may close one to which nothing is owed any more, so a
//! match that was settled while no crank was up may have none left: then the store says it, as far as an
//! earlier process wrote it down, and the chain's history otherwise. Invariant: while people can still enter
//! or play, only the accounts count.

mod job;
mod need;
mod report;

pub(crate) use need::{is_read, need};
pub(crate) use report::{report, Report};

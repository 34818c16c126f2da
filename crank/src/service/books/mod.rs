//! The books of a match: what an earlier process wrote is read, and history, outcome and replay are written.

mod job;
mod need;
mod report;

pub(crate) use need::{forget_if_lingered, need_of_outcome, need_of_past, need_of_saving, need_of_search};
pub(crate) use report::{report, Report};

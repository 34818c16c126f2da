//! What is sent for a match: the fate of what was sent before, the next step, and the end.

mod job;
mod need;
mod report;

pub(crate) use need::{need, need_of_past};
pub(crate) use report::{report, Report};

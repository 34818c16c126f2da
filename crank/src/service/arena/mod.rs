//! The arena of a match: onto a tick thread, off it, and the last state offered to its players.

mod job;
mod need;
mod notice;
mod offer;
mod report;
mod start;

pub(crate) use need::{need, stop_if_ended};
pub(crate) use notice::notice;
pub(crate) use offer::need as need_of_consent;
pub(crate) use report::{report, Report};

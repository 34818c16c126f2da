//! Making matches: one at a time, because numbers must reach the chain in order.

mod job;
mod need;
mod report;
mod state;

pub(crate) use need::need;
pub(crate) use report::{report, Report};
pub(crate) use state::Making;

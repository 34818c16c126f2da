//! This crank among others: matches that become its own, matches it loses, and when it makes none.

mod need;
mod report;

pub(crate) use need::{drain, fenced, is_ordered_to_drain, known_everywhere, make_durable, next_lease_event};
pub(crate) use report::{give_up, let_go, take_up};

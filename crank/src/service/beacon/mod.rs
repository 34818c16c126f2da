//! The hashes of slots on which the rolls of live matches hang, from the chain to the tick threads.
//!
//! One reading of SlotHashes serves all matches. Invariant: a hash is told only from a reading of a slot behind
//! the scheduled one, at the commitment of the crank, so that no later block can change which it is.

mod job;
mod need;
mod report;

pub(crate) use job::Report;
pub(crate) use need::{need, Beacons};
pub(crate) use report::report;

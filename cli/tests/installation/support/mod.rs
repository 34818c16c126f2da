//! The faults, and where they are played.

pub(crate) mod fault;
pub(crate) mod stage;

//! The faults, and where they are played.

pub(crate) mod fault;
mod mischief;
pub(crate) mod scene;
pub(crate) mod stage;

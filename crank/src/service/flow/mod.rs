//! One match as the service keeps it: what the chain, the tick thread and the store said, and what is under
//! way.
//!
//! Owns facts and nothing that acts. What excludes each other is one `enum`: a match is adopted, or runs, or
//! has a last state; never two of them.
//!
//! | room | what it owns |
//! |---|---|
//! | [`account`] | the match account as last read |
//! | [`past`] | what an earlier process left |
//! | [`pause`] | waiting between tries of what fails |
//! | [`players`] | who plays |
//! | [`arena`] | how far the arena is, checkpoints, the last state |
//! | [`sends`] | what landed, what failed, what has to wait |
//! | [`books`] | what is written down |
//! | [`standing`] | what is paid, owed, open, not known |

pub(crate) mod account;
pub(crate) mod arena;
pub(crate) mod books;
pub(crate) mod past;
pub(crate) mod pause;
pub(crate) mod players;
pub(crate) mod sends;
mod standing;
#[cfg(test)]
mod tests;
mod whole;

pub(crate) use whole::{phase_of, Flow, Link, Present, Tag, Tenure};

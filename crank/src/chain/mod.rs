//! The chain side: what is done to a match on chain, and how.
//!
//! [`plan`] decides from what the chain and the tick thread say, and nothing else: it never matters who did
//! the last step, or whether a transaction of ours was it. [`build`] makes the instructions, [`carrier`]
//! carries one intent from the store to the chain and back, [`feed`] says what changed.
//!
//! Invariants: an intent is in the store before its transaction is sent; one transaction is in flight per
//! match; an unknown outcome is resolved by reading the chain before anything is sent in its place.

mod after;
pub mod agreement;
pub mod build;
pub mod carrier;
pub(crate) mod clock;
pub mod failure;
pub mod feed;
pub mod oracles;
mod past;
pub mod plan;
mod randomness;
pub mod recipients;
mod send;

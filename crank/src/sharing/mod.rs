//! Several cranks of one operator: which of them runs a match, and what it takes for another one to go on.
//!
//! | room | what it owns |
//! |---|---|
//! | [`leases`] | what the loop is told of leases, and tells |
//! | [`holding`], [`rounds`] | what loop and tasks share, and their rhythm |
//! | [`keeper`] | renewing leases, and taking them again where they ran out |
//! | [`scout`] | taking up what nobody runs |
//! | [`shared_log`] | the input log's copy in the cluster, and acks that wait for it |
//! | [`maker`] | which crank makes the next match |
//!
//! Ownership of a match is a lease with a fencing token. **Invariant:** whoever lost a match can write
//! nothing about it that counts: the shared log and the live state compare the token, so does every write to the
//! store, and a transaction is in the store, bytes and all, before it is sent; whoever takes over settles it
//! first. Without a cluster none of this is used: the one crank owns everything in its store.

mod holding;
mod keeper;
pub(crate) mod leases;
pub(crate) mod maker;
mod parts;
mod rounds;
mod scout;
pub(crate) mod shared_log;

pub(crate) use holding::{LeaseEvent, Taken};
pub use parts::ClusterParts;

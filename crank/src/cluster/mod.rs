//! Several cranks of one operator: which of them runs a match, and what it takes for another one to go on.
//!
//! | room | what it owns |
//! |---|---|
//! | [`claims`] | what the loop is told of leases, and tells |
//! | [`keeper`] | renewing leases, and taking them again where they ran out |
//! | [`scout`] | taking up what nobody runs |
//! | [`ledger`] | the input log's copy in the cluster, and acks that wait for it |
//! | [`maker`] | which crank makes the next match |
//!
//! Ownership of a match is a lease with a fencing token. **Invariant:** whoever lost a match can write nothing about it
//! that counts: the ledger and the live state compare the token, so does every write to the store, and a transaction is
//! in the store, bytes and all, before it is sent; whoever takes over settles it first. Without a cluster none of this
//! is used: the one crank owns everything in its store.

pub(crate) mod claims;
mod keeper;
pub(crate) mod ledger;
pub(crate) mod maker;
mod scout;

use bus::Cluster;

/// What a crank that is not alone is made of, besides.
#[derive(Clone, Debug)]
pub struct ClusterParts {
    /// Where leases, ledgers and live states are.
    pub cluster: Cluster,
    /// The name of this crank, no other's; the same after a restart.
    pub name: String,
}

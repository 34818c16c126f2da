//! What a crank that is not alone is made of, besides.

use cluster::Cluster;

/// What a crank that is not alone is made of, besides.
#[derive(Clone, Debug)]
pub struct ClusterParts {
    /// Where leases, shared logs and live states are.
    pub cluster: Cluster,
    /// The name of this crank, no other's; the same after a restart.
    pub name: String,
}

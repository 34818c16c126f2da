//! What a crank needs in addition when it is one of several.

use cluster::Cluster;

/// What a crank needs in addition when it is one of several.
#[derive(Clone, Debug)]
pub struct ClusterParts {
    /// Where leases, shared logs and live states are.
    pub cluster: Cluster,
    /// The name of this crank, no other's; the same after a restart.
    pub name: String,
}

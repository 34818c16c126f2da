//! Why there are no instructions for an intent.

/// Why there are no instructions.
#[derive(Debug, thiserror::Error)]
pub enum BuildFailure {
    /// The chain shows that it was done already, though the match account does not.
    #[error("it is done already")]
    Done,
    /// Something must change first that time may change.
    #[error("{0}")]
    NotYet(String),
    /// The RPC.
    #[error(transparent)]
    Rpc(#[from] client::Error),
}

pub(super) fn not_yet(reason: &str) -> BuildFailure {
    BuildFailure::NotYet(reason.to_owned())
}

//! What every job may use.

use std::path::PathBuf;
use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use store::StoreError;

use super::flow::Flow;
use crate::adopt::AdoptError;
use crate::chain::carrier::Carrier;
use crate::config::CrankConfig;
use crate::record::ReplayFileError;
use crate::sharing::ClusterParts;

/// Entering, claiming, closing, and what strangers add to an entry's history; the first of them is the one
/// that counts.
pub(crate) const TRANSACTIONS_OF_AN_ENTRY: usize = 100;

/// What every job may use.
#[derive(Clone)]
pub(crate) struct Tools {
    pub(crate) carrier: Carrier,
    pub(crate) config: Arc<CrankConfig>,
    /// Folder of input logs.
    pub(crate) logs: PathBuf,
    /// Folder of replay files.
    pub(crate) replays: PathBuf,
    /// Among several cranks.
    pub(crate) cluster: Option<ClusterParts>,
}

impl Tools {
    /// For jobs about this match: what they write to the store counts only while it is ours.
    pub(crate) fn of(&self, flow: &Flow) -> Tools {
        let mut tools = self.clone();
        if let Some(tenure) = &flow.tenure {
            tools.carrier.store = tenure.store.clone();
        }
        tools
    }
}

/// Why a job did not do what it was to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    #[error(
        "operator account {operator} does not exist: register this keypair as an operator of mint {mint}"
    )]
    NoOperator { operator: Pubkey, mint: Pubkey },
    #[error("operator account {0} is not active: the config's authority must switch it on")]
    Inactive(Pubkey),
    #[error("the final state cannot be read")]
    FinalState,
    #[error("another crank makes a match now")]
    NotOurTurn,
    #[error("a defect ended it: {0}")]
    Lost(String),
    #[error(transparent)]
    Cluster(#[from] cluster::ClusterError),
    #[error(transparent)]
    Client(#[from] client::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Adopt(#[from] AdoptError),
    #[error(transparent)]
    Replay(#[from] ReplayFileError),
    #[error("a blocking task was lost: {0}")]
    Task(#[from] tokio::task::JoinError),
}

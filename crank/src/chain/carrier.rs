//! Who carries intents to the chain: what that takes, what is asked for, and what comes of it.

use std::sync::Arc;

use client::sender::Sender;
use client::view::MatchView;
use solana_keypair::Keypair;
use store::{IntentId, IntentKind, IntentState, Signature, Store, StoreError};

use super::build::{Material, Reader};
use super::failure::BuildFailure;
use super::plan::UploadState;
use crate::clock::Clock;
use crate::journal::Durability;
use crate::receipts::Notary;

/// What carrying intents takes.
#[derive(Clone)]
pub struct Carrier {
    /// Transactions.
    pub sender: Sender,
    /// Instructions.
    pub reader: Reader,
    /// Signs and pays.
    pub operator: Arc<Keypair>,
    /// Signs receipts.
    pub notary: Notary,
    /// Where intents are written.
    pub store: Store,
    /// Time, for the store.
    pub clock: Arc<dyn Clock>,
}

/// What is to be carried.
#[derive(Clone, Debug)]
pub struct Order {
    /// What the instructions are made of.
    pub material: Material,
    /// The intents, most urgent first.
    pub kinds: Vec<IntentKind>,
    /// Makes the input log durable before a checkpoint is sent.
    pub sync: Option<Arc<dyn Durability>>,
}

/// What came of it.
#[derive(Debug)]
pub struct Report {
    /// Intents that the chain shows as done now.
    pub landed: Vec<Landed>,
    /// Why the others were not, if they were tried.
    pub failure: Option<Failure>,
    /// The match account afterwards, with the slot of the reading.
    pub after: Option<(u64, Option<MatchView>)>,
    /// The upload account afterwards, where it was touched.
    pub upload: Option<UploadState>,
}

/// One intent that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Landed {
    /// Which.
    pub kind: IntentKind,
    /// By which transaction; none if somebody else's.
    pub signature: Option<Signature>,
    /// In which slot.
    pub slot: u64,
}

/// Why an intent was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The intents concerned.
    pub kinds: Vec<IntentKind>,
    /// For people.
    pub reason: String,
    /// The chain refuses it as things stand; otherwise it is a matter of time.
    pub refused: bool,
}

/// A store that does not answer, or bytes in it that make no sense.
#[derive(Debug, thiserror::Error)]
pub(super) enum CarryError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Client(#[from] client::Error),
    #[error(transparent)]
    Build(#[from] BuildFailure),
    #[error("the input log is not durable: {0}")]
    Sync(String),
}

impl Report {
    /// Nothing came of it.
    pub fn failed(failure: Failure) -> Self {
        Self {
            landed: Vec::new(),
            failure: Some(failure),
            after: None,
            upload: None,
        }
    }
}

impl Carrier {
    pub(super) async fn advance(&self, ids: &[IntentId], to: &IntentState) -> Result<(), StoreError> {
        self.store.intents.advance(ids, to, self.now()).await
    }

    pub(super) fn now(&self) -> i64 {
        self.clock.unix_ms()
    }
}

/// A failure as the plan needs it.
pub(super) fn failure_of(kinds: Vec<IntentKind>, error: &CarryError) -> Failure {
    let refused = match error {
        CarryError::Client(error) | CarryError::Build(BuildFailure::Rpc(error)) => {
            matches!(error, client::Error::Transaction(failure) if !failure.is_transient())
                || matches!(error, client::Error::Build(_))
        }
        CarryError::Store(_) | CarryError::Sync(_) | CarryError::Build(_) => false,
    };
    Failure {
        kinds,
        reason: error.to_string(),
        refused,
    }
}

//! One intent, or a few in one transaction: from the store to the chain and back.
//!
//! The order is the invariant. (1) The intents are written. (2) If one of them was sent before, its fate is found out
//! first, by the very bytes that were sent. (3) The new transaction is signed, and written with its signature. (4) Only
//! then is it sent. (5) Its fate is written. A kill between any two of these loses nothing and sends nothing twice.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use client::sender::{transaction_size, Format, Outcome, Prepared, Sender, TRANSACTION_BYTES_MAX};
use client::view::{fetch, MatchView, UploadView};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use store::{Attempt, Intent, IntentId, IntentKind, IntentState, Signature, Store, StoreError};

use super::build::{upload_id, BuildFailure, Material, Reader};
use super::plan::UploadState;
use crate::clock::Clock;
use crate::journal::JournalSync;

/// How long a node may lag behind the one that told us of a landing.
const CATCH_UP_ATTEMPTS: u32 = 20;
const CATCH_UP_WAIT: Duration = Duration::from_millis(150);

/// What carrying intents takes.
#[derive(Clone)]
pub struct Carrier {
    /// Transactions.
    pub sender: Sender,
    /// Instructions.
    pub reader: Reader,
    /// Signs and pays.
    pub operator: Arc<Keypair>,
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
    /// Forces the input log to the disk before a checkpoint is sent.
    pub sync: Option<Arc<JournalSync>>,
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
enum CarryError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Client(#[from] client::Error),
    #[error(transparent)]
    Build(#[from] BuildFailure),
    #[error("the input log could not be forced to the disk: {0}")]
    Sync(String),
}

/// A transaction about to be made: which intents, and its instructions.
struct Batch {
    intents: Vec<Intent>,
    instructions: Vec<Instruction>,
}

impl Carrier {
    /// Carries the order as far as one transaction goes.
    pub async fn carry(&self, order: &Order) -> Report {
        let mut landed = Vec::new();
        let failure = match self.try_carry(order, &mut landed).await {
            Ok(failure) => failure,
            Err(error) => Some(failure_of(order.kinds.clone(), &error)),
        };
        if let Some(failure) = &failure {
            let kind = failure.kinds.first().map_or("none", |kind| kind.name());
            metrics::counter!("aurelius_intent_failures_total", "kind" => kind).increment(1);
        }
        let slot_min = landed
            .iter()
            .map(|landed: &Landed| landed.slot)
            .max()
            .unwrap_or(0);
        let after = self.read_match(order, slot_min).await;
        let upload = self.read_upload(order).await;
        Report {
            landed,
            failure,
            after,
            upload,
        }
    }

    async fn try_carry(
        &self,
        order: &Order,
        landed: &mut Vec<Landed>,
    ) -> Result<Option<Failure>, CarryError> {
        let mut open = Vec::new();
        for kind in &order.kinds {
            let intent = self
                .store
                .intents
                .enqueue(&order.material.record.match_key, *kind, self.now())
                .await?;
            match self.settle_past(intent, landed).await? {
                Some(intent) => open.push(intent),
                // Something was under way: what is known of the match may be out of date.
                None => return Ok(None),
            }
        }
        let Some(batch) = self.batch(order, open, landed).await? else {
            return Ok(None);
        };
        if batch
            .intents
            .iter()
            .any(|intent| matches!(intent.kind, IntentKind::Checkpoint(_)))
        {
            self.sync(order).await?;
        }
        self.send(batch, landed).await
    }

    /// Makes an intent ready to be sent. `None`: an earlier sending was under way, and is settled now.
    async fn settle_past(
        &self,
        intent: Intent,
        landed: &mut Vec<Landed>,
    ) -> Result<Option<Intent>, CarryError> {
        match &intent.state {
            IntentState::Queued => Ok(Some(intent)),
            // The account says that it is needed, so it failed for a reason that may have passed, or a fork took it.
            IntentState::Failed { .. } | IntentState::Landed { .. } => {
                self.advance(&[intent.id], &IntentState::Queued).await?;
                Ok(Some(Intent {
                    state: IntentState::Queued,
                    ..intent
                }))
            }
            IntentState::Sent(_) | IntentState::Unknown(_) => {
                self.settle_all(&intent.match_key, landed).await?;
                Ok(None)
            }
        }
    }

    /// Finds out what became of everything that was sent for a match and whose fate is not written: what a restart does
    /// first. Answers when all of it is known.
    pub async fn settle(&self, match_key: &[u8; 32]) -> Result<Vec<Landed>, Failure> {
        let mut landed = Vec::new();
        match self.settle_all(match_key, &mut landed).await {
            Ok(None) => Ok(landed),
            Ok(Some(failure)) => Err(failure),
            Err(error) => Err(failure_of(Vec::new(), &error)),
        }
    }

    async fn settle_all(
        &self,
        match_key: &[u8; 32],
        landed: &mut Vec<Landed>,
    ) -> Result<Option<Failure>, CarryError> {
        let mut failure = None;
        let intents = self.store.intents.of_match(match_key).await?;
        let mut sent: BTreeMap<Signature, (Attempt, Vec<Intent>)> = BTreeMap::new();
        for intent in intents {
            if let IntentState::Sent(attempt) | IntentState::Unknown(attempt) = &intent.state {
                let attempt = attempt.clone();
                sent.entry(attempt.signature)
                    .or_insert_with(|| (attempt, Vec::new()))
                    .1
                    .push(intent);
            }
        }
        for (attempt, intents) in sent.into_values() {
            let bytes = Prepared::from_bytes(&attempt.transaction, attempt.last_valid_block_height);
            let prepared = bytes.map_err(client::Error::from)?;
            tracing::info!(signature = %prepared.signature, "finding out what became of an earlier transaction");
            let outcome = self.sender.track(&prepared).await;
            if let Some(open) = self.write_fate(&intents, &attempt, outcome, landed).await? {
                // Expired or failed on chain is settled, too: whether it is still needed is the plan's to say.
                let unknown = self.store.intents.of_match(match_key).await?;
                let unknown = unknown
                    .iter()
                    .any(|intent| matches!(intent.state, IntentState::Unknown(_)));
                failure = if unknown { Some(open) } else { failure };
            }
        }
        Ok(failure)
    }

    /// Writes off whatever is still queued for a match that needs nothing any more.
    pub async fn write_off(&self, match_key: &[u8; 32]) -> Result<(), StoreError> {
        let intents = self.store.intents.of_match(match_key).await?;
        let queued = intents
            .iter()
            .filter(|intent| intent.state == IntentState::Queued);
        let ids: Vec<IntentId> = queued.map(|intent| intent.id).collect();
        self.advance(
            &ids,
            &IntentState::Failed {
                reason: "no longer needed".to_owned(),
            },
        )
        .await
    }

    /// The instructions of as many intents as fit in one transaction.
    async fn batch(
        &self,
        order: &Order,
        open: Vec<Intent>,
        landed: &mut Vec<Landed>,
    ) -> Result<Option<Batch>, CarryError> {
        let mut batch = Batch {
            intents: Vec::new(),
            instructions: Vec::new(),
        };
        for intent in open {
            let more = match self.reader.instructions(intent.kind, &order.material).await {
                Ok(more) => more,
                Err(BuildFailure::Done) => {
                    let slot = self.reader.rpc.slot().await?;
                    self.advance(
                        &[intent.id],
                        &IntentState::Landed {
                            signature: None,
                            slot,
                        },
                    )
                    .await?;
                    landed.push(Landed {
                        kind: intent.kind,
                        signature: None,
                        slot,
                    });
                    continue;
                }
                // The ones before it can go.
                Err(_) if !batch.intents.is_empty() => break,
                Err(error) => return Err(error.into()),
            };
            let mut with = batch.instructions.clone();
            with.extend(more);
            let fits = transaction_size(&with, Format::Legacy, &self.operator.pubkey())
                .is_ok_and(|bytes| bytes <= TRANSACTION_BYTES_MAX);
            if !fits && !batch.intents.is_empty() {
                break;
            }
            batch.instructions = with;
            batch.intents.push(intent);
        }
        Ok((!batch.intents.is_empty()).then_some(batch))
    }

    async fn sync(&self, order: &Order) -> Result<(), CarryError> {
        let Some(sync) = order.sync.clone() else {
            return Ok(());
        };
        let synced = tokio::task::spawn_blocking(move || sync.before_checkpoint()).await;
        match synced {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(CarryError::Sync(error.to_string())),
            Err(error) => Err(CarryError::Sync(error.to_string())),
        }
    }

    async fn send(&self, batch: Batch, landed: &mut Vec<Landed>) -> Result<Option<Failure>, CarryError> {
        let ids: Vec<IntentId> = batch.intents.iter().map(|intent| intent.id).collect();
        let kinds: Vec<IntentKind> = batch.intents.iter().map(|intent| intent.kind).collect();
        let prepared = match self
            .sender
            .prepare(&batch.instructions, &self.operator, &[])
            .await
        {
            Ok(prepared) => prepared,
            Err(error) => {
                // Nothing was sent: a refusal by the simulation is as good as one by the chain, and free.
                let failure = failure_of(kinds, &CarryError::Client(error));
                if failure.refused {
                    self.advance(
                        &ids,
                        &IntentState::Failed {
                            reason: failure.reason.clone(),
                        },
                    )
                    .await?;
                }
                return Ok(Some(failure));
            }
        };
        let attempt = Attempt {
            signature: prepared.signature.into(),
            last_valid_block_height: prepared.last_valid_block_height,
            transaction: prepared.to_bytes().map_err(client::Error::from)?,
        };
        self.advance(&ids, &IntentState::Sent(attempt.clone())).await?;
        match self.sender.submit(&prepared).await {
            Ok(()) => {}
            Err(error) if error.is_transient() => {
                tracing::debug!(%error, "submitting failed; the transaction's fate decides");
            }
            Err(error) => {
                // Refused before it was forwarded, for a reason that the simulation did not know. It was signed all the
                // same, so only its expiry makes it harmless: track it.
                tracing::warn!(%error, "the node refused a transaction");
            }
        }
        let outcome = self.sender.track(&prepared).await;
        self.write_fate(&batch.intents, &attempt, outcome, landed).await
    }

    async fn write_fate(
        &self,
        intents: &[Intent],
        attempt: &Attempt,
        outcome: Outcome,
        landed: &mut Vec<Landed>,
    ) -> Result<Option<Failure>, CarryError> {
        let ids: Vec<IntentId> = intents.iter().map(|intent| intent.id).collect();
        let kinds: Vec<IntentKind> = intents.iter().map(|intent| intent.kind).collect();
        match outcome {
            Outcome::Landed { slot } => {
                let signature = Some(attempt.signature);
                self.advance(&ids, &IntentState::Landed { signature, slot })
                    .await?;
                landed.extend(kinds.into_iter().map(|kind| Landed {
                    kind,
                    signature,
                    slot,
                }));
                Ok(None)
            }
            Outcome::Failed { error, .. } => {
                let reason = error.to_string();
                self.advance(
                    &ids,
                    &IntentState::Failed {
                        reason: reason.clone(),
                    },
                )
                .await?;
                Ok(Some(Failure {
                    kinds,
                    reason,
                    refused: true,
                }))
            }
            Outcome::Expired => {
                self.advance(&ids, &IntentState::Queued).await?;
                let reason = "the transaction expired before it landed".to_owned();
                Ok(Some(Failure {
                    kinds,
                    reason,
                    refused: false,
                }))
            }
            Outcome::Unknown { detail } => {
                let unknown = IntentState::Unknown(attempt.clone());
                if !intents.iter().any(|intent| intent.state == unknown) {
                    self.advance(&ids, &unknown).await?;
                }
                Ok(Some(Failure {
                    kinds,
                    reason: detail,
                    refused: false,
                }))
            }
        }
    }

    /// The match account, not older than `slot_min` if the node catches up in time.
    async fn read_match(&self, order: &Order, slot_min: u64) -> Option<(u64, Option<MatchView>)> {
        let key = anchor_lang::prelude::Pubkey::new_from_array(order.material.record.match_key);
        for _ in 0..CATCH_UP_ATTEMPTS {
            match self.reader.rpc.account_with_slot(&key).await {
                Ok((slot, account)) if slot >= slot_min => {
                    let view = account
                        .map(|account| MatchView::decode(key, &account))
                        .transpose();
                    return view
                        .map_err(|error| tracing::error!(%error, "a match account cannot be read"))
                        .ok()
                        .map(|view| (slot, view));
                }
                Ok(_) => tokio::time::sleep(CATCH_UP_WAIT).await,
                Err(error) => {
                    tracing::warn!(%error, "a match account could not be read after a transaction");
                    return None;
                }
            }
        }
        None
    }

    /// The upload account, if the order touched it.
    async fn read_upload(&self, order: &Order) -> Option<UploadState> {
        let touched = order.kinds.iter().any(|kind| {
            matches!(
                kind,
                IntentKind::OpenUpload | IntentKind::WriteUpload(_) | IntentKind::CloseUpload
            )
        });
        if touched {
            self.upload(&order.material.record.match_key).await
        } else {
            None
        }
    }

    /// Reads the upload account of a match; `None` when it could not be read.
    pub async fn upload(&self, match_key: &[u8; 32]) -> Option<UploadState> {
        let operator = self.operator.pubkey();
        match fetch::upload(&self.reader.rpc, &operator, upload_id(match_key)).await {
            Ok(Some(UploadView { bytes, .. })) => Some(UploadState::There(bytes)),
            Ok(None) => Some(UploadState::Missing),
            Err(error) => {
                tracing::warn!(%error, "an upload account could not be read");
                None
            }
        }
    }

    async fn advance(&self, ids: &[IntentId], to: &IntentState) -> Result<(), StoreError> {
        self.store.intents.advance(ids, to, self.now()).await
    }

    fn now(&self) -> i64 {
        self.clock.unix_ms()
    }
}

fn failure_of(kinds: Vec<IntentKind>, error: &CarryError) -> Failure {
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

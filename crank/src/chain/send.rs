//! One intent, or a few in one transaction: from the store to the chain and back.
//!
//! The order is the invariant. (1) The intents are written. (2) If one of them was sent before, its fate is
//! found out first, by the very bytes that were sent. (3) The new transaction is signed, and written with its
//! signature. (4) Only then is it sent. (5) Its fate is written. A kill between any two of these loses
//! nothing and sends nothing twice.

use client::sender::{transaction_size, Format, TRANSACTION_BYTES_MAX};
use solana_instruction::Instruction;
use solana_signer::Signer;
use store::{Attempt, Intent, IntentId, IntentKind, IntentState};

use super::carrier::{failure_of, Carrier, CarryError, Failure, Landed, Order, Report};
use super::failure::BuildFailure;

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
        let after = self.account(&order.material.record.match_key, slot_min).await;
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
            match self.resolve_past(intent, landed).await? {
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
        match order.sync.clone() {
            Some(sync) => sync.before_checkpoint().await.map_err(CarryError::Sync),
            None => Ok(()),
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
                // Refused before it was forwarded, for a reason that the simulation did not know. It was
                // signed all the same, so only its expiry makes it harmless: track it.
                tracing::warn!(%error, "the node refused a transaction");
            }
        }
        let outcome = self.sender.track(&prepared).await;
        self.write_fate(&batch.intents, &attempt, outcome, landed).await
    }
}

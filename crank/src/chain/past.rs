//! What became of what was sent before: by this process or by one that was killed.
//!
//! Invariant: nothing is sent in the place of a transaction whose fate is not known. Its very bytes may be
//! sent again, because the same signature lands at most once.

use std::collections::BTreeMap;

use client::sender::{Outcome, Prepared};
use store::{Attempt, Intent, IntentId, IntentKind, IntentState, Signature, StoreError};

use super::carrier::{failure_of, Carrier, CarryError, Failure, Landed};

impl Carrier {
    /// Makes an intent ready to be sent. `None`: an earlier sending was under way, and its fate is known now.
    pub(super) async fn resolve_past(
        &self,
        intent: Intent,
        landed: &mut Vec<Landed>,
    ) -> Result<Option<Intent>, CarryError> {
        match &intent.state {
            IntentState::Queued => Ok(Some(intent)),
            // The account says that it is needed, so it failed for a reason that may have passed, or a fork
            // took it.
            IntentState::Failed { .. } | IntentState::Landed { .. } => {
                self.advance(&[intent.id], &IntentState::Queued).await?;
                Ok(Some(Intent {
                    state: IntentState::Queued,
                    ..intent
                }))
            }
            IntentState::Sent(_) | IntentState::Unknown(_) => {
                self.resolve_all(&intent.match_key, landed).await?;
                Ok(None)
            }
        }
    }

    /// What the store says of steps that the chain shows.
    ///
    /// # Errors
    /// The store did not answer.
    pub async fn landed(&self, match_key: &[u8; 32]) -> Result<BTreeMap<IntentKind, Landed>, Failure> {
        let intents = self.store.intents.of_match(match_key).await;
        let intents = intents.map_err(|error| failure_of(Vec::new(), &error.into()))?;
        let landed = intents.iter().filter_map(|intent| match intent.state {
            IntentState::Landed { signature, slot } => {
                let kind = intent.kind;
                Some((
                    kind,
                    Landed {
                        kind,
                        signature,
                        slot,
                    },
                ))
            }
            _ => None,
        });
        Ok(landed.collect())
    }

    /// Finds out what became of everything that was sent for a match and whose fate is not written: what a
    /// restart does first. Answers when all of it is known.
    pub async fn resolve(&self, match_key: &[u8; 32]) -> Result<Vec<Landed>, Failure> {
        let mut landed = Vec::new();
        match self.resolve_all(match_key, &mut landed).await {
            Ok(None) => Ok(landed),
            Ok(Some(failure)) => Err(failure),
            Err(error) => Err(failure_of(Vec::new(), &error)),
        }
    }

    pub(super) async fn resolve_all(
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
                // Expired or failed on chain is a fate, too: whether it is still needed is the plan's to say.
                let unknown = self.store.intents.of_match(match_key).await?;
                let unknown = unknown
                    .iter()
                    .any(|intent| matches!(intent.state, IntentState::Unknown(_)));
                failure = if unknown { Some(open) } else { failure };
            }
        }
        Ok(failure)
    }

    /// Closes the books of a match that needs nothing any more: the fate of what was sent is found out,
    /// because its step was seen to be done before that; what is still queued is written off.
    pub async fn write_off(&self, match_key: &[u8; 32]) -> Result<(), StoreError> {
        match self.resolve_all(match_key, &mut Vec::new()).await {
            Ok(_) => {}
            Err(CarryError::Store(error)) => return Err(error),
            Err(error) => tracing::warn!(%error, "what became of a transaction cannot be told"),
        }
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

    pub(super) async fn write_fate(
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
                let news = intents.iter().filter(|intent| intent.state != unknown);
                let news: Vec<IntentId> = news.map(|intent| intent.id).collect();
                self.advance(&news, &unknown).await?;
                Ok(Some(Failure {
                    kinds,
                    reason: detail,
                    refused: false,
                }))
            }
        }
    }
}

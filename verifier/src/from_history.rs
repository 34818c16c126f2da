//! Records made of the ledger's transactions.
//!
//! Owns the folding of instructions and events into a [`MatchRecord`]. Invariant: the order of the ledger is kept, and
//! nothing that touches the vault is dropped.

use client::event::Event;
use client::history::{HistoryItem, TokenMovement};
use client::instruction::MatchRef;
use client::{address, Call};

use crate::record::{
    Books, Cause, CheckpointRecord, Evidence, Key, LateEntry, MatchRecord, Payment, PlayerRecord,
    ResultRecord, SegmentRecord, Standing, StartRecord, Terms,
};

/// A history that is not that of a match.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// Nothing created the match.
    #[error("the history holds no `create_match`: this is not a match's address, or the endpoint has forgotten its beginning")]
    NotCreated,
    /// An instruction without its event.
    #[error("{instruction} in transaction {transaction} left no {event} event: the endpoint's record is incomplete")]
    EventMissing {
        /// The instruction.
        instruction: &'static str,
        /// The event it must emit.
        event: &'static str,
        /// The transaction, in base58.
        transaction: String,
    },
}

impl MatchRecord {
    /// Folds the history of a match, oldest first, into a record.
    ///
    /// # Errors
    /// [`RecordError`] when it is not a match's whole history.
    pub fn from_history(items: &[HistoryItem]) -> Result<Self, RecordError> {
        let mut fold = Fold::default();
        for item in items {
            fold.item(item)?;
        }
        fold.finish()
    }
}

impl CheckpointRecord {
    /// The checkpoint that an instruction posted; none when it is another instruction.
    pub fn posted_by(item: &HistoryItem) -> Option<Self> {
        let Call::PostCheckpoint {
            index,
            drip_key,
            leaves,
            inputs,
        } = &item.call
        else {
            return None;
        };
        let digest = item.events.iter().find_map(|event| match event {
            Event::CheckpointPosted(posted) if posted.index == *index => Some(posted.digest),
            _ => None,
        });
        let segments = inputs.iter().zip(leaves);
        Some(Self {
            index: *index,
            drip_key: *drip_key,
            segments: segments
                .map(|(inputs, leaf)| SegmentRecord {
                    inputs: inputs.clone(),
                    leaf: *leaf,
                })
                .collect(),
            digest,
            transaction: Some(item.signature.to_string()),
        })
    }
}

#[derive(Default)]
struct Fold {
    created: Option<(MatchRef, Terms)>,
    players: Vec<PlayerRecord>,
    start: Option<StartRecord>,
    checkpoints: Vec<CheckpointRecord>,
    result: Option<ResultRecord>,
    standing: Option<Standing>,
    payments: Vec<Payment>,
}

impl Fold {
    fn item(&mut self, item: &HistoryItem) -> Result<(), RecordError> {
        let mut payment = PaymentDraft {
            cause: Cause::Other,
            stated: 0,
            recipient: None,
        };
        for event in &item.events {
            self.event(event, &mut payment);
        }
        self.call(item)?;
        self.payment(item, payment);
        Ok(())
    }

    fn event(&mut self, event: &Event, payment: &mut PaymentDraft) {
        match event {
            Event::MatchCreated(created) => {
                let match_ref = MatchRef {
                    key: created.match_key,
                    mint: created.mint,
                    token_program: created.token_program,
                    operator: created.operator,
                };
                let terms = Terms {
                    rules: created.rules.clone(),
                    rules_hash: Some(created.rules_hash),
                    stake_per_warrior: Some(created.stake_per_warrior),
                    drip_root: created.drip_root,
                    players_max: Some(created.players_max),
                    warriors_max: Some(created.warriors_max),
                };
                self.created = Some((match_ref, terms));
                self.standing = Some(Standing::Open);
            }
            Event::Entered(entered) => {
                let late = entered.late.then_some(LateEntry {
                    first_warrior: Some(entered.first_warrior),
                    checkpoints_before: Some(self.checkpoints.len() as u32),
                });
                self.players.push(PlayerRecord {
                    index: entered.slot_index,
                    wallet: entered.player.to_bytes(),
                    session_key: entered.session_key.to_bytes(),
                    warriors: entered.warriors,
                    paid: entered.paid,
                    late,
                });
                payment.set(Cause::Entered(entered.player.to_bytes()), entered.paid, None);
            }
            Event::Left(left) => {
                self.players
                    .retain(|player| player.wallet != left.player.to_bytes());
                payment.set(Cause::Left(left.player.to_bytes()), left.refunded, None);
            }
            Event::MatchLocked(_) => self.standing = Some(Standing::Locked),
            Event::MatchStarted(started) => {
                self.standing = Some(Standing::Live);
                self.start = Some(StartRecord {
                    value: started.value,
                    seed: started.seed,
                    genesis_leaf: started.genesis_leaf,
                    owners: started.owners.clone(),
                    capacity: started.capacity,
                });
            }
            Event::ResultSubmitted(result) => {
                self.standing = Some(Standing::Proposed);
                self.result = Some(ResultRecord {
                    final_leaf: Some(result.final_leaf),
                    state: None,
                    books: Some(Books {
                        pot: result.pot,
                        fee: result.fee,
                        burn: result.burn,
                        refunded: result.refunded,
                    }),
                    payouts: result.payouts.clone(),
                });
            }
            Event::MatchSettled(_) => self.standing = Some(Standing::Settled),
            Event::MatchCancelled(_) => self.standing = Some(Standing::Cancelled),
            Event::MatchVoided(_) => self.standing = Some(Standing::Voided),
            Event::Claimed(claimed) => {
                let recipient = claimed.recipient.to_bytes();
                payment.set(
                    Cause::Claimed(claimed.player.to_bytes()),
                    claimed.amount,
                    Some(recipient),
                );
            }
            Event::Refunded(refunded) => {
                let recipient = refunded.recipient.to_bytes();
                payment.set(
                    Cause::Refunded(refunded.player.to_bytes()),
                    refunded.amount,
                    Some(recipient),
                );
            }
            Event::FeeSwept(swept) => {
                payment.set(Cause::FeeSwept, swept.amount, Some(swept.recipient.to_bytes()))
            }
            Event::Burned(burned) => {
                payment.set(Cause::Burned, burned.amount, Some(burned.recipient.to_bytes()))
            }
            Event::MatchClosed(closed) => payment.set(Cause::Closed, closed.surplus, None),
            _ => {}
        }
    }

    /// What only the arguments hold.
    fn call(&mut self, item: &HistoryItem) -> Result<(), RecordError> {
        let missing = |instruction, event| RecordError::EventMissing {
            instruction,
            event,
            transaction: item.signature.to_string(),
        };
        match &item.call {
            Call::CreateMatch { .. } if self.created.is_none() => {
                Err(missing("create_match", "MatchCreated"))
            }
            Call::StartMatch { value, .. } => match &mut self.start {
                Some(start) => {
                    // The seed must follow from what was passed, not from what the event repeats.
                    start.value = *value;
                    Ok(())
                }
                None => Err(missing("start_match", "MatchStarted")),
            },
            Call::PostCheckpoint { .. } => {
                let posted = CheckpointRecord::posted_by(item).filter(|posted| posted.digest.is_some());
                self.checkpoints
                    .push(posted.ok_or_else(|| missing("post_checkpoint", "CheckpointPosted"))?);
                Ok(())
            }
            Call::SubmitResult { state } => match &mut self.result {
                Some(result) => {
                    result.state = (!state.is_empty()).then(|| state.clone());
                    Ok(())
                }
                None => Err(missing("submit_result", "ResultSubmitted")),
            },
            _ => Ok(()),
        }
    }

    fn payment(&mut self, item: &HistoryItem, draft: PaymentDraft) {
        let Some((match_ref, _)) = &self.created else {
            return;
        };
        let vault = address::vault(&match_ref.key);
        let touches = |movement: &&TokenMovement| match movement {
            TokenMovement::Transfer {
                source, destination, ..
            } => *source == vault || *destination == vault,
            TokenMovement::Burn { source, .. } => *source == vault,
            // A vault that is closed is empty, or the token program would have refused.
            TokenMovement::Close { .. } => false,
        };
        let movements: Vec<TokenMovement> = item.movements.iter().filter(touches).copied().collect();
        if draft.cause == Cause::Other && movements.is_empty() {
            return;
        }
        self.payments.push(Payment {
            cause: draft.cause,
            stated: draft.stated,
            recipient: draft.recipient,
            movements,
            transaction: item.signature.to_string(),
        });
    }

    fn finish(mut self) -> Result<MatchRecord, RecordError> {
        let (match_ref, terms) = self.created.ok_or(RecordError::NotCreated)?;
        self.players.sort_by_key(|player| player.index);
        Ok(MatchRecord {
            evidence: Evidence::Ledger,
            match_ref,
            terms,
            players: self.players,
            start: self.start,
            checkpoints: self.checkpoints,
            trace: None,
            result: self.result,
            standing: self.standing.unwrap_or(Standing::Open),
            payments: self.payments,
            signed_inputs: None,
            contradictions: Vec::new(),
        })
    }
}

/// The part of a payment that an event states.
struct PaymentDraft {
    cause: Cause,
    stated: u64,
    recipient: Option<Key>,
}

impl PaymentDraft {
    fn set(&mut self, cause: Cause, stated: u64, recipient: Option<Key>) {
        *self = Self {
            cause,
            stated,
            recipient,
        };
    }
}

#[cfg(test)]
#[path = "from_history_tests.rs"]
mod tests;

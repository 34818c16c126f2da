//! Records made of the ledger's transactions.
//!
//! Owns the folding of instructions and events into a [`MatchRecord`]. Invariant: the order of the ledger is kept, and
//! nothing that touches the vault is dropped.

use client::aurelius::event;
use client::event::Event;
use client::history::{HistoryItem, TokenMovement};
use client::instruction::MatchRef;
use client::{address, Call, Pubkey};

use arena::Rules;

use crate::record::{
    Books, Cause, CheckpointRecord, Evidence, FinalityRecord, FraudRecord, Key, LateEntry, MatchRecord,
    OmissionRecord, Payment, PlayerRecord, Pledge, ResultRecord, SegmentRecord, Standing, StartRecord, Terms,
    VoidRecord,
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
            ..
        } = &item.call
        else {
            return None;
        };
        let event = item.events.iter().find_map(|event| match event {
            Event::CheckpointPosted(posted) if posted.index == *index => Some(posted),
            _ => None,
        });
        let segments = inputs.iter().zip(leaves);
        Some(Self {
            index: *index,
            drip_key: *drip_key,
            beacon: event.map(|event| event.beacon).unwrap_or_default(),
            slot: Some(item.slot),
            segments: segments
                .map(|(inputs, leaf)| SegmentRecord {
                    inputs: inputs.clone(),
                    leaf: *leaf,
                })
                .collect(),
            digest: event.map(|event| event.digest),
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
    /// The last slot in which the operator can go on.
    progress_deadline: Option<u64>,
    challenge_deadline: Option<u64>,
    /// Proven by the instruction at hand.
    fraud: Option<FraudRecord>,
    omission: Option<OmissionRecord>,
    void: Option<VoidRecord>,
    signers: Vec<u8>,
    finality: Option<FinalityRecord>,
    irregularities: Vec<String>,
}

impl Fold {
    fn item(&mut self, item: &HistoryItem) -> Result<(), RecordError> {
        let mut payment = PaymentDraft {
            cause: Cause::Other,
            stated: 0,
            compensation: 0,
            recipient: None,
        };
        for event in &item.events {
            self.event(event, item.slot, &mut payment);
        }
        self.call(item)?;
        self.payment(item, payment);
        Ok(())
    }

    fn event(&mut self, event: &Event, slot: u64, payment: &mut PaymentDraft) {
        payment.take(event);
        match event {
            Event::MatchCreated(created) => self.create(created),
            Event::Entered(entered) => self.enter(entered),
            Event::Left(left) => {
                self.players
                    .retain(|player| player.wallet != left.player.to_bytes());
            }
            Event::MatchLocked(_) => self.standing = Some(Standing::Locked),
            Event::SessionKeyRotated(rotated) => {
                self.rotate(rotated.player.to_bytes(), rotated.session_key.to_bytes())
            }
            Event::CheckpointPosted(posted) => {
                self.progress_deadline = self.next_deadline(posted.index, slot)
            }
            Event::MatchStarted(started) => {
                self.standing = Some(Standing::Live);
                self.progress_deadline = Some(started.progress_deadline);
                self.start = Some(StartRecord {
                    value: started.value,
                    seed: started.seed,
                    genesis_leaf: started.genesis_leaf,
                    owners: started.owners.clone(),
                    capacity: started.capacity,
                    slot: Some(started.started_slot),
                });
            }
            Event::ResultSubmitted(result) => self.propose(result),
            Event::ResultCosigned(cosigned) => self.signers.extend_from_slice(&cosigned.slots),
            Event::MatchSettled(settled) => {
                self.standing = Some(Standing::Settled);
                self.finality = Some(FinalityRecord {
                    cosigned: settled.cosigned,
                    slot,
                    challenge_deadline: self.challenge_deadline,
                    signers: self.signers.clone(),
                });
            }
            Event::MatchCancelled(_) => self.standing = Some(Standing::Cancelled),
            Event::FraudProven(fraud) => {
                self.fraud = Some(FraudRecord {
                    index: fraud.index,
                    segment: fraud.segment,
                    claimed: fraud.claimed_leaf,
                    computed: fraud.computed_leaf,
                });
            }
            Event::OmissionProven(omission) => {
                self.omission = Some(OmissionRecord {
                    index: omission.index,
                    segment: omission.segment,
                    tick: omission.tick,
                    warrior: omission.warrior,
                    heading: omission.heading,
                    posted: (omission.posted_heading != u8::MAX).then_some(omission.posted_heading),
                });
            }
            Event::MatchVoided(voided) => self.void(voided, slot),
            _ => {}
        }
    }

    fn create(&mut self, created: &event::MatchCreated) {
        let match_ref = MatchRef {
            key: created.match_key,
            mint: created.mint,
            token_program: created.token_program,
            operator: created.operator,
        };
        let terms = Terms {
            slot_us: Some(created.slot_us),
            rules: created.rules.clone(),
            rules_hash: Some(created.rules_hash),
            stake_per_warrior: Some(created.stake_per_warrior),
            drip_root: created.drip_root,
            players_max: Some(created.players_max),
            warriors_max: Some(created.warriors_max),
            pledge: Some(Pledge {
                reserved: created.bond_reserved,
                burn_bps: created.burn_bps,
                reporter_bps: created.reporter_bps,
                withdraw_slots: created.withdraw_slots,
                checkpoint_slots: created.windows.checkpoint_slots,
                result_slots: created.windows.result_slots,
            }),
        };
        self.created = Some((match_ref, terms));
        self.standing = Some(Standing::Open);
    }

    fn enter(&mut self, entered: &event::Entered) {
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
    }

    fn propose(&mut self, result: &event::ResultSubmitted) {
        self.standing = Some(Standing::Proposed);
        self.challenge_deadline = Some(result.challenge_deadline);
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

    fn void(&mut self, voided: &event::MatchVoided, slot: u64) {
        let standing = self.standing.replace(Standing::Voided);
        self.void = Some(VoidRecord {
            standing: standing.unwrap_or(Standing::Open),
            slot,
            deadline: self.progress_deadline,
            checkpoints_posted: voided.checkpoints_posted,
            slash: voided.slash,
            slash_burn: voided.slash_burn,
            award: voided.award,
            compensation_per_warrior: voided.compensation_per_warrior,
            payable_slot: voided.slash_payable_slot,
            challenger: voided.challenger.to_bytes(),
            fraud: self.fraud.take(),
            omission: self.omission.take(),
        });
    }

    /// A new session key replaces the old one, as long as nothing was signed.
    fn rotate(&mut self, wallet: Key, session_key: Key) {
        if self.standing != Some(Standing::Open) {
            self.irregularities
                .push("a session key was changed after the match was locked".to_owned());
        }
        match self.players.iter_mut().find(|player| player.wallet == wallet) {
            Some(player) => player.session_key = session_key,
            None => self
                .irregularities
                .push("a session key was changed by somebody who is not in the match".to_owned()),
        }
    }

    /// The deadline that a checkpoint posted in `slot` sets.
    fn next_deadline(&self, index: u32, slot: u64) -> Option<u64> {
        let (_, terms) = self.created.as_ref()?;
        let pledge = terms.pledge?;
        let rules = Rules::from_bytes(&terms.rules).ok()?;
        let is_last = index.saturating_add(1) == rules.checkpoint_count();
        slot.checked_add(if is_last {
            pledge.result_slots
        } else {
            pledge.checkpoint_slots
        })
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
            slot: item.slot,
            stated: draft.stated,
            compensation: draft.compensation,
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
            void: self.void,
            finality: self.finality,
            irregularities: self.irregularities,
            unread: Vec::new(),
        })
    }
}

/// The part of a payment that an event states.
struct PaymentDraft {
    cause: Cause,
    stated: u64,
    compensation: u64,
    recipient: Option<Key>,
}

impl PaymentDraft {
    /// Takes in what an event states of a payment.
    fn take(&mut self, event: &Event) {
        let key = |key: Pubkey| key.to_bytes();
        match event {
            Event::Entered(entered) => self.set(Cause::Entered(key(entered.player)), entered.paid, None),
            Event::Left(left) => self.set(Cause::Left(key(left.player)), left.refunded, None),
            Event::SlashCollected(collected) => self.set(Cause::SlashCollected, collected.amount, None),
            Event::AwardPaid(award) => {
                let cause = Cause::AwardPaid(key(award.challenger));
                self.set(cause, award.amount, Some(key(award.recipient)));
            }
            Event::Claimed(claimed) => {
                let cause = Cause::Claimed(key(claimed.player));
                self.set(cause, claimed.amount, Some(key(claimed.recipient)));
            }
            Event::Refunded(refunded) => {
                let cause = Cause::Refunded(key(refunded.player));
                let stated = refunded.amount.saturating_add(refunded.compensation);
                self.set(cause, stated, Some(key(refunded.recipient)));
                self.compensation = refunded.compensation;
            }
            Event::FeeSwept(swept) => self.set(Cause::FeeSwept, swept.amount, Some(key(swept.recipient))),
            Event::Burned(burned) => self.set(Cause::Burned, burned.amount, Some(key(burned.recipient))),
            Event::MatchClosed(closed) => self.set(Cause::Closed, closed.surplus, None),
            _ => {}
        }
    }

    fn set(&mut self, cause: Cause, stated: u64, recipient: Option<Key>) {
        *self = Self {
            cause,
            stated,
            compensation: 0,
            recipient,
        };
    }
}

#[cfg(test)]
#[path = "from_history_tests.rs"]
mod tests;

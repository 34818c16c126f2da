//! What became of a transaction.
//!
//! Owns the judgement. Invariant: [`Outcome::Expired`] is said only when the transaction can never land any more, so
//! that sending a new one cannot act twice; whatever cannot be told is [`Outcome::Unknown`].

use solana_commitment_config::CommitmentConfig;

use super::prepare::Prepared;
use super::statuses::Reading;
use crate::error::TransactionFailure;
use crate::rpc::types::SignatureStatus;

/// The fate of a transaction.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It succeeded, in this slot.
    Landed {
        /// Slot of its block.
        slot: u64,
    },
    /// It was included in a block and failed; its fee is gone.
    Failed {
        /// Slot of its block.
        slot: u64,
        /// Why, decoded.
        error: TransactionFailure,
    },
    /// It was not included and never will be.
    Expired,
    /// The chain could not be read for too long. Resolve by reading the chain, never by sending something in its place.
    Unknown {
        /// Why.
        detail: String,
    },
}

/// What a reading says.
#[derive(Debug)]
pub(super) enum Judgement {
    Done(Outcome),
    /// Not there, and too late for it: expired, unless only the ledger's history knows it.
    PastItsTime,
    Wait,
}

pub(super) fn judge(reading: &Reading, prepared: &Prepared, commitment: CommitmentConfig) -> Judgement {
    let Reading::Answer {
        tip,
        context_slot,
        status,
    } = reading
    else {
        return Judgement::Wait;
    };
    match status {
        Some(status) => judge_status(status, prepared, commitment),
        // A node that lags behind the tip we saw may simply not have the block yet.
        None if tip.block_height > prepared.last_valid_block_height && *context_slot >= tip.slot => {
            Judgement::PastItsTime
        }
        None => Judgement::Wait,
    }
}

pub(super) fn judge_status(
    status: &SignatureStatus,
    prepared: &Prepared,
    commitment: CommitmentConfig,
) -> Judgement {
    if !status.satisfies(commitment) {
        return Judgement::Wait;
    }
    let slot = status.slot;
    Judgement::Done(match &status.failure {
        None => Outcome::Landed { slot },
        Some(error) => Outcome::Failed {
            slot,
            error: TransactionFailure::of_json(error, &prepared.programs(), &[]),
        },
    })
}

/// What several endpoints know of a transaction: a success is one whoever tells of it; a failure is one when
/// more than one says so, where more than one was asked. A failure that nobody else knows is as good as
/// nothing.
pub(super) fn weigh(
    known: &[(u64, Option<SignatureStatus>)],
    prepared: &Prepared,
    commitment: CommitmentConfig,
) -> Judgement {
    let statuses = known.iter().filter_map(|(_, status)| status.as_ref());
    let judged: Vec<Judgement> = statuses
        .map(|status| judge_status(status, prepared, commitment))
        .collect();
    let (mut failures, mut waits) = (Vec::new(), false);
    for judgement in judged {
        match judgement {
            Judgement::Done(Outcome::Landed { slot }) => return Judgement::Done(Outcome::Landed { slot }),
            Judgement::Done(outcome) => failures.push(outcome),
            Judgement::Wait | Judgement::PastItsTime => waits = true,
        }
    }
    let is_agreed = failures.len() >= known.len().min(2);
    match failures.pop() {
        _ if waits => Judgement::Wait,
        Some(failure) if is_agreed => Judgement::Done(failure),
        _ => Judgement::PastItsTime,
    }
}

/// Whether the chain has passed what the transaction's blockhash is valid for.
pub(super) fn is_past(reading: &Reading, prepared: &Prepared) -> bool {
    match reading {
        Reading::Answer { tip, .. } => tip.block_height > prepared.last_valid_block_height,
        Reading::Silence(_) => false,
    }
}

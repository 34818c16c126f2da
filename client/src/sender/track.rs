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

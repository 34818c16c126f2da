//! What can go wrong between this client and the chain.
//!
//! Owns [`Error`], the one error of this crate's network calls, and [`TransactionFailure`], a failed transaction
//! decoded to the program's own error. Invariant: every error answers [`Error::is_transient`], and its text says what to
//! do about it.

mod anchor;
#[cfg(test)]
mod tests;
mod token;
mod transaction;

pub use token::Token2022Failure;
pub use transaction::{Cause, SystemFailure, TransactionFailure};

use crate::rpc::answers::logs;
use crate::rpc::fault::{Fault, RequestError, PREFLIGHT_FAILURE};
use crate::sender::prepare::BuildError;
use crate::view::checked::ViewError;

/// A failed call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// No endpoint could be reached, or none gave an answer that can be used, after all retries.
    #[error(transparent)]
    Rpc(Box<RequestError>),
    /// The RPC answered something that makes no sense.
    #[error("the RPC's answer is not usable: {0}; try another endpoint")]
    Answer(String),
    /// The transaction failed, in simulation or on chain.
    #[error("{0}")]
    Transaction(Box<TransactionFailure>),
    /// The transaction could not be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// An account is not what it should be.
    #[error(transparent)]
    View(#[from] ViewError),
    /// A transaction that was sent did not land before its blockhash was over.
    #[error("the transaction {signature} expired before it landed; build and send it anew, with a higher priority fee if this repeats")]
    Expired {
        /// The signature it would have had.
        signature: solana_signature::Signature,
    },
    /// Nobody can tell yet whether a transaction that was sent landed.
    #[error("the fate of transaction {signature} is unknown ({detail}); read the chain before sending anything in its place")]
    Unknown {
        /// Its signature.
        signature: solana_signature::Signature,
        /// Why it is not known.
        detail: String,
    },
}

impl Error {
    /// Whether the same call may succeed a little later without anything else being changed.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Rpc(error) => error.is_transient(),
            Self::Transaction(failure) => failure.is_transient(),
            Self::Expired { .. } | Self::Unknown { .. } => true,
            Self::Answer(_) | Self::Build(_) | Self::View(_) => false,
        }
    }

    /// The decoded failure, if a transaction failed.
    pub fn transaction(&self) -> Option<&TransactionFailure> {
        match self {
            Self::Transaction(failure) => Some(failure),
            _ => None,
        }
    }

    /// The escrow program's error, if it was the one that refused.
    pub fn aurelius(&self) -> Option<aurelius::error::AureliusError> {
        self.transaction().and_then(TransactionFailure::aurelius)
    }

    /// Decodes again, now knowing which program each instruction called. Without logs only this tells a token error
    /// from one of the escrow's framework errors.
    pub(crate) fn with_programs(self, programs: &[anchor_lang::prelude::Pubkey]) -> Self {
        match self {
            Self::Transaction(failure) => Self::Transaction(Box::new(failure.with_programs(programs))),
            other => other,
        }
    }
}

impl From<TransactionFailure> for Error {
    fn from(failure: TransactionFailure) -> Self {
        Self::Transaction(Box::new(failure))
    }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        match preflight_failure(&error.fault) {
            Some(failure) => failure.into(),
            None => Self::Rpc(Box::new(error)),
        }
    }
}

/// What a node found while it simulated the transaction before it would forward it.
fn preflight_failure(fault: &Fault) -> Option<TransactionFailure> {
    let Fault::Refused {
        code: PREFLIGHT_FAILURE,
        data,
        ..
    } = fault
    else {
        return None;
    };
    let error = data.get("err").filter(|error| !error.is_null())?;
    Some(TransactionFailure::of_json(error, &[], &logs(data)))
}

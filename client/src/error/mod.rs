//! What can go wrong between this client and the chain.
//!
//! Owns [`Error`], the one error of this crate's network calls, and [`TransactionFailure`], a failed transaction
//! decoded to the program's own error. Invariant: every error answers [`Error::is_transient`], and its text says what to
//! do about it.

mod anchor;
#[cfg(test)]
mod tests;
mod transaction;

use solana_rpc_client_api::client_error::{Error as RpcClientError, ErrorKind};
use solana_rpc_client_api::request::{RpcError, RpcResponseErrorData};
use solana_transaction_error::TransactionError;

pub use transaction::{Cause, SystemFailure, TransactionFailure};

/// A failed call.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The RPC could not be reached, or refused the request, after all retries.
    #[error("RPC request {method} failed: {source}", method = request_name(.source))]
    Rpc {
        /// What the transport said. Its text is part of this error's.
        source: Box<RpcClientError>,
    },
    /// The RPC answered something that makes no sense.
    #[error("the RPC's answer is not usable: {0}; try another endpoint")]
    Answer(String),
    /// The transaction failed, in simulation or on chain.
    #[error("{0}")]
    Transaction(Box<TransactionFailure>),
    /// The transaction could not be built.
    #[error(transparent)]
    Build(#[from] crate::sender::BuildError),
    /// An account is not what it should be.
    #[error(transparent)]
    View(#[from] crate::view::ViewError),
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
            Self::Rpc { source } => crate::rpc::is_transient(source.kind()),
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
            Self::Transaction(failure) => Self::Transaction(Box::new(TransactionFailure::decode(
                failure.error,
                programs,
                &failure.logs,
            ))),
            other => other,
        }
    }
}

impl From<TransactionFailure> for Error {
    fn from(failure: TransactionFailure) -> Self {
        Self::Transaction(Box::new(failure))
    }
}

impl From<RpcClientError> for Error {
    fn from(error: RpcClientError) -> Self {
        match preflight_failure(&error) {
            Some((error, logs)) => TransactionFailure::decode(error, &[], &logs).into(),
            None => Self::Rpc {
                source: Box::new(error),
            },
        }
    }
}

/// The transaction error a node found while simulating before it would forward, with the logs.
fn preflight_failure(error: &RpcClientError) -> Option<(TransactionError, Vec<String>)> {
    match error.kind() {
        ErrorKind::RpcError(RpcError::RpcResponseError {
            data: RpcResponseErrorData::SendTransactionPreflightFailure(result),
            ..
        }) => {
            let error = result.err.clone()?;
            Some((error.into(), result.logs.clone().unwrap_or_default()))
        }
        ErrorKind::TransactionError(error) => Some((error.clone(), Vec::new())),
        _ => None,
    }
}

fn request_name(error: &RpcClientError) -> String {
    error
        .request()
        .map_or_else(|| "(unnamed)".to_owned(), ToString::to_string)
}

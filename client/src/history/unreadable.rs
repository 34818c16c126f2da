//! What makes a transaction unreadable.

use crate::call::CallError;
use crate::event::EventError;

/// A transaction that does not make sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnreadableTransaction {
    /// The answer around it.
    #[error("the endpoint's record of it is not usable: {0}")]
    Record(String),
    /// The bytes.
    #[error("its bytes are not a transaction")]
    Encoding,
    /// A format that this client does not know.
    #[error("its format is version {0}, which this client does not know")]
    Version(u8),
    /// Without them there is no telling what happened.
    #[error("the endpoint recorded no {0}; use one that does")]
    Unrecorded(&'static str),
    /// An index without a key.
    #[error("it names account number {0}, which it does not have")]
    AccountIndex(u8),
    /// Instruction data.
    #[error("inner instruction data that is not base58")]
    InnerData,
    /// An inner instruction in a form we did not ask for.
    #[error("an inner instruction is parsed; raw ones were asked for")]
    Parsed,
    /// An instruction of the program that this client cannot read.
    #[error(transparent)]
    Call(#[from] CallError),
    /// An event of the program that this client cannot read.
    #[error(transparent)]
    Event(#[from] EventError),
}

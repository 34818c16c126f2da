//! Why a socket ends.

use protocol::codes::CloseCode;

/// Why a socket ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ending {
    /// We close it, with a code and, where it helps, a detail.
    Close(CloseCode, Option<String>),
    /// The other side closed it, with this code if any: it gets the same back (RFC 6455, 5.5.1).
    Echo(Option<u16>),
    /// The other side is gone.
    Gone,
}

impl From<CloseCode> for Ending {
    fn from(code: CloseCode) -> Self {
        Self::Close(code, None)
    }
}

//! One WebSocket, from the upgrade to the close.
//!
//! `loop { let turn = select(); apply(turn) }`: one task owns everything about the socket, nothing is shared but the
//! service. A turn that ends the socket says why, and the close frame carries it.

mod cosign;
mod outbox;
mod play;
mod session;
mod sign_in;
mod upgrade;
mod watching;

use protocol::codes::CloseCode;

pub(crate) use upgrade::upgrade;

/// Why a socket ends.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Ending {
    /// We close it, with a code and, where it helps, a detail.
    Close(CloseCode, Option<String>),
    /// The other side is gone, or closed it.
    Gone,
}

impl From<CloseCode> for Ending {
    fn from(code: CloseCode) -> Self {
        Self::Close(code, None)
    }
}

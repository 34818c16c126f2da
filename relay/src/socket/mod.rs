//! One WebSocket, from the upgrade to the close.
//!
//! `loop { let turn = select(); apply(turn) }`: one task owns everything about the socket, nothing is shared
//! but the service. A turn that ends the socket says why, and the close frame carries it.

mod cosign;
mod ending;
mod outbox;
mod play;
mod session;
mod sign_in;
mod signing;
mod upgrade;
mod watching;

pub(crate) use upgrade::upgrade;

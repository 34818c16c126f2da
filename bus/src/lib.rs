//! What flows between the crank, which runs matches, and the relays, which serve players.
//!
//! Owns, for every open match: the ring of encoded frames since the last keyframes, the queue of inputs on
//! their way to the tick worker, the events, the detail that relays show, and at its end the result that is
//! offered to its players and what they signed; and the directory of all matches. A [`Bus`] lives in one
//! process; the bridge, an [`Export`] and an [`Import`], shows the matches of one on the bus of another, so
//! that neither crank nor relay knows where the other is.
//!
//! Invariants: nothing here is unbounded, and publishing never waits for a reader. A frame is encoded once by
//! the crank and shared from then on. A follower who falls behind the ring is told how far.
//!
//! Deliberately absent: sockets, encoding, verification of inputs, the clock, and Redis, which the crate
//! `cluster` knows.

mod bridge;
mod bus;
mod directory;
mod frame;
mod input;
mod limits;
mod open_match;
mod publisher;
mod settlement;

pub use bridge::{Export, Import};
pub use bus::Bus;
pub use directory::OpenError;
pub use frame::Frame;
pub use input::{Accepted, InputEnvelope, InputOutcome, InputQueue, Rejected, SubmitError};
pub use limits::BusLimits;
pub use open_match::Subscription;
pub use protocol::wire::FrameKind;
pub use publisher::MatchPublisher;
pub use settlement::{CosignError, Cosignatures, Offers};
/// What a receiver of frames or events gets when it fell behind the ring: see `tokio::sync::broadcast`.
pub use tokio::sync::broadcast::error::{RecvError, TryRecvError};

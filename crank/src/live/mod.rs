//! One match that runs: the pure core between signed inputs and commitments.
//!
//! Owns the state, the inputs that are accepted and not yet applied, and the checkpoint under way. A
//! [`LiveMatch`] is a deterministic function of its [`MatchSetup`], the accepted inputs with their ticks, and
//! the admissions; rebuilding it from the log gives the same bytes ([`restore`]).
//!
//! Invariants: an accepted input has its tick from that moment on, and one (tick, warrior) holds at most one;
//! nothing can be accepted for a tick that is made. Ticks are numbered from 1: tick `t` is made from a state
//! that has made `t - 1`, and its frame carries `t`. An input whose tick lies after the end of the match has
//! no effect and enters no commitment.
//!
//! Absent: time, files, signatures (see `ingress`), encoding of frames, and the chain.

mod cheat;
mod checkpoint;
mod intake;
#[cfg(test)]
mod intake_tests;
mod live_match;
mod restore;
mod setup;
#[cfg(test)]
pub(crate) mod tests;

pub use cheat::{Cheat, CheatKind, UnknownCheat};
pub use checkpoint::{Checkpoint, SealedSegment};
pub use intake::{InputWindow, LateEntry, VerifiedInput};
pub use live_match::{Elimination, LiveMatch, TickOutcome};
pub use restore::{Past, RestoreError, Restored, Sessions};
pub use setup::{LiveError, MatchSetup};

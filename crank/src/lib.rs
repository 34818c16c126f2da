//! The operator's service: it opens matches, runs them at 60 ticks a second, commits to what it did, and
//! settles.
//!
//! | room | what it owns |
//! |---|---|
//! | [`live`] | one match that runs: inputs, ticks, commitments, recovery. Pure |
//! | [`worker`] | tick threads and their deadlines |
//! | [`journal`] | the input log on disk |
//! | [`ingress`] | signatures of inputs, before they reach a tick thread |
//! | [`chain`] | what a match needs on chain, and how it gets there |
//! | [`adopt`] | bringing a match that is live on chain onto a tick thread |
//! | [`sharing`] | several cranks: who owns a match, and how another one goes on |
//! | [`cosign`] | the result on its way to the players, and their signatures |
//! | [`matchmaking`] | which matches to make |
//! | [`publish`], [`record`] | what others see: bus, history, replay files |
//! | [`service`] | the loop that owns all of it |
//! | `descriptors` | a reserve of file descriptors for the input logs |
//! | `guard` | what a defect costs |
//! | `slots` | from time to slots and back |
//! | `whole_file` | files that are there whole or not at all |
//! | [`config`], [`clock`], [`drip`] | what it is told, and its seams |
//!
//! **Invariants.** An input is in the log before it is acked, an intent in the store before it is sent. After
//! a kill at any moment a match continues with the hashes that an uninterrupted run with the same acked
//! inputs would have had. Decisions follow the chain's state, never the crank's memory of what it sent.
//!
//! **Deliberately absent:** HTTP, sockets of players, wallets' keys, and any way to change a result.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, reason = "a failing test may panic")
)]

pub mod adopt;
pub mod chain;
pub mod clock;
pub mod config;
pub mod cosign;
mod descriptors;
pub mod drip;
mod guard;
pub mod ingress;
pub mod journal;
pub mod live;
pub mod matchmaking;
pub mod publish;
pub mod receipts;
pub mod record;
pub mod service;
pub mod sharing;
mod slots;
mod whole_file;
pub mod worker;

pub use clock::{Clock, SystemClock};
pub use config::{CalendarConfig, ConfigError, CrankConfig, LobbyConfig, MatchTemplate, MintConfig};
pub use drip::{DripKey, DripKeyError};
pub use journal::SyncPolicy;
pub use live::{Cheat, CheatKind, UnknownCheat};
pub use service::{Crank, CrankFailure, CrankHandle, CrankParts, CrankStatus, Shutdown, StartError};
pub use sharing::ClusterParts;

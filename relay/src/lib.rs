//! The players' service: WebSocket, HTTP, and the web page.
//!
//! Owns: connections and their limits, sign-in and resume tokens, what each socket follows, the fan-out of
//! frames, the public HTTP interface, and the counting of flags that lead to a ban.
//!
//! A frame is encoded once by whoever runs the match and shared from the bus to every socket. One [`hub`] per
//! followed match puts it into a ring, and a task for each thread writes it to all followers that have room;
//! a socket's own task sees to those that have not. The ring *is* each socket's bounded queue: a follower who
//! falls off it is skipped to the next keyframe.
//!
//! Invariants: no client, however slow or hostile, delays a tick or another client; memory per client is
//! bounded by configuration; a malformed message closes the socket it came on and no other, with a code.
//!
//! A relay may be one of a [`Fleet`]: then a token holds on all of them, a player has one socket among all of
//! them, and a ban closes sockets on all of them.
//!
//! Deliberately absent: the rules, the chain, and the verification of inputs. The relay checks shape, rate
//! and who is signed in; signature, chain and tick are for the crank.

mod client;
mod clock;
mod config;
mod directory;
mod failure;
mod fleet;
mod framing;
mod guard;
mod http;
mod hub;
mod limits;
mod names;
mod observe;
mod patience;
mod prepared;
mod registry;
mod server;
mod service;
mod socket;
mod tokens;
mod wire;

pub use config::{Check, ConfigError, Fleet, Limits, RelayConfig, RenderMetrics, Token};
pub use server::{Relay, RelayHandle, StartError};

//! Subscriptions that survive their connection.
//!
//! Owns one WebSocket per [`PubSub`] handle, made anew with jittered back-off whenever it breaks or goes silent.
//! Invariants: after every gap (first connection, reconnect, slow consumer) a subscriber gets [`Notice::Resync`] before
//! any newer notice, so "read the state on `Resync`, then follow" misses nothing; queues are bounded, and a slow
//! subscriber loses its own notices only.
//! Absent on purpose: reading state. Notices are hints; accounts are the truth.

mod config;
mod connection;
mod handle;
mod notice;
#[cfg(test)]
mod tests;

pub use config::PubSubConfig;
pub use handle::{PubSub, Stopped, Subscription};
pub use notice::{Notice, Topic};

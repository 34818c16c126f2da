//! Following accounts over yellowstone gRPC, the plugin that many providers run beside their validators.
//!
//! Owns one stream per [`Geyser`] handle: made anew with jittered back-off whenever it breaks or brings no slot for a while
//! (a half-open HTTP/2 connection gives no error by itself), resumed where it broke if the server keeps enough for that.
//! Invariants: after every gap that was not replayed a subscriber gets [`GeyserNotice::Resync`] or [`GeyserNotice::Up`]
//! before anything newer; of one account only news are told, never a state older than one told before on the same stream;
//! queues are bounded, and a slow subscriber is told to resynchronise instead of slowing the stream.
//! Absent on purpose: the library's own reconnecting stream (it has neither jitter nor a watchdog, and ends after a few
//! failures), and reading state: notices are hints, accounts are the truth.

mod config;
mod connection;
mod notice;
mod order;
mod request;
mod stream;

pub use config::{AccountsFilter, GeyserConfig, GeyserConfigError};
pub use notice::GeyserNotice;
pub use stream::Geyser;

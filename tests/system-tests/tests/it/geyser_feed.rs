//! Following matches by yellowstone gRPC: the stream on its bad days, and a whole match that a crank follows by it.
//!
//! The server here implements the trait that the protocol's own crate generates, so what is tested is what a provider's
//! server would be spoken to.

mod matches;
mod server;
mod stream;

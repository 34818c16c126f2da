//! The matches of one process on the bus of another, over a Redis Cluster.
//!
//! | room | what it owns |
//! |---|---|
//! | [`export`] | a match that runs here, for relays elsewhere |
//! | [`import`] | all matches of other processes, each with a [`mirror`] here |
//! | [`game`] | what Redis keeps of an open match, and how it is read and written |
//! | [`wire`] | the bytes of it |
//!
//! Deliberately absent: who owns a match, which a lease of [`cluster`] says, and the connections.

mod answers;
mod export;
mod game;
mod import;
mod mirror;
mod state;
#[cfg(test)]
mod support;
mod tally;
mod wire;

pub use export::Export;
pub use import::Import;

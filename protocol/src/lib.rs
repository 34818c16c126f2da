//! Bytes on the wire and on disk.
//!
//! Owns: the bit-packed state frames ([`wire`]), the control messages of the WebSocket ([`control`]), signed
//! and chained inputs ([`input`]), their receipts ([`receipt`]), agreement with a result ([`cosign`]), sign-in texts ([`auth`]), the codes
//! a client may be told ([`codes`]), what a match looks like to the outside ([`directory`]), the crank's
//! input log ([`log`]) and the replay file ([`replay`]).
//!
//! Invariants: every decoder is total. It answers with a value or an error for *any* bytes, never panics, and
//! allocates no more than a stated multiple of its input. Every format begins with a version.
//!
//! Deliberately absent: sockets, files, clocks and randomness. Callers bring the bytes.

pub mod api;
pub mod auth;
pub mod codes;
pub mod control;
pub mod cosign;
pub mod directory;
pub mod input;
pub mod key;
pub mod log;
pub mod packet;
pub mod receipt;
pub mod replay;
pub mod wire;

mod envelope;
mod version;
mod word;

pub use key::{
    Cluster, Hash, MatchKey, Nonce, PlayerSlot, PublicKey, SessionKey, Signature, Tick, WalletKey,
    WarriorIndex,
};
pub use version::VERSION;

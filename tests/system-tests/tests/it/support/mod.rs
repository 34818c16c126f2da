//! What the tests stand on: chains, services, virtual machines and played matches.

pub mod arena_sbf;
pub mod deploy;
#[path = "../../../../../arena/tests/it/support/mod.rs"]
pub mod playing;
#[path = "../../../../vectors/segments/mod.rs"]
pub mod segments;
pub mod validator;
pub mod watchtower;
pub mod world;

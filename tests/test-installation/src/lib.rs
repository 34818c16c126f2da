//! A whole installation for tests: chain, cranks, relays, Redis Cluster and PostgreSQL as processes, clients
//! that play and watch, faults, and an audit that believes nobody but the chain.
//!
//! | room | what it owns |
//! |---|---|
//! | [`process`] | one `aurelius` command: started, signalled, started again, its log |
//! | [`installation`] | which processes there are, what they are told, who owns which match |
//! | [`town`] | the chain as the tests see it: wallets, matches, money |
//! | [`crowd`] | hundreds of clients, what each of them saw and was promised |
//! | [`audit`] | whether what was promised was kept, and the money is where it must be |
//! | [`gate`] | proxies between the processes, which can be cut, and answer as an overloaded RPC does, or one that lies |
//! | [`clock`] | a wall clock of a process that can be set |
//!
//! **Invariant.** Everything ends with the test's process, however that ends. **Deliberately absent:**
//! knowledge of how crank and relay work inside. What is looked at is what an operator, a player or a
//! stranger could look at: the wire, the chain, the databases, the log.
#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a fixture that cannot be made is the test's failure"
)]

pub mod audit;
pub mod clock;
pub mod crowd;
pub mod gate;
pub mod installation;
pub mod process;
pub mod town;

pub use audit::Audit;
pub use crowd::{Crowd, CrowdConfig};
pub use installation::{Installation, InstallationConfig};
pub use process::{Order, Process};
pub use town::Town;

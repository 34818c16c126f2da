//! A local chain for development: LiteSVM behind Solana's JSON-RPC and PubSub, on loopback.
//!
//! It is good enough that clients of the real network work against it unchanged, and it starts in a
//! second. Programs given in the configuration are loaded under the upgradeable loader with their
//! upgrade authority; SPL Token, Token-2022, Associated Token and Memo are there already.
//!
//! ```no_run
//! use localnet::{Localnet, LocalnetConfig};
//!
//! let chain = Localnet::start(LocalnetConfig::default())?;
//! println!("{} {}", chain.rpc_url, chain.ws_url);
//! chain.shutdown();
//! # Ok::<(), localnet::LocalnetError>(())
//! ```
//!
//! # What differs from a real cluster
//!
//! - One validator and one fork, which skips no slot, stands still and is left on command only. A transaction executes
//!   when it is sent; it is confirmed at once and final 32 slots later.
//! - Account reads answer with the newest state at every commitment. History (transactions, blocks,
//!   signatures) respects commitment, `finalized` by default, as on a real node.
//! - Nothing is persistent, and history is bounded by [`Limits`].
//! - Durable nonces, votes, stake, inflation, snapshots and block subscriptions are absent.
//! - `jsonParsed` transactions show instructions resolved but not parsed by program.
//! - `localnet_warpSlots(count)` lets time pass, and `localnet_setAccount(address, {lamports, owner,
//!   data: [text, "base64"], executable?})` writes an account. `localnet_skipSlots(count)`,
//!   `localnet_halt(milliseconds?)`, `localnet_resume()`, `localnet_rollBack(blocks)` and
//!   `localnet_setSlotTime(milliseconds)` do what real clusters do by themselves. Anybody who can connect may call them.
//! - `POST /gateway/api/v1/randomness_reveal` answers for the oracle of the mock Switchboard.
//!
//! # Invariants
//!
//! - One thread owns the virtual machine, and reads never wait for it: they look at a ledger it writes.
//! - Every queue and every history is bounded by configuration.
//! - Whatever is sent in, the answer is a result or an error that says what was wrong.

mod addresses;
mod chain;
mod config;
mod encode;
mod error;
mod gateway;
mod http;
mod ledger;
mod node;
mod pubsub;
mod rpc;
mod token;

pub use config::{ElfSource, GenesisAccount, Limits, LocalnetConfig, ProgramSpec};
pub use error::LocalnetError;
pub use node::{Localnet, LocalnetHandle};

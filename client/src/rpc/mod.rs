//! Reading the chain: [`RpcPool`], one handle over however many JSON-RPC endpoints there are.
//!
//! | room | what it owns |
//! |---|---|
//! | `handle`, `accounts`, `chain`, `slot_hashes`, `transactions`, `local` | the handle, and what can be asked |
//! | `answers`, `types` | what the answers mean |
//! | `pool` | retries: who is asked how often |
//! | `endpoints`, `health` | single attempts, and who is asked next |
//! | `horizon` | how far the chain can be, whatever one endpoint says |
//! | `endpoint`, `fault`, `method` | HTTP, what goes wrong there, and the methods |
//!
//! Invariants: every call ends in bounded time; an answer is one only when it could be read; an error that comes out of
//! here names its endpoint and has already been retried, at another endpoint where there is one, if that could have
//! helped, so callers decide, they do not loop; no error, log line or metric holds more of an endpoint's address than its
//! host; nothing that an endpoint says panics.
//! Absent on purpose: subscriptions ([`crate::pubsub`]) and the fate of transactions ([`crate::sender`]); Solana's own
//! client, which calls an answer a success before it is decoded, and panics on some.

mod accounts;
pub(crate) mod answers;
mod chain;
mod config;
mod endpoint;
mod endpoints;
pub(crate) mod fault;
pub(crate) mod handle;
mod health;
mod horizon;
mod local;
mod measure;
mod method;
mod pool;
#[cfg(test)]
mod pool_tests;
mod slot_hashes;
#[cfg(test)]
mod tests;
pub(crate) mod transactions;
pub(crate) mod types;

pub use accounts::{Gone, ACCOUNTS_PER_REQUEST_MAX};
pub use config::{RpcConfig, RpcConfigError, ENDPOINTS_MAX};
pub use endpoints::EndpointStatus;
pub use fault::{Fault, RequestError};
pub use handle::RpcPool;
pub use local::LocalOrder;
pub use slot_hashes::{SlotHashes, SLOT_HASHES_MAX};
pub use transactions::SIGNATURES_PER_PAGE_MAX;
pub use types::{RecentBlockhash, SendOptions, SignatureAt, SignatureStatus, Simulation, Tip};

pub use crate::backoff::Backoff;

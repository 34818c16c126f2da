//! Drives a local chain with the clients of the real network: `solana-rpc-client`,
//! `solana-pubsub-client`, `anchor-client`, and from npm `@solana/kit` and `@coral-xyz/anchor`.
//!
//! Every test has a chain of its own. Where a test needs time to pass it warps, so none waits for
//! slots beyond a few.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed unwrap is a failed test"
)]

#[path = "localnet_rpc/bed.rs"]
mod bed;
#[path = "localnet_rpc/clients.rs"]
mod clients;
#[path = "localnet_rpc/errors.rs"]
mod errors;
#[path = "localnet_rpc/history.rs"]
mod history;
#[path = "localnet_rpc/http.rs"]
mod http;
#[path = "localnet_rpc/programs.rs"]
mod programs;
#[path = "localnet_rpc/pubsub.rs"]
mod pubsub;
#[path = "localnet_rpc/time.rs"]
mod time;
#[path = "localnet_rpc/tokens.rs"]
mod tokens;

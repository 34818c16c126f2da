//! Drives a local chain with the clients of the real network: `solana-rpc-client`,
//! `solana-pubsub-client`, `anchor-client`, and from npm `@solana/kit` and `@coral-xyz/anchor`.
//!
//! Every test has a chain of its own. Where a test needs time to pass it warps, so none waits for
//! slots beyond a few.

mod clients;
mod control;
mod errors;
mod history;
mod http;
mod programs;
mod pubsub;
mod support;
mod time;
mod tokens;

//! Tests of what crosses crates: rules in the chain's machine, chain, crank, relay and watchtower together.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on panics"
)]
#![allow(
    unreachable_pub,
    dead_code,
    reason = "modules of one test program, each of which uses its part of the support"
)]

mod support;

mod arena_cost;
mod arena_differential;
mod artifacts;
mod chain_faults;
mod chain_reports;
mod client_flow;
mod crank_adversity;
mod crank_beacon;
mod crank_match;
mod crank_recovery;
mod crank_roster;
mod crank_slots;
mod cranks;
mod deploy;
mod errands;
mod fraud_doc;
mod geyser_feed;
mod localnet_rpc;
mod validator;
mod watchtower;

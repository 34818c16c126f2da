//! JSON-RPC methods: their parameters, their answers, their errors.
//!
//! Methods come in three kinds. *Quick* reads look something up in the ledger and answer at once.
//! *Heavy* reads scan or encode a lot: they run on blocking threads, a few at a time, so that a
//! quick read never waits for one. *Chain* methods ask the thread that owns the virtual machine.
//! Absent: stake, inflation, snapshots, gossip and block production beyond the one validator.

mod accounts;
mod blocks;
mod dispatch;
pub(crate) mod error;
mod filters;
mod hooks;
mod jsonrpc;
mod network;
mod node;
mod params;
mod submit;
mod tokens;
mod transactions;

pub(crate) use error::RpcError;
pub(crate) use filters::Filters;
pub(crate) use jsonrpc::{answer, answer_text, Request};
pub(crate) use node::Node;
pub(crate) use params::{level, parse_address, parse_signature, slot_at, Params};

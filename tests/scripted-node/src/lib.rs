//! Nodes of a chain whose answers a test writes: JSON-RPC over HTTP, and PubSub over WebSockets. Test code only.
//!
//! A case takes three lines: start a node, ask it through the code under test, look at what came out.
//!
//! ```no_run
//! # use scripted_node::{Answer, ScriptedNode};
//! # async fn case(real: &str) {
//! // A node of nothing but script, by method; `*` is everything else.
//! let node = ScriptedNode::with([("getSlot", Answer::result(7)), ("*", Answer::Never)]).await;
//! // A node that passes on what the script leaves alone.
//! let liar = ScriptedNode::in_front_of(real, |method, _, _| {
//!     (method == "getAccountInfo").then(|| Answer::in_context(1_000, serde_json::Value::Null))
//! }).await;
//! # }
//! ```
//!
//! | room | what it owns |
//! |---|---|
//! | [`node`] | the HTTP node: script, or script in front of a real one |
//! | [`pubsub`] | the WebSocket node: what it grants and tells |
//! | [`ledger`] | lists and transactions of an address, served in pages |
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "test code: a failing test may panic"
)]

mod http;
pub mod ledger;
pub mod node;
pub mod pubsub;

pub use ledger::Ledger;
pub use node::{serve_one, Answer, ScriptedNode};
pub use pubsub::{ScriptedPubSub, Socket};

//! What cranks and relays share through a Redis Cluster.
//!
//! Owns: who owns a match (a lease with a growing token), the shared log of its inputs, who is there, what relays
//! remember for each other, and the ways to the cluster. Times are those of Redis, so that clocks need not
//! agree.
//!
//! Keys, with a prefix `P` and `{M}` the address of a match in braces, so that all of a match are on one
//! node:
//!
//! | key | what |
//! |---|---|
//! | `P:game:{M}:lease` | string `token:holder`, ends with the lease |
//! | `P:game:{M}:fence` | string, the highest token ever given; 7 days |
//! | `P:game:{M}:log` | stream, entry N-0 is record N with the field `r`; 24 hours after the last |
//! | `P:game:{M}`, `P:games`, … | what relays show and what they send: the bridge of the crate `bus` writes and reads it |
//! | `P:cranks` | hash, name → `expiry matches capacity draining` |
//! | `P:token:{T}` | string, what belongs to a resume token; as long as the relay says |
//! | `P:…` | sharded channels of topics |
//!
//! Invariants: a write for a match is refused when a higher token was given. Every call ends, with an error
//! at worst, within seconds; a node that is away holds up nothing on the others. Everything may be lost with
//! Redis: the chain and the stores have what money depends on.
//!
//! Deliberately absent: what matches look like to players, TLS to Redis, reading from replicas, and any
//! decision about matches. No other crate knows Redis.

mod call;
mod config;
mod error;
mod handle;
mod key;
mod lease;
mod link;
mod memory;
mod messages;
mod net;
mod node;
mod observe;
mod owner;
mod presence;
mod publish;
mod redirection;
mod retry;
mod route;
mod script;
mod session;
mod shared_log;
mod table;
mod topic;
mod topology;
mod verdict;

pub use call::{Call, Script};
pub use config::ClusterConfig;
pub use error::ClusterError;
pub use handle::Cluster;
pub use key::Keys;
pub use lease::{Held, Holder, Lease, Renewal, SharedLease};
pub use messages::Messages;
pub use presence::Presence;
/// What Redis answers, and how it is read.
pub use redis::{from_redis_value, FromRedisValue, Value};
pub use retry::Backoff;
pub use script::TOKENS;
pub use shared_log::AppendError;
pub use table::Message;
pub use topic::TopicReceiver;

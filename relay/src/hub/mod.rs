//! The fan-out of one match: one task reads the bus into rings, and a few more, one for each thread, write
//! what is new to all followers of this relay.
//!
//! The tick worker wakes one task for each relay, and that one a row of followers, not one for each socket.
//! The row writes bytes that were encoded and framed once for all straight to the connections; only a socket
//! that cannot take them at once gets a task's attention.
//!
//! Invariant: what a newcomer gets to catch up and what the ring brings afterwards join without a gap or an
//! overlap.

mod feed;
pub(crate) mod hubs;
mod outlet;
mod ring;
mod row;
pub(crate) mod seat;

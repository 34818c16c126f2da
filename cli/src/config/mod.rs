//! Flags and environment shared by several commands, and how they become typed settings.
//!
//! A setting comes from its flag, else from its environment variable, else from the stated default. A setting
//! that is missing or wrong stops the start with the name of the variable and an example; nothing is guessed.

mod chain;
mod database;
mod drip_key;
mod keys;
mod serving;
mod value;

pub use self::chain::{ChainArgs, Endpoints, Hidden};
pub use database::DatabaseArgs;
pub use drip_key::{drip_key, DripKeyArgs};
pub use keys::{keyfile_error, read_keypair};
pub use serving::{ListenArgs, ProxyArgs};
pub use value::{
    missing, parse_address, parse_gateway_url, parse_host, parse_mint, parse_port, parse_relay_url, relays_of,
};

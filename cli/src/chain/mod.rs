//! The chain as the commands use it: whether it answers, the keys and the set-up of a local escrow.
//!
//! Absent: balances, money and transactions; those are a player's as well, and in `player::chain`.

mod keys;
pub mod mock_oracle;
mod reach;
mod setup;

pub use keys::{KeyFiles, Keys};
pub use reach::check_reachable;
pub use setup::{demo_windows, set_up, SetUp, DEMO_BOND};

//! A wallet's way to the chain: one handle, token balances, money for newcomers.
//!
//! Absent: anything about transactions or accounts that `client` does already.

mod funds;
mod handle;
mod tokens;

pub use funds::{airdrop, fund_with_tokens, give_sol, TokenSource};
pub use handle::{wait_for, Chain};
pub use tokens::{balance, balances, mint_info, MintInfo, TOKEN_PROGRAM};

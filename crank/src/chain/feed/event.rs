//! What a feed tells.

use anchor_lang::prelude::Pubkey;
use solana_account::Account;

/// A change, or a reading without one.
#[derive(Clone, Debug)]
pub enum FeedEvent {
    /// The newest slot.
    Slot(u64),
    /// A match account, as of a slot.
    Account {
        /// Which.
        key: Pubkey,
        /// The slot of the reading.
        slot: u64,
        /// What is there; `None`: nothing.
        account: Option<Account>,
    },
}

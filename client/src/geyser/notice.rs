//! What a stream tells.

use anchor_lang::prelude::Pubkey;
use solana_account::Account;

/// What a subscriber is told.
#[derive(Debug, Clone)]
pub enum GeyserNotice {
    /// The stream works, for the first time or again: read the state now, then follow.
    Up,
    /// The stream is of no use for the moment: follow by other means until [`Self::Up`].
    Down {
        /// Why, for people.
        reason: String,
    },
    /// The stream works, and something may have been missed: read the state now.
    Resync,
    /// A slot reached the commitment.
    Slot(u64),
    /// An account changed. Accounts that were closed do not pass filters any more: nothing is told of them.
    Account {
        /// Slot of the change.
        slot: u64,
        /// Which account.
        address: Pubkey,
        /// What it is now.
        account: Box<Account>,
    },
}

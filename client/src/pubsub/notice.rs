//! What to be told about, and what is told.

use anchor_lang::prelude::Pubkey;
use solana_account::Account;
use solana_rpc_client_api::filter::RpcFilterType;
use solana_signature::Signature;
use solana_transaction_error::TransactionError;

/// What to be told about.
#[derive(Debug, Clone)]
pub enum Topic {
    /// One account.
    Account(Pubkey),
    /// Every account of a program that passes the filters.
    Program {
        /// The program.
        program: Pubkey,
        /// At most 4.
        filters: Vec<RpcFilterType>,
    },
    /// The fate of one transaction; ends after one notice.
    Signature(Signature),
    /// Every new slot.
    Slot,
}

/// What a subscriber is told.
#[derive(Debug, Clone)]
pub enum Notice {
    /// Something may have been missed: read the state now. Comes first on every subscription.
    Resync,
    /// An account changed.
    Account {
        /// Slot of the change.
        slot: u64,
        /// Which account.
        address: Pubkey,
        /// What it is now; closed accounts have no lamports.
        account: Box<Account>,
    },
    /// A transaction reached the commitment.
    Signature {
        /// Slot of the notice.
        slot: u64,
        /// Why it failed, if it did.
        error: Option<TransactionError>,
    },
    /// A new slot.
    Slot {
        /// The slot.
        slot: u64,
        /// Its parent.
        parent: u64,
        /// The newest rooted slot.
        root: u64,
    },
    /// The endpoint does not offer this subscription. The last notice: poll instead.
    Refused {
        /// What it said.
        reason: String,
    },
}

//! The public face of the chain's state: what RPC reads.
//!
//! The thread that owns the virtual machine writes here after every transaction and every slot;
//! handlers read here and never wait for that thread. One read–write lock guards the whole, so a
//! response's context slot and its data belong together. Critical sections are look-ups: encoding
//! and filtering happen outside, and the lock is never held across an await.

mod accounts;
mod history;
mod record;

use parking_lot::RwLock;
use solana_hash::Hash;
use solana_keypair::Address;

pub(crate) use accounts::{AccountChange, Accounts};
pub(crate) use history::{History, Page};
pub(crate) use record::{first_signature, Block, Outcome, TokenBalance, TransactionRecord};

/// Slots after which a block is final. The real network's votes take this long to root a slot.
pub(crate) const FINALITY_SLOTS: u64 = 32;
/// Blocks after its own in which a blockhash can be used (the real node's `MAX_PROCESSING_AGE`).
pub(crate) const BLOCKHASH_AGE_MAX: u64 = 150;
/// Slots in an epoch; there is no warm-up.
pub(crate) const EPOCH_SLOTS: u64 = 432_000;

/// How far the chain is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tip {
    /// The open slot, in which transactions execute now.
    pub(crate) slot: u64,
    /// Its block's height: skipped slots have none.
    pub(crate) height: u64,
}

impl Tip {
    /// The newest final slot.
    pub(crate) fn root(&self) -> u64 {
        self.slot.saturating_sub(FINALITY_SLOTS)
    }
}

/// Everything RPC can read.
pub(crate) struct LedgerState {
    pub(crate) tip: Tip,
    pub(crate) accounts: Accounts,
    pub(crate) history: History,
}

/// What never changes while a chain runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChainIdentity {
    pub(crate) genesis_hash: Hash,
    /// The only validator.
    pub(crate) node: Address,
    /// Its vote account's address.
    pub(crate) vote: Address,
}

/// The shared, lockable ledger.
pub(crate) struct Ledger {
    pub(crate) identity: ChainIdentity,
    state: RwLock<LedgerState>,
}

impl Ledger {
    pub(crate) fn new(identity: ChainIdentity, history: History) -> Self {
        Self {
            identity,
            state: RwLock::new(LedgerState {
                tip: Tip::default(),
                accounts: Accounts::default(),
                history,
            }),
        }
    }

    /// Runs a short look-up.
    pub(crate) fn read<T>(&self, look_up: impl FnOnce(&LedgerState) -> T) -> T {
        look_up(&self.state.read())
    }

    /// Runs a short change; only the owner thread calls this.
    pub(crate) fn write<T>(&self, change: impl FnOnce(&mut LedgerState) -> T) -> T {
        change(&mut self.state.write())
    }
}

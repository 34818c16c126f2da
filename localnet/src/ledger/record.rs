//! What is remembered of a transaction and of a block.

use std::sync::Arc;

use solana_hash::Hash;
use solana_keypair::Address;
use solana_message_4::inner_instruction::InnerInstructionsList;
use solana_message_4::v0::LoadedAddresses;
use solana_message_4::VersionedMessage;
use solana_signature::Signature;
use solana_transaction_4::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;

use crate::addresses::{MEMO_PROGRAM, MEMO_V1_PROGRAM};

/// A transaction that was included in a block, successful or not.
#[derive(Debug)]
pub(crate) struct TransactionRecord {
    /// Position in the order of execution since genesis.
    pub(crate) sequence: u64,
    pub(crate) slot: u64,
    /// Position in the slot's block.
    pub(crate) index: usize,
    pub(crate) block_time: i64,
    pub(crate) transaction: VersionedTransaction,
    pub(crate) outcome: Outcome,
}

/// What executing (or simulating) a transaction did.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) error: Option<TransactionError>,
    /// Static keys, then loaded writable, then loaded read-only: what instruction indices mean.
    pub(crate) keys: Vec<Address>,
    pub(crate) loaded: LoadedAddresses,
    /// What it costs; charged only when it was loaded.
    pub(crate) fee: u64,
    /// Did it get as far as executing, so that it pays its fee even when it fails?
    pub(crate) is_loaded: bool,
    pub(crate) compute_units: u64,
    /// Size of the loaded accounts by the rule of SIMD-0186.
    pub(crate) loaded_bytes: u32,
    /// Lamports of `keys` before and after.
    pub(crate) pre_balances: Vec<u64>,
    pub(crate) post_balances: Vec<u64>,
    pub(crate) pre_tokens: Vec<TokenBalance>,
    pub(crate) post_tokens: Vec<TokenBalance>,
    /// Per top-level instruction, what it called.
    pub(crate) inner: InnerInstructionsList,
    pub(crate) logs: Vec<String>,
    /// Program and bytes of the last `set_return_data`, when not empty.
    pub(crate) return_data: Option<(Address, Vec<u8>)>,
}

/// A token account's balance at one point of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TokenBalance {
    /// Index into the transaction's keys.
    pub(crate) account_index: usize,
    pub(crate) mint: Address,
    pub(crate) owner: Address,
    pub(crate) program: Address,
    pub(crate) amount: u64,
    pub(crate) decimals: u8,
}

/// A completed block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    pub(crate) slot: u64,
    /// The slot of the block before it; those between were skipped.
    pub(crate) parent: u64,
    /// Blocks since genesis.
    pub(crate) height: u64,
    pub(crate) blockhash: Hash,
    pub(crate) previous_blockhash: Hash,
    /// Seconds since the epoch.
    pub(crate) time: i64,
    pub(crate) transactions: Vec<Arc<TransactionRecord>>,
}

impl TransactionRecord {
    /// The first signature: the transaction's name.
    pub(crate) fn signature(&self) -> Signature {
        first_signature(&self.transaction)
    }

    /// The memo as the node indexes it: `[length] text`, several joined by `; `.
    pub(crate) fn memo(&self) -> Option<String> {
        let message: &VersionedMessage = &self.transaction.message;
        let memos: Vec<String> = message
            .instructions()
            .iter()
            .filter(|instruction| {
                self.outcome
                    .keys
                    .get(usize::from(instruction.program_id_index))
                    .is_some_and(|program| [MEMO_V1_PROGRAM, MEMO_PROGRAM].contains(program))
            })
            .map(|instruction| match std::str::from_utf8(&instruction.data) {
                Ok(text) => format!("[{}] {text}", text.len()),
                Err(_) => format!("[{}] (not UTF-8)", instruction.data.len()),
            })
            .collect();
        (!memos.is_empty()).then(|| memos.join("; "))
    }
}

/// The name of a transaction; the default signature when it has none (such a one never lands).
pub(crate) fn first_signature(transaction: &VersionedTransaction) -> Signature {
    transaction.signatures.first().copied().unwrap_or_default()
}

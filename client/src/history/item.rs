//! A history, and how it is read.

use anchor_lang::prelude::Pubkey;
use solana_signature::Signature;

use super::tokens::TokenMovement;
use crate::call::Call;
use crate::error::Error;
use crate::event::Event;

/// One instruction of the program in the life of a match.
#[derive(Debug, Clone)]
pub struct HistoryItem {
    /// Slot of its block.
    pub slot: u64,
    /// Its transaction.
    pub signature: Signature,
    /// The instruction with its arguments.
    pub call: Call,
    /// Its accounts, in the program's order.
    pub accounts: Vec<Pubkey>,
    /// What the program said about it.
    pub events: Vec<Event>,
    /// Tokens moved by it, in order.
    pub movements: Vec<TokenMovement>,
}

/// A transaction that names the address and could not be read at any endpoint. Anybody can make one, so it stops no reader;
/// what it did is not known, so whoever misses something says that it could not be seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// Which.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
    /// Why it could not be read.
    pub reason: String,
}

/// All that concerns a match.
#[derive(Debug, Clone, Default)]
pub struct History {
    /// The program's instructions, oldest first.
    pub items: Vec<HistoryItem>,
    /// What could not be read, oldest first.
    pub passed_over: Vec<PassedOver>,
}

/// How to read.
#[derive(Debug, Clone, Copy)]
pub struct HistoryOptions {
    /// Transactions read at the same time.
    pub concurrency: usize,
    /// More transactions than this are refused: anybody may name a match account, and memory is finite.
    pub transactions_max: usize,
}

impl Default for HistoryOptions {
    fn default() -> Self {
        Self {
            concurrency: 8,
            transactions_max: 50_000,
        }
    }
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Signatures listed so far.
    Listed(usize),
    /// Transactions read.
    Read {
        /// So far.
        done: usize,
        /// In all.
        total: usize,
    },
}

/// A history that could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HistoryError {
    /// The RPC.
    #[error(transparent)]
    Rpc(#[from] Error),
    /// Nothing names the address.
    #[error("no transaction names {0}; check the address and the cluster, or use an endpoint that keeps old transactions")]
    Empty(Pubkey),
    /// Too many.
    #[error("more than {0} transactions name this match; raise `transactions_max` to read them all")]
    TooMany(usize),
    /// Listed, not served.
    #[error("the endpoint lists transaction {0} but does not have it; use an endpoint that keeps old transactions")]
    Missing(Signature),
}

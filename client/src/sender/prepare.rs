//! From instructions to signed bytes.
//!
//! Owns the shape of every transaction this client signs: compute-budget instructions first, one fee payer, no address
//! lookup table. Invariants: what comes out fits one packet of 1,232 bytes; the compute limit is what a simulation used
//! plus a margin, or what the caller stated.

use anchor_lang::prelude::Pubkey;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_hash::Hash;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::{v0, Message, VersionedMessage};
use solana_signature::Signature;
use solana_signer::Signer;
use solana_transaction::versioned::VersionedTransaction;

/// Most bytes of a serialized transaction: IPv6's minimum MTU of 1,280 less 40 of IP and 8 of fragment header.
pub const TRANSACTION_BYTES_MAX: usize = 1232;

/// Most compute units a transaction may ask for.
pub const COMPUTE_UNITS_MAX: u32 = 1_400_000;

/// A transaction that cannot be built from what was given.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// Over the size of a packet.
    #[error("the transaction has {bytes} bytes, {TRANSACTION_BYTES_MAX} are allowed; send fewer instructions at once or upload the data first")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Nothing to do.
    #[error("a transaction needs at least one instruction")]
    Empty,
    /// Accounts that do not compile into a message.
    #[error("the instructions do not form a valid message")]
    Compile(#[from] solana_message::CompileError),
    /// Missing or superfluous keys.
    #[error("the transaction could not be signed ({0}); pass the keypair of every signer the instructions name, and no other")]
    Sign(#[from] solana_signer::SignerError),
    /// Stored bytes that are no transaction.
    #[error("the stored bytes are not a transaction: {0}")]
    Decode(String),
}

/// Message format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Two bytes shorter than [`Format::V0`], which pays only with lookup tables.
    #[default]
    Legacy,
    /// Version 0, without lookup tables.
    V0,
}

/// What goes in front of the caller's instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Compute units asked for.
    pub compute_limit: u32,
    /// Price in micro-lamports per compute unit; 0 adds no instruction.
    pub price_micro_lamports: u64,
}

/// A signed transaction, ready to be stored, sent and tracked.
#[derive(Debug, Clone, PartialEq)]
pub struct Prepared {
    /// The signed transaction.
    pub transaction: VersionedTransaction,
    /// Its first signature, which is its name on chain.
    pub signature: Signature,
    /// It can land up to this block height and never after it.
    pub last_valid_block_height: u64,
    /// Whether a simulation of it has passed: then nodes need not run it again before they forward it.
    pub simulated: bool,
}

impl Prepared {
    /// The bytes that go over the wire; what to store before sending.
    pub fn to_bytes(&self) -> Result<Vec<u8>, BuildError> {
        bincode::serialize(&self.transaction).map_err(|error| BuildError::Decode(error.to_string()))
    }

    /// The inverse of [`Self::to_bytes`], to go on with a stored transaction after a restart.
    pub fn from_bytes(bytes: &[u8], last_valid_block_height: u64) -> Result<Self, BuildError> {
        if bytes.len() > TRANSACTION_BYTES_MAX {
            return Err(BuildError::TooLarge { bytes: bytes.len() });
        }
        let transaction: VersionedTransaction =
            bincode::deserialize(bytes).map_err(|error| BuildError::Decode(error.to_string()))?;
        transaction
            .sanitize()
            .map_err(|error| BuildError::Decode(error.to_string()))?;
        let signature = *transaction
            .signatures
            .first()
            .ok_or_else(|| BuildError::Decode("it has no signature".to_owned()))?;
        Ok(Self {
            transaction,
            signature,
            last_valid_block_height,
            simulated: false,
        })
    }

    /// The program each top-level instruction calls, in order.
    pub fn programs(&self) -> Vec<Pubkey> {
        programs(&self.transaction.message)
    }
}

pub(crate) fn programs(message: &VersionedMessage) -> Vec<Pubkey> {
    let keys = message.static_account_keys();
    message
        .instructions()
        .iter()
        .map(|instruction| {
            keys.get(usize::from(instruction.program_id_index))
                .copied()
                .unwrap_or_default()
        })
        .collect()
}

/// Compiles and signs. `payer` pays the fee and signs first; `signers` are the others, in any order.
pub fn sign(
    instructions: &[Instruction],
    budget: Budget,
    format: Format,
    payer: &Keypair,
    signers: &[&Keypair],
    blockhash: Hash,
) -> Result<VersionedTransaction, BuildError> {
    let message = compile(instructions, budget, format, &payer.pubkey(), blockhash)?;
    let keys: Vec<&Keypair> = std::iter::once(payer)
        .chain(
            signers
                .iter()
                .copied()
                .filter(|signer| signer.pubkey() != payer.pubkey()),
        )
        .collect();
    let transaction = VersionedTransaction::try_new(message, &keys)?;
    check_size(&transaction)?;
    Ok(transaction)
}

/// Compiles without signatures, for simulation: every signature is zero.
pub(crate) fn unsigned(
    instructions: &[Instruction],
    budget: Budget,
    format: Format,
    payer: &Pubkey,
) -> Result<VersionedTransaction, BuildError> {
    let message = compile(instructions, budget, format, payer, Hash::default())?;
    let signatures = vec![Signature::default(); usize::from(message.header().num_required_signatures)];
    let transaction = VersionedTransaction { signatures, message };
    check_size(&transaction)?;
    Ok(transaction)
}

/// Size in bytes of the signed transaction these instructions make, compute-budget instructions included. Says whether
/// they fit without any key at hand.
pub fn transaction_size(
    instructions: &[Instruction],
    format: Format,
    payer: &Pubkey,
) -> Result<usize, BuildError> {
    let budget = Budget {
        compute_limit: COMPUTE_UNITS_MAX,
        price_micro_lamports: 1,
    };
    match unsigned(instructions, budget, format, payer) {
        Ok(transaction) => serialized_size(&transaction),
        Err(BuildError::TooLarge { bytes }) => Ok(bytes),
        Err(error) => Err(error),
    }
}

fn compile(
    instructions: &[Instruction],
    budget: Budget,
    format: Format,
    payer: &Pubkey,
    blockhash: Hash,
) -> Result<VersionedMessage, BuildError> {
    if instructions.is_empty() {
        return Err(BuildError::Empty);
    }
    let mut all = vec![ComputeBudgetInstruction::set_compute_unit_limit(
        budget.compute_limit,
    )];
    if budget.price_micro_lamports > 0 {
        all.push(ComputeBudgetInstruction::set_compute_unit_price(
            budget.price_micro_lamports,
        ));
    }
    all.extend_from_slice(instructions);
    Ok(match format {
        Format::Legacy => {
            VersionedMessage::Legacy(Message::new_with_blockhash(&all, Some(payer), &blockhash))
        }
        Format::V0 => VersionedMessage::V0(v0::Message::try_compile(payer, &all, &[], blockhash)?),
    })
}

fn check_size(transaction: &VersionedTransaction) -> Result<(), BuildError> {
    let bytes = serialized_size(transaction)?;
    if bytes > TRANSACTION_BYTES_MAX {
        return Err(BuildError::TooLarge { bytes });
    }
    Ok(())
}

fn serialized_size(transaction: &VersionedTransaction) -> Result<usize, BuildError> {
    let bytes =
        bincode::serialized_size(transaction).map_err(|error| BuildError::Decode(error.to_string()))?;
    Ok(usize::try_from(bytes).unwrap_or(usize::MAX))
}

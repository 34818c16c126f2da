//! The account that airdrops are paid from.

use solana_hash::Hash;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::{Address, Keypair};
use solana_message_4::{Message, VersionedMessage};
use solana_signer::{Signer, SignerError};
use solana_transaction_4::versioned::VersionedTransaction;

use crate::addresses::{COMPUTE_BUDGET_PROGRAM, SYSTEM_PROGRAM};

const SET_COMPUTE_UNIT_LIMIT: u8 = 2;
const SYSTEM_TRANSFER: u32 = 2;
/// More than a transfer and the limit itself cost.
const COMPUTE_UNITS_MIN: u32 = 1_000;
const COMPUTE_UNITS_SPREAD: u32 = 1_000_000;

/// Signs transfers of its own lamports.
pub(super) struct Faucet {
    keypair: Keypair,
    payments: u32,
}

impl Faucet {
    pub(super) fn new(keypair: Keypair) -> Self {
        Self { keypair, payments: 0 }
    }

    /// A transfer that no other payment under the same blockhash repeats: the compute limit counts
    /// up, so that two equal airdrops of one slot are two transactions.
    pub(super) fn payment(
        &mut self,
        to: &Address,
        lamports: u64,
        blockhash: Hash,
    ) -> Result<VersionedTransaction, SignerError> {
        let from = self.keypair.pubkey();
        let limit = COMPUTE_UNITS_MIN + self.payments % COMPUTE_UNITS_SPREAD;
        self.payments = self.payments.wrapping_add(1);

        let mut limit_data = vec![SET_COMPUTE_UNIT_LIMIT];
        limit_data.extend_from_slice(&limit.to_le_bytes());
        let mut transfer_data = SYSTEM_TRANSFER.to_le_bytes().to_vec();
        transfer_data.extend_from_slice(&lamports.to_le_bytes());
        let instructions = [
            Instruction {
                program_id: COMPUTE_BUDGET_PROGRAM,
                accounts: Vec::new(),
                data: limit_data,
            },
            Instruction {
                program_id: SYSTEM_PROGRAM,
                accounts: vec![AccountMeta::new(from, true), AccountMeta::new(*to, false)],
                data: transfer_data,
            },
        ];
        let message = Message::new_with_blockhash(&instructions, Some(&from), &blockhash);
        VersionedTransaction::try_new(VersionedMessage::Legacy(message), &[&self.keypair])
    }
}

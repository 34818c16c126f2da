//! Proofs that an accepted input was left out.

use anchor_lang::prelude::Pubkey;
use aurelius::receipt::Receipt;
use aurelius::{accounts, instruction, ProveOmissionArgs};
use solana_instruction::Instruction;

use super::build::build;
use super::verification::{verification, INSTRUCTIONS_SYSVAR};
use crate::address;

/// A receipt as its holder keeps it, and the checkpoint that should keep it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omission {
    /// The match.
    pub match_key: Pubkey,
    /// The key that the match pins for receipts.
    pub receipt_key: Pubkey,
    /// What was promised.
    pub receipt: Receipt,
    /// By `receipt_key`, over the receipt's message.
    pub signature: [u8; 64],
    /// Drip key and beacon of the receipt's checkpoint, mixed.
    pub mixed_key: [u8; 32],
    /// The hashes of the checkpoint's preimage in their order (previous leaf, then inputs hash and leaf of each
    /// segment), without the hash of the segment's inputs.
    pub others: Vec<[u8; 32]>,
    /// Packed inputs of the receipt's segment, as posted.
    pub inputs: Vec<u8>,
}

impl Omission {
    /// The verification of the receipt, and the proof with the inputs in it: for 20 warriors this fits one
    /// transaction. To be sent in this order, without a gap; others may stand in front. `challenger` signs and gets the
    /// challenger's share.
    pub fn prove(&self, challenger: Pubkey) -> [Instruction; 2] {
        self.instructions(challenger, None, self.inputs.clone())
    }

    /// As [`Omission::prove`], with the inputs, and nothing else, in an upload account.
    pub fn prove_uploaded(&self, challenger: Pubkey, upload: Pubkey) -> [Instruction; 2] {
        self.instructions(challenger, Some(upload), Vec::new())
    }

    fn instructions(&self, challenger: Pubkey, upload: Option<Pubkey>, inputs: Vec<u8>) -> [Instruction; 2] {
        let message = self.receipt.message(&self.match_key.to_bytes());
        let args = ProveOmissionArgs {
            receipt: self.receipt,
            verification: 1,
            mixed_key: self.mixed_key,
            others: self.others.clone(),
            inputs,
        };
        let accounts = accounts::ProveOmission {
            challenger,
            match_account: self.match_key,
            trace: address::trace(&self.match_key),
            upload,
            instructions: INSTRUCTIONS_SYSVAR,
            event_authority: address::event_authority(),
            program: aurelius::ID,
        };
        [
            verification(&self.receipt_key, &self.signature, &message),
            build(accounts, instruction::ProveOmission { args }),
        ]
    }
}

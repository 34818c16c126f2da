//! A chain in memory with the real programs on it, wallets, a mint and an operator: what every program test starts from.
//!
//! Transactions run in LiteSVM with the committed ELFs, the mock oracle at Switchboard's real id. After every
//! transaction, landed or refused, the money of every match is counted: see [`conservation`].
//! **Deliberately absent:** RPC, crank, relay. Those are tested over the local chain.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on panics"
)]

mod accounts;
pub mod actions;
pub mod cheats;
mod conservation;
pub mod cosign;
pub mod game;
pub mod omission;
pub mod proof;
pub mod proven;
mod setup;
pub(crate) mod slots;
mod stage;
mod swap;

use std::collections::{BTreeMap, BTreeSet};

use anchor_lang::prelude::Pubkey;
use aurelius::error::AureliusError;
use client::event::Event;
use client::instruction::{MatchRef, RandomnessSource};
use litesvm::types::{FailedTransactionMetadata, TransactionMetadata};
use litesvm::LiteSVM;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_instruction::error::InstructionError;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message_4::Message;
use solana_signer::Signer;
use solana_transaction_4::Transaction;
use solana_transaction_error::TransactionError;

pub use accounts::MatchState;
pub use game::Game;
pub use proven::case;
pub use setup::{quick_blitz, quick_siege, BOND, BOND_TERMS, DECIMALS, WINDOWS};
pub use slots::hash_of;
pub use stage::{MatchOptions, Played};
pub use swap::swapped;

/// Largest transaction that the network takes.
pub const TRANSACTION_BYTES_MAX: usize = 1232;

/// The chain and everybody on it.
pub struct World {
    pub svm: LiteSVM,
    /// Pays every fee and rent unless a test says otherwise, so that other balances move only by what is tested.
    pub payer: Keypair,
    pub upgrade_authority: Keypair,
    /// The config's authority.
    pub authority: Keypair,
    pub treasury: Keypair,
    /// Authority of the registered, active operator.
    pub operator: Keypair,
    /// Signs the receipts of its matches.
    pub receipts: Keypair,
    pub mint: Pubkey,
    pub mint_authority: Keypair,
    pub source: RandomnessSource,
    pub oracle: Pubkey,
    next_match_id: u64,
    /// Matches whose money is counted after every transaction, with what strangers donated to their vaults.
    watched: BTreeMap<Pubkey, Watched>,
    /// Operator accounts whose bond is counted after every transaction.
    bonded: BTreeSet<Pubkey>,
    slots: slots::Slots,
    unique: u32,
}

pub(crate) struct Watched {
    of: MatchRef,
    donated: u64,
    /// A test has changed its books: they prove nothing.
    forged: bool,
}

/// A transaction that landed.
pub struct Landed {
    /// Compute units of the instructions themselves, the compute-budget instruction aside.
    pub compute_units: u64,
    pub meta: TransactionMetadata,
}

impl Landed {
    /// The program's events, in order.
    pub fn events(&self) -> Vec<Event> {
        self.meta
            .inner_instructions
            .iter()
            .flatten()
            .filter_map(|inner| Event::decode(&inner.instruction.data))
            .map(|event| event.expect("an event that the client knows"))
            .collect()
    }
}

impl World {
    /// Sends `instructions` in one transaction, signed by the payer and `signers`, and counts the money.
    #[allow(clippy::result_large_err, reason = "the type of the failure is LiteSVM's")]
    pub fn try_send(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Landed, FailedTransactionMetadata> {
        // A unit limit that is never the same twice makes every transaction unique without touching the clock.
        self.unique += 1;
        let mut all = vec![ComputeBudgetInstruction::set_compute_unit_limit(
            1_400_000 - self.unique % 100_000,
        )];
        all.extend_from_slice(instructions);
        let mut keys: Vec<&Keypair> = vec![&self.payer];
        keys.extend(
            signers
                .iter()
                .copied()
                .filter(|key| key.pubkey() != self.payer.pubkey()),
        );
        keys.dedup_by_key(|key| key.pubkey());
        let message = Message::new(&all, Some(&self.payer.pubkey()));
        let transaction = Transaction::new(&keys, message, self.svm.latest_blockhash());
        let sent = self.svm.send_transaction(transaction);
        proven::sent();
        self.check_conservation();
        sent.map(|meta| Landed {
            compute_units: meta.compute_units_consumed - 150,
            meta,
        })
    }

    /// Compute units that `instructions` would take now.
    #[track_caller]
    pub fn simulate(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> u64 {
        let before = self.svm.clone();
        let units = self.send(instructions, signers).compute_units;
        self.svm = before;
        units
    }

    /// As [`World::try_send`]; the transaction must land.
    #[track_caller]
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Landed {
        match self.try_send(instructions, signers) {
            Ok(landed) => {
                proven::held();
                landed
            }
            Err(failed) => panic!("refused: {:?}\n{}", failed.err, failed.meta.logs.join("\n")),
        }
    }

    /// The transaction must be refused by the program with exactly this error.
    #[track_caller]
    pub fn refuse(&mut self, instructions: &[Instruction], signers: &[&Keypair], expected: AureliusError) {
        let code = expected.code();
        self.refuse_with(
            instructions,
            signers,
            InstructionError::Custom(code),
            &format!("{expected:?}"),
        );
        proven::refused(expected);
    }

    /// The transaction must be refused with exactly this error number of whatever program refuses: Anchor's own
    /// (2000 and up), the token program's, the mock oracle's.
    #[track_caller]
    pub fn refuse_code(&mut self, instructions: &[Instruction], signers: &[&Keypair], code: u32) {
        self.refuse_with(
            instructions,
            signers,
            InstructionError::Custom(code),
            "the given number",
        );
    }

    /// The transaction must be refused with exactly this instruction error.
    #[track_caller]
    pub fn refuse_with(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
        expected: InstructionError,
        name: &str,
    ) {
        match self.try_send(instructions, signers) {
            Ok(_) => panic!("landed, but should have been refused with {name} ({expected:?})"),
            Err(failed) => {
                let found = match &failed.err {
                    TransactionError::InstructionError(_, error) => error.clone(),
                    other => panic!(
                        "refused with {other:?} instead of {name}\n{}",
                        failed.meta.logs.join("\n")
                    ),
                };
                assert_eq!(
                    found,
                    expected,
                    "expected {name}\n{}",
                    failed.meta.logs.join("\n")
                );
                proven::held();
            }
        }
    }

    /// Bytes of the transaction that a client would send: compute limit, priority fee, `instruction`.
    pub fn transaction_bytes(&self, instruction: &Instruction, signers: &[&Keypair]) -> usize {
        self.transaction_bytes_of(std::slice::from_ref(instruction), signers)
    }

    /// As [`World::transaction_bytes`], with several instructions behind the compute budget.
    pub fn transaction_bytes_of(&self, instructions: &[Instruction], signers: &[&Keypair]) -> usize {
        let mut all = vec![
            ComputeBudgetInstruction::set_compute_unit_limit(1_400_000),
            ComputeBudgetInstruction::set_compute_unit_price(1_000),
        ];
        all.extend_from_slice(instructions);
        let payer = signers[0].pubkey();
        let message = Message::new(&all, Some(&payer));
        1 + 64 * usize::from(message.header.num_required_signatures) + message.serialize().len()
    }
}

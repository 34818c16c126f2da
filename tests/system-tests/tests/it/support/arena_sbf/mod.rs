//! The rules inside the virtual machine: a LiteSVM with the `arena-step` test program and one state account.

use arena::{Digest, Rules};
use litesvm::LiteSVM;
use solana_account_4::Account;
use solana_compute_budget_interface::ComputeBudgetInstruction;
use solana_instruction::{AccountMeta, Instruction};
use solana_keypair::Keypair;
use solana_message_4::{Message, VersionedMessage};
use solana_signer::Signer;
use solana_transaction_4::versioned::VersionedTransaction;

const ELF: &[u8] = include_bytes!("../../../../../programs/arena-step/artifact/arena_step.so");
/// The most a transaction may use.
const COMPUTE_UNITS_MAX: u32 = 1_400_000;

/// What one instruction did.
pub struct Outcome {
    /// Whether the program accepted it.
    pub accepted: bool,
    /// Compute units of the whole transaction.
    pub compute_units: u64,
    /// What the program returned.
    pub returned: Vec<u8>,
}

/// The machine.
pub struct Machine {
    svm: LiteSVM,
    payer: Keypair,
    program: Keypair,
    account: Keypair,
}

impl Machine {
    /// A machine with the committed test program.
    pub fn new() -> Self {
        // Equal transactions are wanted here: the same segment may be run twice.
        let mut svm = LiteSVM::new().with_sigverify(false).with_transaction_history(0);
        let payer = Keypair::new();
        let (program, account) = (Keypair::new(), Keypair::new());
        svm.airdrop(&payer.pubkey(), 1_000_000_000_000)
            .expect("a fresh payer can be funded");
        svm.add_program(program.pubkey(), ELF)
            .expect("the committed program can be loaded");
        Self {
            svm,
            payer,
            program,
            account,
        }
    }

    /// Puts bytes into the state account.
    pub fn load(&mut self, state: &[u8]) {
        let account = Account {
            lamports: self.svm.minimum_balance_for_rent_exemption(state.len()),
            data: state.to_vec(),
            owner: self.program.pubkey(),
            executable: false,
            rent_epoch: u64::MAX,
        };
        self.svm
            .set_account(self.account.pubkey(), account)
            .expect("an account of the test program can be set");
    }

    /// The bytes of the state account.
    pub fn state(&self) -> Vec<u8> {
        self.svm
            .get_account(&self.account.pubkey())
            .map(|account| account.data)
            .unwrap_or_default()
    }

    fn run(&mut self, data: Vec<u8>) -> Outcome {
        let instructions = [
            ComputeBudgetInstruction::set_compute_unit_limit(COMPUTE_UNITS_MAX),
            Instruction {
                program_id: self.program.pubkey(),
                accounts: vec![AccountMeta::new(self.account.pubkey(), false)],
                data,
            },
        ];
        let message = Message::new_with_blockhash(
            &instructions,
            Some(&self.payer.pubkey()),
            &self.svm.latest_blockhash(),
        );
        let transaction = VersionedTransaction::try_new(VersionedMessage::Legacy(message), &[&self.payer])
            .expect("the payer can sign");
        match self.svm.send_transaction(transaction) {
            Ok(meta) => Outcome {
                accepted: true,
                compute_units: meta.compute_units_consumed,
                returned: meta.return_data.data,
            },
            Err(failed) => {
                let reason = format!("{:?}", failed.err);
                assert!(
                    reason.contains("Custom(1)"),
                    "the machine itself failed: {reason} {:?}",
                    failed.meta.logs
                );
                Outcome {
                    accepted: false,
                    compute_units: failed.meta.compute_units_consumed,
                    returned: Vec::new(),
                }
            }
        }
    }

    /// Makes one segment of the loaded state.
    pub fn segment(&mut self, rules: &Rules, key: &Digest, owners: &[u8], inputs: &[u8]) -> Outcome {
        let owner_count = [owners.len() as u8];
        self.run([&[0], rules.as_bytes(), key, &owner_count, owners, inputs].concat())
    }

    /// Writes the genesis state over the loaded bytes.
    pub fn genesis(&mut self, rules: &Rules, seed: &Digest, owners: &[u8]) -> Outcome {
        let owner_count = [owners.len() as u8];
        self.run([&[1], rules.as_bytes(), seed, &owner_count, owners].concat())
    }

    /// Computes the payouts of the loaded state.
    pub fn share_out(&mut self, rules: &Rules, paid: &[u64]) -> Outcome {
        let paid: Vec<u8> = paid.iter().flat_map(|amount| amount.to_le_bytes()).collect();
        self.run([&[2], rules.as_bytes(), &paid[..]].concat())
    }

    /// Checks the loaded bytes.
    pub fn check(&mut self) -> Outcome {
        self.run(vec![3])
    }

    /// Does nothing.
    pub fn idle(&mut self) -> Outcome {
        self.run(vec![4])
    }
}

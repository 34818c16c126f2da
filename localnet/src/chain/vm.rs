//! LiteSVM as the rest of the chain sees it: execute or simulate one transaction, and say in full
//! what it did.
//!
//! LiteSVM's own signature, blockhash and duplicate checks are off: it knows only one blockhash, and
//! its history is bounded differently. Signatures are checked before a transaction comes here,
//! age and duplicates by `Blockhashes`. Durable nonces are absent: such a transaction is refused as
//! one whose blockhash is not found.

use std::collections::HashMap;
use std::panic::{catch_unwind, AssertUnwindSafe};

use litesvm::types::{FailedTransactionMetadata, TransactionMetadata};
use litesvm::LiteSVM;
use solana_account_4::{AccountSharedData, ReadableAccount};
use solana_keypair::Address;
use solana_message_4::v0::LoadedAddresses;
use solana_message_4::{AddressLoader, VersionedMessage};
use solana_transaction_4::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;

use crate::addresses::INSTRUCTIONS;
use crate::ledger::{first_signature, AccountChange, Outcome, TokenBalance};
use crate::token;

/// What SIMD-0186 adds to every loaded account, and counts for a lookup table.
const ACCOUNT_BASE_BYTES: usize = 64;
const LOOKUP_TABLE_BYTES: usize = 8_248;

/// The virtual machine with all accounts.
pub(super) struct Vm {
    svm: LiteSVM,
}

/// A transaction's effect.
pub(super) struct Execution {
    pub(super) outcome: Outcome,
    /// New states of the accounts it may have written. Empty for a simulation that failed.
    pub(super) changes: Vec<AccountChange>,
}

impl Vm {
    pub(super) fn new(svm: LiteSVM) -> Self {
        Self { svm }
    }

    pub(super) fn account(&self, address: &Address) -> Option<AccountSharedData> {
        self.svm.accounts_db().get_account(address)
    }

    /// All accounts, in no order.
    pub(super) fn accounts(&self) -> Vec<AccountChange> {
        let accounts = &self.svm.accounts_db().inner;
        accounts
            .iter()
            .map(|(address, account)| (*address, Some(account.clone())))
            .collect()
    }

    /// Writes an account without a transaction. Errors: LiteSVM's reason, for a broken sysvar or an
    /// executable account that cannot be loaded.
    pub(super) fn set_account(
        &mut self,
        address: Address,
        account: AccountSharedData,
    ) -> Result<AccountChange, String> {
        self.svm
            .set_account(address, account.into())
            .map_err(|error| error.to_string())?;
        Ok((address, self.account(&address)))
    }

    /// Executes and commits.
    #[allow(clippy::result_large_err, reason = "the type of the failure is LiteSVM's")]
    pub(super) fn execute(&mut self, transaction: &VersionedTransaction) -> Execution {
        let mut execution = match self.before(transaction) {
            Ok(execution) => execution,
            Err(refused) => return *refused,
        };
        let result = catch_unwind(AssertUnwindSafe(|| {
            self.svm.send_transaction(transaction.clone())
        }));
        match result {
            Ok(Ok(meta)) => fill(&mut execution.outcome, meta),
            Ok(Err(failed)) => fail(&mut execution.outcome, transaction, failed),
            Err(_) => panicked(&mut execution.outcome),
        }
        if execution.outcome.is_loaded {
            let message = &transaction.message;
            execution.changes = execution
                .outcome
                .keys
                .iter()
                .enumerate()
                .filter(|(index, _)| is_writable(message, &execution.outcome.loaded, *index))
                .map(|(_, key)| (*key, self.account(key)))
                .collect();
        }
        self.after(&mut execution);
        execution
    }

    /// Executes and forgets.
    #[allow(clippy::result_large_err, reason = "the type of the failure is LiteSVM's")]
    pub(super) fn simulate(&self, transaction: &VersionedTransaction) -> Execution {
        let mut execution = match self.before(transaction) {
            Ok(execution) => execution,
            Err(refused) => return *refused,
        };
        let result = catch_unwind(AssertUnwindSafe(|| {
            self.svm.simulate_transaction(transaction.clone())
        }));
        match result {
            Ok(Ok(info)) => {
                fill(&mut execution.outcome, info.meta);
                execution.changes = info
                    .post_accounts
                    .into_iter()
                    .map(|(key, account)| (key, (account.lamports() > 0).then_some(account)))
                    .collect();
            }
            Ok(Err(failed)) => fail(&mut execution.outcome, transaction, failed),
            Err(_) => panicked(&mut execution.outcome),
        }
        self.after(&mut execution);
        let outcome = &mut execution.outcome;
        if outcome.error.is_some() && outcome.is_loaded {
            if let Some(payer) = outcome.post_balances.first_mut() {
                *payer = payer.saturating_sub(outcome.fee);
            }
        }
        execution
    }

    /// Resolves the keys and takes balances, or says why the transaction cannot even load.
    fn before(&self, transaction: &VersionedTransaction) -> Result<Execution, Box<Execution>> {
        let mut execution = Execution {
            outcome: Outcome::default(),
            changes: Vec::new(),
        };
        let message = &transaction.message;
        let lookups = message.address_table_lookups().unwrap_or_default();
        match self.svm.accounts_db().load_addresses(lookups) {
            Ok(loaded) => execution.outcome.loaded = loaded,
            Err(error) => {
                execution.outcome.error = Some(error.into());
                return Err(Box::new(execution));
            }
        }
        let loaded = &execution.outcome.loaded;
        let keys: Vec<Address> = message
            .static_account_keys()
            .iter()
            .chain(&loaded.writable)
            .chain(&loaded.readonly)
            .copied()
            .collect();
        execution.outcome.loaded_bytes = self.loaded_bytes(&keys, lookups.len());
        (execution.outcome.pre_balances, execution.outcome.pre_tokens) =
            self.balances(&keys, &HashMap::new());
        execution.outcome.keys = keys;
        Ok(execution)
    }

    /// Takes the balances that the changes lead to.
    fn after(&self, execution: &mut Execution) {
        let changed: HashMap<Address, Option<AccountSharedData>> =
            execution.changes.iter().cloned().collect();
        let outcome = &mut execution.outcome;
        (outcome.post_balances, outcome.post_tokens) = self.balances(&outcome.keys, &changed);
    }

    fn balances(
        &self,
        keys: &[Address],
        changed: &HashMap<Address, Option<AccountSharedData>>,
    ) -> (Vec<u64>, Vec<TokenBalance>) {
        let look_up = |key: &Address| match changed.get(key) {
            Some(account) => account.as_ref(),
            None => self.svm.accounts_db().get_account_ref(key),
        };
        let mut lamports = Vec::with_capacity(keys.len());
        let mut tokens = Vec::new();
        for (account_index, key) in keys.iter().enumerate() {
            let account = look_up(key);
            lamports.push(account.map_or(0, ReadableAccount::lamports));
            let Some((account, held)) = account.and_then(|a| Some((a, token::token_account(a)?))) else {
                continue;
            };
            if let Some(mint) = look_up(&held.mint).and_then(token::mint) {
                tokens.push(TokenBalance {
                    account_index,
                    mint: held.mint,
                    owner: held.owner,
                    program: *account.owner(),
                    amount: held.amount,
                    decimals: mint.decimals,
                });
            }
        }
        (lamports, tokens)
    }

    fn loaded_bytes(&self, keys: &[Address], lookup_table_count: usize) -> u32 {
        let accounts: usize = keys
            .iter()
            .filter(|key| **key != INSTRUCTIONS)
            .filter_map(|key| self.svm.accounts_db().get_account_ref(key))
            .map(|account| ACCOUNT_BASE_BYTES + account.data().len())
            .sum();
        u32::try_from(accounts + lookup_table_count * LOOKUP_TABLE_BYTES).unwrap_or(u32::MAX)
    }
}

/// May the transaction write the account at `index` of its keys? As the message says: an account
/// demoted by the runtime is unchanged, which does no harm here.
pub(crate) fn is_writable(message: &VersionedMessage, loaded: &LoadedAddresses, index: usize) -> bool {
    let header = message.header();
    let static_count = message.static_account_keys().len();
    let signed_count = usize::from(header.num_required_signatures);
    if index >= static_count {
        index - static_count < loaded.writable.len()
    } else if index >= signed_count {
        index < static_count - usize::from(header.num_readonly_unsigned_accounts)
    } else {
        index < signed_count - usize::from(header.num_readonly_signed_accounts)
    }
}

fn fill(outcome: &mut Outcome, meta: TransactionMetadata) {
    outcome.is_loaded = true;
    outcome.fee = meta.fee;
    outcome.compute_units = meta.compute_units_consumed;
    outcome.inner = meta.inner_instructions;
    outcome.logs = meta.logs;
    outcome.return_data =
        (!meta.return_data.data.is_empty()).then_some((meta.return_data.program_id, meta.return_data.data));
}

fn fail(outcome: &mut Outcome, transaction: &VersionedTransaction, failed: FailedTransactionMetadata) {
    // LiteSVM names the signature only of what it has loaded.
    let is_loaded = failed.meta.signature == first_signature(transaction);
    fill(outcome, failed.meta);
    outcome.error = Some(failed.err);
    outcome.is_loaded = is_loaded;
}

/// The virtual machine has no recoverable panics that we know of; should one appear, the
/// transaction is dropped without effect (LiteSVM commits last) and the chain goes on.
fn panicked(outcome: &mut Outcome) {
    tracing::error!("the virtual machine panicked; the transaction is dropped");
    outcome.error = Some(TransactionError::ClusterMaintenance);
    outcome.logs = vec!["Localnet: the virtual machine panicked; see its log".to_owned()];
}

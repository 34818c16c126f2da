//! Transactions: admission, preflight, inclusion, simulation, airdrops.

use std::sync::Arc;

use solana_signature::Signature;
use solana_transaction_4::versioned::VersionedTransaction;
use solana_transaction_error::TransactionError;

use super::command::{AirdropRequest, SendRequest, SimulateRequest, Simulation};
use super::vm::Execution;
use super::Chain;
use crate::ledger::{first_signature, Outcome, TransactionRecord};

impl Chain {
    pub(super) fn send(&mut self, request: &SendRequest) -> Result<(), Box<Outcome>> {
        let transaction = &request.transaction;
        self.check_admission(transaction).map_err(refused)?;
        if request.preflight {
            let trial = self.vm.simulate(transaction);
            if trial.outcome.error.is_some() {
                return Err(Box::new(trial.outcome));
            }
        }
        if self.is_halted() {
            // Forwarded, as a node does while its cluster stands still; nobody takes it.
            return Ok(());
        }
        self.include(transaction.clone())
    }

    /// May this message run now? The real node's order: age first, then duplicates.
    fn check_admission(&self, transaction: &VersionedTransaction) -> Result<(), TransactionError> {
        let blockhash = transaction.message.recent_blockhash();
        if !self.blockhashes.is_valid(blockhash) {
            return Err(TransactionError::BlockhashNotFound);
        }
        if self.blockhashes.has_seen(blockhash, &transaction.message.hash()) {
            return Err(TransactionError::AlreadyProcessed);
        }
        Ok(())
    }

    /// Executes, and if the block takes it: remembers, publishes and announces it.
    fn include(&mut self, transaction: VersionedTransaction) -> Result<(), Box<Outcome>> {
        let Execution { outcome, changes } = self.vm.execute(&transaction);
        if !outcome.is_loaded {
            return Err(Box::new(outcome));
        }
        let message = &transaction.message;
        self.blockhashes
            .mark_seen(*message.recent_blockhash(), message.hash());
        let (slot, block_time) = (self.open.slot, self.open.time);
        let index = self.open.transactions.len();
        let undo = &mut self.open.undo;
        let record = self.ledger.write(|state| {
            let record = Arc::new(TransactionRecord {
                sequence: state.history.transaction_count(),
                slot,
                index,
                block_time,
                transaction,
                outcome,
            });
            for change in &changes {
                undo.push((change.0, state.accounts.get(&change.0).cloned()));
                state.accounts.apply(change);
            }
            state.history.push_transaction(record.clone());
            record
        });
        self.open.transactions.push(record.clone());
        self.announce(Some(record), changes);
        Ok(())
    }

    pub(super) fn simulate(&mut self, request: SimulateRequest) -> Simulation {
        let SimulateRequest {
            mut transaction,
            replace_blockhash,
            accounts,
        } = request;
        let mut replacement = None;
        let admission = if replace_blockhash {
            let latest = self.blockhashes.latest();
            transaction.message.set_recent_blockhash(latest);
            replacement = Some((latest, self.blockhashes.latest_valid_height()));
            Ok(())
        } else {
            self.check_admission(&transaction)
        };
        let mut simulation = Simulation {
            slot: self.open.slot,
            outcome: Outcome::default(),
            accounts: vec![None; accounts.len()],
            replacement,
        };
        if let Err(error) = admission {
            simulation.outcome = *refused(error);
            return simulation;
        }
        let trial = self.vm.simulate(&transaction);
        if trial.outcome.error.is_none() {
            simulation.accounts = accounts
                .iter()
                .map(
                    |wanted| match trial.changes.iter().find(|(address, _)| address == wanted) {
                        Some((_, account)) => account.clone(),
                        None => self.vm.account(wanted),
                    },
                )
                .collect();
        }
        simulation.outcome = trial.outcome;
        simulation
    }

    pub(super) fn airdrop(&mut self, request: &AirdropRequest) -> Result<Signature, Box<Outcome>> {
        let blockhash = self.blockhashes.latest();
        let transaction = self
            .faucet
            .payment(&request.to, request.lamports, blockhash)
            .map_err(|_| refused(TransactionError::SignatureFailure))?;
        let trial = self.vm.simulate(&transaction);
        if trial.outcome.error.is_some() {
            return Err(Box::new(trial.outcome));
        }
        if self.is_halted() {
            return Err(refused(TransactionError::ClusterMaintenance));
        }
        let signature = first_signature(&transaction);
        self.include(transaction)?;
        Ok(signature)
    }
}

/// An outcome of a transaction that did not run.
fn refused(error: TransactionError) -> Box<Outcome> {
    Box::new(Outcome {
        error: Some(error),
        ..Outcome::default()
    })
}

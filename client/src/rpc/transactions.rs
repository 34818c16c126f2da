//! Sending transactions, and looking them up.

use anchor_lang::prelude::Pubkey;
use base64::prelude::{Engine, BASE64_STANDARD};
use serde_json::{json, Value};
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;

use super::answers;
use super::handle::RpcPool;
use super::method::{Class, Method};
use super::types::{SendOptions, SignatureAt, SignatureStatus, Simulation};
use crate::error::Error;

/// Nodes bound a page of signatures at this.
pub const SIGNATURES_PER_PAGE_MAX: usize = 1_000;

/// How a transaction is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Its bytes, of formats up to version 0: what every provider takes.
    Bytes,
    /// Its bytes, whatever the format.
    BytesOfAnyVersion,
    /// Taken apart by the node, whatever the format.
    TakenApart,
}

/// Which part of a list of signatures is wanted.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PageAt {
    /// Older than this.
    pub(crate) before: Option<Signature>,
    /// Newer than this.
    pub(crate) until: Option<Signature>,
}

impl RpcPool {
    /// Runs `transaction` without sending it, its blockhash replaced and its signatures not checked.
    pub async fn simulate(&self, transaction: &VersionedTransaction) -> Result<Simulation, Error> {
        let config = json!({
            "encoding": "base64", "sigVerify": false, "replaceRecentBlockhash": true,
            "commitment": self.commitment.commitment,
        });
        let params = json!([encoded(transaction)?, config]);
        self.ask(Method::SimulateTransaction, params, answers::simulation)
            .await
    }

    /// Hands `transaction` to the network. Success means accepted for forwarding, not landed.
    pub async fn send(
        &self,
        transaction: &VersionedTransaction,
        options: SendOptions,
    ) -> Result<Signature, Error> {
        // We re-broadcast ourselves until the blockhash is over.
        let config = json!({
            "encoding": "base64", "skipPreflight": options == SendOptions::SkipPreflight,
            "preflightCommitment": self.commitment.commitment, "maxRetries": 0,
        });
        let params = json!([encoded(transaction)?, config]);
        Ok(self.pool.broadcast(params, answers::signature).await?)
    }

    /// What a node that keeps statuses of the last minutes knows of `signatures` (at most 256), with the slot it was at.
    pub async fn statuses(
        &self,
        signatures: &[Signature],
    ) -> Result<(u64, Vec<Option<SignatureStatus>>), Error> {
        let texts: Vec<String> = signatures.iter().map(Signature::to_string).collect();
        let decode = |answer: &Value| self.statuses_told(answer, signatures.len());
        self.ask(Method::SignatureStatuses, json!([texts]), decode).await
    }

    /// What the ledger, as far back as the endpoints keep it, knows of a signature: an answer from every endpoint that
    /// gives one, each with the slot it was at.
    ///
    /// # Errors
    /// When no endpoint answers.
    pub async fn statuses_in_history(
        &self,
        signature: &Signature,
    ) -> Result<Vec<(u64, Option<SignatureStatus>)>, Error> {
        let params = json!([[signature.to_string()], { "searchTransactionHistory": true }]);
        let decode = |answer: &Value| self.statuses_told(answer, 1);
        let mut known = Vec::new();
        let mut failure = None;
        for answer in self
            .pool
            .ask_everyone(Method::SignatureStatuses, params, decode)
            .await
        {
            match answer {
                Ok((slot, statuses)) => known.extend(statuses.into_iter().map(|status| (slot, status))),
                Err(failed) => failure = Some(failed),
            }
        }
        match failure {
            Some(failed) if known.is_empty() => Err(failed.into()),
            _ => Ok(known),
        }
    }

    /// Statuses of blocks that can be.
    fn statuses_told(
        &self,
        answer: &Value,
        expected: usize,
    ) -> answers::Decoded<(u64, Vec<Option<SignatureStatus>>)> {
        let (slot, statuses) = answers::statuses(answer, expected)?;
        let highest = statuses.iter().flatten().map(|status| status.slot).max();
        self.pool.slot_told(highest.unwrap_or(0).max(slot))?;
        Ok((slot, statuses))
    }

    /// The newest transactions that name `address`, newest first; at most `limit`, which nodes bound at 1,000.
    pub async fn signatures_of(&self, address: &Pubkey, limit: usize) -> Result<Vec<SignatureAt>, Error> {
        let params = self.page_params(address, PageAt::default(), limit);
        self.ask(Method::SignaturesForAddress, params, answers::signatures)
            .await
    }

    /// The endpoints as they are to be asked for a list that must be of one piece, the best first.
    pub(crate) fn listers(&self) -> Vec<usize> {
        self.pool.endpoints.by_rank(Class::Ledger)
    }

    /// One full page of a list, from one endpoint and no other.
    pub(crate) async fn page_at(
        &self,
        lister: usize,
        address: &Pubkey,
        at: PageAt,
    ) -> Result<Vec<SignatureAt>, Error> {
        let params = self.page_params(address, at, SIGNATURES_PER_PAGE_MAX);
        Ok(self
            .pool
            .ask_at(lister, Method::SignaturesForAddress, &params, answers::signatures)
            .await?)
    }

    fn page_params(&self, address: &Pubkey, at: PageAt, limit: usize) -> Value {
        let mut config = json!({
            "limit": limit.min(SIGNATURES_PER_PAGE_MAX), "commitment": self.commitment.commitment,
        });
        for (name, signature) in [("before", at.before), ("until", at.until)] {
            if let Some(signature) = signature {
                config[name] = json!(signature.to_string());
            }
        }
        json!([address.to_string(), config])
    }

    /// A transaction with what it did, read by `decode`, whose failures are the endpoint's. `None`: no endpoint that
    /// answers has it.
    pub(crate) async fn transaction<T>(
        &self,
        signature: &Signature,
        form: Form,
        decode: impl Fn(&Value) -> answers::Decoded<T>,
    ) -> Result<Option<T>, Error> {
        let (encoding, version_max) = match form {
            Form::Bytes => ("base64", 0),
            Form::BytesOfAnyVersion => ("base64", u8::MAX),
            Form::TakenApart => ("json", u8::MAX),
        };
        let config = json!({
            "encoding": encoding, "commitment": self.commitment.commitment,
            "maxSupportedTransactionVersion": version_max,
        });
        let params = json!([signature.to_string(), config]);
        let optional = |answer: &Value| match answer {
            Value::Null => Ok(None),
            answer => decode(answer).map(Some),
        };
        let first = self
            .pool
            .ask(Method::Transaction, params.clone(), optional)
            .await?;
        if first.is_some() || self.pool.endpoints.len() < 2 {
            return Ok(first);
        }
        // One that has forgotten it, or lags, does not speak for the others.
        let everybody = self.listers();
        let answers = self
            .pool
            .ask_all(everybody, Method::Transaction, &params, &optional)
            .await;
        Ok(answers.into_iter().find_map(|answer| answer.ok().flatten()))
    }

    /// Asks the faucet of a test cluster for `lamports`. Sent once: repeating it would pay twice.
    pub async fn airdrop(&self, to: &Pubkey, lamports: u64) -> Result<Signature, Error> {
        let params = json!([to.to_string(), lamports]);
        self.ask(Method::RequestAirdrop, params, answers::signature).await
    }
}

/// A transaction as the wire wants it.
fn encoded(transaction: &VersionedTransaction) -> Result<String, Error> {
    let bytes = bincode::serialize(transaction)
        .map_err(|error| crate::sender::prepare::BuildError::Decode(error.to_string()))?;
    Ok(BASE64_STANDARD.encode(bytes))
}

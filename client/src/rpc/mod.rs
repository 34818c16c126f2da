//! Reading the chain: [`RpcPool`], one handle over however many JSON-RPC endpoints there are.
//!
//! Owns timeouts, retries with jittered back-off, rate-limit answers (429 and `Retry-After`), the choice among endpoints by
//! health, latency and lag, and bounds on answers.
//! Invariants: every call ends in bounded time; an error that comes out of here has already been retried, at another
//! endpoint where there is one, if that could have helped, so callers decide, they do not loop; no error, log line or
//! metric holds more of an endpoint's address than its host.
//! Absent on purpose: subscriptions ([`crate::pubsub`]) and the fate of transactions ([`crate::sender`]).

mod backoff;
mod config;
mod endpoint;
mod health;
mod measure;
mod pool;
#[cfg(test)]
mod pool_tests;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use serde_json::json;
use solana_account::Account;
use solana_account_decoder_client_types::{UiAccount, UiAccountEncoding};
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_rpc_client::nonblocking::rpc_client::RpcClient;
use solana_rpc_client::rpc_client::{
    GetConfirmedSignaturesForAddress2Config, RpcClientConfig, SerializableTransaction,
};
use solana_rpc_client_api::config::{
    RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcSendTransactionConfig, RpcSimulateTransactionConfig,
};
use solana_rpc_client_api::filter::RpcFilterType;
use solana_rpc_client_api::request::RpcRequest;
use solana_rpc_client_api::response::{Response, RpcSimulateTransactionResult};
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use solana_transaction_status_client_types::TransactionStatus;

pub use backoff::Backoff;
pub use config::{RpcConfig, ENDPOINTS_MAX};
pub(crate) use endpoint::is_transient;
pub use pool::EndpointStatus;
use pool::{Pool, PoolTransport};

use crate::error::Error;

/// `getMultipleAccounts` refuses more keys than this.
const ACCOUNTS_PER_REQUEST_MAX: usize = 100;

/// A configuration no endpoint can be made of.
#[derive(Debug, thiserror::Error)]
pub enum RpcConfigError {
    /// The address is not one.
    #[error("{url} is not an RPC address ({reason}); give one like https://api.devnet.solana.com")]
    Url {
        /// What was given, as far as it may be shown.
        url: String,
        /// Why it was refused.
        reason: String,
    },
    /// More endpoints than a pool takes.
    #[error("{0} RPC endpoints are given, at most {ENDPOINTS_MAX} are used")]
    TooMany(usize),
    /// The HTTP client could not be built (TLS roots, resolver).
    #[error("the HTTP client could not be set up")]
    Client(#[source] reqwest::Error),
}

/// The chain's tip as one consistent reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tip {
    /// Slot at the pool's commitment.
    pub slot: u64,
    /// Block height of that slot; blockhash validity is counted in these.
    pub block_height: u64,
}

/// A blockhash and the last block height at which a transaction with it can land.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecentBlockhash {
    /// The hash.
    pub blockhash: Hash,
    /// Last block height at which it is accepted.
    pub last_valid_block_height: u64,
}

/// A transaction that names an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignatureAt {
    /// Its signature.
    pub signature: Signature,
    /// Slot of its block.
    pub slot: u64,
    /// It is in the ledger and did nothing but pay its fee.
    pub failed: bool,
}

/// What simulating a transaction says, with the logs a node gives.
pub type Simulation = RpcSimulateTransactionResult;

/// A cheap-to-clone handle over the RPC endpoints.
#[derive(Clone)]
pub struct RpcPool {
    client: Arc<RpcClient>,
    pool: Arc<Pool>,
    commitment: CommitmentConfig,
}

impl std::fmt::Debug for RpcPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RpcPool")
            .field("commitment", &self.commitment)
            .finish_non_exhaustive()
    }
}

impl RpcPool {
    /// Builds the pool. Nothing is sent yet.
    pub fn new(config: RpcConfig) -> Result<Self, RpcConfigError> {
        let pool = Arc::new(Pool::new(&config)?);
        let transport = PoolTransport(Arc::clone(&pool));
        let client = RpcClient::new_sender(transport, RpcClientConfig::with_commitment(config.commitment));
        Ok(Self {
            client: Arc::new(client),
            pool,
            commitment: config.commitment,
        })
    }

    /// Solana's own client on top of this pool, for the rare request that has no method here.
    pub fn raw(&self) -> &RpcClient {
        &self.client
    }

    /// How the endpoints do, in the order they were given.
    pub fn endpoints(&self) -> Vec<EndpointStatus> {
        self.pool.statuses()
    }

    /// The commitment of reads.
    pub fn commitment(&self) -> CommitmentConfig {
        self.commitment
    }

    /// The account at `address`, `None` if there is none.
    pub async fn account(&self, address: &Pubkey) -> Result<Option<Account>, Error> {
        Ok(self.account_with_slot(address).await?.1)
    }

    /// As [`Self::account`], with the slot the answer belongs to.
    pub async fn account_with_slot(&self, address: &Pubkey) -> Result<(u64, Option<Account>), Error> {
        let response = self
            .client
            .get_account_with_commitment(address, self.commitment)
            .await?;
        Ok((response.context.slot, response.value))
    }

    /// As [`Self::account_with_slot`], from an endpoint that has seen `slot_min`. Endpoints that have not are passed over;
    /// one that does not know how to tell may answer with an earlier slot.
    ///
    /// # Errors
    /// A transient one when no endpoint has come so far in time.
    pub async fn account_since(
        &self,
        address: &Pubkey,
        slot_min: u64,
    ) -> Result<(u64, Option<Account>), Error> {
        let config = RpcAccountInfoConfig {
            encoding: Some(UiAccountEncoding::Base64),
            commitment: Some(self.commitment),
            min_context_slot: Some(slot_min),
            ..RpcAccountInfoConfig::default()
        };
        let response: Response<Option<UiAccount>> = self
            .client
            .send(RpcRequest::GetAccountInfo, json!([address.to_string(), config]))
            .await?;
        let account = response.value.map(decode_account).transpose()?;
        Ok((response.context.slot, account))
    }

    /// What the ledger, as far back as the endpoints keep it, knows of a signature: an answer from every endpoint that
    /// gives one, each with the slot it was at.
    ///
    /// # Errors
    /// When no endpoint answers.
    pub async fn statuses_in_history(
        &self,
        signature: &Signature,
    ) -> Result<Vec<(u64, Option<TransactionStatus>)>, Error> {
        let params = json!([[signature.to_string()], { "searchTransactionHistory": true }]);
        let request = RpcRequest::GetSignatureStatuses;
        let mut known = Vec::new();
        let mut error = None;
        for answer in self.pool.ask_everyone(request, params).await {
            match answer {
                Ok(json) => {
                    let response: Response<Vec<Option<TransactionStatus>>> = serde_json::from_value(json)
                        .map_err(|error| Error::Answer(format!("getSignatureStatuses: {error}")))?;
                    let slot = response.context.slot;
                    known.extend(response.value.into_iter().next().map(|status| (slot, status)));
                }
                Err(failed) => error = Some(failed.into_with_request(request)),
            }
        }
        match error {
            Some(error) if known.is_empty() => Err(error.into()),
            _ if known.is_empty() => Err(Error::Answer(
                "getSignatureStatuses answered nothing for a signature".to_owned(),
            )),
            _ => Ok(known),
        }
    }

    /// The accounts at `addresses`, in their order. More than 100 are asked for in several requests, which may belong
    /// to different slots.
    pub async fn accounts(&self, addresses: &[Pubkey]) -> Result<Vec<Option<Account>>, Error> {
        let mut accounts = Vec::with_capacity(addresses.len());
        for chunk in addresses.chunks(ACCOUNTS_PER_REQUEST_MAX) {
            let config = RpcAccountInfoConfig {
                encoding: Some(UiAccountEncoding::Base64),
                commitment: Some(self.commitment),
                ..RpcAccountInfoConfig::default()
            };
            let response = self
                .client
                .get_multiple_ui_accounts_with_config(chunk, config)
                .await?;
            if response.value.len() != chunk.len() {
                return Err(Error::Answer(format!(
                    "getMultipleAccounts answered {} accounts for {} addresses",
                    response.value.len(),
                    chunk.len()
                )));
            }
            for account in response.value {
                accounts.push(account.map(decode_account).transpose()?);
            }
        }
        Ok(accounts)
    }

    /// Every account of `program` that passes `filters` (at most 4).
    pub async fn program_accounts(
        &self,
        program: &Pubkey,
        filters: Vec<RpcFilterType>,
    ) -> Result<Vec<(Pubkey, Account)>, Error> {
        let config = RpcProgramAccountsConfig {
            filters: Some(filters),
            account_config: RpcAccountInfoConfig {
                encoding: Some(UiAccountEncoding::Base64),
                commitment: Some(self.commitment),
                ..RpcAccountInfoConfig::default()
            },
            ..RpcProgramAccountsConfig::default()
        };
        let accounts = self
            .client
            .get_program_ui_accounts_with_config(program, config)
            .await?;
        accounts
            .into_iter()
            .map(|(address, account)| Ok((address, decode_account(account)?)))
            .collect()
    }

    /// The current slot.
    pub async fn slot(&self) -> Result<u64, Error> {
        Ok(self.client.get_slot_with_commitment(self.commitment).await?)
    }

    /// Slot and block height of one and the same block.
    pub async fn tip(&self) -> Result<Tip, Error> {
        let info = self
            .client
            .get_epoch_info_with_commitment(self.commitment)
            .await?;
        Ok(Tip {
            slot: info.absolute_slot,
            block_height: info.block_height,
        })
    }

    /// A blockhash to sign with.
    pub async fn latest_blockhash(&self) -> Result<RecentBlockhash, Error> {
        let (blockhash, last_valid_block_height) = self
            .client
            .get_latest_blockhash_with_commitment(self.commitment)
            .await?;
        Ok(RecentBlockhash {
            blockhash,
            last_valid_block_height,
        })
    }

    /// The genesis hash, by which one chain is told from another.
    pub async fn genesis_hash(&self) -> Result<[u8; 32], Error> {
        Ok(self.client.get_genesis_hash().await?.to_bytes())
    }

    /// Lamports an account of `data_len` bytes must hold.
    pub async fn rent_exempt_minimum(&self, data_len: usize) -> Result<u64, Error> {
        Ok(self
            .client
            .get_minimum_balance_for_rent_exemption(data_len)
            .await?)
    }

    /// Lamports of `address`, zero where there is no account.
    pub async fn balance(&self, address: &Pubkey) -> Result<u64, Error> {
        Ok(self
            .client
            .get_balance_with_commitment(address, self.commitment)
            .await?
            .value)
    }

    /// Runs `transaction` without sending it, its blockhash replaced and its signatures not checked.
    pub async fn simulate(&self, transaction: &VersionedTransaction) -> Result<Simulation, Error> {
        let config = RpcSimulateTransactionConfig {
            sig_verify: false,
            replace_recent_blockhash: true,
            commitment: Some(self.commitment),
            ..RpcSimulateTransactionConfig::default()
        };
        Ok(self
            .client
            .simulate_transaction_with_config(transaction, config)
            .await?
            .value)
    }

    /// Hands `transaction` to the network. Success means accepted for forwarding, not landed.
    pub async fn send(
        &self,
        transaction: &impl SerializableTransaction,
        options: SendOptions,
    ) -> Result<Signature, Error> {
        let config = RpcSendTransactionConfig {
            skip_preflight: options == SendOptions::SkipPreflight,
            preflight_commitment: Some(self.commitment.commitment),
            // We re-broadcast ourselves until the blockhash is over.
            max_retries: Some(0),
            ..RpcSendTransactionConfig::default()
        };
        Ok(self
            .client
            .send_transaction_with_config(transaction, config)
            .await?)
    }

    /// The newest transactions that name `address`, newest first; at most `limit`, which nodes bound at 1,000.
    pub async fn signatures_of(&self, address: &Pubkey, limit: usize) -> Result<Vec<SignatureAt>, Error> {
        let config = GetConfirmedSignaturesForAddress2Config {
            limit: Some(limit.min(1000)),
            commitment: Some(self.commitment),
            ..GetConfirmedSignaturesForAddress2Config::default()
        };
        let answer = self
            .client
            .get_signatures_for_address_with_config(address, config)
            .await?;
        let parse = |text: &str| {
            text.parse()
                .map_err(|_| Error::Answer(format!("`{text}` is not a signature")))
        };
        let found = answer.iter().map(|status| {
            Ok(SignatureAt {
                signature: parse(&status.signature)?,
                slot: status.slot,
                failed: status.err.is_some(),
            })
        });
        found.collect()
    }

    /// Asks the faucet of a test cluster for `lamports`. Sent once: repeating it would pay twice.
    pub async fn airdrop(&self, to: &Pubkey, lamports: u64) -> Result<Signature, Error> {
        let text: String = self
            .client
            .send(RpcRequest::RequestAirdrop, json!([to.to_string(), lamports]))
            .await?;
        text.parse()
            .map_err(|_| Error::Answer(format!("`{text}` is not a signature")))
    }
}

/// Whether the node simulates a transaction before it forwards it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SendOptions {
    /// The node simulates first and answers with the program's error: for first sends.
    #[default]
    Preflight,
    /// Forwarded unseen: for re-broadcasts of what has passed once.
    SkipPreflight,
}

fn decode_account(account: UiAccount) -> Result<Account, Error> {
    account
        .decode::<Account>()
        .ok_or_else(|| Error::Answer("an account whose data is not valid base64".to_owned()))
}

//! What must be true before a crank starts, and what is said where it is not.

use std::path::PathBuf;

use anchor_lang::prelude::Pubkey;
use arena::HostSha256;
use client::entropy::EntropyError;
use client::rpc::RpcPool;
use client::view::fetch;
use store::StoreError;

use crate::config::{ConfigError, CrankConfig, MatchTemplate};

/// Why a crank does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder.
    #[error("cannot make the folder {}: {source}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chain.
    #[error(transparent)]
    Chain(#[from] client::Error),
    /// The gateway client.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// A thread.
    #[error("the operating system gave no tick thread: {0}")]
    Thread(std::io::Error),
    /// The program was never configured on this cluster.
    #[error("the program has no config account on this cluster: deploy and configure it, or check the RPC address")]
    NoProgramConfig,
    /// A mint that the program does not take.
    #[error("mint {0} is not on the program's list: the config's authority must allow it")]
    MintNotAllowed(Pubkey),
    /// A rules table that the program does not take.
    #[error("the rules table with hash {} is not on the program's list: the config's authority must allow it", hex::encode(.0))]
    RulesNotAllowed([u8; 32]),
    /// Nobody may create matches in this mint.
    #[error("{operator} is not an active operator account of mint {mint}: register this keypair and have it switched on")]
    NotOperator {
        /// Where the operator account would be.
        operator: Pubkey,
        /// In which mint.
        mint: Pubkey,
    },
    /// The operator account names another key to run its matches.
    #[error(
        "operator account {operator} names the crank key {named}, and this crank signs with {own}: start it with the \
         named key, or name this one (`aurelius operator set-crank-key {own}`)"
    )]
    NotCrankKey {
        /// The operator account.
        operator: Pubkey,
        /// The key it names.
        named: Pubkey,
        /// This crank's key.
        own: Pubkey,
    },
}

/// What is offered must be what the program takes.
pub(crate) async fn check_program(
    rpc: &RpcPool,
    config: &CrankConfig,
    authority: &Pubkey,
    crank_key: &Pubkey,
) -> Result<(), StartError> {
    let program = fetch::config(rpc).await?.ok_or(StartError::NoProgramConfig)?;
    for MatchTemplate { rules, mint, .. } in config.templates() {
        if !program.mints.contains(mint) {
            return Err(StartError::MintNotAllowed(*mint));
        }
        let hash = rules.hash::<HostSha256>();
        if !program.rules.contains(&hash) {
            return Err(StartError::RulesNotAllowed(hash));
        }
        let operator = client::address::operator(authority, mint);
        let account = fetch::operator(rpc, operator).await?;
        let account = account
            .filter(|account| account.active)
            .ok_or(StartError::NotOperator {
                operator,
                mint: *mint,
            })?;
        if account.crank != *crank_key {
            return Err(StartError::NotCrankKey {
                operator,
                named: account.crank,
                own: *crank_key,
            });
        }
    }
    Ok(())
}

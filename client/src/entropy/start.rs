//! Starting a locked match with its oracle's answer, as anybody may.

use anchor_lang::prelude::Pubkey;
use solana_account::Account;
use solana_instruction::Instruction;

use super::switchboard::{Oracle, Randomness, SwitchboardError};
use super::{EntropyClient, EntropyError};
use crate::error::Error;
use crate::instruction;
use crate::rpc::RpcPool;
use crate::view::MatchView;

/// Why a match cannot be started yet.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An account that it takes is not there, or says too little.
    #[error("{0}")]
    Missing(String),
    /// An account of Switchboard's is not what it should be.
    #[error(transparent)]
    Switchboard(#[from] SwitchboardError),
    /// The oracle's gateway does not give its answer.
    #[error(transparent)]
    Gateway(#[from] EntropyError),
    /// The chain cannot be asked.
    #[error(transparent)]
    Rpc(#[from] Error),
}

/// Fetches the answer of the oracle that `view` is committed to, from `gateway` or else from where the oracle says that
/// it can be asked, and gives the instruction that starts the match with it. `payer` signs.
///
/// # Errors
/// [`StartError`].
pub async fn start(
    rpc: &RpcPool,
    entropy: &EntropyClient,
    gateway: Option<&str>,
    view: &MatchView,
    payer: Pubkey,
) -> Result<Instruction, StartError> {
    let source = view.randomness_source();
    let missing = |what: &str| StartError::Missing(what.to_owned());
    let address = view
        .randomness()
        .ok_or_else(|| missing("there is no randomness account"))?;
    let account = account(rpc, "the randomness account", &address).await?;
    let randomness = Randomness::decode(&account, &source.program)?;
    let commitment = randomness
        .commitment(address)
        .ok_or_else(|| missing("the randomness is not committed"))?;
    let gateway = match gateway {
        Some(gateway) => gateway.to_owned(),
        None => {
            let oracle = self::account(rpc, "the oracle", &randomness.oracle).await?;
            let oracle = Oracle::decode(&oracle, &source.program)?;
            oracle
                .gateway
                .ok_or_else(|| missing("the oracle has no gateway"))?
        }
    };
    let reveal = entropy.reveal(&gateway, &commitment).await?;
    let oracle = randomness.oracle;
    Ok(instruction::start_match(
        &source,
        payer,
        view.address,
        address,
        oracle,
        &reveal,
    ))
}

async fn account(rpc: &RpcPool, what: &str, address: &Pubkey) -> Result<Account, StartError> {
    let account = rpc.account(address).await?;
    account.ok_or_else(|| StartError::Missing(format!("{what} {address} does not exist")))
}

//! Money for wallets that have none: SOL from the faucet or a payer, tokens from the mint's authority or a
//! payer.

use std::time::Duration;

use anyhow::{bail, Context, Result};
use client::{token, Pubkey};
use futures_util::future::try_join_all;
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::handle::{wait_for, Chain};
use super::tokens::{MintInfo, TOKEN_PROGRAM};

/// Longest wait for the faucet.
const FAUCET_PATIENCE: Duration = Duration::from_secs(60);
/// Wallets whose tokens fit one transaction: an account and a mint each, below 1,232 bytes.
const WALLETS_PER_TRANSACTION: usize = 5;
/// What a bot gets out of somebody's pocket: the rent of one entry (paid back later) and fees for hundreds of
/// matches.
const PAYER_LAMPORTS: u64 = 20_000_000;
/// SOL transfers that fit one transaction.
const TRANSFERS_PER_TRANSACTION: usize = 15;
/// Faucet requests under way at a time.
const AIRDROPS_AT_ONCE: usize = 16;

/// Where tokens come from.
pub enum TokenSource<'a> {
    /// Minted by the mint's authority.
    Mint(&'a Keypair),
    /// Taken from this wallet's canonical token account.
    Wallet(&'a Keypair),
}

impl<'a> TokenSource<'a> {
    /// Minting when `keypair` may, else taking from its account.
    pub fn of(keypair: &'a Keypair, mint: &MintInfo) -> Self {
        if mint.authority == Some(keypair.pubkey()) {
            Self::Mint(keypair)
        } else {
            Self::Wallet(keypair)
        }
    }

    fn keypair(&self) -> &'a Keypair {
        match self {
            Self::Mint(keypair) | Self::Wallet(keypair) => keypair,
        }
    }
}

/// Asks the cluster's faucet for SOL for each wallet and waits until all have it.
pub async fn airdrop(chain: &Chain, wallets: &[Pubkey], lamports: u64) -> Result<()> {
    for chunk in wallets.chunks(AIRDROPS_AT_ONCE) {
        try_join_all(chunk.iter().map(|wallet| airdrop_one(chain, wallet, lamports))).await?;
    }
    Ok(())
}

/// Gives each wallet SOL: from the cluster's faucet, or out of `payer`'s pocket where the faucet gives none.
pub async fn give_sol(
    chain: &Chain,
    payer: Option<&Keypair>,
    wallets: &[Pubkey],
    lamports: u64,
) -> Result<()> {
    let from_faucet = airdrop(chain, wallets, lamports).await;
    let (Err(error), Some(payer)) = (&from_faucet, payer) else {
        return from_faucet;
    };
    tracing::info!(error = %format_args!("{error:#}"), "no faucet, the payer gives SOL");
    // The faucet may have served some of them.
    let mut transfers = Vec::new();
    for wallet in wallets {
        if chain.rpc.balance(wallet).await? < PAYER_LAMPORTS {
            transfers.push(solana_system_interface::instruction::transfer(
                &payer.pubkey(),
                wallet,
                PAYER_LAMPORTS,
            ));
        }
    }
    for batch in transfers.chunks(TRANSFERS_PER_TRANSACTION) {
        chain
            .sender
            .send_and_confirm(batch, payer, &[])
            .await
            .with_context(|| format!("{} cannot give SOL to the bots", payer.pubkey()))?;
    }
    Ok(())
}

async fn airdrop_one(chain: &Chain, wallet: &Pubkey, lamports: u64) -> Result<()> {
    let before = chain.rpc.balance(wallet).await?;
    chain
        .rpc
        .airdrop(wallet, lamports)
        .await
        .with_context(|| format!("the cluster's faucet gave nothing to {wallet}"))?;
    wait_for(
        "the faucet's SOL",
        FAUCET_PATIENCE,
        Duration::from_millis(200),
        || async { Ok((chain.rpc.balance(wallet).await? > before).then_some(())) },
    )
    .await
}

/// Gives each wallet a canonical token account and `amount` base units.
pub async fn fund_with_tokens(
    chain: &Chain,
    source: &TokenSource<'_>,
    mint: &MintInfo,
    wallets: &[Pubkey],
    amount: u64,
) -> Result<()> {
    if mint.token_program != TOKEN_PROGRAM {
        bail!(
            "mint {} is of Token-2022; bots can be funded in classic SPL tokens only",
            mint.mint
        );
    }
    let payer = source.keypair();
    let giver = payer.pubkey();
    let batches = wallets.chunks(WALLETS_PER_TRANSACTION).map(|chunk| async move {
        let mut instructions = Vec::new();
        for wallet in chunk {
            instructions.push(token::create_token_account(
                &giver,
                wallet,
                &mint.mint,
                &mint.token_program,
            ));
            instructions.push(match source {
                TokenSource::Mint(_) => token::mint_to(&mint.mint, wallet, &giver, amount)?,
                TokenSource::Wallet(_) => token::transfer(&mint.mint, &giver, wallet, amount, mint.decimals)?,
            });
        }
        chain
            .sender
            .send_and_confirm(&instructions, payer, &[])
            .await
            .context("cannot give tokens to the bots")
    });
    try_join_all(batches).await.map(|_| ())
}

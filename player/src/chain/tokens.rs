//! Token balances and mints, read from accounts.
//!
//! Layout of SPL Token (also the base layout of Token-2022):
//!
//! | account | field | bytes |
//! |---|---|---|
//! | mint | supply u64 | 36..44 |
//! | mint | decimals u8 | 44 |
//! | token account | amount u64 | 64..72 |

use anyhow::{anyhow, Context, Result};
use client::address::token_account;
use client::Pubkey;

use super::handle::Chain;

/// Classic SPL Token.
pub const TOKEN_PROGRAM: Pubkey = Pubkey::from_str_const("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA");
/// Token-2022.
const TOKEN_2022_PROGRAM: Pubkey = Pubkey::from_str_const("TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb");

/// What is known of a mint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MintInfo {
    pub mint: Pubkey,
    pub token_program: Pubkey,
    pub supply: u64,
    pub decimals: u8,
    /// Who may mint more, if anybody.
    pub authority: Option<Pubkey>,
}

/// Reads a mint. Errors when there is none at the address.
pub async fn mint_info(chain: &Chain, mint: &Pubkey) -> Result<MintInfo> {
    let account = chain
        .rpc
        .account(mint)
        .await?
        .ok_or_else(|| anyhow!("there is no account at {mint}"))?;
    let programs = [TOKEN_PROGRAM, TOKEN_2022_PROGRAM];
    let data = &account.data;
    let is_mint = programs.contains(&account.owner) && data.len() >= 82 && data[45] == 1;
    if !is_mint {
        return Err(anyhow!(
            "{mint} is not a mint: it belongs to program {}",
            account.owner
        ));
    }
    let authority = match word32(data, 0) {
        Some(1) => data.get(4..36).and_then(|bytes| Pubkey::try_from(bytes).ok()),
        _ => None,
    };
    Ok(MintInfo {
        mint: *mint,
        token_program: account.owner,
        supply: word64(data, 36).context("the mint is too short")?,
        decimals: data[44],
        authority,
    })
}

/// What the canonical token account of `owner` holds, in base units; 0 when there is none.
pub async fn balance(chain: &Chain, owner: &Pubkey, mint: &MintInfo) -> Result<u64> {
    Ok(balances(chain, std::slice::from_ref(owner), mint).await?[0])
}

/// As [`balance`], for several owners in their order.
pub async fn balances(chain: &Chain, owners: &[Pubkey], mint: &MintInfo) -> Result<Vec<u64>> {
    let addresses: Vec<Pubkey> = owners
        .iter()
        .map(|owner| token_account(owner, &mint.mint, &mint.token_program))
        .collect();
    let accounts = chain.rpc.accounts(&addresses).await?;
    Ok(accounts
        .iter()
        .map(|account| {
            account
                .as_ref()
                .and_then(|account| word64(&account.data, 64))
                .unwrap_or(0)
        })
        .collect())
}

fn word64(data: &[u8], at: usize) -> Option<u64> {
    let bytes = data.get(at..at + 8)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

fn word32(data: &[u8], at: usize) -> Option<u32> {
    let bytes = data.get(at..at + 4)?;
    Some(u32::from_le_bytes(bytes.try_into().ok()?))
}

//! Wallets that may not play. A running relay asks the database at every sign-in, so a lifted ban is lifted
//! at once.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{bail, Context as _, Result};
use clap::Args;
use client::Pubkey;
use serde_json::{json, Value};
use store::Ban;

use super::memory::MemoryArgs;
use crate::commands::escrow::Answer;
use crate::config;
use crate::terminal::{duration, plural};

/// Flags of `aurelius operator bans`.
#[derive(Debug, Args)]
pub(super) struct BansArgs {
    /// Print the answer as one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub memory: MemoryArgs,
}

/// Flags of `aurelius operator unban`.
#[derive(Debug, Args)]
pub(super) struct UnbanArgs {
    /// Wallet that may play again
    #[arg(value_name = "WALLET", value_parser = config::parse_address)]
    pub wallet: Pubkey,
    /// Print the answer as one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub memory: MemoryArgs,
}

pub(super) async fn list(arguments: &BansArgs) -> Result<Answer> {
    let store = arguments.memory.open().await?;
    let now = now_ms()?;
    let bans = store.bans.all(now).await?;
    let mut lines = vec![plural(bans.len(), "ban")];
    lines.extend(bans.iter().map(|ban| {
        let end = match ban.until_ms {
            Some(until) => {
                let left = u64::try_from(until.saturating_sub(now)).unwrap_or(0);
                format!("for another {}", duration(Duration::from_millis(left)))
            }
            None => "until lifted".to_owned(),
        };
        format!("  {}  {end}: {}", address(&ban.wallet), ban.reason)
    }));
    let listed: Vec<Value> = bans.iter().map(as_json).collect();
    Ok(Answer {
        lines,
        warnings: Vec::new(),
        json: json!({ "bans": listed }),
    })
}

pub(super) async fn unban(arguments: &UnbanArgs) -> Result<Answer> {
    let store = arguments.memory.open().await?;
    let wallet = arguments.wallet;
    // The flags are forgotten in any case; a ban that has expired is none.
    let ban = store.bans.current(&wallet.to_bytes(), now_ms()?).await?;
    store.bans.unban(&wallet.to_bytes()).await?;
    let Some(ban) = ban else {
        bail!("{wallet} is not banned; its flags, if it had any, are forgotten");
    };
    Ok(Answer {
        lines: vec![format!(
            "{wallet} may play again; it was banned for: {}",
            ban.reason
        )],
        warnings: Vec::new(),
        json: json!({ "done": "unban", "ban": as_json(&ban) }),
    })
}

fn as_json(ban: &Ban) -> Value {
    json!({
        "wallet": address(&ban.wallet),
        "reason": ban.reason,
        "since_ms": ban.since_ms,
        "until_ms": ban.until_ms,
    })
}

fn address(key: &[u8; 32]) -> String {
    Pubkey::new_from_array(*key).to_string()
}

fn now_ms() -> Result<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    Ok(i64::try_from(
        since.context("this machine's clock is before 1970")?.as_millis(),
    )?)
}

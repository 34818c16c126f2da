//! Which registered operators may create matches.

use anyhow::{Context as _, Result};
use clap::Args;
use client::instruction::set_operator_active;
use client::Pubkey;
use serde_json::json;

use crate::commands::escrow::{read_operator, refuse_if, Answer, MintArgs, SignArgs};
use crate::config;

/// Flags of `activate-operator` and `deactivate-operator`.
#[derive(Debug, Args)]
pub(super) struct OperatorChange {
    /// Wallet of the operator
    #[arg(value_name = "WALLET", value_parser = config::parse_address)]
    pub wallet: Pubkey,
    #[command(flatten)]
    pub mint: MintArgs,
    #[command(flatten)]
    pub sign: SignArgs,
}

pub(super) async fn set_active(arguments: &OperatorChange, active: bool) -> Result<Answer> {
    let desk = arguments.sign.connect().await?;
    let mint = arguments.mint.address()?;
    desk.governed().await?;
    let wallet = arguments.wallet;
    let operator = read_operator(&desk.chain, &wallet, &mint).await?;
    let state = if active { "active" } else { "inactive" };
    refuse_if(operator.active == active, || {
        format!("the operator {wallet} is {state} already")
    })?;
    let instruction = set_operator_active(desk.address(), operator.address, active);
    let confirmed = desk
        .chain
        .sender
        .send_and_confirm(&[instruction], &desk.signer, &[])
        .await
        .with_context(|| format!("cannot make the operator {wallet} {state}"))?;
    let line = if active {
        format!("the operator {wallet} may create matches, as far as its bond reaches")
    } else {
        format!("the operator {wallet} creates no more matches; those that exist go on")
    };
    let json = json!({
        "done": if active { "activate-operator" } else { "deactivate-operator" },
        "operator": operator.address.to_string(),
        "wallet": wallet.to_string(),
        "active": active,
    });
    Ok(Answer::sent(vec![line], &confirmed, json))
}

//! `aurelius operator register`.

use anyhow::{Context as _, Result};
use client::instruction::register_operator;
use client::view::fetch;
use serde_json::json;

use super::sign::OperatorSign;
use crate::commands::escrow::{field, read_config, refuse_if, Answer};
use crate::failure::ConfigError;

pub(super) async fn register(arguments: &OperatorSign) -> Result<Answer> {
    let desk = arguments.sign.connect().await?;
    let (mint, _) = arguments.mint.read(&desk.chain).await?;
    let config = read_config(&desk.chain).await?;
    if !config.mints.contains(&mint.mint) {
        return Err(ConfigError::new(
            "AURELIUS_MINT (or --mint)",
            format!("is {}, which is not on the config's list", mint.mint),
            format!(
                "{}, or ask {} for `aurelius governance allow-mint`",
                config
                    .mints
                    .first()
                    .map_or("a listed one".to_owned(), |listed| format!(
                        "AURELIUS_MINT={listed}"
                    )),
                config.authority
            ),
        )
        .into());
    }
    let wallet = desk.address();
    let operator = client::address::operator(&wallet, &mint.mint);
    let registered = fetch::operator(&desk.chain.rpc, operator).await?.is_some();
    refuse_if(registered, || {
        format!("{wallet} is registered for the mint {} already", mint.mint)
    })?;
    let instruction = register_operator(wallet, wallet, mint.mint, mint.token_program);
    let confirmed = desk
        .chain
        .sender
        .send_and_confirm(&[instruction], &desk.signer, &[])
        .await
        .context("cannot register")?;
    let lines = vec![
        format!("{wallet} is registered as operator for the mint {}", mint.mint),
        field("account", operator),
        field(
            "next",
            format!(
                "aurelius operator deposit AMOUNT, and aurelius governance activate-operator {wallet} by {}",
                config.authority
            ),
        ),
    ];
    let json = json!({
        "done": "register",
        "operator": operator.to_string(),
        "wallet": wallet.to_string(),
        "mint": mint.mint.to_string(),
    });
    Ok(Answer::sent(lines, &confirmed, json))
}

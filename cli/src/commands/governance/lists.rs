//! The lists of tokens and rules tables that matches may use.

use anyhow::{Context as _, Result};
use clap::Args;
use client::instruction;
use client::Pubkey;
use player::chain::mint_info;
use serde_json::json;

use crate::commands::escrow::{parse_rules, refuse_if, rules_name, Answer, SignArgs};
use crate::config;

/// What happens to a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Allow,
    Disallow,
}

/// Flags of `allow-mint` and `disallow-mint`.
#[derive(Debug, Args)]
pub(super) struct MintChange {
    /// Mint of the token
    #[arg(value_name = "MINT", value_parser = config::parse_address)]
    pub mint: Pubkey,
    #[command(flatten)]
    pub sign: SignArgs,
}

/// Flags of `allow-rules` and `disallow-rules`.
#[derive(Debug, Args)]
pub(super) struct RulesChange {
    /// blitz, siege, or the hash of a rules table in hex
    #[arg(value_name = "RULES", value_parser = parse_rules)]
    pub rules: [u8; 32],
    #[command(flatten)]
    pub sign: SignArgs,
}

impl Change {
    /// Refuses a change that would change nothing.
    fn check(self, listed: bool, what: &str) -> Result<()> {
        let already = match self {
            Change::Allow => listed,
            Change::Disallow => !listed,
        };
        refuse_if(already, || {
            format!(
                "{what} is {} the list",
                if listed { "already on" } else { "not on" }
            )
        })
    }

    fn done(self, what: &str) -> String {
        match self {
            Change::Allow => format!("{what} is on the list: new matches may use it"),
            Change::Disallow => {
                format!("{what} is off the list: new matches may not use it, those that exist go on")
            }
        }
    }
}

pub(super) async fn change_mint(arguments: &MintChange, change: Change) -> Result<Answer> {
    let desk = arguments.sign.connect().await?;
    let config = desk.governed().await?;
    let (mint, signer) = (arguments.mint, desk.address());
    let what = format!("mint {mint}");
    change.check(config.mints.contains(&mint), &what)?;
    let (name, instruction) = match change {
        Change::Allow => {
            // The program would only say that the account has another owner.
            mint_info(&desk.chain, &mint).await.context("MINT")?;
            ("allow-mint", instruction::allow_mint(signer, mint))
        }
        Change::Disallow => ("disallow-mint", instruction::disallow_mint(signer, mint)),
    };
    let confirmed = desk
        .chain
        .sender
        .send_and_confirm(&[instruction], &desk.signer, &[])
        .await
        .context("cannot change the list of mints")?;
    let json = json!({ "done": name, "mint": mint.to_string() });
    Ok(Answer::sent(vec![change.done(&what)], &confirmed, json))
}

pub(super) async fn change_rules(arguments: &RulesChange, change: Change) -> Result<Answer> {
    let desk = arguments.sign.connect().await?;
    let config = desk.governed().await?;
    let (hash, signer) = (arguments.rules, desk.address());
    let rules = rules_name(&hash);
    let what = match rules {
        Some(rules) => format!("{rules} ({})", hex::encode(hash)),
        None => format!("the rules table {}", hex::encode(hash)),
    };
    change.check(config.rules.contains(&hash), &what)?;
    let (name, instruction) = match change {
        Change::Allow => ("allow-rules", instruction::allow_rules(signer, hash)),
        Change::Disallow => ("disallow-rules", instruction::disallow_rules(signer, hash)),
    };
    let confirmed = desk
        .chain
        .sender
        .send_and_confirm(&[instruction], &desk.signer, &[])
        .await
        .context("cannot change the list of rules tables")?;
    let json = json!({ "done": name, "rules": { "hash": hex::encode(hash), "name": rules } });
    Ok(Answer::sent(vec![change.done(&what)], &confirmed, json))
}

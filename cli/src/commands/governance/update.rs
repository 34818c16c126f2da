//! `aurelius governance update`: what matches created from now on will pin.

use anyhow::{Context as _, Result};
use clap::Args;
use client::instruction::{update_config, UpdateConfigArgs};
use client::Pubkey;
use serde_json::json;

use super::init::SourceArgs;
use super::terms::{BondArgs, WindowArgs};
use crate::commands::escrow::{base58, field, refuse_if, Answer, SignArgs};
use crate::config;

/// Flags of `aurelius governance update`.
#[derive(Debug, Args)]
pub(super) struct UpdateArgs {
    /// Wallet whose token accounts receive fees, of existing matches too
    #[arg(long, env = "AURELIUS_TREASURY", value_name = "ADDRESS", value_parser = config::parse_address)]
    pub treasury: Option<Pubkey>,
    /// Genesis hash of the chain, or `rpc` for what the RPC says
    #[arg(long, value_name = "HASH|rpc", value_parser = parse_genesis)]
    pub genesis_hash: Option<Genesis>,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub windows: WindowArgs,
    #[command(flatten)]
    pub bond: BondArgs,
    #[command(flatten)]
    pub sign: SignArgs,
}

/// Which chain the config belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Genesis {
    /// The one that the RPC serves.
    OfRpc,
    /// This one.
    Hash([u8; 32]),
}

fn parse_genesis(text: &str) -> Result<Genesis, String> {
    if text == "rpc" {
        return Ok(Genesis::OfRpc);
    }
    text.parse::<Pubkey>()
        .map(|hash| Genesis::Hash(hash.to_bytes()))
        .map_err(|_| format!("`{text}` is neither `rpc` nor a genesis hash: 32 bytes in base 58"))
}

pub(super) async fn update(arguments: &UpdateArgs) -> Result<Answer> {
    let desk = arguments.sign.connect().await?;
    let config = desk.governed().await?;
    let cluster = match arguments.genesis_hash {
        None => None,
        Some(Genesis::OfRpc) => Some(desk.chain.rpc.genesis_hash().await?),
        Some(Genesis::Hash(hash)) => Some(hash),
    };
    let (windows, bond) = (
        arguments.windows.over(config.windows),
        arguments.bond.over(config.bond),
    );
    let source = &arguments.source;
    let changes = UpdateConfigArgs {
        treasury: arguments.treasury.filter(|treasury| *treasury != config.treasury),
        randomness_program: source
            .randomness_program
            .filter(|program| *program != config.randomness.program),
        randomness_queue: source
            .randomness_queue
            .filter(|queue| *queue != config.randomness.queue),
        windows: (windows != config.windows).then_some(windows),
        cluster: cluster.filter(|cluster| *cluster != config.cluster),
        bond: (bond != config.bond).then_some(bond),
    };
    let changed = describe(&changes);
    refuse_if(changed.is_empty(), || {
        "the config is as asked for already, or nothing was asked for (`--help` lists what can be changed)"
            .to_owned()
    })?;
    let instruction = update_config(desk.address(), changes);
    let confirmed = desk
        .chain
        .sender
        .send_and_confirm(&[instruction], &desk.signer, &[])
        .await
        .context("cannot change the config")?;
    let mut lines = vec!["config changed, for matches created from now on".to_owned()];
    lines.extend(changed.iter().map(|(name, value)| field(name, value)));
    let names: Vec<&str> = changed.iter().map(|(name, _)| *name).collect();
    Ok(Answer::sent(
        lines,
        &confirmed,
        json!({ "done": "update", "changed": names }),
    ))
}

/// The changed parts by name, with what they become.
fn describe(changes: &UpdateConfigArgs) -> Vec<(&'static str, String)> {
    let mut changed = Vec::new();
    let mut add = |name, value: Option<String>| changed.extend(value.map(|value| (name, value)));
    add("treasury", changes.treasury.map(|treasury| treasury.to_string()));
    add(
        "program",
        changes.randomness_program.map(|program| program.to_string()),
    );
    add("queue", changes.randomness_queue.map(|queue| queue.to_string()));
    add(
        "windows",
        changes.windows.map(|windows| {
            format!(
                "lock {}, entropy {}, checkpoint {}, result {}, challenge {} slots",
                windows.lock_slots,
                windows.entropy_slots,
                windows.checkpoint_slots,
                windows.result_slots,
                windows.challenge_slots
            )
        }),
    );
    add("cluster", changes.cluster.map(base58));
    add(
        "bond",
        changes.bond.map(|bond| {
            format!(
                "factor {}, burn {}, reporter {} basis points, withdrawal {} slots",
                bond.factor_bps, bond.burn_bps, bond.reporter_bps, bond.withdraw_slots
            )
        }),
    );
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_genesis_hash_is_given_or_asked_for() {
        assert_eq!(parse_genesis("rpc"), Ok(Genesis::OfRpc));
        let hash = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
        let Ok(Genesis::Hash(bytes)) = parse_genesis(hash) else {
            panic!("refused");
        };
        assert_eq!(base58(bytes), hash);
        assert!(parse_genesis("mainnet").unwrap_err().contains("base 58"));
    }
}

//! `aurelius governance show`: the config as it stands, and what is doubtful about it.

use anyhow::Result;
use client::aurelius::switchboard;
use client::instruction::RandomnessSource;
use client::view::ConfigView;
use serde_json::{json, Value};

use crate::commands::escrow::{base58, field, read_config, rules_name, Answer, ReadArgs, SlotTime};

pub(super) async fn show(arguments: &ReadArgs) -> Result<Answer> {
    let chain = arguments.connect().await?;
    let config = read_config(&chain).await?;
    let genesis = chain.rpc.genesis_hash().await?;
    Ok(Answer {
        lines: lines(&config, SlotTime::measure(&chain).await),
        warnings: warnings(&config, genesis),
        json: as_json(&config, genesis),
    })
}

fn lines(config: &ConfigView, slot_time: SlotTime) -> Vec<String> {
    let mut lines = vec![
        format!("config {}", config.address),
        field("authority", config.authority),
    ];
    lines.extend(
        config
            .pending_authority
            .map(|pending| field("proposed", format!("{pending}, who has not accepted yet"))),
    );
    lines.extend([
        field("treasury", config.treasury),
        field(
            "paused",
            if config.paused {
                "yes: no new matches and entries"
            } else {
                "no"
            },
        ),
        field(
            "randomness",
            format!(
                "{}program {}, queue {}",
                source_name(&config.randomness).map_or(String::new(), |name| format!("{name}: ")),
                config.randomness.program,
                config.randomness.queue
            ),
        ),
        field("cluster", base58(config.cluster)),
    ]);
    lines.push(field("slot time", slot_time.describe()));
    let windows = &config.windows;
    for (name, count) in [
        ("lock", windows.lock_slots),
        ("entropy", windows.entropy_slots),
        ("checkpoint", windows.checkpoint_slots),
        ("result", windows.result_slots),
        ("challenge", windows.challenge_slots),
    ] {
        lines.push(field(name, format!("within {}", slot_time.slots(count))));
    }
    lines.extend(bond_lines(config, slot_time));
    lines.extend(list_lines(config));
    lines
}

fn bond_lines(config: &ConfigView, slot_time: SlotTime) -> [String; 3] {
    let bond = &config.bond;
    [
        field(
            "bond",
            format!("{} of a match's largest pot", percent(bond.factor_bps)),
        ),
        field(
            "",
            format!(
                "of a forfeited one {} is burned, {} goes to whoever reported it, the rest to the players",
                percent(bond.burn_bps.into()),
                percent(bond.reporter_bps.into())
            ),
        ),
        field(
            "",
            format!(
                "withdrawn {} after the request, and a forfeited one paid as late",
                slot_time.slots(bond.withdraw_slots)
            ),
        ),
    ]
}

/// The tokens and rules that matches may use.
fn list_lines(config: &ConfigView) -> Vec<String> {
    let mut lines = Vec::new();
    let none = || vec!["none".to_owned()];
    let mints: Vec<String> = config.mints.iter().map(ToString::to_string).collect();
    let rules: Vec<String> = config
        .rules
        .iter()
        .map(|hash| {
            format!(
                "{} {}",
                hex::encode(hash),
                rules_name(hash).unwrap_or("(unknown table)")
            )
        })
        .collect();
    for (name, list) in [("mints", mints), ("rules", rules)] {
        let list = if list.is_empty() { none() } else { list };
        for (index, item) in list.iter().enumerate() {
            lines.push(field(if index == 0 { name } else { "" }, item));
        }
    }
    lines
}

/// What an operator or player should know before money is at stake.
fn warnings(config: &ConfigView, genesis: [u8; 32]) -> Vec<String> {
    let mut warnings = Vec::new();
    if config.cluster != genesis {
        warnings.push(format!(
            "the config names the cluster {}, and this RPC serves {}: what players sign for one chain is worth nothing on the other; check the RPC, or mend the config with `aurelius governance update --genesis-hash rpc`",
            base58(config.cluster),
            base58(genesis)
        ));
    }
    if config.mints.is_empty() {
        warnings.push(
            "no mint is on the list: no match can be created; `aurelius governance allow-mint MINT`"
                .to_owned(),
        );
    }
    if config.rules.is_empty() {
        warnings.push(
            "no rules table is on the list: no match can be created; `aurelius governance allow-rules blitz`"
                .to_owned(),
        );
    }
    warnings
}

fn as_json(config: &ConfigView, genesis: [u8; 32]) -> Value {
    let windows = &config.windows;
    let mints: Vec<String> = config.mints.iter().map(ToString::to_string).collect();
    let rules: Vec<Value> = config
        .rules
        .iter()
        .map(|hash| json!({ "hash": hex::encode(hash), "name": rules_name(hash) }))
        .collect();
    json!({
        "config": config.address.to_string(),
        "authority": config.authority.to_string(),
        "pending_authority": config.pending_authority.map(|pending| pending.to_string()),
        "treasury": config.treasury.to_string(),
        "paused": config.paused,
        "randomness": {
            "name": source_name(&config.randomness),
            "program": config.randomness.program.to_string(),
            "queue": config.randomness.queue.to_string(),
        },
        "cluster": {
            "config": base58(config.cluster),
            "rpc": base58(genesis),
            "same": config.cluster == genesis,
        },
        "windows": {
            "lock_slots": windows.lock_slots,
            "entropy_slots": windows.entropy_slots,
            "checkpoint_slots": windows.checkpoint_slots,
            "result_slots": windows.result_slots,
            "challenge_slots": windows.challenge_slots,
        },
        "bond": {
            "factor_bps": config.bond.factor_bps,
            "burn_bps": config.bond.burn_bps,
            "reporter_bps": config.bond.reporter_bps,
            "withdraw_slots": config.bond.withdraw_slots,
        },
        "mints": mints,
        "rules": rules,
    })
}

/// Which of Switchboard's deployments it is.
pub(super) fn source_name(source: &RandomnessSource) -> Option<&'static str> {
    if (source.program, source.queue) == (switchboard::MAINNET_PROGRAM, switchboard::MAINNET_QUEUE) {
        Some("Switchboard of mainnet")
    } else if (source.program, source.queue) == (switchboard::DEVNET_PROGRAM, switchboard::DEVNET_QUEUE) {
        Some("Switchboard of devnet")
    } else {
        None
    }
}

/// Basis points as a percentage: `100 %`, `12.5 %`.
fn percent(bps: u32) -> String {
    let (whole, fraction) = (bps / 100, bps % 100);
    if fraction == 0 {
        return format!("{whole} %");
    }
    let digits = format!("{fraction:02}");
    format!("{whole}.{} %", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn basis_points_are_exact_percentages() {
        for (bps, text) in [(10_000, "100 %"), (1_250, "12.5 %"), (1, "0.01 %"), (0, "0 %")] {
            assert_eq!(percent(bps), text);
        }
    }
}

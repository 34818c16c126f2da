//! `aurelius operator status`: the operator account, its matches as the chain has them, and its cranks where
//! several share a Redis Cluster.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use client::view::{fetch, ConfigView, MatchStatus, MatchView, OperatorView};
use client::Pubkey;
use serde_json::{json, Value};
use solana_signer::Signer;

use super::bond::bond_as_json;
use super::cranks::Around;
use crate::commands::escrow::{field, read_config, read_operator, Answer, MintArgs, Moment, ReadArgs};
use crate::config::{self, missing, read_keypair};
use crate::redis_hosts::RedisArgs;
use crate::terminal::{plural, Align, Money, Style, Table};

/// Flags of `aurelius operator status`.
#[derive(Debug, Args)]
pub(super) struct StatusArgs {
    /// Wallet of the operator [default: that of --keypair]
    #[arg(long, value_name = "WALLET", value_parser = config::parse_address)]
    pub operator: Option<Pubkey>,
    /// Key pair file of the operator; nothing is signed
    #[arg(long, env = "AURELIUS_KEYPAIR", value_name = "FILE")]
    pub keypair: Option<PathBuf>,
    #[command(flatten)]
    pub mint: MintArgs,
    #[command(flatten)]
    pub read: ReadArgs,
    #[command(flatten)]
    pub redis: RedisArgs,
}

/// The order of statuses: what needs somebody first.
const ORDER: [MatchStatus; 7] = [
    MatchStatus::Live,
    MatchStatus::Proposed,
    MatchStatus::Locked,
    MatchStatus::Open,
    MatchStatus::Settled,
    MatchStatus::Cancelled,
    MatchStatus::Voided,
];

pub(super) async fn status(arguments: &StatusArgs) -> Result<Answer> {
    let wallet = wallet(arguments)?;
    let chain = arguments.read.connect().await?;
    let (mint, money) = arguments.mint.read(&chain).await?;
    let config = read_config(&chain).await?;
    let operator = read_operator(&chain, &wallet, &mint.mint).await?;
    let mut matches = fetch::matches(&chain.rpc, Some(&operator.address), None).await?;
    matches.sort_by_key(|view| (rank(view.status), view.header.match_id));
    let now = Moment::of(&chain).await?;
    let around = Around::ask(&arguments.redis).await?;
    let mut json = as_json(&operator, &matches, &money, now);
    json["cranks"] = around.as_json();
    Ok(Answer {
        lines: around
            .lines()
            .into_iter()
            .chain(lines(&operator, &matches, &money, now))
            .collect(),
        warnings: around
            .warnings()
            .into_iter()
            .chain(warnings(&config, &operator, &matches, now))
            .collect(),
        json,
    })
}

fn wallet(arguments: &StatusArgs) -> Result<Pubkey> {
    if let Some(wallet) = arguments.operator {
        return Ok(wallet);
    }
    let path = arguments.keypair.as_ref().ok_or_else(|| {
        missing(
            "AURELIUS_KEYPAIR",
            "--keypair, or --operator",
            "AURELIUS_KEYPAIR=operator.json, or --operator WALLET",
        )
    })?;
    Ok(read_keypair(path, "AURELIUS_KEYPAIR", "--keypair")?.pubkey())
}

fn rank(status: MatchStatus) -> usize {
    ORDER
        .iter()
        .position(|other| *other == status)
        .unwrap_or(ORDER.len())
}

/// A slot that something must happen by, and what anybody may do after it.
struct Deadline {
    /// The last slot in which it can be met.
    slot: u64,
    /// What has to be on the chain by then.
    what: &'static str,
    /// It is the operator who has to act in time; otherwise nothing is lost when it passes.
    binding: bool,
}

/// The deadline that a match in this status runs against.
fn deadline(view: &MatchView) -> Option<Deadline> {
    let header = &view.header;
    let (slot, what, binding) = match view.status {
        MatchStatus::Open => (header.lock_deadline, "lock, else anybody cancels", true),
        MatchStatus::Locked => (header.entropy_deadline, "start, else anybody voids", true),
        MatchStatus::Live => (
            header.progress_deadline,
            "checkpoint or result, else voided and slashed",
            true,
        ),
        MatchStatus::Proposed => (
            header.challenge_deadline,
            "challenge, then anybody finalises",
            false,
        ),
        MatchStatus::Settled | MatchStatus::Cancelled | MatchStatus::Voided => return None,
    };
    Some(Deadline { slot, what, binding })
}

fn game(view: &MatchView) -> &'static str {
    match view.rules.mode() {
        arena::Mode::Blitz => "Blitz",
        arena::Mode::Siege => "Siege",
    }
}

/// What the vaults of these matches still have to pay, in base units.
fn in_flight(matches: &[MatchView]) -> u128 {
    matches.iter().map(|view| u128::from(view.header.owed)).sum()
}

fn lines(operator: &OperatorView, matches: &[MatchView], money: &Money, now: Moment) -> Vec<String> {
    let amount = |base_units| money.text(base_units);
    let mut lines = vec![
        format!("operator {}", operator.address),
        field("wallet", operator.authority),
        field("crank key", operator.crank),
        field("mint", operator.mint),
        field(
            "active",
            if operator.active {
                "yes"
            } else {
                "no: creates no matches"
            },
        ),
        field("created", plural(operator.matches_created as usize, "match")),
        field("bond", amount(operator.bond)),
        field(
            "  reserved",
            format!("{} for matches that are not over", amount(operator.reserved_bond)),
        ),
        field("  free", amount(operator.free_bond)),
        field("slashed", format!("{} ever", amount(operator.slashed))),
        field("slot time", now.time.describe()),
    ];
    if let Some((pending, slot)) = operator.withdrawal {
        lines.push(field(
            "withdrawal",
            format!("{} from {}", amount(pending), now.seen(slot)),
        ));
    }
    lines.push(String::new());
    if matches.is_empty() {
        lines.push("no match of it is on the chain".to_owned());
        return lines;
    }
    let owed = u64::try_from(in_flight(matches)).unwrap_or(u64::MAX);
    lines.push(format!(
        "{} on the chain, {} in flight; slot {}",
        plural(matches.len(), "match"),
        amount(owed),
        now.slot
    ));
    lines.extend(match_table(matches, money, now).lines(Style::PLAIN));
    lines
}

/// One line a match.
fn match_table(matches: &[MatchView], money: &Money, now: Moment) -> Table {
    let mut table = Table::new(&[
        ("status", Align::Left),
        ("id", Align::Right),
        ("game", Align::Left),
        ("players", Align::Right),
        ("in flight", Align::Right),
        ("bond", Align::Right),
        ("deadline", Align::Left),
        ("match", Align::Left),
    ]);
    for view in matches {
        let header = &view.header;
        let held = if header.bond_held == 1 {
            header.bond_reserved
        } else {
            0
        };
        table.row([
            view.status.name().to_owned(),
            header.match_id.to_string(),
            game(view).to_owned(),
            header.players_count.to_string(),
            money.number(header.owed),
            money.number(held),
            deadline(view).map_or_else(
                || {
                    if header.owed > 0 {
                        "none: claimable for ever".to_owned()
                    } else {
                        "none".to_owned()
                    }
                },
                |deadline| format!("{}: {}", deadline.what, now.seen(deadline.slot)),
            ),
            view.address.to_string(),
        ]);
    }
    table
}

/// What keeps the operator from making matches, and what is about to cost it money.
fn warnings(config: &ConfigView, operator: &OperatorView, matches: &[MatchView], now: Moment) -> Vec<String> {
    let mut warnings = Vec::new();
    if !operator.active {
        warnings.push(format!(
            "inactive: {} switches it on with `aurelius governance activate-operator {}`",
            config.authority, operator.authority
        ));
    }
    if config.paused {
        warnings.push("the escrow is paused: no new matches and entries".to_owned());
    }
    if !config.mints.contains(&operator.mint) {
        warnings.push("the mint is not on the config's list: no new matches".to_owned());
    }
    if operator.free_bond == 0 {
        warnings.push("no bond is free: no new matches; `aurelius operator deposit AMOUNT`".to_owned());
    }
    for view in matches {
        let passed = deadline(view).filter(|deadline| deadline.binding && deadline.slot < now.slot);
        if let Some(deadline) = passed {
            warnings.push(format!(
                "match {}: its deadline has passed ({}): {}",
                view.header.match_id,
                deadline.what,
                now.seen(deadline.slot)
            ));
        }
    }
    warnings
}

fn as_json(operator: &OperatorView, matches: &[MatchView], money: &Money, now: Moment) -> Value {
    let listed: Vec<Value> = matches
        .iter()
        .map(|view| {
            let header = &view.header;
            json!({
                "match": view.address.to_string(),
                "match_id": header.match_id,
                "game": game(view).to_lowercase(),
                "status": view.status.name(),
                "players": header.players_count,
                "in_flight": header.owed.to_string(),
                "bond_reserved": if header.bond_held == 1 { header.bond_reserved } else { 0 }.to_string(),
                "deadline": deadline(view).map(|deadline| json!({
                    "slot": deadline.slot,
                    "what": deadline.what,
                    "passed": deadline.slot < now.slot,
                })),
            })
        })
        .collect();
    json!({
        "operator": operator.address.to_string(),
        "wallet": operator.authority.to_string(),
        "crank_key": operator.crank.to_string(),
        "mint": operator.mint.to_string(),
        "decimals": money.decimals,
        "active": operator.active,
        "matches_created": operator.matches_created,
        "bond": bond_as_json(operator),
        "slot": now.slot,
        "slot_time_ms": now.time.measured_ms(),
        "in_flight": in_flight(matches).to_string(),
        "matches": listed,
    })
}

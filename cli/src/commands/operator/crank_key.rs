//! `aurelius operator set-crank-key`: another key runs the operator's matches, those that exist included.

use anyhow::{bail, Context as _, Result};
use clap::Args;
use client::instruction::{hand_over_match, set_crank_key, BondRef};
use client::view::{fetch, MatchView};
use client::Pubkey;
use serde_json::json;
use solana_instruction::Instruction;

use crate::commands::escrow::{field, read_operator, Answer, Desk, MintArgs, SignArgs};
use crate::config;
use crate::terminal::plural;

/// Matches handed over by one transaction: a match's address and about 20 bytes of instruction each.
const HANDED_OVER_AT_ONCE: usize = 8;

/// Flags of `aurelius operator set-crank-key`.
#[derive(Debug, Args)]
pub(super) struct CrankKeyArgs {
    /// Wallet of the new crank key; the operator's own takes it back
    #[arg(value_name = "WALLET", value_parser = config::parse_address)]
    pub crank: Pubkey,
    #[command(flatten)]
    pub mint: MintArgs,
    #[command(flatten)]
    pub sign: SignArgs,
}

pub(super) async fn set(arguments: &CrankKeyArgs) -> Result<Answer> {
    let desk = arguments.sign.connect().await?;
    let (mint, _) = arguments.mint.read(&desk.chain).await?;
    let (wallet, crank) = (desk.address(), arguments.crank);
    let before = read_operator(&desk.chain, &wallet, &mint.mint).await?;
    if crank == Pubkey::default() {
        bail!("WALLET is the address of the system program, whose key nobody has");
    }
    let bond = BondRef {
        authority: wallet,
        mint: mint.mint,
        token_program: mint.token_program,
    };
    let left = foreign(&desk, &before.address, &crank).await?;
    if before.crank == crank && left.is_empty() {
        bail!("{crank} runs the matches of {wallet} already; nothing was sent");
    }
    // Named again when it is the same: a hand-over that broke off is taken up with the same command.
    // The first matches in the same transaction: the earlier key has no moment in between.
    let (first, rest) = left.split_at(left.len().min(HANDED_OVER_AT_ONCE));
    let named: Vec<_> = [set_crank_key(&bond, crank)]
        .into_iter()
        .chain(hand_overs(first))
        .collect();
    let confirmed = desk
        .chain
        .sender
        .send_and_confirm(&named, &desk.signer, &[])
        .await
        .context("cannot name the crank key")?;
    hand_over(&desk, rest).await?;
    let lines = vec![
        format!("{crank} creates and runs the matches of {wallet}"),
        field("before", before.crank),
        field("handed over", plural(left.len(), "match")),
        field(
            "next",
            format!("start the crank with the key of {crank} and --operator {wallet}"),
        ),
    ];
    let json = json!({
        "done": "set-crank-key",
        "operator": before.address.to_string(),
        "crank_key": crank.to_string(),
        "before": before.crank.to_string(),
        "handed_over": left.len(),
    });
    Ok(Answer::sent(lines, &confirmed, json))
}

/// Matches that are not over and that another key runs.
async fn foreign(desk: &Desk, operator: &Pubkey, crank: &Pubkey) -> Result<Vec<MatchView>> {
    let mut matches = fetch::matches(&desk.chain.rpc, Some(operator), None).await?;
    matches.retain(|view| !view.status.is_over() && view.header.crank != *crank);
    Ok(matches)
}

fn hand_overs(matches: &[MatchView]) -> Vec<Instruction> {
    matches
        .iter()
        .map(|view| hand_over_match(&view.reference()))
        .collect()
}

async fn hand_over(desk: &Desk, matches: &[MatchView]) -> Result<()> {
    for some in matches.chunks(HANDED_OVER_AT_ONCE) {
        desk.chain
            .sender
            .send_and_confirm(&hand_overs(some), &desk.signer, &[])
            .await
            .context("the key is named, but not every match is handed over; run the same command again")?;
    }
    Ok(())
}

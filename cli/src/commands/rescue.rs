//! `aurelius rescue`: a player's money out of matches whose operator does not pay it.

use anyhow::{bail, Result};
use clap::Args;
use client::view::fetch;
use client::Pubkey;
use player::chain::{mint_info, Chain};
use serde_json::{json, Value};

use super::escrow::{field, Moment, SignArgs};
use crate::config;
use crate::context::Context;
use crate::failure::{one_line, Outcome, Stopped};
use crate::rescue::perform::{perform, Done, Found, Lobbies};
use crate::rescue::plan::Next;
use crate::terminal::{plural, Console, Money};

const AFTER_HELP: &str = "\
Every stake has a way back that needs no operator: an open match can be left, and cancelled once its time is over; a locked
or live match whose next step did not come in time can be voided; stakes are refunded, results finalised after their
challenge window, payouts claimed. Of a match that fell silent while it was played, the operator's bond is shared as well.
This command lists the matches of a wallet with what each owes it and what can be done now, and does it: for the one match
named, or for all with --yes. Lobbies that are in time are left only when they are named.

Examples:
  aurelius rescue --keypair wallet.json                  lists, and sends nothing
  aurelius rescue --keypair wallet.json --yes            does all that can be done now
  aurelius rescue MATCH --keypair wallet.json            does it for one match
Exit status: 0 done, or nothing to do; 1 a step was refused; 2 wrong usage or configuration.";

/// Flags of `aurelius rescue`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct RescueArgs {
    /// Address of a match: only this one, and what can be done is done
    #[arg(value_name = "MATCH", value_parser = config::parse_address)]
    pub match_key: Option<Pubkey>,
    /// Do everything that can be done now for all matches of the wallet
    #[arg(long)]
    pub yes: bool,
    #[command(flatten)]
    pub(super) sign: SignArgs,
}

/// One match of the wallet, before and after.
struct Line {
    /// Address of the match.
    match_key: Pubkey,
    /// What the chain says of the wallet's entry in it.
    found: Found,
    /// How amounts of the match's mint are written.
    money: Money,
    /// What was done for it, in order.
    done: Vec<Done>,
    /// What stopped it, if something did.
    error: Option<anyhow::Error>,
}

pub(super) async fn run(arguments: RescueArgs, context: Context) -> Result<Outcome> {
    match context
        .shutdown
        .unless(rescue(&arguments, &context.console))
        .await
    {
        Some(outcome) => outcome,
        None => {
            let what = "stopped; what was sent may still land: run it again to see how things stand";
            Err(Stopped::new(&context.shutdown, what).into())
        }
    }
}

async fn rescue(arguments: &RescueArgs, console: &Console) -> Result<Outcome> {
    let desk = arguments.sign.connect().await?;
    let wallet = desk.address();
    let chain = &desk.chain;
    let mut lines = find(chain, wallet, arguments.match_key).await?;
    let lobbies = match arguments.match_key {
        Some(_) => Lobbies::Leave,
        None => Lobbies::Stay,
    };
    if arguments.match_key.is_some() || arguments.yes {
        for line in &mut lines {
            let done = &mut line.done;
            let performed = perform(chain, &desk.signer, line.match_key, lobbies, |step| {
                done.push(*step)
            });
            line.error = performed.await.err();
            if let Some(found) = Found::read(chain, line.match_key, &wallet).await? {
                line.found = found;
            }
        }
    }
    let now = Moment::of(chain).await?;
    if arguments.sign.read.json {
        let matches: Vec<Value> = lines.iter().map(|line| line.as_json(wallet, now.slot)).collect();
        let answer = json!({ "wallet": wallet.to_string(), "slot": now.slot, "matches": matches });
        console.say(serde_json::to_string_pretty(&answer)?);
    } else {
        tell(&lines, wallet, now, arguments, console);
    }
    let refused = lines.iter().any(|line| line.error.is_some());
    Ok(if refused {
        Outcome::Rejected
    } else {
        Outcome::Success
    })
}

/// The one match, or all that the wallet has an entry in; the newest first.
async fn find(chain: &Chain, wallet: Pubkey, only: Option<Pubkey>) -> Result<Vec<Line>> {
    let keys = match only {
        Some(key) => vec![key],
        None => {
            let mut entries = fetch::entries_of_player(&chain.rpc, &wallet).await?;
            entries.sort_by_key(|entry| std::cmp::Reverse(entry.entered_slot));
            entries.iter().map(|entry| entry.match_key).collect()
        }
    };
    let mut lines = Vec::new();
    for match_key in keys {
        let Some(found) = Found::read(chain, match_key, &wallet).await? else {
            bail!("there is no match at {match_key}: it was closed, which it is only when everybody is paid");
        };
        if found.view.player(&wallet).is_none() {
            bail!("{wallet} is no player of match {match_key}");
        }
        let mint = mint_info(chain, &found.view.header.mint).await?;
        lines.push(Line {
            match_key,
            found,
            money: Money {
                decimals: mint.decimals,
                symbol: String::new(),
            },
            done: Vec::new(),
            error: None,
        });
    }
    Ok(lines)
}

impl Line {
    fn as_json(&self, wallet: Pubkey, now: u64) -> Value {
        let part = self.found.part(wallet);
        let (next, slot) = match part.next(now) {
            Next::Now(step) => (Some(step.name()), None),
            Next::MayLeave { until } => (Some("leave"), Some(until)),
            Next::After { slot, step } => (Some(step.name()), Some(slot)),
            Next::Nothing => (None, None),
        };
        let done: Vec<Value> = self
            .done
            .iter()
            .map(|done| json!({ "step": done.step.name(), "signature": done.signature.to_string() }))
            .collect();
        json!({
            "match": self.match_key.to_string(),
            "status": status(&self.found),
            "mint": self.found.view.header.mint.to_string(),
            // As everywhere in JSON, amounts are strings of base units.
            "owed": part.owed().to_string(),
            "next": next,
            "deadline_slot": slot,
            "done": done,
            "error": self.error.as_ref().map(one_line),
        })
    }

    fn tell(&self, wallet: Pubkey, now: Moment, console: &Console) {
        let part = self.found.part(wallet);
        console.say(format!("match {}", self.match_key));
        console.say(field("status", status(&self.found)));
        let mint = self.found.view.header.mint;
        console.say(field(
            "owed",
            format!("{} of the token {mint}", self.money.number(part.owed())),
        ));
        for done in &self.done {
            console.say(field("done", format!("{}, {}", done.step.name(), done.signature)));
        }
        if let Some(error) = &self.error {
            console.say(field("refused", one_line(error)));
        }
        console.say(field("now", next(part.next(now.slot), now)));
    }
}

fn next(next: Next, now: Moment) -> String {
    match next {
        Next::Now(step) => format!("{} is possible", step.name()),
        Next::MayLeave { until } => format!(
            "the lobby is in time; leaving it is possible, and cancelling it after {}",
            now.seen(until)
        ),
        Next::After { slot, step } => format!(
            "nothing yet; {} is possible after {}",
            step.name(),
            now.seen(slot)
        ),
        Next::Nothing => "nothing is left to do".to_owned(),
    }
}

fn tell(lines: &[Line], wallet: Pubkey, now: Moment, arguments: &RescueArgs, console: &Console) {
    if lines.is_empty() {
        return console.say(format!("{wallet} has no entry in any match on this chain"));
    }
    for line in lines {
        line.tell(wallet, now, console);
    }
    let waiting = lines
        .iter()
        .filter(|line| matches!(line.found.part(wallet).next(now.slot), Next::Now(_)))
        .count();
    if waiting > 0 && !arguments.yes && arguments.match_key.is_none() {
        console.say(format!(
            "nothing was sent; --yes does it for {}",
            plural(waiting, "match")
        ));
    }
}

fn status(found: &Found) -> String {
    format!("{:?}", found.view.status).to_lowercase()
}

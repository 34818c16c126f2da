//! After a match: recompute it from the chain, compare every balance, print what was found.

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{anyhow, bail, Context, Result};
use client::address;
use client::view::fetch;
use client::Pubkey;
use player::bots::crew::Bot;
use player::chain::{balance, balances, mint_info, wait_for};
use player::following::fetch_detail;
use protocol::replay::Replay;
use protocol::MatchKey;
use verifier::read::from_chain;
use verifier::record::{Cause, MatchRecord, PlayerRecord};
use verifier::{verify, Verdict};

use super::stack::Stack;
use crate::demo::audit::{audit, Books, GuestBooks, PlayerBooks};
use crate::demo::report::{say_checkpoints, say_players, CheckpointLine, PlayerLine, ShareLine};
use crate::terminal::{plural, Colour, Console};

/// How long the relay may take to offer the replay file.
const REPLAY_PATIENCE: Duration = Duration::from_secs(30);
/// How long one download may take.
const DOWNLOAD_PATIENCE: Duration = Duration::from_secs(10);

/// Token balances at one moment, in base units.
pub(super) struct Balances {
    /// In the crew's order.
    pub(super) players: Vec<u64>,
    /// Tokens of the treasury, in the mint's smallest unit.
    pub(super) treasury: u64,
    /// Tokens in existence, in the mint's smallest unit.
    pub(super) supply: u64,
    /// Tokens in the match's vault, in the mint's smallest unit.
    pub(super) vault: u64,
    /// The watchtower's.
    pub(super) watchtower: u64,
    /// In the operator's bond vault.
    pub(super) bond: u64,
}

impl Balances {
    pub(super) async fn read(stack: &Stack, crew: &[Bot], key: &MatchKey) -> Result<Balances> {
        let wallets: Vec<Pubkey> = crew.iter().map(Bot::address).collect();
        let vault = address::vault(&Pubkey::new_from_array(key.0));
        let vault = fetch::token_account(&stack.chain.rpc, vault).await?;
        let bond = address::bond_vault(&stack.operator_account());
        let bond = fetch::token_account(&stack.chain.rpc, bond).await?;
        Ok(Balances {
            players: balances(&stack.chain, &wallets, &stack.mint).await?,
            treasury: balance(&stack.chain, &stack.treasury(), &stack.mint).await?,
            supply: mint_info(&stack.chain, &stack.mint.mint).await?.supply,
            vault: vault.map_or(0, |account| account.amount),
            watchtower: match &stack.watch {
                Some(watch) => balance(&stack.chain, &watch.address(), &stack.mint).await?,
                None => 0,
            },
            bond: bond.map_or(0, |account| account.amount),
        })
    }
}

/// Verifies the match, checks the money and prints everything; whether all of it agrees.
pub(super) async fn prove(
    stack: &Stack,
    crew: &[Bot],
    console: &Console,
    key: &MatchKey,
    before: &Balances,
) -> Result<bool> {
    let after = Balances::read(stack, crew, key).await?;
    let replay = download_replay(stack, key).await?;
    let record = from_chain(
        &stack.chain.rpc,
        Pubkey::new_from_array(key.0),
        Some(&replay),
        |_| {},
    )
    .await
    .context("the match cannot be read back from the chain")?;
    let verdict = verify(&record, |step| {
        console.live(format!("  {}", crate::progress::describe(step)))
    });
    console.clear_live();

    say_settlement(stack, console, key).await?;
    say_record(stack, console, &record, key).await?;
    say_verdict(console, &verdict);
    let wrong = check_money(stack, crew, &record, &verdict, before, &after);
    say_money(console, crew.len(), &wrong);
    say_table(stack, crew, console, &record, &verdict, key).await?;

    let ok = verdict.ok && wrong.is_empty();
    let style = console.style();
    console.say(if ok {
        style.paint(Colour::Good, "verify: ok")
    } else {
        let problems = wrong.len() + usize::from(!verdict.ok);
        style.paint(
            Colour::Bad,
            &format!("verify: FAILED ({})", plural(problems, "problem")),
        )
    });
    Ok(ok)
}

/// The replay file as everybody gets it: from the relay, over HTTP.
async fn download_replay(stack: &Stack, key: &MatchKey) -> Result<Replay> {
    let url = stack.relay_url.join(&format!("api/matches/{key}/replay"))?;
    let http = reqwest::Client::builder()
        .timeout(DOWNLOAD_PATIENCE)
        .no_proxy()
        .build()?;
    let bytes = wait_for(
        "the relay to offer the replay file",
        REPLAY_PATIENCE,
        Duration::from_millis(500),
        || async {
            let response = http
                .get(url.clone())
                .send()
                .await
                .context("the relay does not answer")?;
            match response.status().as_u16() {
                200 => Ok(Some(response.bytes().await?)),
                404 => Ok(None),
                status => bail!("the relay answers {status} for {url}"),
            }
        },
    )
    .await?;
    let replay = Replay::read(&bytes).context("the replay file does not read")?;
    if replay.match_key != *key {
        bail!("the relay gave the replay of another match, {}", replay.match_key);
    }
    Ok(replay)
}

/// How the result became final.
async fn say_settlement(stack: &Stack, console: &Console, key: &MatchKey) -> Result<()> {
    let view = fetch::match_account(&stack.chain.rpc, Pubkey::new_from_array(key.0)).await?;
    let signed = view.map_or(0, |view| usize::from(view.header.cosigned));
    console.say(match signed {
        0 => "  settled  after the challenge window".to_owned(),
        signed => format!(
            "  settled  at once: {} signed the final state",
            plural(signed, "player")
        ),
    });
    Ok(())
}

async fn say_record(stack: &Stack, console: &Console, record: &MatchRecord, key: &MatchKey) -> Result<()> {
    let detail = fetch_detail(&stack.relay_url, *key).await?;
    let ticks: HashMap<u32, u32> = detail
        .checkpoints
        .iter()
        .map(|info| (info.index, info.tick.0))
        .collect();
    let lines: Vec<CheckpointLine> = record
        .checkpoints
        .iter()
        .map(|checkpoint| CheckpointLine {
            index: checkpoint.index,
            tick: ticks.get(&checkpoint.index).copied().unwrap_or_default(),
            digest: checkpoint
                .digest
                .map(|digest| protocol::Hash(digest).to_string())
                .unwrap_or_default(),
            posted_in: checkpoint.transaction.clone(),
        })
        .collect();
    console.say("");
    say_checkpoints(console, &lines);
    Ok(())
}

/// The verifier's report without its last line: the demonstration's own last line stands for both.
fn say_verdict(console: &Console, verdict: &Verdict) {
    console.say("");
    let report = verdict.to_string();
    for line in report.lines().filter(|line| !line.starts_with("verify:")) {
        console.say(format!("  {line}"));
    }
}

fn check_money(
    stack: &Stack,
    crew: &[Bot],
    record: &MatchRecord,
    verdict: &Verdict,
    before: &Balances,
    after: &Balances,
) -> Vec<String> {
    let books = record.result.as_ref().and_then(|result| result.books);
    let Some(books) = books else {
        return vec!["the chain has no result with books".to_owned()];
    };
    let players = crew
        .iter()
        .zip(before.players.iter().zip(&after.players))
        .map(|(bot, (before, after))| {
            let entry = record
                .players
                .iter()
                .find(|player| player.wallet == bot.address().to_bytes());
            PlayerBooks {
                name: bot.name.clone(),
                before: *before,
                after: *after,
                paid: entry.map_or(0, |entry| entry.paid),
                payout: entry.map_or(0, |entry| payout_of(verdict, entry)),
            }
        })
        .collect();
    let is_bot = |wallet: &[u8; 32]| crew.iter().any(|bot| bot.address().to_bytes() == *wallet);
    let guests = record.players.iter().filter(|player| !is_bot(&player.wallet));
    let guests = guests.map(|player| GuestBooks {
        paid: player.paid,
        payout: payout_of(verdict, player),
    });
    let burned = record
        .payments
        .iter()
        .filter(|payment| payment.cause == Cause::Burned);
    let books = Books {
        players,
        guests: guests.collect(),
        burned: burned.map(|payment| payment.stated).sum(),
        treasury_before: before.treasury,
        treasury_after: after.treasury,
        supply_before: before.supply,
        supply_after: after.supply,
        vault_after: after.vault,
        fee: books.fee,
        burn: books.burn,
    };
    audit(&books, &stack.money)
}

/// What the verifier computed for a player; nothing for one whom the match never admitted.
fn payout_of(verdict: &Verdict, player: &PlayerRecord) -> u64 {
    let payout = verdict.payouts.get(usize::from(player.index));
    payout.copied().unwrap_or(0)
}

fn say_money(console: &Console, players: usize, wrong: &[String]) {
    if wrong.is_empty() {
        console.say(format!(
            "  ok       balances   {}, treasury, burn and vault: exact to the last unit",
            plural(players, "player")
        ));
    }
    for sentence in wrong {
        console.say(format!("  FAILED   balances   {sentence}"));
    }
}

async fn say_table(
    stack: &Stack,
    crew: &[Bot],
    console: &Console,
    record: &MatchRecord,
    verdict: &Verdict,
    key: &MatchKey,
) -> Result<()> {
    let detail = fetch_detail(&stack.relay_url, *key).await?;
    let transaction = |cause: Cause| {
        let payment = record.payments.iter().find(|payment| payment.cause == cause);
        payment.map(|payment| payment.transaction.clone())
    };
    let players: Vec<PlayerLine> = record
        .players
        .iter()
        .map(|player| {
            let bot = crew.iter().find(|bot| bot.address().to_bytes() == player.wallet);
            let shown = detail
                .players
                .iter()
                .find(|shown| shown.wallet.0 == player.wallet);
            PlayerLine {
                name: bot.map_or_else(|| "a stranger".to_owned(), |bot| bot.name.clone()),
                temper: bot.map_or("", |bot| bot.temper.name),
                place: shown.and_then(|shown| shown.place),
                paid: player.paid,
                payout: payout_of(verdict, player),
                refunded: shown.is_some_and(|shown| shown.refunded),
                entered_in: transaction(Cause::Entered(player.wallet)),
                claimed_in: transaction(Cause::Claimed(player.wallet)),
            }
        })
        .collect();
    let books = record
        .result
        .as_ref()
        .and_then(|result| result.books)
        .ok_or_else(|| anyhow!("no result on chain"))?;
    let shares = [
        ShareLine {
            name: "treasury",
            amount: books.fee,
            signature: transaction(Cause::FeeSwept),
        },
        ShareLine {
            name: "burned",
            amount: books.burn,
            signature: transaction(Cause::Burned),
        },
    ];
    console.say("");
    say_players(console, &stack.money, &players, &shares);
    Ok(())
}

//! `aurelius bots`: let bots play anywhere.

use std::path::PathBuf;

use std::time::Duration;

use anyhow::{bail, Result};
use clap::Args;
use client::sender::SenderConfig;
use client::Pubkey;
use futures_util::future::join_all;
use player::bots::crew::{recruit, recruit_from, Bot};
use player::bots::league::{Cosigning, League, OnEntry, Record, Wish};
use player::bots::report::Report;
use player::chain::{balances, fund_with_tokens, give_sol, mint_info, Chain, MintInfo, TokenSource};
use player::following::Directory;
use protocol::directory::MatchSummary;
use reqwest::Url;
use solana_keypair::Keypair;

use crate::chain::check_reachable;
use crate::config::{self, keyfile_error, missing, read_keypair, relays_of, ChainArgs};
use crate::context::Context;
use crate::failure::{Advise, Outcome, Stopped};
use crate::terminal::{plural, short, Console, Money};

const AFTER_HELP: &str = "\
Each bot has a wallet and a session key of its own, pays its stake with a signed transaction, signs in to the relay and
sends signed moves. After a match it signs the result, if it is what it saw and what is on chain, so that the match settles
at once. SOL comes from the chain's airdrop, or from --keypair where there is none; tokens are minted by
--keypair when it is the mint's authority, and taken from its token account otherwise.

Examples:
  aurelius bots --count 10 --rpc-url http://127.0.0.1:8899 --mint MINT --keypair .aurelius/localnet/mint-authority.json
  aurelius bots --count 20 --matches 3 --relay https://play.example --keypair funder.json
  aurelius bots --relay http://10.0.0.5:8080,http://10.0.0.6:8080     two relays of one operator
  aurelius bots --wallets bots/           the same bots again, with what they have left";

/// Flags of `aurelius bots`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct BotsArgs {
    /// How many bots
    #[arg(long, env = "AURELIUS_BOTS", value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub count: u16,
    /// Stop after this many matches [default: play until stopped]
    #[arg(long, env = "AURELIUS_MATCHES", value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub matches: Option<u32>,
    /// Warriors each bot enters
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5))]
    pub warriors: u8,
    /// Play only this game [default: whichever is open]
    #[arg(long, value_name = "MODE")]
    pub mode: Option<super::demo::GameMode>,
    /// Address of the relay; of several, repeat or separate with commas: bots spread over them, and when one is lost go on at the next
    #[arg(long, env = "AURELIUS_RELAY_URL", value_name = "URL", default_value = "http://127.0.0.1:8080", value_delimiter = ',', value_parser = config::parse_relay_url)]
    pub relay: Vec<Url>,
    /// Play only for this token [default: whichever is open]
    #[arg(long, env = "AURELIUS_MINT", value_name = "ADDRESS", value_parser = config::parse_mint)]
    pub mint: Option<Pubkey>,
    /// Key pair file of whoever funds the bots
    #[arg(long, env = "AURELIUS_KEYPAIR", value_name = "FILE")]
    pub keypair: Option<PathBuf>,
    /// Sign no results: matches are settled after their challenge window
    #[arg(long)]
    pub no_cosign: bool,
    /// Append a line of JSON to this file for each entry played: what was sent, acked and rejected, and where the chain of inputs stood behind the last ack
    #[arg(long, env = "AURELIUS_BOTS_REPORT", value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Keep the bots' key pairs in this directory and use them again [default: new ones each time]
    #[arg(long, env = "AURELIUS_WALLETS", value_name = "DIR")]
    pub wallets: Option<PathBuf>,
    #[command(flatten)]
    pub chain: ChainArgs,
}

/// SOL of a new bot, from the faucet: entry rents are paid back, fees are 5,000 lamports a signature.
const BOT_LAMPORTS: u64 = 1_000_000_000;
/// Stakes a bot is given tokens for.
const BOT_STAKES: u64 = 20;
/// Longest wait for the first match to play.
const FIRST_MATCH_PATIENCE: Duration = Duration::from_secs(120);

pub(super) async fn run(arguments: BotsArgs, context: Context) -> Result<Outcome> {
    let working = play(&arguments, &context.console);
    match context.shutdown.unless(working).await {
        Some(result) => result.map(|()| Outcome::Success),
        None => {
            let what = "stopped; entries already paid stay in their matches";
            Err(Stopped::new(&context.shutdown, what).into())
        }
    }
}

async fn play(arguments: &BotsArgs, console: &Console) -> Result<()> {
    let endpoints = arguments.chain.resolve()?;
    let funder = match &arguments.keypair {
        Some(path) => Some(read_keypair(path, "AURELIUS_KEYPAIR", "--keypair")?),
        None => None,
    };
    let chain = endpoints.chain(SenderConfig::default())?;
    check_reachable(&chain).await?;
    let relays = relays_of(arguments.relay.clone())?;
    let report = arguments.report.as_deref().map(Report::open).transpose()?;
    let directory = Directory::follow(&relays).await?;
    let crew = match &arguments.wallets {
        Some(dir) => recruit_from(dir, usize::from(arguments.count))
            .map_err(|error| keyfile_error("AURELIUS_WALLETS", "--wallets", &error))?,
        None => recruit(usize::from(arguments.count)),
    };

    console.say(format!("waiting for an open match at {relays}"));
    let wish = Wish {
        mode: arguments.mode.map(Into::into),
        mint: arguments.mint.map(|mint| mint.to_bytes()),
    };
    let first = directory
        .find(FIRST_MATCH_PATIENCE, |matches| wish.pick(matches, &[]))
        .await
        .advise("start a crank that opens matches, or loosen --mode and AURELIUS_MINT (or --mint)")?;
    let mint = mint_info(&chain, &Pubkey::new_from_array(first.mint.0)).await?;
    let money = Money {
        decimals: first.decimals,
        symbol: first.symbol.clone(),
    };
    fund(
        &chain,
        &crew,
        funder.as_ref(),
        &mint,
        &first,
        arguments.warriors,
        console,
    )
    .await?;

    console.say(format!(
        "{} play for {} a warrior",
        plural(crew.len(), "bot"),
        money.text(first.stake_per_warrior.0)
    ));
    let league = League {
        relays,
        report,
        chain,
        directory,
        mint,
        on_entry: tell_entries(console.clone(), money),
        // The rest of the crew's matches must be for the tokens they were given.
        wish: Wish {
            mint: Some(mint.mint.to_bytes()),
            ..wish
        },
        warriors: arguments.warriors,
        cosigning: if arguments.no_cosign {
            Cosigning::Never
        } else {
            Cosigning::Checked
        },
        matches: arguments.matches,
    };
    let records = join_all(crew.iter().map(|bot| league.play(bot))).await;
    conclude(records, console)
}

/// Says what all bots did; an error when one of them stopped early, or lost moves.
fn conclude(records: Vec<Result<Record>>, console: &Console) -> Result<()> {
    let sum = |of: fn(&Record) -> u64| -> u64 { records.iter().flatten().map(of).sum() };
    console.say(format!(
        "{} entries played, {} moves accepted, {} rejected",
        sum(|record| u64::from(record.matches)),
        sum(|record| record.counts.acked),
        sum(|record| record.counts.rejected)
    ));
    let lost = sum(|record| record.counts.lost);
    if lost > 0 {
        bail!("{lost} moves were acked and are lost: the cranks have forgotten them");
    }
    let (all, failed) = (
        records.len(),
        records.iter().filter(|record| record.is_err()).count(),
    );
    match records.into_iter().find_map(Result::err) {
        None => Ok(()),
        Some(error) => Err(error.context(format!("{failed} of {} stopped early", plural(all, "bot")))),
    }
}

/// Prints who enters what, as it happens.
fn tell_entries(console: Console, money: Money) -> OnEntry {
    Box::new(move |entry| {
        console.say(format!(
            "{} enters match {} with {} ({})",
            entry.bot,
            short(&entry.match_key.to_string()),
            money.text(entry.paid),
            short(&entry.signature.to_string())
        ));
    })
}

/// Gives SOL and tokens to those who lack them.
async fn fund(
    chain: &Chain,
    crew: &[Bot],
    funder: Option<&Keypair>,
    mint: &MintInfo,
    first: &MatchSummary,
    warriors: u8,
    console: &Console,
) -> Result<()> {
    let stake = first.stake_per_warrior.0.saturating_mul(u64::from(warriors));
    let wallets: Vec<Pubkey> = crew.iter().map(Bot::address).collect();
    let mut without_sol = Vec::new();
    for wallet in &wallets {
        if chain.rpc.balance(wallet).await? < BOT_LAMPORTS / 10 {
            without_sol.push(*wallet);
        }
    }
    if !without_sol.is_empty() {
        console.say(format!(
            "SOL from the faucet for {}",
            plural(without_sol.len(), "bot")
        ));
        give_sol(chain, funder, &without_sol, BOT_LAMPORTS)
            .await
            .advise("give a funded wallet with AURELIUS_KEYPAIR (or --keypair) where there is no faucet")?;
    }
    let held = balances(chain, &wallets, mint).await?;
    let poor: Vec<Pubkey> = wallets
        .iter()
        .zip(&held)
        .filter(|(_, held)| **held < stake)
        .map(|(wallet, _)| *wallet)
        .collect();
    if poor.is_empty() {
        return Ok(());
    }
    let funder = funder.ok_or_else(|| {
        missing(
            "AURELIUS_KEYPAIR",
            "--keypair",
            "AURELIUS_KEYPAIR=.aurelius/localnet/mint-authority.json, a wallet that mints or holds the token",
        )
    })?;
    console.say(format!("tokens for {}", plural(poor.len(), "bot")));
    fund_with_tokens(
        chain,
        &TokenSource::of(funder, mint),
        mint,
        &poor,
        stake.saturating_mul(BOT_STAKES),
    )
    .await
}

//! The demonstration: matches for money on a local chain, told while they happen, verified afterwards.
//!
//! Invariant: the last line of a match is `verify: ok` only if the chain's record recomputes to the same
//! hashes and payouts *and* every token balance is what those payouts make it. When the crank was told to
//! lie, it is `caught: ok` only if the program itself found the lie, and stakes, bond and shares are where
//! they must be.

pub mod audit;
mod exposure;
pub mod narrator;
mod options;
mod proof;
pub mod report;
mod round;
mod stack;
pub mod tables;
mod watch;

use std::time::Duration;

use anyhow::{Context as _, Result};
use client::Pubkey;
use player::bots::crew::{recruit, Bot};
use player::chain::{airdrop, fund_with_tokens, TokenSource};
use player::following::Directory;

use crate::context::Context;
use crate::demo::round::Round;
use crate::demo::stack::Stack;
use crate::failure::{Outcome, Stopped};
use crate::page::NOT_BUILT;
use crate::terminal::{plural, Colour};

pub use self::options::Options;

/// SOL for each bot: entry rents come back, fees are 5,000 lamports a signature.
const BOT_LAMPORTS: u64 = 2_000_000_000;
/// How many stakes a bot begins with.
const BOT_STAKES: u64 = 100;
/// Pause between two matches, for those who watch.
const PAUSE: Duration = Duration::from_secs(5);

/// Runs the demonstration.
pub async fn run(options: Options, context: Context) -> Result<Outcome> {
    options.check()?;
    let console = context.console.clone();
    let style = console.style();
    console.say(style.paint(
        Colour::Bold,
        "Aurelius: a match for money on a local chain, proved afterwards",
    ));
    console.say("starting");
    let Some(started) = context.shutdown.unless(Stack::start(&options, &console)).await else {
        return Err(Stopped::new(&context.shutdown, "stopped before the demonstration began").into());
    };
    let stack = started?;
    let outcome = context.shutdown.unless(play(&options, &stack, &context)).await;
    console.clear_live();
    if outcome.is_none() {
        console.say("stopping");
    }
    stack.stop().await;
    match outcome {
        Some(result) => result,
        // Asked to stop: a headless run has then not shown what it was started for.
        None if options.headless => {
            Err(Stopped::new(&context.shutdown, "stopped before all matches were played").into())
        }
        None => Ok(Outcome::Success),
    }
}

async fn play(options: &Options, stack: &Stack, context: &Context) -> Result<Outcome> {
    let console = &context.console;
    if stack.has_page {
        console.say(format!("  page     {}", stack.relay_url));
    } else {
        console.say(format!("  players  {}  ({NOT_BUILT})", stack.relay_url));
    }
    let crew = recruit(usize::from(options.bots));
    fund(options, stack, &crew).await?;
    console.say(format!(
        "  bots     {} with wallets of their own, {} each",
        plural(crew.len(), "bot"),
        stack.money.text(options.stake()?.saturating_mul(BOT_STAKES))
    ));
    if !options.headless && stack.has_page {
        let hint = format!("open {} to watch; Ctrl-C ends", stack.relay_url);
        console.say(console.style().paint(Colour::Good, &hint));
    }

    let directory = Directory::follow(&stack.relay_url).await?;
    let mut round = Round {
        options,
        stack,
        crew: &crew,
        console,
        directory: &directory,
        played: Vec::new(),
    };
    let mut number = 0;
    while options.matches.is_none_or(|matches| number < matches) {
        number += 1;
        if !round
            .play(number)
            .await
            .with_context(|| format!("match {number} could not be finished"))?
        {
            return Ok(Outcome::Rejected);
        }
        if !options.headless {
            tokio::time::sleep(PAUSE).await;
        }
    }
    if !options.headless {
        console.say(format!(
            "{} played; the page stays up until Ctrl-C",
            plural(number as usize, "match")
        ));
        context.shutdown.clone().requested().await;
    }
    Ok(Outcome::Success)
}

/// SOL and tokens for every bot.
async fn fund(options: &Options, stack: &Stack, crew: &[Bot]) -> Result<()> {
    let wallets: Vec<Pubkey> = crew.iter().map(Bot::address).collect();
    airdrop(&stack.chain, &wallets, BOT_LAMPORTS).await?;
    let tokens = options.stake()?.saturating_mul(BOT_STAKES);
    fund_with_tokens(
        &stack.chain,
        &TokenSource::Mint(&stack.keys.authority),
        &stack.mint,
        &wallets,
        tokens,
    )
    .await
}

//! What a running local chain can be told to do with its slots, to rehearse what a real one does by itself.

use std::time::Duration;

use anyhow::Result;
use clap::{Args, Subcommand};
use client::rpc::LocalOrder;
use client::sender::SenderConfig;
use serde_json::json;

use crate::chain::check_reachable;
use crate::commands::escrow::Answer;
use crate::config::ChainArgs;
use crate::failure::Advise;
use crate::span::parse_span;
use crate::terminal::duration;

/// Orders to a local chain that runs.
#[derive(Debug, Subcommand)]
pub(super) enum Order {
    /// Let slots pass without a block, as when leaders are down
    SkipSlots {
        /// How many
        #[arg(value_name = "SLOTS", value_parser = clap::value_parser!(u64).range(1..=100_000))]
        slots: u64,
        #[command(flatten)]
        to: ToChain,
    },
    /// Make slots last this long from now on
    SlotTime {
        /// For example 200ms; at most 60s
        #[arg(value_name = "SPAN", value_parser = parse_slot_time)]
        span: Duration,
        #[command(flatten)]
        to: ToChain,
    },
    /// Stand still: no slot passes, transactions are taken and not executed
    Halt {
        /// For how long, for example 1m; until `resume` if absent
        #[arg(value_name = "SPAN", value_parser = parse_halt)]
        span: Option<Duration>,
        #[command(flatten)]
        to: ToChain,
    },
    /// End a halt
    Resume {
        #[command(flatten)]
        to: ToChain,
    },
    /// Take back what the last blocks did, as a cluster that leaves a fork; what is not final yet
    RollBack {
        /// How many blocks besides the open one
        #[arg(value_name = "BLOCKS", value_parser = clap::value_parser!(u64).range(0..=31))]
        blocks: u64,
        #[command(flatten)]
        to: ToChain,
    },
}

/// Which chain, and how it answers.
#[derive(Debug, Clone, Args)]
pub(super) struct ToChain {
    /// Print the answer as one JSON object
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub chain: ChainArgs,
}

/// Longest slot and longest halt that ends by itself.
const SLOT_MAX: Duration = Duration::from_secs(60);
const HALT_MAX: Duration = Duration::from_secs(3_600);

fn parse_slot_time(text: &str) -> Result<Duration, String> {
    at_most(parse_span(text)?, SLOT_MAX)
}

fn parse_halt(text: &str) -> Result<Duration, String> {
    at_most(parse_span(text)?, HALT_MAX)
}

fn at_most(span: Duration, max: Duration) -> Result<Duration, String> {
    match span.is_zero() || span > max {
        true => Err(format!("it must be at least 1ms and at most {}s", max.as_secs())),
        false => Ok(span),
    }
}

impl Order {
    pub(super) fn json(&self) -> bool {
        self.to().json
    }

    fn to(&self) -> &ToChain {
        match self {
            Order::SkipSlots { to, .. }
            | Order::SlotTime { to, .. }
            | Order::Halt { to, .. }
            | Order::Resume { to }
            | Order::RollBack { to, .. } => to,
        }
    }

    fn wire(&self) -> LocalOrder {
        match self {
            Order::SkipSlots { slots, .. } => LocalOrder::SkipSlots(*slots),
            Order::SlotTime { span, .. } => LocalOrder::SlotTime(*span),
            Order::Halt { span, .. } => LocalOrder::Halt(*span),
            Order::Resume { .. } => LocalOrder::Resume,
            Order::RollBack { blocks, .. } => LocalOrder::RollBack(*blocks),
        }
    }

    /// What has become so, for people.
    fn done(&self, slot: u64) -> String {
        match self {
            Order::SkipSlots { slots, .. } => format!("skipped {slots}; the open slot is {slot}"),
            Order::SlotTime { span, .. } => format!("slots last {} from slot {slot} on", duration(*span)),
            Order::Halt { span: None, .. } => {
                format!("halted in slot {slot}, until `aurelius localnet resume`")
            }
            Order::Halt { span: Some(span), .. } => format!("halted in slot {slot} for {}", duration(*span)),
            Order::Resume { .. } => format!("slots pass again from slot {slot} on"),
            Order::RollBack { blocks, .. } => {
                format!("took back the open slot and {blocks} before it; the open slot is {slot}")
            }
        }
    }

    /// Gives the order.
    pub(super) async fn give(&self) -> Result<Answer> {
        let chain = self.to().chain.resolve()?.chain(SenderConfig::default())?;
        check_reachable(&chain).await?;
        let slot = chain.rpc.order(self.wire()).await.advise(
            "only a chain of `aurelius localnet` takes orders; check AURELIUS_RPC_URL (or --rpc-url)",
        )?;
        Ok(Answer {
            lines: vec![self.done(slot)],
            warnings: Vec::new(),
            json: json!({ "slot": slot }),
        })
    }
}

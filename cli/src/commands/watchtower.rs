//! `aurelius watchtower`: every match of the program followed while it is played.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{bail, Context as _, Result};
use clap::Args;
use client::entropy::EntropyClient;
use client::pubsub::PubSub;
use client::Pubkey;
use reqwest::Url;
use serde_json::{json, Value};
use solana_signer::Signer;
use telemetry::metrics::metrics;
use tokio::sync::broadcast::error::RecvError;
use watchtower::{
    Fault, Overdue, Prover, Report, Tally, Until, Watchtower, WatchtowerConfig, WatchtowerHandle,
};

use crate::chain::check_reachable;
use crate::config::{self, read_keypair, ChainArgs};
use crate::context::Context;
use crate::failure::Outcome;
use crate::metrics_file;
use crate::operation::{bidding, reach_of};
use crate::span::parse_span;
use crate::terminal::{plural, Console};

/// How often the metrics file is written.
const METRICS_INTERVAL: Duration = Duration::from_secs(10);

const AFTER_HELP: &str = "\
Follows every match of the program while it is played, for as long as it is let. It needs no state of its own, outlives a
failing endpoint, and with a key has the program void the match of an operator that lies or falls silent, collects the
bond, and pushes the refunds of all players. What has waited for a minute although anybody may do it (start a locked
match, cancel an open one, void, finalise, pay) is told, and with a key is done; it pays fees, and nobody's rent.
`aurelius verify --follow` is another name for it.

Examples:
  aurelius watchtower --rpc-url https://api.devnet.solana.com
  aurelius watchtower --prove challenger.json --metrics-file /var/lib/node_exporter/aurelius.prom
  aurelius watchtower --once --json                what is on the chain now, then end
Exit status: 0 nothing wrong was seen, 1 a fault stands unpunished, 2 it could not start, 3 every fault was punished,
4 nothing wrong was seen, and some matches could not be, 5 no fault stands unpunished, and money is overdue.";

/// Flags of `aurelius watchtower`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct WatchtowerArgs {
    #[command(flatten)]
    pub tower: TowerArgs,
    /// Print one JSON object a line: every fault and what became of it, and the tally at the end
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub chain: ChainArgs,
}

/// What is watched, and what is done about faults.
#[derive(Debug, Args)]
#[command(next_help_heading = "Watching")]
pub struct TowerArgs {
    /// Key pair that files proofs, pays their fees and gets the challenger's share, and does what is overdue; without it
    /// both are only reported
    #[arg(long, value_name = "KEYPAIR")]
    pub prove: Option<PathBuf>,
    /// Watch only matches of this operator account
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address)]
    pub operator: Option<Pubkey>,
    /// End when everything the chain holds now is checked, and what was wrong is proven
    #[arg(long)]
    pub once: bool,
    /// End after this long, for example 1h
    #[arg(long = "for", value_name = "SPAN", value_parser = parse_span)]
    pub lasting: Option<Duration>,
    /// Keep this file up to date with metrics in Prometheus' text format, for node_exporter's textfile collector
    #[arg(long, value_name = "FILE")]
    pub metrics_file: Option<PathBuf>,
    /// Gateway to ask for the randomness of every match, instead of the one that its oracle names
    #[arg(long, env = "AURELIUS_GATEWAY_URL", value_name = "URL", value_parser = config::parse_gateway_url)]
    pub gateway_url: Option<Url>,
    /// Matches watched at once, about 20 KB each; more are reported as not watched [default: 4096]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub matches_max: Option<u32>,
}

/// How long an oracle's gateway may take to answer.
const GATEWAY_TIMEOUT: Duration = Duration::from_secs(5);

/// Matches watched at once where nobody says otherwise.
const MATCHES_MAX: u32 = 4_096;

impl TowerArgs {
    /// The first flag that was given, if any was: they mean nothing for a single match. The gateway is left out, because
    /// its variable may be set for other commands.
    pub(super) fn given(&self) -> Option<&'static str> {
        let given = [
            ("--prove", self.prove.is_some()),
            ("--operator", self.operator.is_some()),
            ("--once", self.once),
            ("--for", self.lasting.is_some()),
            ("--metrics-file", self.metrics_file.is_some()),
            ("--matches-max", self.matches_max.is_some()),
        ];
        given.into_iter().find(|(_, given)| *given).map(|(flag, _)| flag)
    }
}

pub(super) async fn run(arguments: WatchtowerArgs, context: Context) -> Result<Outcome> {
    watch(&arguments.tower, &arguments.chain, arguments.json, &context).await
}

/// Watches until it is told to stop, or is done.
pub(super) async fn watch(
    arguments: &TowerArgs,
    chain: &ChainArgs,
    as_json: bool,
    context: &Context,
) -> Result<Outcome> {
    let console = &context.console;
    if let Some(path) = &arguments.metrics_file {
        metrics_file::check(path)?;
    }
    let render = metrics()?;
    let config = configure(arguments, chain, console, as_json).await?;
    let mut handle = Watchtower::start(config);
    let narrator = narrate(&handle, console.clone(), as_json);
    let write_metrics = {
        let path = arguments.metrics_file.clone();
        move || {
            let Some(path) = &path else { return };
            if let Err(error) = metrics_file::write(path, &render()) {
                tracing::warn!(path = %path.display(), %error, "cannot write the metrics");
            }
        }
    };
    let writing = async {
        loop {
            write_metrics();
            tokio::time::sleep(METRICS_INTERVAL).await;
        }
    };
    let lasting = arguments.lasting;
    let enough = async move {
        match lasting {
            Some(span) => tokio::time::sleep(span).await,
            None => std::future::pending().await,
        }
    };
    let mut shutdown = context.shutdown.clone();
    tokio::select! {
        _ = handle.wait() => {}
        () = shutdown.requested() => {}
        () = enough => {}
        () = writing => {}
    }
    write_metrics();
    let (tally, listings) = (handle.tally(), handle.listings());
    drop(handle);
    // It ends with the last report.
    let unseen = tokio::time::timeout(Duration::from_secs(1), narrator).await;
    let unseen = unseen.map_or(0, |narrator| narrator.unwrap_or_default());
    if listings == 0 {
        bail!("stopped before the chain could be read; nothing was checked");
    }
    if as_json {
        console.say(tally_as_json(&tally, unseen).to_string());
    } else {
        console.say(describe_tally(&tally, unseen));
    }
    Ok(outcome_of(&tally, unseen))
}

async fn configure(
    arguments: &TowerArgs,
    chain: &ChainArgs,
    console: &Console,
    as_json: bool,
) -> Result<WatchtowerConfig> {
    // With JSON nothing else belongs on standard output.
    let say = |line: String| {
        if !as_json {
            console.say(line);
        }
    };
    let endpoints = chain.resolve()?;
    let chain = endpoints.chain(bidding(&endpoints, None))?;
    let mut config = WatchtowerConfig::new(chain.rpc.clone());
    if let Some(path) = &arguments.prove {
        let keypair = read_keypair(path, "the challenger's key pair", "--prove")?;
        say(format!("challenger  {}", keypair.pubkey()));
        match chain.rpc.balance(&keypair.pubkey()).await {
            Ok(0) => tracing::warn!(
                challenger = %keypair.pubkey(),
                "the challenger has no SOL: nothing can be proven until it has some, 0.05 are plenty"
            ),
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "the endpoint does not answer; trying again"),
        }
        config.prover = Some(Prover {
            keypair: Arc::new(keypair),
            sender: chain.sender.clone(),
        });
    }
    let gateway = arguments.gateway_url.as_ref();
    config.entropy = Some(EntropyClient::new(reach_of(gateway), GATEWAY_TIMEOUT)?);
    config.gateway = gateway.map(|url| url.as_str().trim_end_matches('/').to_owned());
    config.pubsub = Some(PubSub::start(endpoints.pubsub_config()));
    config.operator = arguments.operator;
    config.limits.matches_max = arguments.matches_max.unwrap_or(MATCHES_MAX) as usize;
    if arguments.once {
        config.until = Until::CaughtUp;
        // Nothing to hear of: one listing tells everything.
        config.pubsub = None;
        check_reachable(&chain).await.context("nothing can be checked")?;
    }
    say(format!("chain       {}", endpoints.shown()));
    Ok(config)
}

/// `unseen` is how many matches could not be looked at.
fn outcome_of(tally: &Tally, unseen: usize) -> Outcome {
    if tally.unpunished() > 0 {
        Outcome::Rejected
    } else if tally.overdue > 0 {
        Outcome::Overdue
    } else if tally.punished() > 0 {
        Outcome::Punished
    } else if unseen > 0 {
        Outcome::Unseen
    } else {
        Outcome::Success
    }
}

fn describe_tally(tally: &Tally, unseen: usize) -> String {
    let Tally {
        checked,
        proven,
        proven_by_others,
        ..
    } = tally;
    let verdict = match outcome_of(tally, unseen) {
        Outcome::Success => "nothing wrong".to_owned(),
        Outcome::Unseen => format!(
            "nothing wrong was seen, and {} could not be",
            plural(unseen, "match")
        ),
        Outcome::Punished => "every fault was punished".to_owned(),
        Outcome::Rejected => "FAULTS STAND UNPUNISHED".to_owned(),
        Outcome::Overdue => format!(
            "MONEY IS OVERDUE in {} that anybody may take",
            plural(tally.overdue as usize, "step")
        ),
    };
    let done = match tally.done {
        0 => String::new(),
        done => format!("; {} done that were overdue", plural(done as usize, "step")),
    };
    format!(
        "watchtower: {verdict}; {checked} checkpoints agree, {} faults: {proven} proven by this watchtower, {proven_by_others} by others, {} not{done}",
        tally.faults.saturating_sub(tally.withdrawn),
        tally.unpunished()
    )
}

/// With `--json`, prints one object a line for everything but single checkpoints; the log has the rest.
/// Answers how many matches it never heard of again after they could not be looked at.
fn narrate(handle: &WatchtowerHandle, console: Console, as_json: bool) -> tokio::task::JoinHandle<usize> {
    let mut reports = handle.reports();
    tokio::spawn(async move {
        let mut unseen = Unseen::default();
        loop {
            match reports.recv().await {
                Ok(report) => {
                    unseen.hear(&report);
                    if let Some(line) = Some(&report).filter(|_| as_json).and_then(report_as_json) {
                        console.say(line.to_string());
                    }
                }
                Err(RecvError::Lagged(lost)) => tracing::warn!(lost, "reports were lost on their way out"),
                Err(RecvError::Closed) => return unseen.0.len(),
            }
        }
    })
}

/// Matches that could not be looked at, and have not been since.
#[derive(Default)]
struct Unseen(BTreeSet<Pubkey>);

impl Unseen {
    fn hear(&mut self, report: &Report) {
        match report {
            Report::Unwatched { match_key, .. }
            | Report::Trouble {
                match_key: Some(match_key),
                ..
            } => {
                self.0.insert(*match_key);
            }
            // It was read, or has nothing more that could be wrong.
            Report::Watching { match_key, .. }
            | Report::Checked { match_key, .. }
            | Report::Ended { match_key, .. }
            | Report::ProvenByOthers { match_key }
            | Report::CaseClosed { match_key, .. } => {
                self.0.remove(match_key);
            }
            _ => {}
        }
    }
}

fn report_as_json(report: &Report) -> Option<Value> {
    let of = |kind: &str, match_key: &Pubkey, mut more: Value| {
        more["report"] = json!(kind);
        more["match"] = json!(match_key.to_string());
        Some(more)
    };
    match report {
        Report::Checked { .. } => None,
        Report::Watching {
            match_key,
            checkpoints,
        } => of("watching", match_key, json!({ "checkpoints": checkpoints })),
        Report::Fault {
            match_key,
            fault: Fault::Wrong {
                index, segment, tick, ..
            },
        } => of(
            "wrong",
            match_key,
            json!({ "checkpoint": index, "segment": segment, "tick": tick }),
        ),
        Report::Fault {
            match_key,
            fault: Fault::Silent { deadline },
        } => of("silent", match_key, json!({ "deadline": deadline })),
        Report::Withdrawn { match_key, reason } => of("withdrawn", match_key, json!({ "reason": reason })),
        Report::Proven { match_key, signature } => {
            of("proven", match_key, json!({ "signature": signature.to_string() }))
        }
        Report::Collected { match_key, amount } => {
            of("collected", match_key, json!({ "amount": amount.to_string() }))
        }
        Report::Awarded { match_key, amount } => {
            of("awarded", match_key, json!({ "amount": amount.to_string() }))
        }
        Report::Refunded { match_key, player } => {
            of("refunded", match_key, json!({ "player": player.to_string() }))
        }
        Report::ProvenByOthers { match_key } => of("proven_by_others", match_key, json!({})),
        Report::TooLate { match_key } => of("too_late", match_key, json!({})),
        Report::CaseClosed { match_key, unpaid } => of("case_closed", match_key, json!({ "unpaid": unpaid })),
        Report::Ended {
            match_key,
            status,
            checkpoints,
        } => of(
            "ended",
            match_key,
            json!({ "status": status.map(|status| format!("{status:?}").to_lowercase()), "checkpoints": checkpoints }),
        ),
        Report::Overdue { match_key, overdue } => of("overdue", match_key, overdue_as_json(overdue)),
        Report::Done {
            match_key,
            overdue,
            signature,
        } => {
            let mut more = overdue_as_json(overdue);
            more["signature"] = json!(signature.to_string());
            of("done", match_key, more)
        }
        Report::Unwatched { match_key, reason } => of("unwatched", match_key, json!({ "reason": reason })),
        Report::Trouble { match_key, what } => {
            Some(json!({ "report": "trouble", "match": match_key.map(|key| key.to_string()), "what": what }))
        }
    }
}

fn overdue_as_json(overdue: &Overdue) -> Value {
    json!({
        "step": overdue.step.name(),
        "wallet": overdue.step.recipient().map(|wallet| wallet.to_string()),
        "amount": overdue.amount.to_string(),
        "since": overdue.since,
    })
}

fn tally_as_json(tally: &Tally, unseen: usize) -> Value {
    json!({
        "report": "tally",
        "checked": tally.checked,
        "faults": tally.faults,
        "withdrawn": tally.withdrawn,
        "proven": tally.proven,
        "proven_by_others": tally.proven_by_others,
        "too_late": tally.too_late,
        "unpunished": tally.unpunished(),
        "overdue": tally.overdue,
        "done": tally.done,
        "unseen": unseen,
    })
}

#[cfg(test)]
#[path = "watchtower_tests.rs"]
mod tests;

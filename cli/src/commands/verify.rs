//! `aurelius verify`: recompute a match and compare.

use std::path::{Path, PathBuf};

use anyhow::{bail, Context as _, Result};
use clap::Args;
use client::history::HistoryError;
use client::sender::SenderConfig;
use client::Pubkey;
use protocol::replay::Replay;
use serde_json::{json, Value};
use verifier::read::{from_chain, ReadError};
use verifier::record::{Evidence, Standing};
use verifier::verdict::Place;
use verifier::{verify, CheckResult, Difference, MatchRecord, Verdict};

use super::watchtower::{self, TowerArgs};
use crate::chain::check_reachable;
use crate::config::{self, ChainArgs};
use crate::context::Context;
use crate::failure::{Advise, ConfigError, Outcome, Stopped};
use crate::progress::describe;
use crate::terminal::Console;

const AFTER_HELP: &str = "\
Reads only the chain: the transactions of the match say what the operator committed, what it was given as inputs, the
seed, and who was paid. Everything is computed again and compared; the first difference is shown.

Examples:
  aurelius verify --rpc-url http://127.0.0.1:8899 MATCH
  AURELIUS_RPC_URL=https://api.devnet.solana.com aurelius verify MATCH --json
  aurelius verify MATCH --replay match.replay       with the file from the relay's /api/matches/MATCH/replay
Without a chain a replay file is checked alone: that shows that it agrees with itself, not that it was ever on a chain.

To follow all matches while they are played use `aurelius watchtower`; --follow, with the flags below \"Watching\", is
another name for it.

A match whose operator lied and was slashed for it is shown as both; what the operator posted does not agree, so it is 1.
Exit status: 0 everything agrees, 1 something does not, 2 it could not be checked.";

/// Flags of `aurelius verify`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP)]
pub struct VerifyArgs {
    /// Address of the match account
    #[arg(value_name = "MATCH", value_parser = config::parse_address, required_unless_present = "follow", conflicts_with = "follow")]
    pub match_key: Option<Pubkey>,
    /// A replay file, for inputs' signatures, and for what the chain's history no longer has
    #[arg(long, value_name = "FILE", conflicts_with = "follow")]
    pub replay: Option<PathBuf>,
    /// Print the report as one JSON object; with --follow, one object a line
    #[arg(long)]
    pub json: bool,
    /// Another name for `aurelius watchtower`: watch all matches while they are played
    #[arg(long)]
    pub follow: bool,
    #[command(flatten)]
    pub tower: TowerArgs,
    #[command(flatten)]
    pub chain: ChainArgs,
}

pub(super) async fn run(arguments: VerifyArgs, context: Context) -> Result<Outcome> {
    let Some(match_key) = arguments.match_key else {
        eprintln!("`aurelius verify --follow` is `aurelius watchtower`; both do the same");
        return watchtower::watch(&arguments.tower, &arguments.chain, arguments.json, &context).await;
    };
    check_single(&arguments)?;
    let console = &context.console;
    let show_progress = !arguments.json;
    let working = async {
        let record = read(&arguments, match_key, console, show_progress).await?;
        // Recomputing takes the processor for a moment; Ctrl-C must still be heard.
        let progress = console.clone();
        let verdict = tokio::task::spawn_blocking(move || {
            verify(&record, |step| {
                if show_progress {
                    progress.live(describe(step));
                }
            })
        })
        .await?;
        anyhow::Ok(verdict)
    };
    let Some(verdict) = context.shutdown.unless(working).await else {
        return Err(Stopped::new(&context.shutdown, "stopped before the match was verified").into());
    };
    let verdict = verdict?;
    console.clear_live();
    if arguments.json {
        console.say(serde_json::to_string_pretty(&as_json(&match_key, &verdict))?);
    } else {
        console.say(format!("match: {match_key}"));
        console.say(verdict.to_string());
    }
    Ok(if verdict.ok {
        Outcome::Success
    } else {
        Outcome::Rejected
    })
}

/// Refuses flags that mean nothing for a single match.
fn check_single(arguments: &VerifyArgs) -> Result<(), ConfigError> {
    match arguments.tower.given() {
        Some(flag) => Err(ConfigError::new(
            flag,
            "goes with `aurelius watchtower`, not with a single match",
            "aurelius watchtower --prove challenger.json",
        )),
        None => Ok(()),
    }
}

/// The evidence: the chain's, with the replay file's where there is one; the file's alone where the chain has
/// none.
async fn read(
    arguments: &VerifyArgs,
    match_key: Pubkey,
    console: &Console,
    show_progress: bool,
) -> Result<MatchRecord> {
    let replay = match &arguments.replay {
        Some(path) => Some(read_replay(path, &match_key)?),
        None => None,
    };
    if let (Some(replay), false) = (&replay, arguments.chain.is_given()) {
        return Ok(MatchRecord::from_replay(replay));
    }
    let chain = arguments.chain.resolve()?.chain(SenderConfig::default())?;
    check_reachable(&chain).await?;
    let progress = |step| {
        if show_progress {
            console.live(match step {
                client::history::Progress::Listed(count) => {
                    format!("reading the chain: {count} transactions listed")
                }
                client::history::Progress::Read { done, total } => {
                    format!("reading the chain: {done} of {total} transactions")
                }
            });
        }
    };
    match from_chain(&chain.rpc, match_key, replay.as_ref(), progress).await {
        Err(ReadError::History(gone @ (HistoryError::Empty(_) | HistoryError::Missing(_)))) => match replay {
            Some(replay) => {
                tracing::warn!(%gone, "the chain's history is gone; the replay file is checked alone");
                Ok(MatchRecord::from_replay(&replay))
            }
            None => Err(gone).advise("or give the match's replay file with --replay"),
        },
        read => read.with_context(|| format!("cannot read match {match_key}")),
    }
}

fn read_replay(path: &Path, match_key: &Pubkey) -> Result<Replay> {
    let bytes =
        std::fs::read(path).with_context(|| format!("cannot read the replay file {}", path.display()))?;
    let replay = Replay::read(&bytes).with_context(|| format!("{} is not a replay file", path.display()))?;
    if replay.match_key.0 != match_key.to_bytes() {
        bail!(
            "{} is the replay of another match, {}",
            path.display(),
            replay.match_key
        );
    }
    Ok(replay)
}

fn as_json(match_key: &Pubkey, verdict: &Verdict) -> Value {
    let checks: Vec<Value> = verdict
        .checks
        .iter()
        .map(|check| {
            let result = match check.result {
                CheckResult::Passed => "passed",
                CheckResult::Failed => "failed",
                CheckResult::Skipped => "skipped",
            };
            json!({ "name": check.name, "result": result, "detail": check.detail })
        })
        .collect();
    // As everywhere in JSON, amounts are strings: numbers end at 2⁵³ there.
    let payouts: Vec<String> = verdict.payouts.iter().map(u64::to_string).collect();
    json!({
        "match": match_key.to_string(),
        "ok": verdict.ok,
        "evidence": match verdict.evidence {
            Evidence::Ledger => "ledger",
            Evidence::LedgerAndReplay => "ledger_and_replay",
            Evidence::Replay => "replay",
        },
        "standing": match verdict.standing {
            Standing::Open => "open",
            Standing::Locked => "locked",
            Standing::Live => "live",
            Standing::Proposed => "proposed",
            Standing::Settled => "settled",
            Standing::Cancelled => "cancelled",
            Standing::Voided => "voided",
        },
        "checks": checks,
        "first_difference": verdict.first_difference.as_ref().map(difference_as_json),
        "payouts": payouts,
        "slashed": verdict.slashed.map(|slashed| slashed.to_string()),
    })
}

fn difference_as_json(difference: &Difference) -> Value {
    let place = match difference.place {
        Place::Setup => json!({ "phase": "setup" }),
        Place::Checkpoint {
            checkpoint,
            segment,
            tick,
        } => {
            json!({ "phase": "checkpoint", "checkpoint": checkpoint, "segment": segment, "tick": tick })
        }
        Place::Settlement => json!({ "phase": "settlement" }),
    };
    json!({
        "where": place,
        "what": difference.what,
        "expected": difference.expected,
        "found": difference.found,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use verifier::Check;

    #[test]
    fn the_json_says_what_differs_and_where() {
        let verdict = Verdict {
            ok: false,
            evidence: Evidence::Ledger,
            standing: Standing::Settled,
            checks: vec![Check {
                name: "leaves",
                detail: "one is wrong".into(),
                result: CheckResult::Failed,
            }],
            first_difference: Some(Difference {
                place: Place::Checkpoint {
                    checkpoint: 3,
                    segment: 1,
                    tick: 420,
                },
                what: "the leaf".into(),
                expected: "aa".into(),
                found: "bb".into(),
            }),
            payouts: vec![u64::MAX, 0],
            slashed: None,
            wrong_segment: false,
            unread: Vec::new(),
        };
        let value = as_json(&Pubkey::new_from_array([1; 32]), &verdict);
        assert_eq!(value["ok"], false);
        assert_eq!(value["first_difference"]["where"]["tick"], 420);
        assert_eq!(value["checks"][0]["result"], "failed");
        assert_eq!(value["payouts"][0], "18446744073709551615");
    }

    #[test]
    fn flags_of_the_watchtower_are_refused_for_a_single_match() {
        use clap::Parser;
        #[derive(Parser)]
        struct Flags {
            #[command(flatten)]
            verify: VerifyArgs,
        }
        let check = |flags: &[&str]| {
            let all = [&["verify", "So11111111111111111111111111111111111111112"], flags].concat();
            Flags::try_parse_from(all).map(|flags| check_single(&flags.verify))
        };
        assert!(matches!(check(&[]), Ok(Ok(()))));
        let refused = check(&["--for", "1h"]).unwrap().unwrap_err();
        assert!(refused
            .to_string()
            .starts_with("--for goes with `aurelius watchtower`"));
        assert!(check(&["--follow"]).is_err(), "a match and all matches");
    }

    #[test]
    fn a_file_that_is_no_replay_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.replay");
        std::fs::write(&path, b"hello").unwrap();
        let error = read_replay(&path, &Pubkey::new_from_array([1; 32])).unwrap_err();
        assert!(crate::failure::one_line(&error).contains("x.replay is not a replay file"));
    }
}

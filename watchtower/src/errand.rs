//! What anybody may do for money that waits: start, cancel, finalise, void, and pay.
//!
//! An errand reads a match, does the first thing that is overdue, and reads again, until nothing is or what is left is
//! refused. It keeps nothing that the chain does not have. Absent: the punishment of operators, which is a case.

use std::collections::{BTreeMap, BTreeSet};

use client::due::{self, Step};
use client::entropy::start::{self, StartError};
use client::entropy::EntropyClient;
use client::error::Error;
use client::instruction::{self, MatchRef};
use client::view::{fetch, MatchView};
use client::Pubkey;
use solana_instruction::Instruction;
use solana_signer::Signer;
use tokio::time::Instant;

use crate::case::Court;
use crate::report::{Overdue, Report};

/// A step is tried this often before it is left alone.
const ATTEMPTS_MAX: u32 = 3;

/// Where the answers of oracles come from.
#[derive(Clone)]
pub(crate) struct Oracle {
    pub(crate) entropy: EntropyClient,
    /// One gateway for all oracles; `None`: as each oracle says.
    pub(crate) gateway: Option<String>,
}

/// What is overdue, and who sees to it.
#[derive(Debug, Default)]
pub(crate) struct Errands {
    /// By match, as of the last look.
    pub(crate) overdue: BTreeMap<Pubkey, Vec<Overdue>>,
    /// Matches whose errand is under way.
    pub(crate) under_way: BTreeSet<Pubkey>,
    /// Matches of which something was refused: not again before this moment.
    pub(crate) held: BTreeMap<Pubkey, Instant>,
}

/// What of a match has been due for more than `grace` slots in `slot`. Silence of a live match is none of it: that is a
/// fault.
pub(crate) fn overdue(view: &MatchView, slot: u64, grace: u64) -> Vec<Overdue> {
    if view.status == client::view::MatchStatus::Live {
        return Vec::new();
    }
    let steps = due::steps(view, slot).into_iter();
    steps
        .map(|step| Overdue {
            since: due::since(view, &step),
            amount: due::amount(view, &step, slot),
            step,
        })
        .filter(|overdue| slot > overdue.since.saturating_add(grace))
        .collect()
}

/// Does what is overdue in a match. Whether nothing is left.
pub(crate) async fn run(court: Court, oracle: Oracle, match_key: Pubkey, grace: u64) -> (Pubkey, bool) {
    let errand = Errand {
        court,
        oracle,
        match_key,
        grace,
    };
    let mut attempts: BTreeMap<Step, u32> = BTreeMap::new();
    let mut failures = 0;
    loop {
        match errand.advance(&mut attempts).await {
            Ok(Advanced::Done) => failures = 0,
            Ok(Advanced::End { left }) => return (match_key, !left),
            Err(error) => {
                errand.court.reporter.report(Report::Trouble {
                    match_key: Some(match_key),
                    what: error.to_string(),
                });
                let wait = errand.court.backoff.wait(failures);
                failures += 1;
                // The next round finds it overdue once more.
                if failures > ATTEMPTS_MAX {
                    return (match_key, false);
                }
                tokio::time::sleep(wait).await;
            }
        }
    }
}

struct Errand {
    court: Court,
    oracle: Oracle,
    match_key: Pubkey,
    grace: u64,
}

/// What came of one look.
enum Advanced {
    /// Something was done.
    Done,
    /// There is nothing to do, or nothing that is not refused.
    End {
        /// Something is left.
        left: bool,
    },
}

impl Errand {
    async fn advance(&self, attempts: &mut BTreeMap<Step, u32>) -> Result<Advanced, Error> {
        let rpc = self.court.prover.sender.rpc();
        let slot = rpc.slot().await?;
        let Some(view) = fetch::match_account(rpc, self.match_key).await? else {
            return Ok(Advanced::End { left: false });
        };
        let waiting = overdue(&view, slot, self.grace);
        let tried = |overdue: &&Overdue| attempts.get(&overdue.step).copied().unwrap_or(0) < ATTEMPTS_MAX;
        let Some(next) = waiting.iter().find(tried) else {
            return Ok(Advanced::End {
                left: !waiting.is_empty(),
            });
        };
        *attempts.entry(next.step).or_default() += 1;
        let instructions = match self.instructions(&view, next.step).await {
            Ok(instructions) => instructions,
            Err(StartError::Rpc(error)) => return Err(error),
            Err(error) => return Err(Error::Answer(format!("it cannot be started: {error}"))),
        };
        let sender = &self.court.prover.sender;
        let sent = sender
            .send_and_confirm(&instructions, &self.court.prover.keypair, &[])
            .await?;
        attempts.remove(&next.step);
        self.court.reporter.report(Report::Done {
            match_key: self.match_key,
            overdue: *next,
            signature: sent.signature,
        });
        Ok(Advanced::Done)
    }

    async fn instructions(&self, view: &MatchView, step: Step) -> Result<Vec<Instruction>, StartError> {
        let of: MatchRef = view.reference();
        let caller = self.court.prover.keypair.pubkey();
        Ok(vec![match step {
            Step::Start => {
                let (rpc, gateway) = (self.court.prover.sender.rpc(), self.oracle.gateway.as_deref());
                start::start(rpc, &self.oracle.entropy, gateway, view, caller).await?
            }
            Step::Cancel => instruction::cancel(&of, caller),
            Step::Void => instruction::void_match(&of, caller),
            Step::Finalize => instruction::finalize(&of),
            Step::CollectSlash => return Ok(instruction::collect_slash_steps(&of, &caller)),
            Step::Award(wallet) => instruction::claim_award(&of, caller, &wallet),
            Step::Claim(wallet) => instruction::claim(&of, caller, &wallet),
            Step::Refund(wallet) => instruction::refund(&of, caller, &wallet),
        }])
    }
}

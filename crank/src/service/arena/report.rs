//! A match is ready for a tick thread, or its players answered, and what that changes.

use std::sync::Arc;

use client::view::MatchView;
use protocol::directory::MatchEvent;
use protocol::Hash;
use store::IntentKind;
use tokio::sync::mpsc;

use super::super::flow::arena::{Consent, LogSync, Stage};
use super::super::flow::Flow;
use super::super::station::{Next, Station};
use super::super::tools::JobError;
use super::job::{Copied, Ready};
use crate::adopt::{late_entries, Adopted};
use crate::cosign::Outcome;
use crate::ingress::GatePhase;
use crate::journal::{InputLog, JournalError};
use crate::live::{Checkpoint, LiveMatch};
use crate::publish;
use crate::worker::Adoption;

/// Verified inputs waiting for one match: a second of 100 warriors with ten changes each.
const INPUTS_MAX: usize = 1_024;

/// What the jobs of an arena report.
pub(crate) enum Report {
    Adopted(Result<Box<Ready>, JobError>),
    Consent(Outcome),
}

/// Takes a report.
pub(crate) fn report(flow: &mut Flow, station: &mut Station, report: Report) -> Next {
    match report {
        Report::Adopted(ready) => adopted(flow, station, ready),
        Report::Consent(outcome) => consent(flow, outcome),
    }
}

fn adopted(flow: &mut Flow, station: &mut Station, ready: Result<Box<Ready>, JobError>) -> Next {
    flow.arena.stage = Stage::Idle;
    let ready = match ready {
        Ok(ready) => *ready,
        Err(JobError::Adopt(error)) => {
            tracing::error!(match_key = %flow.key(), %error, "the match cannot be run here");
            flow.arena.stage = Stage::Failed(None);
            return Next::LeaveToOthers;
        }
        Err(error) => {
            tracing::warn!(match_key = %flow.key(), %error, "the match could not be brought to a tick thread; trying again");
            return Next::Wait;
        }
    };
    let (Some(link), Some(view)) = (flow.link.as_ref(), flow.view().cloned()) else {
        tracing::error!(match_key = %flow.key(), "the match has no place on the bus and is not run");
        flow.arena.stage = Stage::Failed(None);
        return Next::Wait;
    };
    let publisher = link.publisher.clone();
    run(flow, station, ready, &view, publisher)
}

/// Puts a match on a tick thread.
fn run(
    flow: &mut Flow,
    station: &mut Station,
    ready: Ready,
    view: &MatchView,
    publisher: bus::MatchPublisher,
) -> Next {
    let Ready {
        adopted,
        start_unix_us,
        ledger,
    } = ready;
    let key = flow.key();
    publisher.publish_event(MatchEvent::Started {
        seed: Hash(view.header.seed),
        genesis_leaf: Hash(view.header.genesis_leaf),
        starts_at_ms: u64::try_from(start_unix_us / 1_000).unwrap_or(0),
    });
    let (inputs_in, inputs) = mpsc::channel(INPUTS_MAX);
    flow.set_gate(Some(GatePhase::Running(inputs_in)));
    let Logged {
        live,
        log,
        sync,
        checkpoints,
    } = match logged(adopted, ledger) {
        Ok(logged) => logged,
        Err(error) => {
            tracing::warn!(match_key = %key, %error, "the match could not be brought to a tick thread; trying again");
            return Next::Wait;
        }
    };
    Arc::make_mut(&mut flow.record).start_unix_us = Some(start_unix_us);
    for checkpoint in checkpoints {
        let landed = flow.sends.landed.get(&IntentKind::Checkpoint(checkpoint.index));
        let info = publish::checkpoint_info(&checkpoint, landed);
        publisher.publish_event(MatchEvent::Checkpoint(info));
        flow.arena.checkpoints.insert(checkpoint.index, checkpoint);
    }
    flow.books.note_change();
    flow.arena.stage = Stage::Running(sync);
    let clock = &station.tools.carrier.clock;
    let start = clock.monotonic().plus(start_unix_us - clock.unix_us());
    let adoption = Adoption {
        live,
        start,
        log,
        publisher,
        inputs,
    };
    if let Err(error) = station.workers.adopt(adoption) {
        tracing::error!(match_key = %key, %error, "the match found no tick thread; trying again");
        flow.arena.stage = Stage::Idle;
        return Next::Wait;
    }
    for entry in late_entries(view) {
        let _ = station.workers.announce(key, entry);
    }
    Next::Proceed
}

/// A match with its log wherever that is to be.
struct Logged {
    live: LiveMatch,
    log: Box<dyn InputLog>,
    sync: LogSync,
    checkpoints: Vec<Checkpoint>,
}

fn logged(adopted: Adopted, ledger: Option<Copied>) -> Result<Logged, JournalError> {
    let Adopted {
        live,
        journal,
        syncer,
        checkpoints,
    } = adopted;
    let (log, sync): (Box<dyn InputLog>, LogSync) = match ledger {
        None => (Box::new(journal), Arc::new(syncer)),
        Some(copied) => {
            let (log, sync) = copied
                .ledger
                .follow(journal, copied.records, copied.shipped)?;
            (Box::new(log), sync)
        }
    };
    Ok(Logged {
        live,
        log,
        sync,
        checkpoints,
    })
}

/// Keeps what everybody signed; otherwise the challenge window applies.
fn consent(flow: &mut Flow, outcome: Outcome) -> Next {
    let result = match outcome {
        Outcome::Complete(cosigned) => {
            if let Some(last) = flow.arena.last_mut() {
                last.consent = Consent::Signed(Arc::new(cosigned));
            }
            "complete"
        }
        Outcome::Incomplete { missing } => {
            tracing::info!(match_key = %flow.key(), ?missing, "not everybody signed the result; the challenge window applies");
            "incomplete"
        }
        Outcome::Withdrawn => "withdrawn",
    };
    metrics::counter!("aurelius_cosigned_results_total", "outcome" => result).increment(1);
    Next::Proceed
}

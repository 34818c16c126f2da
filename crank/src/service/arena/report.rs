//! A match is ready for a tick thread, or its players answered, and what that changes.

use std::sync::Arc;

use client::view::MatchView;
use protocol::directory::MatchEvent;
use protocol::Hash;
use store::IntentKind;
use tokio::sync::mpsc;

use super::super::flow::account::is_over;
use super::super::flow::arena::{Consent, LogSync, Stage};
use super::super::flow::Flow;
use super::super::station::{Next, Station};
use super::super::tools::JobError;
use super::job::{Copied, Ready};
use super::start;
use crate::adopt::{late_entries, Adopted};
use crate::cosign::Outcome;
use crate::ingress::GatePhase;
use crate::journal::{InputLog, JournalError};
use crate::live::{Checkpoint, LiveMatch};
use crate::publish;
use crate::receipts::{LocalLog, Notary};
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
    let first = flow.arena.rest(station.now_ms());
    let ready = match ready {
        Ok(ready) => *ready,
        Err(error) => return not_adopted(flow, &error, first),
    };
    let (Some(link), Some(view)) = (flow.link.as_ref(), flow.view().cloned()) else {
        tracing::error!(match_key = %flow.key(), "the match has no place on the bus; trying again");
        return Next::Wait;
    };
    let publisher = link.publisher.clone();
    run(flow, station, ready, &view, publisher)
}

/// A match that is live is tried until its deadline, whatever stands against it: the disk, the descriptors,
/// an endpoint that tells of another history. One that is over is left as it is: its money does not depend on
/// its last state.
fn not_adopted(flow: &mut Flow, error: &JobError, first: bool) -> Next {
    let key = flow.key();
    let over = flow.view().is_some_and(|view| is_over(view.status));
    match error {
        JobError::Adopt(error) if over && !error.is_io() => {
            tracing::error!(match_key = %key, %error, "the match is over and cannot be played again here; there will be no replay");
            flow.arena.stage = Stage::Failed(None);
            Next::LeaveToOthers
        }
        JobError::Adopt(error) if first => {
            tracing::error!(match_key = %key, %error, "the match cannot be run here; trying again until its deadline");
            Next::LeaveToOthers
        }
        JobError::Adopt(_) => Next::LeaveToOthers,
        error if first => {
            tracing::warn!(match_key = %key, %error, "the match could not be brought to a tick thread; trying again");
            Next::Wait
        }
        _ => Next::Wait,
    }
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
        until_start_us,
        now,
        shared_log,
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
    } = match logged(adopted, shared_log, &station.tools.carrier.notary) {
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
    flow.arena.beacons = live.unrevealed();
    let countdown = station.tools.config.countdown;
    let start = start::start(now, until_start_us, live.tick().0, countdown);
    let adoption = Adoption {
        live,
        start,
        log,
        publisher,
        inputs,
    };
    if let Err(error) = station.workers.adopt(adoption) {
        tracing::error!(match_key = %key, %error, "the match found no tick thread; trying again");
        flow.arena.rest(station.now_ms());
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

fn logged(adopted: Adopted, shared_log: Option<Copied>, notary: &Notary) -> Result<Logged, JournalError> {
    let Adopted {
        live,
        journal,
        syncer,
        checkpoints,
    } = adopted;
    let (log, sync): (Box<dyn InputLog>, LogSync) = match shared_log {
        None => {
            let sync = Arc::new(syncer);
            let log = LocalLog::follow(journal, sync.clone(), notary.clone());
            (Box::new(log), sync)
        }
        Some(copied) => {
            let (log, sync) = copied
                .shared_log
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

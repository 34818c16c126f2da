//! What became of what was sent, and what that changes.

use protocol::Signature;
use store::{IntentKind, MatchPhase};

use super::super::display;
use super::super::flow::arena::Travel;
use super::super::flow::past::Past;
use super::super::flow::Flow;
use super::super::station::{Next, Station};
use crate::chain::carrier::{Failure, Landed, Report as Carried};
use crate::chain::plan::UploadState;
use crate::publish::LandedMap;

/// What the jobs about the chain report.
pub(crate) enum Report {
    Resolved(Result<LandedMap, Failure>),
    Carried(Box<Carried>),
    Upload(Option<UploadState>),
    Finished(Result<(), String>),
}

/// Takes a report.
pub(crate) fn report(flow: &mut Flow, station: &mut Station, report: Report) -> Next {
    match report {
        Report::Resolved(landed) => resolved(flow, landed),
        Report::Carried(carried) => self::carried(flow, station, *carried),
        Report::Upload(upload) => {
            flow.sends.end();
            note_upload(flow, upload.unwrap_or_default());
            Next::Wait
        }
        Report::Finished(Ok(())) => {
            tracing::info!(match_key = %flow.key(), phase = flow.record.phase.name(), "the match needs nothing any more");
            Next::Forget
        }
        Report::Finished(Err(reason)) => {
            tracing::warn!(match_key = %flow.key(), %reason, "the end of a match could not be written; trying again");
            flow.sends.end();
            Next::Wait
        }
    }
}

fn resolved(flow: &mut Flow, landed: Result<LandedMap, Failure>) -> Next {
    match landed {
        Ok(landed) => {
            let known = &flow.sends.landed;
            let news = landed.values().filter(|one| !known.contains_key(&one.kind));
            let news: Vec<Landed> = news.copied().collect();
            flow.sends.note_landed(&news);
            flow.past = Past::Resolved;
            display::publish_landed(flow, &news);
            Next::Proceed
        }
        Err(failure) => {
            tracing::warn!(match_key = %flow.key(), reason = %failure.reason, "what became of earlier transactions is not known yet; trying again");
            flow.past = Past::Read;
            Next::Wait
        }
    }
}

fn carried(flow: &mut Flow, station: &mut Station, carried: Carried) -> Next {
    let Carried {
        landed,
        failure,
        after,
        upload,
    } = carried;
    let mut next = Next::Proceed;
    flow.sends.end();
    flow.sends.note_landed(&landed);
    if let Some(upload) = upload {
        note_upload(flow, upload);
    }
    if let Some(failure) = failure {
        tracing::warn!(match_key = %flow.key(), kinds = ?failure.kinds, reason = %failure.reason, refused = failure.refused, "a step failed");
        flow.sends.note_failure(&failure, station.now_ms());
        // A node may be wrong about what became of it: the account decides.
        let exists = flow.view().is_some() || matches!(after, Some((_, Some(_))));
        if failure.refused && !exists && failure.kinds.contains(&IntentKind::Create) {
            flow.set_phase(MatchPhase::Abandoned);
            next = Next::Unmade;
        }
    }
    for one in &landed {
        let signature = one.signature.map(Signature);
        let signature = signature.map(tracing::field::display);
        tracing::info!(match_key = %flow.key(), kind = ?one.kind, slot = one.slot, signature, "a step landed");
    }
    if let Some((slot, view)) = after {
        display::observe(flow, station, slot, view);
    }
    display::publish_landed(flow, &landed);
    next
}

fn note_upload(flow: &mut Flow, upload: UploadState) {
    if let Some(last) = flow.arena.last_mut() {
        if let Travel::Uploaded(known) = &mut last.travel {
            *known = upload;
        }
    }
}

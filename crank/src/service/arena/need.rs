//! When a match is brought to a tick thread, and when it is let go.

use client::view::MatchStatus;

use super::super::flow::arena::Stage;
use super::super::flow::Flow;
use super::super::job::Job;
use super::super::roster;
use super::super::station::Station;
use super::super::tools::JobError;
use super::job;
use super::report::Report;
use crate::ingress::GatePhase;
use crate::publish;

/// Brings a match that is live, or has a result that is not on record, to where it must be.
pub(crate) fn need(flow: &mut Flow, station: &Station) -> Option<Job<Report>> {
    let view = flow.view().filter(|_| flow.past.is_read())?.clone();
    let known = publish::knows_all(&view, &flow.players.entries);
    let runs = view.status == MatchStatus::Live && known && roster::is_read(flow, &view);
    // Whose key nobody can tell any more, as after an entry was closed, may have sent nothing.
    let with_result = matches!(view.status, MatchStatus::Proposed | MatchStatus::Settled)
        && (known || flow.players.were_sought())
        && (!flow.books.is_recorded() || !flow.is_paid_out());
    if !flow.arena.may_be_adopted(station.now_ms()) || !(runs || with_result) {
        return None;
    }
    flow.arena.stage = Stage::Adopting;
    let tenure = flow.tenure.as_ref();
    let started_slot = view.header.started_slot;
    let slots = station
        .slot
        .checked_sub(started_slot)
        .filter(|_| station.slot > 0);
    let order = job::Order {
        record: flow.record.clone(),
        by_slots: slots.map(|slots| station.span_of(slots)),
        view,
        sessions: flow.players.sessions(),
        tenure: tenure.map(|tenure| (tenure.lease.clone(), tenure.alone)),
    };
    let tools = station.tools.of(flow);
    let work = async move { Report::Adopted(job::adopt(&tools, order).await) };
    let lost = |reason| Report::Adopted(Err(JobError::Lost(reason)));
    Some(Job::new("adopt", work, lost))
}

/// Lets a match go that somebody ended on chain: what the arena does no longer matters.
pub(crate) fn stop_if_ended(flow: &mut Flow, station: &mut Station) {
    let ended = flow.has_status(MatchStatus::Voided) || flow.has_status(MatchStatus::Cancelled);
    let Stage::Running(sync) = &flow.arena.stage else {
        return;
    };
    if ended {
        flow.arena.stage = Stage::Stopped(sync.clone());
        flow.set_gate(Some(GatePhase::Ended));
        let _ = station.workers.release(flow.key());
    }
}

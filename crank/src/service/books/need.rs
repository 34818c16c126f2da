//! What the books of a match need: to be read, written, and closed in the end.

use client::view::MatchStatus;

use super::super::flow::books::Outcome;
use super::super::flow::past::Past;
use super::super::flow::Flow;
use super::super::job::Job;
use super::super::station::Station;
use super::super::tools::JobError;
use super::job;
use super::report::Report;
use crate::publish;
use crate::record::ReplayOrder;

/// How long a step of somebody else may stay without its transaction before that is looked for.
const SEARCH_AFTER_MS: i64 = 3_000;

/// Reads what an earlier process knew.
pub(crate) fn need_of_past(flow: &mut Flow, station: &Station) -> Option<Job<Report>> {
    if flow.past != Past::Unread {
        return None;
    }
    flow.past = Past::Reading;
    let (tools, record) = (station.tools.of(flow), flow.record.clone());
    let work = async move { Report::Loaded(job::load(&tools, &record).await.map(Box::new)) };
    Some(Job::new("load", work, |reason| Report::Loaded(Err(reason))))
}

/// Writes outcome and replay of a settled match.
pub(crate) fn need_of_outcome(flow: &mut Flow, station: &Station) -> Option<Job<Report>> {
    let view = flow
        .view()
        .filter(|_| flow.books.pause.is_over(station.now_ms()))?
        .clone();
    // A restarted crank may have made the last state before it has read the players.
    let known = publish::knows_all(&view, &flow.players.entries);
    if view.status != MatchStatus::Settled || !known || flow.books.outcome != Outcome::Missing {
        return None;
    }
    let (last, link) = (flow.arena.last()?, flow.link.as_ref()?);
    let tools = station.tools.of(flow);
    let order = ReplayOrder {
        view,
        detail: link.publisher.detail(),
        entries: flow.players.entries.clone(),
        checkpoints: flow.arena.checkpoints.values().cloned().collect(),
        end: last.end.clone(),
        logs: tools.logs.clone(),
        replays: tools.replays.clone(),
    };
    flow.books.outcome = Outcome::Recording;
    let work = async move { Report::Recorded(job::record(&tools, order).await) };
    let lost = |reason| Report::Recorded(Err(JobError::Lost(reason)));
    Some(Job::new("record", work, lost))
}

/// Writes what is published and was not before.
pub(crate) fn need_of_saving(flow: &mut Flow, station: &Station) -> Option<Job<Report>> {
    let due = flow.books.wants_saving() && flow.books.pause.is_over(station.now_ms());
    let link = flow.link.as_ref().filter(|_| due)?;
    let (detail, phase) = (link.publisher.detail(), flow.record.phase);
    let tools = station.tools.of(flow);
    let before = flow.books.begin_saving();
    let work = async move { Report::Saved(job::save(&tools, before, detail, phase).await) };
    Some(Job::new("save", work, |reason| Report::Saved(Err(Some(reason)))))
}

/// Looks for the transactions of what somebody else did, a moment after it happened.
pub(crate) fn need_of_search(flow: &mut Flow, station: &Station) -> Option<Job<Report>> {
    let view = flow.view().filter(|_| flow.link.is_some())?.clone();
    let due = station.now_ms() - flow.account.status_since_ms() > SEARCH_AFTER_MS;
    if !due || flow.books.search.under_way {
        return None;
    }
    let (missed, missing): (Vec<_>, Vec<_>) = flow.missing().into_iter().unzip();
    if missing.is_empty() {
        return None;
    }
    flow.books.search.under_way = true;
    flow.books.search.done.extend(missed);
    let tools = station.tools.of(flow);
    let work = async move { Report::Searched(job::search(&tools, &view, missing).await) };
    Some(Job::new("search", work, |_| Report::Searched(Vec::new())))
}

/// Takes a match off the bus that was paid out long ago.
pub(crate) fn forget_if_lingered(flow: &mut Flow, station: &Station) {
    let idle = flow.books.is_idle() && flow.is_on_record();
    if idle && flow.link.is_some() && station.has_lingered(flow) {
        flow.link = None;
        flow.arena.forget();
        station.bus.remove_match(&flow.key());
    }
}

//! When the players are read.

use client::view::{MatchStatus, MatchView};

use super::super::flow::players::Reading;
use super::super::flow::Flow;
use super::super::job::Job;
use super::super::station::Station;
use super::job;
use super::report::Report;
use crate::publish;

/// Reads the players where somebody may be missing.
pub(crate) fn need(flow: &mut Flow, station: &Station) -> Option<Job<Report>> {
    let view = flow.view().filter(|_| flow.past.is_read())?.clone();
    let known = publish::knows_all(&view, &flow.players.entries);
    let wanted =
        !is_read(flow, &view) || !known && (is_playing(&view) || !flow.is_paid_out() || !flow.is_on_record());
    if !wanted || !flow.players.may_be_read(station.now_ms()) {
        return None;
    }
    flow.players.reading = Reading::UnderWay;
    let (tools, known) = (station.tools.of(flow), flow.players.entries.clone());
    let work = async move { Report(job::read(tools, view, known).await) };
    Some(Job::new("roster", work, |_| Report(None)))
}

/// Whether the players were read since they could change last. Whoever left and came back may have brought
/// another session key; after the lock nobody leaves.
pub(crate) fn is_read(flow: &Flow, view: &MatchView) -> bool {
    !is_playing(view) || view.header.players_count == 0 || flow.players.read_in == Some(view.status)
}

fn is_playing(view: &MatchView) -> bool {
    matches!(
        view.status,
        MatchStatus::Open | MatchStatus::Locked | MatchStatus::Live
    )
}

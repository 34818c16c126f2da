//! The match on the bus: what the chain says of it, and how it reaches the outside.

use std::collections::VecDeque;

use bus::Export;
use client::view::MatchView;
use protocol::{MatchKey, Tick};
use tokio::sync::watch;

use super::flow::account::News;
use super::flow::{Flow, Link};
use super::station::Station;
use crate::chain::carrier::Landed;
use crate::ingress::{self, Gate};
use crate::publish::{self, MintInfo};

/// Matches that linger at once.
const LINGERING_MAX: usize = 1_000;

/// Takes a reading of the match account; whether it counts.
pub(crate) fn observe(flow: &mut Flow, station: &Station, slot: u64, view: Option<MatchView>) -> bool {
    match flow.observe(slot, view, station.seen()) {
        News::Stale => false,
        News::Read(before) => {
            show(flow, station, before.as_deref());
            true
        }
    }
}

/// Brings the bus up to date with the view.
pub(crate) fn show(flow: &mut Flow, station: &Station, before: Option<&MatchView>) {
    let Some(view) = flow.view().filter(|_| flow.past.is_read()).cloned() else {
        return;
    };
    // What was over before this process began is told by the history.
    let past = flow.books.is_recorded() && flow.arena.last().is_none() && flow.is_paid_out();
    if flow.link.is_none() && !past && !station.has_lingered(flow) {
        open(flow, station, &view);
    }
    let Some(link) = &flow.link else {
        return;
    };
    let published = link.publisher.clone();
    for event in publish::events(before, &view, &flow.sends.landed) {
        tracing::info!(match_key = %flow.key(), ?event, "the match changed");
        flow.publish(event);
    }
    let (landed, entries) = (&flow.sends.landed, &flow.players.entries);
    for event in publish::roster_events(&published.detail(), &view, entries, landed) {
        flow.publish(event);
    }
}

/// Puts the match on the bus.
fn open(flow: &mut Flow, station: &Station, view: &MatchView) {
    let unknown = MintInfo {
        decimals: 0,
        symbol: String::new(),
    };
    let mint = station.mints.get(&view.header.mint).unwrap_or(&unknown);
    let (entries, landed) = (&flow.players.entries, &flow.sends.landed);
    let mut detail = publish::detail(view, &flow.record, mint, entries, landed);
    detail.summary.tick = Tick(flow.ticks);
    let (publisher, queue) = match station.bus.open_match(detail) {
        Ok(opened) => opened,
        Err(error) => {
            tracing::warn!(match_key = %flow.key(), %error, "the match is not shown");
            return;
        }
    };
    let (gate, watched) = watch::channel(Gate::default());
    // Ends by itself when the match leaves the bus.
    tokio::spawn(ingress::serve(queue, watched));
    let export = station.leases.as_ref().zip(flow.tenure.as_ref());
    let export = export
        .map(|(leases, tenure)| Export::start(&leases.parts.cluster, &station.bus, tenure.lease.clone()));
    flow.link = Some(Link {
        export,
        publisher,
        gate,
    });
    flow.books.note_change();
}

/// Tells the outside which transactions did what it may know already.
pub(crate) fn publish_landed(flow: &mut Flow, landed: &[Landed]) {
    let Some(view) = flow.view().cloned() else {
        return;
    };
    for one in landed {
        let event = publish::landed_event(one, &view, &flow.arena.checkpoints, &flow.sends.landed);
        if let Some(event) = event {
            flow.publish(event);
        }
    }
}

/// Matches that need nothing any more and are shown for a while: whoever watched the end sees how it ended.
#[derive(Default)]
pub(crate) struct Lingering(VecDeque<(i64, MatchKey, Link)>);

impl Lingering {
    /// Keeps a match on the bus until `until_ms`. The oldest gives way when there are many.
    pub(crate) fn keep(&mut self, until_ms: i64, key: MatchKey, mut link: Link, station: &Station) {
        // It has no owner any more.
        link.export = None;
        self.0.push_back((until_ms, key, link));
        if self.0.len() > LINGERING_MAX {
            self.drop_first(station);
        }
    }

    /// Takes those off the bus whose time has passed.
    pub(crate) fn clear(&mut self, station: &Station) {
        let now_ms = station.now_ms();
        while self.0.front().is_some_and(|(until_ms, ..)| *until_ms <= now_ms) {
            self.drop_first(station);
        }
    }

    fn drop_first(&mut self, station: &Station) {
        if let Some((_, key, _)) = self.0.pop_front() {
            station.bus.remove_match(&key);
        }
    }
}

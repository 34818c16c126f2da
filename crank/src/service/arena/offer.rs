//! Offering a result to its players.

use client::view::MatchStatus;
use protocol::{Cluster, PublicKey};

use super::super::flow::arena::Consent;
use super::super::flow::Flow;
use super::super::job::Job;
use super::super::station::Station;
use super::report::Report;
use crate::cosign::{Offering, Outcome, Terms, PATIENCE, WINDOW};
use crate::publish;

/// Offers the last state of a match to its players as soon as the arena stands still, while they are
/// connected: by the time the result is on chain, their signatures may be here.
pub(crate) fn need(flow: &mut Flow, station: &Station) -> Option<Job<Report>> {
    let (link, view) = (flow.link.as_ref()?, flow.view()?.clone());
    let last = flow.arena.last()?;
    let open = matches!(view.status, MatchStatus::Live | MatchStatus::Proposed);
    let asked = !matches!(last.consent, Consent::Unasked);
    if asked || !open || station.slot == 0 || !publish::knows_all(&view, &flow.players.entries) {
        return None;
    }
    let terms = Terms {
        cluster: Cluster(view.header.cluster),
        program: PublicKey(client::PROGRAM_ID.to_bytes()),
        slot: station.slot,
        window_slots: station.slots_of(WINDOW),
    };
    let players = &link.publisher.detail().players;
    let offering = Offering::begin(&link.publisher, last.end.state.clone(), players, terms);
    if let Some(last) = flow.arena.last_mut() {
        last.consent = Consent::Asked;
    }
    match offering {
        Ok(offering) => {
            let work = async move { Report::Consent(offering.collect(PATIENCE).await) };
            Some(Job::new("offer", work, |_| Report::Consent(Outcome::Withdrawn)))
        }
        Err(error) => {
            tracing::warn!(match_key = %flow.key(), %error, "the result cannot be offered to its players; the challenge window applies");
            None
        }
    }
}

//! What was found out about the players, and what that changes.

use super::super::display;
use super::super::flow::account::is_over;
use super::super::flow::players::Reading;
use super::super::flow::Flow;
use super::super::station::{Next, Station};
use super::job::Roster;
use crate::adopt::late_entries;
use crate::publish;

/// Wait after a reading of the players of a match that is over in which somebody was missing, milliseconds.
const HOLD_MS: i64 = 10_000;

/// The players, or nothing.
pub(crate) struct Report(pub(super) Option<Roster>);

/// Takes what was read. Whoever is still missing is looked for in the next round.
pub(crate) fn report(flow: &mut Flow, station: &mut Station, Report(roster): Report) -> Next {
    flow.players.reading = Reading::Idle;
    let Some(Roster { status, entries }) = roster else {
        return Next::Wait;
    };
    flow.players.entries = entries;
    flow.players.read_in = Some(status);
    flow.set_gate(None);
    let Some(view) = flow.view().cloned() else {
        return Next::Wait;
    };
    // Nobody is to come any more: whoever is missing will not be there in the next round.
    if is_over(status) && !publish::knows_all(&view, &flow.players.entries) {
        tracing::warn!(match_key = %flow.key(), "neither accounts nor store nor history tell of every player");
        flow.players.reading = Reading::Held {
            until_ms: station.now_ms() + HOLD_MS,
        };
    }
    display::show(flow, station, Some(&view));
    if flow.arena.is_running() {
        for entry in late_entries(&view) {
            if let Err(error) = station.workers.announce(flow.key(), entry) {
                tracing::warn!(match_key = %flow.key(), %error, "a late entry could not be announced");
            }
        }
    }
    Next::Wait
}

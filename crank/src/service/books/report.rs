//! What the jobs about the books report, and what that changes.

use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use protocol::directory::MatchDetail;

use super::super::display;
use super::super::flow::books::Outcome;
use super::super::flow::past::Past;
use super::super::flow::Flow;
use super::super::station::{Next, Station};
use super::super::tools::JobError;
use super::job::{Found, Loaded};
use crate::publish;

/// What the jobs about the books report.
pub(crate) enum Report {
    Loaded(Result<Box<Loaded>, String>),
    Saved(Result<Arc<MatchDetail>, Option<String>>),
    Recorded(Result<(), JobError>),
    Searched(Vec<Found>),
}

/// Takes a report. What failed is tried again in the next round, not at once.
pub(crate) fn report(flow: &mut Flow, station: &mut Station, report: Report) -> Next {
    match report {
        Report::Loaded(loaded) => return self::loaded(flow, station, loaded),
        Report::Saved(Ok(detail)) => {
            flow.books.pause.end();
            flow.books.end_saving(Some(detail));
        }
        Report::Saved(Err(reason)) => {
            if let Some(reason) = reason.filter(|_| flow.books.pause.fail(station.now_ms())) {
                tracing::warn!(match_key = %flow.key(), %reason, "history could not be written; trying again");
            }
            flow.books.end_saving(None);
        }
        Report::Recorded(Ok(())) => flow.books.end_recording(),
        Report::Recorded(Err(error)) => {
            if flow.books.pause.fail(station.now_ms()) {
                tracing::error!(match_key = %flow.key(), %error, "the outcome could not be recorded; trying again");
            }
            flow.books.outcome = Outcome::Missing;
        }
        Report::Searched(found) => searched(flow, &found),
    }
    Next::Wait
}

fn loaded(flow: &mut Flow, station: &mut Station, loaded: Result<Box<Loaded>, String>) -> Next {
    let Loaded {
        landed,
        entries,
        ticks,
        recorded,
        mint,
        account,
    } = match loaded {
        Ok(loaded) => *loaded,
        Err(reason) => {
            tracing::warn!(match_key = %flow.key(), %reason, "what an earlier process knew cannot be read; trying again");
            flow.past = Past::Unread;
            return Next::Wait;
        }
    };
    flow.sends.landed = landed;
    flow.players.entries = entries;
    flow.ticks = ticks;
    if recorded {
        flow.books.outcome = Outcome::Recorded;
    }
    flow.past = Past::Read;
    let address = Pubkey::new_from_array(flow.record.mint);
    station.mints.insert(address, mint);
    display::show(flow, station, None);
    if let Some((slot, view)) = account {
        display::observe(flow, station, slot, view);
    }
    Next::Proceed
}

/// Publishes transactions of others.
fn searched(flow: &mut Flow, found: &[Found]) {
    flow.books.search.under_way = false;
    let Some(view) = flow.view().cloned() else {
        return;
    };
    for Found { missing, signature } in found {
        if let Some(event) = publish::found_event(&view, missing, *signature) {
            flow.publish(event);
        }
    }
}

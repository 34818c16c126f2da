//! What the chain needs of a match next.

use std::sync::Arc;

use store::IntentKind;

use super::super::flow::arena::Final;
use super::super::flow::past::Past;
use super::super::flow::Flow;
use super::super::job::Job;
use super::super::station::Station;
use super::super::tools::Tools;
use super::job;
use super::report::Report;
use crate::chain::build::Material;
use crate::chain::carrier::{Failure, Order, Report as Carried};
use crate::chain::plan::Step;

/// Finds out what became of what an earlier process sent.
pub(crate) fn need_of_past(flow: &mut Flow, station: &Station) -> Option<Job<Report>> {
    if flow.past != Past::Read {
        return None;
    }
    flow.past = Past::Resolving;
    let (tools, key) = (station.tools.of(flow), flow.key());
    let work = async move { Report::Resolved(job::resolve(&tools, key).await) };
    let lost = |reason| Report::Resolved(Err(lost(Vec::new(), reason)));
    Some(Job::new("resolve", work, lost))
}

/// Takes the next step.
pub(crate) fn need(flow: &mut Flow, station: &Station) -> Option<Job<Report>> {
    let key = flow.key();
    let tools = station.tools.of(flow);
    let job = match flow.next_step(station.present()) {
        Step::Wait => return None,
        Step::ReadUpload => {
            let work = async move { Report::Upload(tools.carrier.upload(&key.0).await) };
            Job::new("upload", work, |_| Report::Upload(None))
        }
        Step::Send(kinds) if kinds == [IntentKind::Void] => return confirmed_void(flow, tools),
        Step::Send(kinds) => {
            let order = order(flow, kinds);
            tracing::debug!(match_key = %key, kinds = ?order.kinds, "sending");
            let kinds = order.kinds.clone();
            let work = async move { Report::Carried(Box::new(tools.carrier.carry(&order).await)) };
            Job::new("send", work, |reason| failed(kinds, reason))
        }
        Step::Finished(phase) => {
            flow.set_phase(phase);
            let seen_slot = flow.account.read_slot().unwrap_or(0);
            let work = async move { Report::Finished(job::finish(&tools, key, phase, seen_slot).await) };
            Job::new("finish", work, |reason| Report::Finished(Err(reason)))
        }
    };
    flow.sends.begin();
    Some(job)
}

/// Voids a match whose operator has fallen silent, which is this one: only when the account, read anew from
/// an endpoint that has seen the deadline pass, says so still.
fn confirmed_void(flow: &mut Flow, tools: Tools) -> Option<Job<Report>> {
    let kinds = vec![IntentKind::Void];
    let order = order(flow, kinds.clone());
    let reason = flow.sends.last_reason().unwrap_or("no step failed").to_owned();
    let view = flow.view()?.clone();
    let work = async move {
        let report = match job::is_silent(&tools, &view).await {
            Ok(true) => {
                tracing::error!(%reason, posted = view.header.checkpoints_posted, status = ?view.status,
                    "the deadline has passed, as endpoints confirm: voiding the match; its bond is forfeit if it was live");
                tools.carrier.carry(&order).await
            }
            Ok(false) => {
                tracing::error!("an endpoint told of a deadline that has not passed; the match goes on");
                let reason = "an endpoint told of a deadline that has not passed".to_owned();
                Carried {
                    after: tools.carrier.account(&view.address.to_bytes(), 0).await,
                    ..Carried::failed(lost(order.kinds.clone(), reason))
                }
            }
            Err(reason) => Carried::failed(lost(order.kinds.clone(), reason)),
        };
        Report::Carried(Box::new(report))
    };
    flow.sends.begin();
    Some(Job::new("void", work, |reason| failed(kinds, reason)))
}

fn failed(kinds: Vec<IntentKind>, reason: String) -> Report {
    Report::Carried(Box::new(Carried::failed(lost(kinds, reason))))
}

fn lost(kinds: Vec<IntentKind>, reason: String) -> Failure {
    Failure {
        kinds,
        reason,
        refused: false,
    }
}

/// What it takes to carry `kinds`.
fn order(flow: &Flow, kinds: Vec<IntentKind>) -> Order {
    let checkpoints = kinds.iter().filter_map(|kind| match kind {
        IntentKind::Checkpoint(index) => flow.arena.checkpoints.get(index).cloned(),
        _ => None,
    });
    let last = flow.arena.last();
    let material = Material {
        record: flow.record.clone(),
        view: flow.view().cloned(),
        checkpoints: checkpoints.collect(),
        state: last.map(|last| Arc::new(last.end.state.clone())),
        uploaded: last.is_some_and(|last| last.state().uploaded),
        cosigned: last.and_then(Final::cosigned).cloned(),
    };
    Order {
        material,
        kinds,
        sync: flow.arena.sync().cloned(),
    }
}

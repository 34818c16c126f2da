//! What the chain needs of a match next.

use std::sync::Arc;

use store::IntentKind;

use super::super::flow::arena::Final;
use super::super::flow::past::Past;
use super::super::flow::Flow;
use super::super::job::Job;
use super::super::station::Station;
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
        Step::Send(kinds) => {
            let order = order(flow, kinds);
            tracing::debug!(match_key = %key, kinds = ?order.kinds, "sending");
            let kinds = order.kinds.clone();
            let work = async move { Report::Carried(Box::new(tools.carrier.carry(&order).await)) };
            Job::new("send", work, |reason| {
                Report::Carried(Box::new(Carried::failed(lost(kinds, reason))))
            })
        }
        Step::Finished(phase) => {
            flow.set_phase(phase);
            let work = async move { Report::Finished(job::finish(&tools, key, phase).await) };
            Job::new("finish", work, |reason| Report::Finished(Err(reason)))
        }
    };
    flow.sends.begin();
    Some(job)
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

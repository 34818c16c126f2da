//! What a match needs besides transactions: its entries, a tick thread, its books, and to be forgotten in the end.

use client::view::MatchStatus;
use protocol::MatchKey;

use super::driver::{spawn, Driver};
use super::flow::Stage;
use super::observe::lingered;
use crate::ingress::GatePhase;
use crate::publish;
use crate::record::ReplayOrder;

/// How long a step of somebody else may stay without its transaction before that is looked for.
const SEARCH_AFTER_MS: i64 = 3_000;

impl Driver {
    /// What the arena needs: entries, a tick thread, or to be let go.
    pub(super) fn proceed_arena(&mut self, key: MatchKey) {
        let now_ms = self.now_ms();
        let Some(flow) = self.flows.get_mut(&key).filter(|flow| flow.loaded) else {
            return;
        };
        let Some(view) = flow.view.clone() else {
            return;
        };
        let tools = self.tools.of(flow);
        let known = publish::knows_all(&view, &flow.entries);
        let playing = matches!(
            view.status,
            MatchStatus::Open | MatchStatus::Locked | MatchStatus::Live
        );
        // Whoever left and came back may have brought another session key; after the lock nobody leaves.
        let read = !playing || view.header.players_count == 0 || flow.roster_status == Some(view.status);
        let wanted = !read || !known && (playing || !flow.is_paid_out() || !flow.is_on_record());
        if wanted && !flow.under_way.roster && now_ms >= flow.roster_hold_until_ms {
            flow.under_way.roster = true;
            let (view, known) = (view.clone(), flow.entries.clone());
            let tools = tools.clone();
            spawn(&mut self.jobs, flow.tag(), async move {
                tools.roster(view, known).await
            });
        }
        let with_result = matches!(view.status, MatchStatus::Proposed | MatchStatus::Settled)
            && (!flow.recorded || !flow.is_paid_out());
        let runs = view.status == MatchStatus::Live && known && read;
        if flow.stage == Stage::Idle && (runs || with_result) && !flow.under_way.adopting {
            flow.under_way.adopting = true;
            let record = flow.record.clone();
            let tenure = flow
                .tenure
                .as_ref()
                .map(|tenure| (tenure.lease.clone(), tenure.alone));
            spawn(&mut self.jobs, flow.tag(), async move {
                tools.adopt(record, view, tenure).await
            });
            return;
        }
        if flow.stage == Stage::Running && matches!(view.status, MatchStatus::Voided | MatchStatus::Cancelled)
        {
            // Somebody ended it on chain: what the arena does no longer matters.
            flow.stage = Stage::Over;
            flow.set_gate(Some(GatePhase::Ended));
            let _ = self.workers.release(key);
        }
    }

    /// What the books need: history, outcome, replay; and when to forget.
    pub(super) fn proceed_books(&mut self, key: MatchKey) {
        let now_ms = self.now_ms();
        let Some(flow) = self.flows.get_mut(&key) else {
            return;
        };
        let tools = self.tools.of(flow);
        let settled = flow
            .view
            .as_ref()
            .is_some_and(|view| view.status == MatchStatus::Settled);
        // A restarted crank may have made the last state before it has read the players.
        let known = flow
            .view
            .as_ref()
            .is_some_and(|view| publish::knows_all(view, &flow.entries));
        if settled && known && !flow.recorded && !flow.under_way.recording {
            if let (Some(end), Some(link), Some(view)) = (&flow.end, &flow.link, &flow.view) {
                flow.under_way.recording = true;
                let order = ReplayOrder {
                    view: view.clone(),
                    detail: link.publisher.detail(),
                    entries: flow.entries.clone(),
                    checkpoints: flow.checkpoints.values().cloned().collect(),
                    end: end.clone(),
                    logs: tools.logs.clone(),
                    replays: tools.replays.clone(),
                };
                let tools = tools.clone();
                spawn(
                    &mut self.jobs,
                    flow.tag(),
                    async move { tools.record(order).await },
                );
            }
        }
        if flow.unsaved && !flow.under_way.saving {
            if let Some(link) = &flow.link {
                flow.under_way.saving = true;
                flow.unsaved = false;
                let (before, detail, phase) =
                    (flow.saved.clone(), link.publisher.detail(), flow.record.phase);
                spawn(&mut self.jobs, flow.tag(), async move {
                    tools.save(before, detail, phase).await
                });
            }
        }
        let idle = !flow.unsaved && !flow.under_way.saving && !flow.under_way.recording;
        if idle && flow.link.is_some() && flow.is_on_record() && lingered(flow, now_ms) {
            flow.link = None;
            flow.checkpoints.clear();
            flow.end = None;
            self.bus.remove_match(&key);
        }
    }

    /// Looks for the transactions of what somebody else did, a moment after it happened.
    pub(super) fn proceed_search(&mut self, key: MatchKey) {
        let now_ms = self.now_ms();
        let Some(flow) = self.flows.get_mut(&key) else {
            return;
        };
        let due = flow.link.is_some()
            && now_ms - flow.status_since_ms > SEARCH_AFTER_MS
            && !flow.under_way.searching;
        let (Some(view), true) = (flow.view.clone(), due) else {
            return;
        };
        let (missed, missing): (Vec<_>, Vec<_>) = flow.missing().into_iter().unzip();
        if missing.is_empty() {
            return;
        }
        flow.under_way.searching = true;
        flow.searched.extend(missed);
        let tools = self.tools.of(flow);
        spawn(&mut self.jobs, flow.tag(), async move {
            tools.search(view, missing).await
        });
    }
}

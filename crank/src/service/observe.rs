//! What the chain and the tick threads say, and how it reaches the bus.

use std::sync::Arc;

use client::sender::{transaction_size, Format, TRANSACTION_BYTES_MAX};
use client::view::MatchView;
use protocol::directory::MatchEvent;
use protocol::{MatchKey, Tick};
use solana_signer::Signer;
use tokio::sync::watch;

use super::driver::{Driver, LINGER_MS};
use super::flow::{Flow, Link, Stage};
use super::jobs::publish_places;
use crate::chain::send::Landed;
use crate::ingress::{self, Gate, GatePhase};
use crate::publish::{self, MintInfo};
use crate::worker::{MatchEnd, Notice};

impl Driver {
    /// A reading of the match account.
    pub(super) fn observe(&mut self, key: MatchKey, slot: u64, view: Option<MatchView>) {
        let now_ms = self.now_ms();
        let Some(flow) = self.flows.get_mut(&key) else {
            return;
        };
        let Some(before) = flow.observe(slot, view, now_ms) else {
            return;
        };
        self.show(key, before.as_deref());
        self.proceed(key);
    }

    /// Brings the bus up to date with the view.
    pub(super) fn show(&mut self, key: MatchKey, before: Option<&MatchView>) {
        let Some(flow) = self.flows.get_mut(&key).filter(|flow| flow.loaded) else {
            return;
        };
        let Some(view) = flow.view.clone() else {
            return;
        };
        let now_ms = self.tools.carrier.clock.unix_ms();
        // What was over before this process began is told by the history.
        let past = flow.recorded && flow.end.is_none() && flow.is_paid_out();
        if flow.link.is_none() && !past && !lingered(flow, now_ms) {
            let mint = self.mints.get(&view.header.mint);
            let unknown = MintInfo {
                decimals: 0,
                symbol: String::new(),
            };
            let mut detail = publish::detail(
                &view,
                &flow.record,
                mint.unwrap_or(&unknown),
                &flow.entries,
                &flow.landed,
            );
            detail.summary.tick = Tick(flow.ticks);
            match self.bus.open_match(detail) {
                Ok((publisher, queue)) => {
                    let (gate, watched) = watch::channel(Gate::default());
                    // Ends by itself when the match leaves the bus.
                    tokio::spawn(ingress::serve(queue, watched));
                    let export = self.claims.as_ref().zip(flow.tenure.as_ref());
                    let export = export
                        .map(|(claims, tenure)| claims.parts.cluster.export(&self.bus, tenure.lease.clone()));
                    flow.link = Some(Link {
                        export,
                        publisher,
                        gate,
                    });
                    flow.unsaved = true;
                }
                Err(error) => tracing::warn!(match_key = %key, %error, "the match is not shown"),
            }
        }
        let Some(link) = &flow.link else {
            return;
        };
        for event in publish::events(before, &view, &flow.landed) {
            tracing::info!(match_key = %key, ?event, "the match changed");
            link.publisher.publish_event(event);
            flow.unsaved = true;
        }
        let published = link.publisher.detail();
        for event in publish::roster_events(&published, &view, &flow.entries, &flow.landed) {
            link.publisher.publish_event(event);
            flow.unsaved = true;
        }
    }

    /// Tells the outside which transactions did what it may know already.
    pub(super) fn publish_landed(&mut self, key: MatchKey, landed: &[Landed]) {
        let Some(flow) = self.flows.get_mut(&key) else {
            return;
        };
        let Some(view) = flow.view.clone() else {
            return;
        };
        for one in landed {
            if let Some(event) = publish::landed_event(one, &view, &flow.checkpoints, &flow.landed) {
                publish_event(flow, event);
            }
        }
    }

    /// A tick thread said something.
    pub(super) fn notice(&mut self, notice: Notice) {
        let key = notice.match_key();
        let Some(flow) = self.flows.get_mut(&key) else {
            return;
        };
        match notice {
            Notice::Checkpoint { checkpoint, .. } => {
                publish_event(
                    flow,
                    MatchEvent::Checkpoint(publish::checkpoint_info(&checkpoint, None)),
                );
                flow.checkpoints.insert(checkpoint.index, checkpoint);
            }
            Notice::Ended { end, .. } => self.ended(key, end),
            Notice::Failed { reason, .. } => {
                tracing::error!(match_key = %key, %reason, "the match cannot go on; it will be voided and refunded");
                flow.stage = Stage::Lost;
                flow.set_gate(Some(GatePhase::Ended));
                self.workers.forget(key);
            }
        }
        self.proceed(key);
    }

    fn ended(&mut self, key: MatchKey, end: MatchEnd) {
        self.workers.forget(key);
        let payer = self.tools.carrier.operator.pubkey();
        let Some(flow) = self.flows.get_mut(&key) else {
            return;
        };
        flow.stage = Stage::Over;
        flow.set_gate(Some(GatePhase::Ended));
        let tick = arena::State::from_bytes(&end.state).map_or(0, |state| state.tick());
        tracing::info!(match_key = %key, tick, "the arena stands still");
        publish_event(flow, MatchEvent::Ended { tick: Tick(tick) });
        if let Some(link) = &flow.link {
            link.publisher
                .update_detail(|detail| publish_places(detail, &end));
        }
        let result = client::instruction::submit_result(
            anchor_lang::prelude::Pubkey::new_from_array(key.0),
            end.state.clone(),
        );
        flow.uploaded = !transaction_size(&[result], Format::Legacy, &payer)
            .is_ok_and(|bytes| bytes <= TRANSACTION_BYTES_MAX);
        flow.end = Some(Arc::new(end));
    }
}

/// Publishes an event, and notes that it must be saved.
pub(super) fn publish_event(flow: &mut Flow, event: MatchEvent) {
    if let Some(link) = &flow.link {
        link.publisher.publish_event(event);
        flow.unsaved = true;
    }
}

/// Whether a match was paid out long enough ago to leave the bus.
pub(super) fn lingered(flow: &Flow, now_ms: i64) -> bool {
    flow.is_paid_out() && flow.over_since_ms.is_some_and(|since| now_ms - since > LINGER_MS)
}

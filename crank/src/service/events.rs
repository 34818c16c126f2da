//! What each thing that happens does to the match it is about.

use std::sync::Arc;

use client::sender::{transaction_size, Format, TRANSACTION_BYTES_MAX};
use client::view::{MatchStatus, MatchView};
use protocol::directory::MatchEvent;
use protocol::{Hash, MatchKey, Tick};
use solana_signer::Signer;
use store::{IntentKind, MatchPhase, StoreError};
use tokio::sync::{mpsc, watch};

use super::driver::{Driver, LINGER_MS};
use super::flow::{Flow, Link, Stage};
use super::jobs::{publish_places, Done, JobError, Loaded, Ready};
use crate::adopt::late_entries;
use crate::chain::send::{Landed, Report};
use crate::ingress::{self, Gate, GatePhase};
use crate::publish::{self, KnownEntry, MintInfo};
use crate::record::ReplayOrder;
use crate::worker::{Adoption, MatchEnd, Notice};

/// Verified inputs waiting for one match: a second of 100 warriors with ten changes each.
const INPUTS_MAX: usize = 1_024;

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
    fn show(&mut self, key: MatchKey, before: Option<&MatchView>) {
        let Some(flow) = self.flows.get_mut(&key).filter(|flow| flow.loaded) else {
            return;
        };
        let Some(view) = flow.view.clone() else {
            return;
        };
        let now_ms = self.tools.carrier.clock.unix_ms();
        if flow.link.is_none() && !lingered(flow, now_ms) {
            let mint = self.mints.get(&view.header.mint);
            let unknown = MintInfo {
                decimals: 0,
                symbol: String::new(),
            };
            let detail = publish::detail(
                &view,
                &flow.record,
                mint.unwrap_or(&unknown),
                &flow.entries,
                &flow.landed,
            );
            match self.bus.open_match(detail) {
                Ok((publisher, queue)) => {
                    let (gate, watched) = watch::channel(Gate::default());
                    // Ends by itself when the match leaves the bus.
                    tokio::spawn(ingress::serve(queue, watched));
                    flow.link = Some(Link { publisher, gate });
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

    /// What the arena needs: entries, a tick thread, or to be let go.
    pub(super) fn proceed_arena(&mut self, key: MatchKey) {
        let Some(flow) = self.flows.get_mut(&key).filter(|flow| flow.loaded) else {
            return;
        };
        let Some(view) = flow.view.clone() else {
            return;
        };
        let tools = self.tools.clone();
        let unknown = view.players().any(|player| {
            flow.entries
                .get(&player.index)
                .is_none_or(|known| known.entry.player != player.wallet)
        });
        // Entries of a match that is over may be closed; nobody plays any more.
        let playing = matches!(
            view.status,
            MatchStatus::Open | MatchStatus::Locked | MatchStatus::Live
        );
        if unknown
            && !flow.under_way.roster
            && (playing || flow.entries.is_empty() && view.header.entries_open > 0)
        {
            flow.under_way.roster = true;
            let (view, known) = (view.clone(), flow.entries.clone());
            let tools = tools.clone();
            self.jobs.spawn(async move { tools.roster(view, known).await });
        }
        let with_result =
            matches!(view.status, MatchStatus::Proposed | MatchStatus::Settled) && !flow.recorded;
        let runs = view.status == MatchStatus::Live && !unknown;
        if flow.stage == Stage::Idle && (runs || with_result) && !flow.under_way.adopting {
            flow.under_way.adopting = true;
            let record = flow.record.clone();
            self.jobs.spawn(async move { tools.adopt(record, view).await });
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
        let tools = self.tools.clone();
        let settled = flow
            .view
            .as_ref()
            .is_some_and(|view| view.status == MatchStatus::Settled);
        if settled && !flow.recorded && !flow.under_way.recording {
            if let (Some(end), Some(link), Some(view)) = (&flow.end, &flow.link, &flow.view) {
                flow.under_way.recording = true;
                let order = ReplayOrder {
                    view: view.clone(),
                    detail: link.publisher.detail(),
                    checkpoints: flow.checkpoints.values().cloned().collect(),
                    end: end.clone(),
                    logs: tools.logs.clone(),
                    replays: tools.replays.clone(),
                };
                let tools = tools.clone();
                self.jobs.spawn(async move { tools.record(order).await });
            }
        }
        if flow.unsaved && !flow.under_way.saving {
            if let Some(link) = &flow.link {
                flow.under_way.saving = true;
                flow.unsaved = false;
                let (detail, phase) = (link.publisher.detail(), flow.record.phase);
                let written = flow.saved_checkpoints;
                self.jobs
                    .spawn(async move { tools.save(detail, phase, written).await });
            }
        }
        let idle = !flow.unsaved && !flow.under_way.saving && !flow.under_way.recording;
        if idle && flow.link.is_some() && lingered(flow, now_ms) {
            flow.link = None;
            flow.checkpoints.clear();
            flow.end = None;
            self.bus.remove_match(&key);
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

    /// A job reports.
    pub(super) fn done(&mut self, done: Done) {
        let key = match done {
            Done::Made(made) => return self.made(made),
            Done::Loaded(key, loaded) => self.loaded(key, loaded.map_err(|failure| failure.reason)),
            Done::Carried(key, report) => self.carried(key, *report),
            Done::Upload(key, upload) => self.with(key, |flow| {
                flow.under_way.sending = false;
                flow.upload = upload.unwrap_or_default();
            }),
            Done::Roster(key, entries) => self.roster(key, entries),
            Done::Adopted(key, ready) => self.adopted(key, ready),
            Done::Saved(key, checkpoints) => self.with(key, |flow| {
                flow.under_way.saving = false;
                match checkpoints {
                    Some(checkpoints) => flow.saved_checkpoints = checkpoints,
                    None => flow.unsaved = true,
                }
            }),
            Done::Recorded(key, recorded) => self.with(key, |flow| {
                flow.under_way.recording = false;
                match recorded {
                    Ok(()) => {
                        flow.recorded = true;
                        flow.unsaved = true;
                    }
                    Err(error) => tracing::error!(match_key = %key, %error, "the outcome could not be recorded; trying again"),
                }
            }),
            Done::Finished(key, written) => return self.finished(key, written),
        };
        // A job that failed is tried again in the next round, not at once.
        if let Some(key) = key {
            self.proceed(key);
        }
    }

    fn with(&mut self, key: MatchKey, change: impl FnOnce(&mut Flow)) -> Option<MatchKey> {
        self.flows.get_mut(&key).map(change);
        None
    }

    fn made(&mut self, made: Result<store::MatchRecord, JobError>) {
        self.making = false;
        match made {
            Ok(record) => {
                let key = MatchKey(record.match_key);
                tracing::info!(match_key = %key, match_id = record.match_id, "a match is to be created");
                self.matches_made += 1;
                self.flows.insert(key, Flow::new(record));
                self.load(key);
            }
            Err(error) => {
                tracing::error!(%error, "no match could be made; trying again in a while");
                self.hold_making();
            }
        }
    }

    fn loaded(&mut self, key: MatchKey, loaded: Result<Loaded, String>) -> Option<MatchKey> {
        let flow = self.flows.get_mut(&key)?;
        flow.under_way.loading = false;
        match loaded {
            Ok(Loaded {
                landed,
                recorded,
                mint,
            }) => {
                flow.landed = landed;
                flow.recorded = recorded;
                flow.loaded = true;
                self.mints.insert(
                    anchor_lang::prelude::Pubkey::new_from_array(flow.record.mint),
                    mint,
                );
                self.show(key, None);
                Some(key)
            }
            Err(error) => {
                tracing::warn!(match_key = %key, %error, "what was sent earlier is not settled yet; trying again");
                self.load(key);
                None
            }
        }
    }

    fn carried(&mut self, key: MatchKey, report: Report) -> Option<MatchKey> {
        let now_ms = self.now_ms();
        let Report {
            landed,
            failure,
            after,
            upload,
        } = report;
        let flow = self.flows.get_mut(&key)?;
        flow.under_way.sending = false;
        flow.note_landed(&landed);
        if let Some(upload) = upload {
            flow.upload = upload;
        }
        if let Some(failure) = failure {
            tracing::warn!(match_key = %key, kinds = ?failure.kinds, reason = %failure.reason, refused = failure.refused, "a step failed");
            flow.note_failure(&failure, now_ms);
            if failure.refused && failure.kinds.contains(&IntentKind::Create) {
                flow.set_phase(MatchPhase::Abandoned);
                self.matches_made = self.matches_made.saturating_sub(1);
                self.hold_making();
            }
        }
        for one in &landed {
            let signature = one
                .signature
                .map(|signature| protocol::Signature(signature).to_string());
            tracing::info!(match_key = %key, kind = ?one.kind, slot = one.slot, ?signature, "a step landed");
        }
        if let Some((slot, view)) = after {
            self.observe(key, slot, view);
        }
        self.publish_landed(key, &landed);
        Some(key)
    }

    /// Tells the outside which transactions did what it may know already.
    fn publish_landed(&mut self, key: MatchKey, landed: &[Landed]) {
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

    fn roster(&mut self, key: MatchKey, entries: Option<Vec<KnownEntry>>) -> Option<MatchKey> {
        let flow = self.flows.get_mut(&key)?;
        flow.under_way.roster = false;
        let entries = entries?;
        flow.entries = entries
            .into_iter()
            .map(|known| (known.entry.slot_index, known))
            .collect();
        flow.set_gate(None);
        let view = flow.view.clone()?;
        let running = flow.stage == Stage::Running;
        self.show(key, Some(&view));
        if running {
            for entry in late_entries(&view) {
                if let Err(error) = self.workers.announce(key, entry) {
                    tracing::warn!(match_key = %key, %error, "a late entry could not be announced");
                }
            }
        }
        // Whoever is still missing is looked for in the next round.
        None
    }

    fn adopted(&mut self, key: MatchKey, ready: Result<Box<Ready>, JobError>) -> Option<MatchKey> {
        let clock = self.tools.carrier.clock.clone();
        let flow = self.flows.get_mut(&key)?;
        flow.under_way.adopting = false;
        let Ready {
            adopted,
            start_unix_us,
        } = match ready {
            Ok(ready) => *ready,
            Err(JobError::Adopt(error)) => {
                tracing::error!(match_key = %key, %error, "the match cannot be run here");
                flow.stage = Stage::Lost;
                return None;
            }
            Err(error) => {
                tracing::warn!(match_key = %key, %error, "the match could not be brought to a tick thread; trying again");
                return None;
            }
        };
        let (Some(link), Some(view)) = (flow.link.as_ref(), flow.view.clone()) else {
            tracing::error!(match_key = %key, "the match has no place on the bus and is not run");
            flow.stage = Stage::Lost;
            return None;
        };
        let publisher = link.publisher.clone();
        publisher.publish_event(MatchEvent::Started {
            seed: Hash(view.header.seed),
            genesis_leaf: Hash(view.header.genesis_leaf),
            starts_at_ms: u64::try_from(start_unix_us / 1_000).unwrap_or(0),
        });
        let (inputs_in, inputs) = mpsc::channel(INPUTS_MAX);
        flow.set_gate(Some(GatePhase::Running(inputs_in)));
        flow.sync = Some(Arc::new(adopted.syncer));
        Arc::make_mut(&mut flow.record).start_unix_us = Some(start_unix_us);
        for checkpoint in adopted.checkpoints {
            let landed = flow.landed.get(&IntentKind::Checkpoint(checkpoint.index));
            publisher.publish_event(MatchEvent::Checkpoint(publish::checkpoint_info(
                &checkpoint,
                landed,
            )));
            flow.checkpoints.insert(checkpoint.index, checkpoint);
        }
        flow.unsaved = true;
        flow.stage = Stage::Running;
        let start = clock.monotonic().plus(start_unix_us - clock.unix_us());
        let adoption = Adoption {
            live: adopted.live,
            start,
            log: Box::new(adopted.journal),
            publisher,
            inputs,
        };
        if let Err(error) = self.workers.adopt(adoption) {
            tracing::error!(match_key = %key, %error, "the match found no tick thread; trying again");
            flow.stage = Stage::Idle;
            return None;
        }
        for entry in late_entries(&view) {
            let _ = self.workers.announce(key, entry);
        }
        Some(key)
    }

    fn finished(&mut self, key: MatchKey, written: Result<(), StoreError>) {
        match written {
            Ok(()) => {
                if let Some(flow) = self.flows.remove(&key) {
                    tracing::info!(match_key = %key, phase = flow.record.phase.name(), "the match needs nothing any more");
                }
                self.workers.forget(key);
                self.bus.remove_match(&key);
            }
            Err(error) => {
                tracing::warn!(match_key = %key, %error, "the end of a match could not be written; trying again");
                self.with(key, |flow| flow.under_way.sending = false);
            }
        }
    }
}

/// Publishes an event, and notes that it must be saved.
fn publish_event(flow: &mut Flow, event: MatchEvent) {
    if let Some(link) = &flow.link {
        link.publisher.publish_event(event);
        flow.unsaved = true;
    }
}

/// Whether a match was paid out long enough ago to leave the bus.
fn lingered(flow: &Flow, now_ms: i64) -> bool {
    flow.is_paid_out() && flow.over_since_ms.is_some_and(|since| now_ms - since > LINGER_MS)
}

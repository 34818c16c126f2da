//! What the jobs report, and what that changes.

use std::sync::Arc;

use protocol::directory::MatchEvent;
use protocol::{Hash, MatchKey};
use store::{IntentKind, MatchPhase, StoreError};
use tokio::sync::mpsc;

use super::driver::Driver;
use super::flow::{Flow, Stage, Tag};
use super::jobs::{Done, Found, JobError, Loaded, Made, Ready};
use super::observe::publish_event;
use super::roster::{self, Roster};
use crate::adopt::late_entries;
use crate::chain::send::{Failure, Landed, Report};
use crate::ingress::GatePhase;
use crate::journal::{Durability, InputLog};
use crate::publish::{self, LandedMap};
use crate::worker::Adoption;

/// Verified inputs waiting for one match: a second of 100 warriors with ten changes each.
const INPUTS_MAX: usize = 1_024;

/// Wait after a reading of the players of a match that is over in which somebody was missing, milliseconds.
const ROSTER_HOLD_MS: i64 = 10_000;

impl Driver {
    /// A job reports; about a match that was lost, or lost and taken again meanwhile, in vain.
    pub(super) fn report(&mut self, tag: Option<Tag>, done: Done) {
        let stands = tag.is_none_or(|tag| self.flows.get(&tag.key).is_some_and(|flow| flow.tag() == tag));
        if stands {
            self.done(done);
        }
    }

    fn done(&mut self, done: Done) {
        let key = match done {
            Done::Made(made) => return self.made(made),
            Done::Loaded(key, loaded) => self.loaded(key, loaded.map_err(|failure| failure.reason)),
            Done::Settled(key, landed) => self.settled(key, landed),
            Done::Carried(key, report) => self.carried(key, *report),
            Done::Upload(key, upload) => self.with(key, |flow| {
                flow.under_way.sending = false;
                flow.upload = upload.unwrap_or_default();
            }),
            Done::Roster(key, entries) => self.roster(key, entries),
            Done::Adopted(key, ready) => self.adopted(key, ready),
            Done::Saved(key, saved) => self.with(key, |flow| {
                flow.under_way.saving = false;
                match saved {
                    Some(detail) => flow.saved = Some(detail),
                    None => flow.unsaved = true,
                }
            }),
            Done::Searched(key, found) => {
                self.found(key, &found);
                None
            }
            Done::Recorded(key, recorded) => self.with(key, |flow| {
                flow.under_way.recording = false;
                match recorded {
                    Ok(()) => {
                        flow.recorded = true;
                        // Claims that were there before the placements are written again.
                        flow.saved = None;
                        flow.unsaved = true;
                    }
                    Err(error) => tracing::error!(match_key = %key, %error, "the outcome could not be recorded; trying again"),
                }
            }),
            Done::Cosigned(key, outcome) => self.cosigned(key, outcome),
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

    fn made(&mut self, made: Result<Made, JobError>) {
        self.making = false;
        match made {
            Ok(Made { record, lease }) => {
                let key = MatchKey(record.match_key);
                tracing::info!(match_key = %key, match_id = record.match_id, "a match is to be created");
                self.matches_made += 1;
                let tenure = lease.map(|lease| {
                    if let Some(claims) = &self.claims {
                        claims.hold(lease.clone());
                    }
                    self.tenure(lease, true)
                });
                self.flows.insert(key, Flow::new(record, tenure));
                self.load(key);
            }
            Err(JobError::NotOurTurn) => tracing::debug!("another crank makes the next match"),
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
                entries,
                ticks,
                recorded,
                mint,
                account,
            }) => {
                flow.landed = landed;
                flow.entries = entries;
                flow.ticks = ticks;
                flow.recorded = recorded;
                flow.loaded = true;
                self.mints.insert(
                    anchor_lang::prelude::Pubkey::new_from_array(flow.record.mint),
                    mint,
                );
                self.show(key, None);
                if let Some((slot, view)) = account {
                    self.observe(key, slot, view);
                }
                self.settle(key);
                Some(key)
            }
            Err(error) => {
                tracing::warn!(match_key = %key, %error, "what an earlier process knew cannot be read; trying again");
                None
            }
        }
    }

    fn settled(&mut self, key: MatchKey, landed: Result<LandedMap, Failure>) -> Option<MatchKey> {
        let flow = self.flows.get_mut(&key)?;
        flow.under_way.settling = false;
        match landed {
            Ok(landed) => {
                let news: Vec<Landed> = landed
                    .values()
                    .filter(|one| !flow.landed.contains_key(&one.kind))
                    .copied()
                    .collect();
                flow.note_landed(&news);
                flow.settled = true;
                self.publish_landed(key, &news);
                Some(key)
            }
            Err(failure) => {
                tracing::warn!(match_key = %key, reason = %failure.reason, "what was sent earlier is not settled yet; trying again");
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
            // A node may be wrong about what became of it: the account decides.
            let exists = flow.view.is_some() || matches!(after, Some((_, Some(_))));
            if failure.refused && !exists && failure.kinds.contains(&IntentKind::Create) {
                flow.set_phase(MatchPhase::Abandoned);
                self.matches_made = self.matches_made.saturating_sub(1);
                self.hold_making();
            }
        }
        for one in &landed {
            let signature = one
                .signature
                .map(|signature| tracing::field::display(protocol::Signature(signature)));
            tracing::info!(match_key = %key, kind = ?one.kind, slot = one.slot, signature, "a step landed");
        }
        if let Some((slot, view)) = after {
            self.observe(key, slot, view);
        }
        self.publish_landed(key, &landed);
        Some(key)
    }

    /// Publishes transactions of others.
    fn found(&mut self, key: MatchKey, found: &[Found]) {
        let Some(flow) = self.flows.get_mut(&key) else {
            return;
        };
        flow.under_way.searching = false;
        let Some(view) = flow.view.clone() else {
            return;
        };
        for Found { missing, signature } in found {
            if let Some(event) = publish::found_event(&view, missing, *signature) {
                publish_event(flow, event);
            }
        }
    }

    fn roster(&mut self, key: MatchKey, roster: Option<Roster>) -> Option<MatchKey> {
        let hold_until_ms = self.now_ms() + ROSTER_HOLD_MS;
        let flow = self.flows.get_mut(&key)?;
        flow.under_way.roster = false;
        let Roster { status, entries } = roster?;
        flow.entries = entries;
        flow.roster_status = Some(status);
        flow.set_gate(None);
        let view = flow.view.clone()?;
        // Nobody is to come any more: whoever is missing will not be there in the next round.
        if roster::is_over(status) && !publish::knows_all(&view, &flow.entries) {
            tracing::warn!(match_key = %key, "neither accounts nor store nor ledger tell of every player");
            flow.roster_hold_until_ms = hold_until_ms;
        }
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
            ledger,
        } = match ready {
            Ok(ready) => *ready,
            Err(JobError::Adopt(error)) => {
                tracing::error!(match_key = %key, %error, "the match cannot be run here");
                flow.stage = Stage::Lost;
                self.leave_to_others(key);
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
        let (log, sync): (Box<dyn InputLog>, Arc<dyn Durability>) = match ledger {
            None => (Box::new(adopted.journal), Arc::new(adopted.syncer)),
            Some(copied) => match copied
                .ledger
                .follow(adopted.journal, copied.records, copied.shipped)
            {
                Ok((log, sync)) => (Box::new(log), sync),
                Err(error) => {
                    tracing::warn!(match_key = %key, %error, "the match could not be brought to a tick thread; trying again");
                    return None;
                }
            },
        };
        flow.sync = Some(sync);
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
            log,
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
                if let Some(claims) = &self.claims {
                    claims.release(key, true, None);
                }
            }
            Err(error) => {
                tracing::warn!(match_key = %key, %error, "the end of a match could not be written; trying again");
                self.with(key, |flow| flow.under_way.sending = false);
            }
        }
    }
}

//! The loop: one owner of everything, one action at a time.
//!
//! `select` waits for whatever comes next and gives it a name; `apply` changes facts and starts jobs, and never waits;
//! then every match that was touched is asked what it needs. Absent: locks, and any waiting outside of jobs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use bus::Bus;
use client::view::MatchView;
use protocol::MatchKey;
use solana_account::Account;
use store::IntentKind;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tracing::Instrument;

use super::flow::{Flow, Tag};
use super::jobs::{Done, Tools};
use super::{CrankFailure, CrankStatus, Shutdown};
use crate::chain::build::Material;
use crate::chain::feed::{ChainFeed, FeedEvent};
use crate::chain::plan::{Policy, Step};
use crate::chain::send::Order;
use crate::cluster::claims::{Claim, Claims};
use crate::matchmaking;
use crate::publish::MintInfo;
use crate::worker::{Notice, Workers};

/// How often every match is asked what it needs, whether or not something happened to it.
const ROUND: Duration = Duration::from_millis(200);
/// Rounds from one reading of the intents' states to the next: 5 s.
pub(super) const METRICS_ROUNDS: u64 = 25;
/// Wait after a match could not be made.
const MAKING_HOLD_MS: i64 = 10_000;
/// How long a match that is paid out stays on the bus.
pub(super) const LINGER_MS: i64 = 600_000;
/// Matches remembered in [`CrankStatus::paid_out`].
const PAID_OUT_MAX: usize = 256;
/// How long a stop waits for jobs under way.
const STOP_WAIT: Duration = Duration::from_secs(3);

/// What can happen.
pub(super) enum Action {
    Feed(FeedEvent),
    FeedEnded,
    Claim(Claim),
    ClaimsEnded,
    Notice(Notice),
    Done(Option<Tag>, Done),
    JobLost(String),
    Round,
    Shutdown(Shutdown),
}

pub(super) struct Driver {
    pub(super) tools: Tools,
    pub(super) policy: Policy,
    pub(super) bus: Bus,
    pub(super) workers: Workers,
    pub(super) feed: Box<dyn ChainFeed>,
    pub(super) notices: mpsc::Receiver<Notice>,
    pub(super) commands: mpsc::Receiver<Shutdown>,
    pub(super) jobs: JoinSet<(Option<Tag>, Done)>,
    /// Among several cranks; alone, everything in the store is this one's.
    pub(super) claims: Option<Claims>,
    pub(super) flows: BTreeMap<MatchKey, Flow>,
    pub(super) mints: BTreeMap<Pubkey, MintInfo>,
    pub(super) slot: u64,
    pub(super) status: watch::Sender<CrankStatus>,
    pub(super) matches_made: u64,
    pub(super) making: bool,
    pub(super) making_hold_until_ms: i64,
    pub(super) draining: bool,
    pub(super) rounds: u64,
    pub(super) last_reading: Option<crate::worker::Lateness>,
    pub(super) ended: Option<Result<(), CrankFailure>>,
}

impl Driver {
    /// Runs until a shutdown or a failure.
    pub(super) async fn run(mut self) -> Result<(), CrankFailure> {
        let mut ticker = tokio::time::interval(ROUND);
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let keys: Vec<MatchKey> = self.flows.keys().copied().collect();
        keys.into_iter().for_each(|key| self.load(key));
        let outcome = loop {
            let action = self.select(&mut ticker).await;
            self.apply(action);
            if let Some(outcome) = self.ended.take() {
                break outcome;
            }
        };
        self.stop().await;
        outcome
    }

    async fn select(&mut self, ticker: &mut tokio::time::Interval) -> Action {
        tokio::select! {
            Some(command) = self.commands.recv() => Action::Shutdown(command),
            Some(notice) = self.notices.recv() => Action::Notice(notice),
            Some(done) = self.jobs.join_next(), if !self.jobs.is_empty() => match done {
                Ok((tag, done)) => Action::Done(tag, done),
                Err(error) => Action::JobLost(error.to_string()),
            },
            claim = next_claim(&mut self.claims) => claim.map_or(Action::ClaimsEnded, Action::Claim),
            event = self.feed.next() => event.map_or(Action::FeedEnded, Action::Feed),
            _ = ticker.tick() => Action::Round,
        }
    }

    fn apply(&mut self, action: Action) {
        match action {
            Action::Feed(FeedEvent::Slot(slot)) => self.slot = self.slot.max(slot),
            Action::Feed(FeedEvent::Account { key, slot, account }) => self.account(key, slot, account),
            Action::FeedEnded => self.ended = Some(Err(CrankFailure::FeedEnded)),
            Action::Notice(notice) => self.notice(notice),
            Action::Claim(Claim::Owned(owned)) => self.owned(*owned),
            Action::Claim(Claim::Lost(key)) => self.lost(key),
            Action::ClaimsEnded => self.ended = Some(Err(CrankFailure::LeasesEnded)),
            Action::Done(tag, done) => self.report(tag, done),
            Action::JobLost(reason) => self.ended = Some(Err(CrankFailure::Job(reason))),
            Action::Round => self.round(),
            Action::Shutdown(Shutdown::Now) => self.ended = Some(Ok(())),
            Action::Shutdown(Shutdown::Drain) => self.drain(),
        }
    }

    /// Takes a reading of an account from the feed.
    fn account(&mut self, key: Pubkey, slot: u64, account: Option<Account>) {
        self.slot = self.slot.max(slot);
        let match_key = MatchKey(key.to_bytes());
        if !self.flows.contains_key(&match_key) {
            return;
        }
        match account
            .filter(|account| account.lamports > 0)
            .map(|account| MatchView::decode(key, &account))
            .transpose()
        {
            Ok(view) => self.observe(match_key, slot, view),
            Err(error) => tracing::error!(%match_key, %error, "a match account cannot be read"),
        }
    }

    /// Everything that depends on time alone.
    fn round(&mut self) {
        self.rounds += 1;
        if !self.workers.all_alive() {
            self.ended = Some(Err(CrankFailure::TickThread));
            return;
        }
        let keys: Vec<MatchKey> = self.flows.keys().copied().collect();
        self.look_for_drain_order();
        self.give_up_the_fenced();
        for key in keys {
            self.load(key);
            self.settle(key);
            self.proceed_search(key);
            self.proceed(key);
        }
        self.make();
        self.publish_status();
        if self.rounds.is_multiple_of(METRICS_ROUNDS) {
            self.measure();
        }
        self.watch_accounts();
        let done = |flow: &Flow| flow.is_at_rest() && flow.is_on_record() && !flow.unsaved;
        if self.draining && self.flows.values().all(done) {
            self.ended = Some(Ok(()));
        }
    }

    /// Makes the next match that is missing. One at a time: numbers must reach the chain in order.
    fn make(&mut self) {
        let creating = self
            .flows
            .values()
            .any(|flow| flow.record.phase == store::MatchPhase::Creating);
        let held = self.now_ms() < self.making_hold_until_ms;
        // Before the first slot is known the calendar has no present.
        if self.draining || self.making || creating || held || self.slot == 0 {
            return;
        }
        let known: Vec<_> = self.flows.values().filter_map(Flow::known).collect();
        let own = known.len();
        let Some(known) = self.known_everywhere(known) else {
            return;
        };
        let (config, made) = (&self.tools.config, self.matches_made);
        if let Some(wanted) = matchmaking::next_match(config, &known, own, made, self.slot) {
            self.making = true;
            let tools = self.tools.clone();
            self.jobs.spawn(async move { (None, tools.make(wanted).await) });
        }
    }

    pub(super) fn hold_making(&mut self) {
        self.making_hold_until_ms = self.now_ms() + MAKING_HOLD_MS;
    }

    /// Asks a match what it needs, and starts that.
    pub(super) fn proceed(&mut self, key: MatchKey) {
        self.proceed_arena(key);
        self.proceed_books(key);
        self.proceed_offer(key);
        let now_ms = self.now_ms();
        let Some(flow) = self.flows.get_mut(&key) else {
            return;
        };
        let tools = self.tools.of(flow);
        match flow.next_step(self.slot, now_ms, &self.policy, self.draining) {
            Step::Wait => {}
            Step::ReadUpload => {
                flow.under_way.sending = true;
                spawn(&mut self.jobs, flow.tag(), async move { tools.upload(key).await });
            }
            Step::Send(kinds) => {
                flow.under_way.sending = true;
                let order = order(flow, kinds);
                tracing::debug!(match_key = %key, kinds = ?order.kinds, "sending");
                spawn(&mut self.jobs, flow.tag(), async move {
                    tools.carry(key, order).await
                });
            }
            Step::Finished(phase) => {
                flow.under_way.sending = true;
                flow.set_phase(phase);
                spawn(&mut self.jobs, flow.tag(), async move {
                    tools.finish(key, phase).await
                });
            }
        }
    }

    fn publish_status(&mut self) {
        let live = self.workers.matches();
        let unfinished = self.flows.values().filter(|flow| !flow.is_paid_out()).count();
        let paid: Vec<MatchKey> = self
            .flows
            .iter()
            .filter(|(_, flow)| flow.was_played_or_refunded())
            .map(|(key, _)| *key)
            .collect();
        let (slot, matches_made) = (self.slot, self.matches_made);
        self.status.send_if_modified(|status| {
            let before = status.clone();
            status.slot = slot;
            status.matches_made = matches_made;
            status.live = live;
            status.unfinished = unfinished;
            for key in paid {
                if !status.paid_out.contains(&key) {
                    status.paid_out.push(key);
                }
            }
            let surplus = status.paid_out.len().saturating_sub(PAID_OUT_MAX);
            status.paid_out.drain(..surplus);
            *status != before
        });
    }

    pub(super) fn load(&mut self, key: MatchKey) {
        if let Some(flow) = self
            .flows
            .get_mut(&key)
            .filter(|flow| !flow.loaded && !flow.under_way.loading)
        {
            flow.under_way.loading = true;
            let (tools, record) = (self.tools.of(flow), flow.record.clone());
            spawn(
                &mut self.jobs,
                flow.tag(),
                async move { tools.load(record).await },
            );
        }
    }

    /// Finds out what became of what an earlier process sent.
    pub(super) fn settle(&mut self, key: MatchKey) {
        if let Some(flow) = self
            .flows
            .get_mut(&key)
            .filter(|flow| flow.loaded && !flow.settled && !flow.under_way.settling)
        {
            flow.under_way.settling = true;
            let tools = self.tools.of(flow);
            spawn(&mut self.jobs, flow.tag(), async move { tools.settle(key).await });
        }
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.tools.carrier.clock.unix_ms()
    }

    /// Lets jobs under way finish for a moment, then stops the tick threads. What is cut short is done again later.
    async fn stop(mut self) {
        let unheard = tokio::time::timeout(STOP_WAIT, async {
            while self.jobs.join_next().await.is_some() {}
        })
        .await;
        if unheard.is_err() {
            tracing::info!(
                jobs = self.jobs.len(),
                "stopping with transactions under way; their fate is found out at the next start"
            );
        }
        self.jobs.abort_all();
        // What is not answered stays for whoever takes a match over.
        let exports = self
            .flows
            .values_mut()
            .filter_map(|flow| flow.link.as_mut()?.export.take());
        let mut closing: JoinSet<()> = exports.map(bus::Export::close).collect();
        let closed = async { while closing.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(STOP_WAIT, closed).await;
        let mut workers = self.workers;
        // Joining threads blocks, for a tick at most.
        let _ = tokio::task::spawn_blocking(move || workers.stop()).await;
        if let Some(claims) = self.claims {
            // Everything made so far reaches the ledger first.
            let _ = tokio::time::timeout(STOP_WAIT, make_durable(&self.flows)).await;
            drop(self.flows);
            let _ = tokio::time::timeout(STOP_WAIT, claims.stop()).await;
        }
    }
}

/// Waits until the input logs of all matches are as durable as they are to be.
async fn make_durable(flows: &BTreeMap<MatchKey, Flow>) {
    for sync in flows.values().filter_map(|flow| flow.sync.clone()) {
        if let Err(error) = sync.before_checkpoint().await {
            tracing::warn!(%error, "an input log is not durable at the stop");
        }
    }
}

/// Starts a job of one match; what it logs says which.
pub(super) fn spawn(
    jobs: &mut JoinSet<(Option<Tag>, Done)>,
    tag: Tag,
    job: impl std::future::Future<Output = Done> + Send + 'static,
) {
    let job = job.instrument(tracing::info_span!("match", match_key = %tag.key));
    jobs.spawn(async move { (Some(tag), job.await) });
}

/// The next change of what this crank owns; never, where it owns everything.
async fn next_claim(claims: &mut Option<Claims>) -> Option<Claim> {
    match claims {
        Some(claims) => claims.next().await,
        None => std::future::pending().await,
    }
}

/// What it takes to carry `kinds`.
fn order(flow: &Flow, kinds: Vec<IntentKind>) -> Order {
    let checkpoints = kinds.iter().filter_map(|kind| match kind {
        IntentKind::Checkpoint(index) => flow.checkpoints.get(index).cloned(),
        _ => None,
    });
    let material = Material {
        record: flow.record.clone(),
        view: flow.view.clone(),
        checkpoints: checkpoints.collect(),
        state: flow.end.as_ref().map(|end| Arc::new(end.state.clone())),
        uploaded: flow.uploaded,
        cosigned: flow.cosigned.clone(),
    };
    Order {
        material,
        kinds,
        sync: flow.sync.clone(),
    }
}

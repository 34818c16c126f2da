//! The loop: one owner of everything, one action at a time.
//!
//! `select` waits for whatever comes next and gives it a name; `apply` changes facts and starts jobs, and
//! never waits; then every match that was touched is asked what it needs. Each concern has a folder with its
//! need, its job and its report; none of them knows this loop. Absent: locks, and any waiting outside of
//! jobs.

use std::collections::BTreeMap;
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use client::view::MatchView;
use protocol::MatchKey;
use solana_account::Account;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tracing::Instrument;

use super::beacon::Beacons;
use super::display::Lingering;
use super::flow::{Flow, Tag};
use super::handle::{CrankFailure, CrankStatus, Shutdown};
use super::job::Job;
use super::making::Making;
use super::monitor::Monitor;
use super::station::{Next, Station, LINGER_MS};
use super::{arena, beacon, books, condition, display, making, roster, sends, sharing};
use crate::chain::feed::{ChainFeed, FeedEvent};
use crate::sharing::LeaseEvent;
use crate::worker::Notice;

/// How often every match is asked what it needs, whether or not something happened to it.
const ROUND: Duration = Duration::from_millis(200);
/// Rounds from one reading of the intents' states to the next: 5 s.
const METRICS_ROUNDS: u64 = 25;
/// How long a stop waits for jobs under way.
const STOP_WAIT: Duration = Duration::from_secs(3);

/// What can happen.
enum Action {
    Feed(FeedEvent),
    FeedEnded,
    Lease(LeaseEvent),
    LeasesEnded,
    Notice(Notice),
    Done(Option<Tag>, Done),
    JobLost(String),
    Round,
    Shutdown(Shutdown),
}

/// What a job reports.
enum Done {
    Making(making::Report),
    Condition(condition::Report),
    Books(books::Report),
    Sends(sends::Report),
    Roster(roster::Report),
    Arena(arena::Report),
    Beacon(beacon::Report),
}

type Jobs = JoinSet<(Option<Tag>, Done)>;

/// What the loop is given.
pub(crate) struct Given {
    pub(crate) station: Station,
    pub(crate) feed: Box<dyn ChainFeed>,
    pub(crate) notices: mpsc::Receiver<Notice>,
    pub(crate) commands: mpsc::Receiver<Shutdown>,
    pub(crate) flows: BTreeMap<MatchKey, Flow>,
    pub(crate) making: Making,
    pub(crate) status: watch::Sender<CrankStatus>,
}

/// The loop.
pub(crate) struct Driver {
    station: Station,
    feed: Box<dyn ChainFeed>,
    notices: mpsc::Receiver<Notice>,
    commands: mpsc::Receiver<Shutdown>,
    flows: BTreeMap<MatchKey, Flow>,
    making: Making,
    beacons: Beacons,
    status: watch::Sender<CrankStatus>,
    jobs: Jobs,
    rounds: u64,
    monitor: Monitor,
    lingering: Lingering,
    ended: Option<Result<(), CrankFailure>>,
}

impl Driver {
    pub(crate) fn new(given: Given) -> Self {
        let Given {
            station,
            feed,
            notices,
            commands,
            flows,
            making,
            status,
        } = given;
        Self {
            station,
            feed,
            notices,
            commands,
            flows,
            making,
            beacons: Beacons::default(),
            status,
            jobs: JoinSet::new(),
            rounds: 0,
            monitor: Monitor::default(),
            lingering: Lingering::default(),
            ended: None,
        }
    }

    /// Runs until a shutdown or a failure.
    pub(crate) async fn run(mut self) -> Result<(), CrankFailure> {
        let mut ticker = tokio::time::interval(ROUND);
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        self.for_each(Self::look_back);
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
            event = sharing::next_lease_event(&mut self.station.leases) => event.map_or(Action::LeasesEnded, Action::Lease),
            event = self.feed.next() => event.map_or(Action::FeedEnded, Action::Feed),
            _ = ticker.tick() => Action::Round,
        }
    }

    fn apply(&mut self, action: Action) {
        match action {
            Action::Feed(FeedEvent::Slot(slot)) => {
                self.station.see_slot(slot);
            }
            Action::Feed(FeedEvent::Account { key, slot, account }) => self.account(key, slot, account),
            Action::FeedEnded => self.ended = Some(Err(CrankFailure::FeedEnded)),
            Action::Notice(notice) => self.notice(notice),
            Action::Lease(LeaseEvent::Taken(taken)) => {
                let flow = sharing::take_up(&self.station, *taken);
                self.begin(flow);
            }
            Action::Lease(LeaseEvent::Lost(key)) => self.lose(key),
            Action::LeasesEnded => self.ended = Some(Err(CrankFailure::LeasesEnded)),
            Action::Done(tag, done) => self.report(tag, done),
            Action::JobLost(reason) => self.ended = Some(Err(CrankFailure::Job(reason))),
            Action::Round => self.round(),
            Action::Shutdown(Shutdown::Now) => self.ended = Some(Ok(())),
            Action::Shutdown(Shutdown::Drain) => sharing::drain(&mut self.station),
        }
        self.read_beacons();
    }

    /// Takes a reading of an account from the feed.
    fn account(&mut self, key: Pubkey, slot: u64, account: Option<Account>) {
        if !self.station.see_slot(slot) {
            return;
        }
        let match_key = MatchKey(key.to_bytes());
        let Some(flow) = self.flows.get_mut(&match_key) else {
            return;
        };
        let view = account
            .filter(|account| account.lamports > 0)
            .map(|account| MatchView::decode(key, &account))
            .transpose();
        match view {
            Ok(view) => {
                if display::observe(flow, &self.station, slot, view) {
                    self.proceed(match_key);
                }
            }
            Err(error) => tracing::error!(%match_key, %error, "a match account cannot be read"),
        }
    }

    fn notice(&mut self, notice: Notice) {
        let key = notice.match_key();
        if let Some(flow) = self.flows.get_mut(&key) {
            arena::notice(flow, &mut self.station, notice);
            self.proceed(key);
        }
    }

    /// A job reports; about a match that was lost, or lost and taken again meanwhile, in vain.
    fn report(&mut self, tag: Option<Tag>, done: Done) {
        let Some(tag) = tag else {
            return self.report_of_none(done);
        };
        let station = &mut self.station;
        let Some(flow) = self.flows.get_mut(&tag.key).filter(|flow| flow.tag() == tag) else {
            return;
        };
        let next = match done {
            Done::Making(_) | Done::Condition(_) | Done::Beacon(_) => return,
            Done::Books(report) => books::report(flow, station, report),
            Done::Sends(report) => sends::report(flow, station, report),
            Done::Roster(report) => roster::report(flow, station, report),
            Done::Arena(report) => arena::report(flow, station, report),
        };
        match next {
            Next::Wait => {}
            Next::Proceed => self.proceed(tag.key),
            Next::Unmade => {
                self.making.made = self.making.made.saturating_sub(1);
                self.making.hold(self.station.now_ms());
                self.proceed(tag.key);
            }
            Next::Forget => self.forget(tag.key),
            Next::LeaveToOthers => {
                if sharing::give_up(&self.station, tag.key, true) {
                    self.lose(tag.key);
                }
            }
        }
    }

    /// A job reports that is about no match.
    fn report_of_none(&mut self, done: Done) {
        match done {
            Done::Making(report) => {
                if let Some(flow) = making::report(&mut self.making, &self.station, report) {
                    self.begin(flow);
                }
            }
            Done::Condition(report) => {
                let now_ms = self.station.now_ms();
                condition::report(&mut self.station.condition, now_ms, report);
            }
            Done::Beacon(report) => {
                beacon::report(&mut self.beacons, &mut self.flows, &mut self.station, report)
            }
            Done::Books(_) | Done::Sends(_) | Done::Roster(_) | Done::Arena(_) => {}
        }
    }

    /// Takes a match up.
    fn begin(&mut self, flow: Flow) {
        let key = flow.key();
        self.flows.insert(key, flow);
        self.look_back(key);
        self.watch_accounts();
    }

    /// A match is somebody else's.
    fn lose(&mut self, key: MatchKey) {
        let flow = self.flows.remove(&key);
        sharing::let_go(&mut self.station, key, flow);
    }

    /// A match needs nothing any more.
    fn forget(&mut self, key: MatchKey) {
        self.station.workers.forget(key);
        match self.flows.remove(&key).and_then(|flow| flow.link) {
            Some(link) => {
                let until_ms = self.station.now_ms() + LINGER_MS;
                self.lingering.keep(until_ms, key, link, &self.station);
            }
            None => self.station.bus.remove_match(&key),
        }
        if let Some(leases) = &self.station.leases {
            leases.release(key, true, None);
        }
    }

    /// Everything that depends on time alone.
    fn round(&mut self) {
        self.rounds += 1;
        if !self.station.workers.all_alive() {
            self.ended = Some(Err(CrankFailure::TickThread));
            return;
        }
        if sharing::is_ordered_to_drain(&self.station) {
            tracing::info!("ordered to drain: no new matches, and the end when everything is paid");
            sharing::drain(&mut self.station);
        }
        for key in sharing::fenced(&self.flows) {
            sharing::give_up(&self.station, key, false);
            self.lose(key);
        }
        self.for_each(|driver, key| {
            driver.look_back(key);
            driver.start(key, books::need_of_search, Done::Books);
            driver.proceed(key);
        });
        if let Some(job) = making::need(&mut self.making, &self.flows, &self.station) {
            spawn(&mut self.jobs, None, job.map(Done::Making));
        }
        let now_ms = self.station.now_ms();
        let Station { condition, tools, .. } = &mut self.station;
        if let Some(job) = condition::need(condition, &tools.logs, now_ms) {
            spawn(&mut self.jobs, None, job.map(Done::Condition));
        }
        self.publish_status();
        if self.rounds.is_multiple_of(METRICS_ROUNDS) {
            let queues = [("notices", self.notices.len()), ("jobs", self.jobs.len())];
            self.monitor.measure(&self.flows, &self.station, &queues);
        }
        self.lingering.clear(&self.station);
        self.watch_accounts();
        let done = |flow: &Flow| flow.is_at_rest() && flow.is_on_record() && flow.books.is_up_to_date();
        if self.station.draining && self.flows.values().all(done) {
            self.ended = Some(Ok(()));
        }
    }

    /// Reads what the rolls of matches hang on, if that has passed.
    fn read_beacons(&mut self) {
        if let Some(job) = beacon::need(&mut self.beacons, &self.flows, &self.station) {
            spawn(&mut self.jobs, None, job.map(Done::Beacon));
        }
    }

    fn for_each(&mut self, mut act: impl FnMut(&mut Self, MatchKey)) {
        let keys: Vec<MatchKey> = self.flows.keys().copied().collect();
        keys.into_iter().for_each(|key| act(self, key));
    }

    /// Finds out what an earlier process left.
    fn look_back(&mut self, key: MatchKey) {
        self.start(key, books::need_of_past, Done::Books);
        self.start(key, sends::need_of_past, Done::Sends);
    }

    /// Asks a match what it needs, and starts that.
    fn proceed(&mut self, key: MatchKey) {
        self.start(key, sends::need_of_past, Done::Sends);
        self.start(key, roster::need, Done::Roster);
        self.start(key, arena::need, Done::Arena);
        if let Some(flow) = self.flows.get_mut(&key) {
            arena::stop_if_ended(flow, &mut self.station);
        }
        self.start(key, books::need_of_outcome, Done::Books);
        self.start(key, books::need_of_saving, Done::Books);
        if let Some(flow) = self.flows.get_mut(&key) {
            books::forget_if_lingered(flow, &self.station);
        }
        self.start(key, arena::need_of_consent, Done::Arena);
        self.start(key, sends::need, Done::Sends);
    }

    /// Starts the job of one need, if there is one.
    fn start<R: Send + 'static>(
        &mut self,
        key: MatchKey,
        need: impl FnOnce(&mut Flow, &Station) -> Option<Job<R>>,
        wrap: fn(R) -> Done,
    ) {
        let Some(flow) = self.flows.get_mut(&key) else {
            return;
        };
        if let Some(job) = need(flow, &self.station) {
            spawn(&mut self.jobs, Some(flow.tag()), job.map(wrap));
        }
    }

    fn publish_status(&mut self) {
        let status = CrankStatus {
            slot: self.station.slot,
            matches_made: self.making.made,
            live: self.station.workers.matches(),
            unfinished: self.flows.values().filter(|flow| !flow.is_paid_out()).count(),
            paid_out: Vec::new(),
            troubles: self.monitor.troubles(&self.flows, &self.station),
        };
        let paid = self
            .flows
            .iter()
            .filter(|(_, flow)| flow.was_played_or_refunded());
        let paid: Vec<MatchKey> = paid.map(|(key, _)| *key).collect();
        self.status.send_if_modified(|known| known.update(status, &paid));
    }

    /// Tells the feed which accounts matter.
    fn watch_accounts(&self) {
        let watched = self.flows.keys().map(|key| Pubkey::new_from_array(key.0));
        self.feed.watch(watched.collect());
    }

    /// Lets jobs under way finish for a moment, then stops the tick threads. What is cut short is done again
    /// later.
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
        let Station {
            mut workers, leases, ..
        } = self.station;
        // Joining threads blocks, for a tick at most.
        let _ = tokio::task::spawn_blocking(move || workers.stop()).await;
        if let Some(leases) = leases {
            // Everything made so far reaches the shared log first.
            let _ = tokio::time::timeout(STOP_WAIT, sharing::make_durable(&self.flows)).await;
            drop(self.flows);
            let _ = tokio::time::timeout(STOP_WAIT, leases.stop()).await;
        }
    }
}

/// Starts a job; what it logs says of which match.
fn spawn(jobs: &mut Jobs, tag: Option<Tag>, job: Job<Done>) {
    let span = match tag {
        Some(tag) => tracing::info_span!("match", match_key = %tag.key),
        None => tracing::Span::none(),
    };
    jobs.spawn(async move { (tag, job.run().instrument(span).await) });
}

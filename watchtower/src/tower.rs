//! The loop: which matches exist, which have moved, who is over.
//!
//! One task owns everything. It lists the matches under way at an interval, hears of changes by subscription where there
//! is one, reads what is new of those that have moved, several at a time, and hands faults to cases, which run on tasks
//! of their own. Every list and view is taken in the same way, so it does not matter in which way a change was heard of.

mod cases;
mod errands;
mod reading;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use client::pubsub::{Notice, Subscription, Topic};
use client::rpc::Gone;
use client::view::{fetch, MatchStatus, MatchView};
use client::{Error, Pubkey};
use metrics::gauge;
use solana_signer::Signer;
use tokio::task::JoinSet;
use tokio::time::{sleep_until, Instant};

use crate::case::{is_unfinished, Ground, Verdict};
use crate::config::{Until, WatchtowerConfig};
use crate::errand::Errands;
use crate::report::{Fault, Report, Reporter};
use crate::watched::{Seen, Suspicion, Watched};

pub(crate) struct Tower {
    config: WatchtowerConfig,
    reporter: Arc<Reporter>,
    matches: BTreeMap<Pubkey, Tracked>,
    /// Matches that are not watched, so that each is reported once. Forgotten when they are over.
    unwatched: BTreeSet<Pubkey>,
    cases: JoinSet<(Pubkey, Verdict)>,
    in_court: BTreeSet<Pubkey>,
    errands: Errands,
    running_errands: JoinSet<(Pubkey, bool)>,
    notices: Option<Subscription>,
    /// Failures of the endpoint in a row.
    failures: u32,
    listings: u64,
    next_listing: Instant,
    next_recovery: Instant,
    next_summary: Instant,
}

/// A watched match, and how reading it goes.
struct Tracked {
    watched: Watched,
    /// The listing that has last seen it.
    listing: u64,
    /// Failed or useless attempts to read it in a row.
    failures: u32,
    /// Not before this moment.
    next_read: Instant,
    /// It must be read again from its beginning.
    diverged: bool,
    /// It has left the lists of matches under way.
    over: Option<Over>,
}

/// What became of a match that is over.
#[derive(Debug, Clone, Copy)]
enum Over {
    As(MatchStatus),
    Closed,
}

impl Tower {
    pub(crate) fn new(config: WatchtowerConfig, reporter: Arc<Reporter>) -> Self {
        let now = Instant::now();
        Self {
            next_summary: now + config.pace.summary,
            config,
            reporter,
            matches: BTreeMap::new(),
            unwatched: BTreeSet::new(),
            cases: JoinSet::new(),
            in_court: BTreeSet::new(),
            errands: Errands::default(),
            running_errands: JoinSet::new(),
            notices: None,
            failures: 0,
            listings: 0,
            next_listing: now,
            next_recovery: now,
        }
    }

    /// Runs until there is nothing left to do, which with [`Until::Stopped`] is never.
    pub(crate) async fn run(mut self) {
        if let Some(pubsub) = &self.config.pubsub {
            let topic = Topic::Program {
                program: client::PROGRAM_ID,
                filters: fetch::match_filters(self.config.operator.as_ref(), None),
            };
            self.notices = pubsub.subscribe(topic).await.ok();
        }
        loop {
            let next_read = self.next_read();
            tokio::select! {
                biased;
                Some(ended) = self.cases.join_next() => self.case_ended(ended),
                Some(ended) = self.running_errands.join_next() => self.errand_ended(ended),
                () = sleep_until(self.next_listing) => self.list().await,
                notice = next_notice(&mut self.notices) => self.take_notice(notice),
                () = sleep_until(next_read.unwrap_or(self.next_listing)), if next_read.is_some() => self.read().await,
                () = sleep_until(self.next_summary) => self.summary(),
            }
            self.open_cases();
            self.measure();
            if self.config.until == Until::CaughtUp && self.is_caught_up() {
                return;
            }
        }
    }

    fn report(&self, report: Report) {
        self.reporter.report(report);
    }

    fn trouble(&self, match_key: Option<Pubkey>, what: impl ToString) {
        self.report(Report::Trouble {
            match_key,
            what: what.to_string(),
        });
    }

    // Hearing of changes.

    fn take_notice(&mut self, notice: Option<Notice>) {
        match notice {
            Some(Notice::Account { address, account, .. }) if account.lamports > 0 => {
                match MatchView::decode(address, &account) {
                    Ok(view) => self.take_view(&view),
                    Err(error) => self.leave_unwatched(address, error.to_string()),
                }
            }
            Some(Notice::Resync) => self.next_listing = Instant::now(),
            Some(Notice::Refused { reason }) => {
                self.trouble(None, format!("no subscription ({reason}); polling instead"));
                self.notices = None;
            }
            None => self.notices = None,
            Some(_) => {}
        }
    }

    /// Lists what is under way, and looks at what no longer is.
    async fn list(&mut self) {
        let listed = self.try_list().await;
        let wait = match &listed {
            Ok(()) => {
                self.failures = 0;
                self.reporter.listed();
                if self.notices.is_some() {
                    self.config.pace.polling_subscribed
                } else {
                    self.config.pace.polling
                }
            }
            Err(error) => {
                self.trouble(None, error);
                let wait = self.config.pace.backoff.wait(self.failures);
                self.failures = self.failures.saturating_add(1);
                wait
            }
        };
        self.next_listing = Instant::now() + wait;
    }

    async fn try_list(&mut self) -> Result<(), Error> {
        let rpc = self.config.rpc.clone();
        // Before the views: what they show of deadlines is then at least as new as this slot.
        let slot = rpc.slot().await?;
        let listing = self.listings + 1;
        let mut unwatched = BTreeSet::new();
        // In this order nothing that goes from one status to the next falls between two lists.
        for status in [MatchStatus::Live, MatchStatus::Proposed] {
            let filters = fetch::match_filters(self.config.operator.as_ref(), Some(status));
            for (address, account) in rpc.program_accounts(&client::PROGRAM_ID, filters).await? {
                match MatchView::decode(address, &account) {
                    Ok(view) => self.take_view(&view),
                    Err(error) => self.leave_unwatched(address, error.to_string()),
                }
                if let Some(tracked) = self.matches.get_mut(&address) {
                    tracked.listing = listing;
                } else if self.unwatched.contains(&address) {
                    unwatched.insert(address);
                }
            }
        }
        self.unwatched = unwatched;
        self.listings = listing;
        self.look_after_the_missing(listing, slot).await?;
        self.find_the_silent(slot);
        if Instant::now() >= self.next_recovery {
            self.recover().await?;
            self.look_for_overdue(slot).await?;
            self.next_recovery = Instant::now() + self.config.pace.recovery;
        }
        Ok(())
    }

    /// Matches that no list has any more are over, or closed.
    async fn look_after_the_missing(&mut self, listing: u64, slot: u64) -> Result<(), Error> {
        let missing: Vec<Pubkey> = self
            .matches
            .iter()
            .filter(|(_, tracked)| tracked.listing != listing && tracked.over.is_none())
            .map(|(key, _)| *key)
            .collect();
        let rpc = self.config.rpc.clone();
        let accounts = rpc.accounts(&missing).await?;
        for (key, account) in missing.into_iter().zip(accounts) {
            let account = match account {
                Some(account) => account,
                // One endpoint that does not have it is no reason to stop watching.
                None => match rpc.confirm_gone(&key, slot).await? {
                    Gone::Confirmed { .. } => {
                        self.take_end(key, Over::Closed);
                        continue;
                    }
                    Gone::Present { account, .. } => *account,
                    Gone::Unsure { endpoints, asked } => {
                        let what =
                            format!("{endpoints} of {asked} endpoints do not have it, the others are silent");
                        self.trouble(Some(key), what);
                        continue;
                    }
                },
            };
            match MatchView::decode(key, &account) {
                Ok(view) => self.take_view(&view),
                Err(error) => self.trouble(Some(key), error),
            }
        }
        Ok(())
    }

    fn find_the_silent(&mut self, slot: u64) {
        let margin = self.config.pace.silence_margin_slots;
        let mut faults = Vec::new();
        for (key, tracked) in &mut self.matches {
            let watched = &mut tracked.watched;
            if watched.suspicion.is_none() && watched.is_silent(slot, margin) {
                let deadline = watched.progress_deadline;
                watched.suspicion = Some(Suspicion::Silent { deadline });
                faults.push((*key, Fault::Silent { deadline }));
            }
        }
        for (match_key, fault) in faults {
            self.report(Report::Fault { match_key, fault });
        }
    }

    /// Takes up what an earlier run has left unfinished.
    async fn recover(&mut self) -> Result<(), Error> {
        let Some(prover) = &self.config.prover else {
            return Ok(());
        };
        let challenger = prover.keypair.pubkey();
        let filters = fetch::match_filters(self.config.operator.as_ref(), Some(MatchStatus::Voided));
        let voided = self
            .config
            .rpc
            .program_accounts(&client::PROGRAM_ID, filters)
            .await?;
        for (address, account) in voided {
            let Ok(view) = MatchView::decode(address, &account) else {
                continue;
            };
            if is_unfinished(&view, &challenger) {
                self.open_case(address, Ground::Unfinished);
            }
        }
        Ok(())
    }

    // Taking in what was heard.

    fn take_view(&mut self, view: &MatchView) {
        let key = view.address;
        let under_way = matches!(view.status, MatchStatus::Live | MatchStatus::Proposed);
        let Some(tracked) = self.matches.get_mut(&key) else {
            if under_way {
                self.begin(view);
            }
            return;
        };
        match tracked.watched.observe(view) {
            Seen::Diverged => tracked.diverged = true,
            Seen::Behind | Seen::CaughtUp => tracked.diverged = false,
        }
        // A deadline that was let pass cannot be moved any more, except on another branch of the chain.
        if let Some(Suspicion::Silent { deadline }) = tracked.watched.suspicion {
            if under_way && tracked.watched.progress_deadline > deadline {
                tracked.watched.suspicion = None;
                self.report(Report::Withdrawn {
                    match_key: key,
                    reason: "a checkpoint came after all".to_owned(),
                });
            }
        }
        if !under_way {
            self.take_end(key, Over::As(view.status));
        }
    }

    fn begin(&mut self, view: &MatchView) {
        let key = view.address;
        if self.matches.len() >= self.config.limits.matches_max {
            let most = self.config.limits.matches_max;
            return self.leave_unwatched(key, format!("{most} matches are watched already"));
        }
        match Watched::of(view) {
            Ok(watched) => {
                self.unwatched.remove(&key);
                let tracked = Tracked {
                    watched,
                    listing: self.listings,
                    failures: 0,
                    next_read: Instant::now(),
                    diverged: false,
                    over: None,
                };
                self.matches.insert(key, tracked);
                self.report(Report::Watching {
                    match_key: key,
                    checkpoints: view.header.checkpoints_posted,
                });
            }
            Err(error) => self.leave_unwatched(key, error.to_string()),
        }
    }

    fn leave_unwatched(&mut self, match_key: Pubkey, reason: String) {
        if self.unwatched.insert(match_key) {
            self.report(Report::Unwatched { match_key, reason });
        }
        // Only what the last listing had is kept; this bounds what notices can add between two.
        while self.unwatched.len() > self.config.limits.matches_max {
            self.unwatched.pop_first();
        }
    }

    fn take_end(&mut self, key: Pubkey, over: Over) {
        if let Some(tracked) = self.matches.get_mut(&key) {
            tracked.over = Some(over);
        }
        self.drop_if_done(key);
    }

    /// Lets go of a match that is over, once its last checkpoint is checked.
    fn drop_if_done(&mut self, key: Pubkey) {
        let Some(tracked) = self.matches.get(&key) else {
            return;
        };
        let Some(over) = tracked.over else { return };
        let watched = &tracked.watched;
        if watched.behind() > 0 {
            return;
        }
        let report = Report::Ended {
            match_key: key,
            status: match over {
                Over::As(status) => Some(status),
                Over::Closed => None,
            },
            checkpoints: watched.checked(),
        };
        // Where there is a case, it says what became of the fault.
        let fault = watched.suspicion.is_some() && !self.in_court.contains(&key);
        self.matches.remove(&key);
        if fault {
            self.report(match over {
                Over::As(MatchStatus::Voided) => Report::ProvenByOthers { match_key: key },
                Over::As(_) | Over::Closed => Report::TooLate { match_key: key },
            });
        }
        self.report(report);
    }

    // How it stands.

    fn is_caught_up(&self) -> bool {
        let waiting = self.matches.values().any(Tracked::is_waiting);
        let suspected = self.config.prover.is_some()
            && self
                .matches
                .values()
                .any(|tracked| tracked.watched.suspicion.is_some());
        let busy = !self.cases.is_empty() || !self.running_errands.is_empty();
        self.listings > 0 && self.failures == 0 && !busy && !waiting && !suspected
    }

    fn measure(&self) {
        let behind: u32 = self
            .matches
            .values()
            .map(|tracked| tracked.watched.behind())
            .sum();
        let is_stuck = |tracked: &&Tracked| tracked.is_waiting() && tracked.failures > 0;
        self.reporter
            .stuck(self.matches.values().filter(is_stuck).count() as u64);
        gauge!("aurelius_watchtower_matches").set(self.matches.len() as f64);
        gauge!("aurelius_watchtower_unwatched_matches").set(self.unwatched.len() as f64);
        gauge!("aurelius_watchtower_behind_checkpoints").set(f64::from(behind));
        gauge!("aurelius_watchtower_cases").set(self.cases.len() as f64);
    }

    fn summary(&mut self) {
        let tally = self.reporter.tally();
        tracing::info!(
            matches = self.matches.len(),
            unwatched = self.unwatched.len(),
            checked = tally.checked,
            faults = tally.faults,
            punished = tally.punished(),
            unpunished = tally.unpunished(),
            "watching"
        );
        self.next_summary = Instant::now() + self.config.pace.summary;
    }
}

/// The next notice; never, where there is no subscription.
async fn next_notice(subscription: &mut Option<Subscription>) -> Option<Notice> {
    match subscription {
        Some(subscription) => subscription.next().await,
        None => std::future::pending().await,
    }
}

//! Reading what is new of the matches that have moved, several at a time.

use client::history::{self, HistoryError, LastPage, NewerOptions};
use client::view::fetch;
use client::{address, Error, Pubkey};
use futures_util::{stream, StreamExt};
use tokio::time::Instant;
use verifier::record::CheckpointRecord;

use super::{Tower, Tracked};
use crate::config::{Until, WatchtowerConfig};
use crate::report::{Report, Reporter};
use crate::watched::{Stepped, Unwatchable, Watched};

/// Transactions of one match that are fetched at the same time.
const FETCHES_AT_ONCE: usize = 4;

/// A match that is over, or the last thing that is waited for, is tried this often in a row before it is given up:
/// endpoints forget what is old.
const FAILURES_MAX_WHEN_OVER: u32 = 10;

impl Tower {
    /// When the next match is to be read.
    pub(super) fn next_read(&self) -> Option<Instant> {
        let waiting = self.matches.values().filter(|tracked| tracked.is_waiting());
        waiting.map(|tracked| tracked.next_read).min()
    }

    /// Reads the matches that are due, several at a time.
    pub(super) async fn read(&mut self) {
        let now = Instant::now();
        let due: Vec<(Pubkey, Watched, How)> = self
            .matches
            .iter()
            .filter(|(_, tracked)| tracked.is_waiting() && tracked.next_read <= now)
            .map(|(key, tracked)| (*key, tracked.watched.clone(), tracked.how_to_read()))
            .take(self.config.limits.reads_at_once.max(1) * 4)
            .collect();
        let (backoff, until) = (self.config.pace.backoff, self.config.until);
        let (config, reporter) = (&self.config, &self.reporter);
        let read: Vec<(Pubkey, Reading)> = stream::iter(due)
            .map(|(key, mut watched, how)| async move {
                let outcome = read_match(config, reporter, &mut watched, how).await;
                (key, Reading { watched, outcome })
            })
            .buffer_unordered(self.config.limits.reads_at_once.max(1))
            .collect()
            .await;
        for (key, Reading { watched, outcome }) in read {
            let Some(tracked) = self.matches.get_mut(&key) else {
                continue;
            };
            let progress = watched.checked() != tracked.watched.checked() || watched.suspicion.is_some();
            tracked.watched = watched;
            tracked.diverged = false;
            let failed = outcome.err();
            if failed.is_none() && (progress || tracked.watched.behind() == 0) {
                tracked.failures = 0;
                tracked.next_read = Instant::now();
            } else {
                // Nothing new although something was posted: the endpoint lags.
                tracked.next_read = Instant::now() + backoff.wait(tracked.failures);
                tracked.failures = tracked.failures.saturating_add(1);
            }
            let is_last_chance = tracked.over.is_some() || until == Until::CaughtUp;
            let given_up = is_last_chance && tracked.failures >= FAILURES_MAX_WHEN_OVER;
            if let Some(error) = failed {
                self.trouble(Some(key), error);
            }
            if given_up {
                self.give_up(key);
            } else {
                self.drop_if_done(key);
            }
        }
    }

    /// Lets go of a match although its last checkpoints could not be read.
    fn give_up(&mut self, match_key: Pubkey) {
        let Some(tracked) = self.matches.get_mut(&match_key) else {
            return;
        };
        let left = tracked.watched.behind();
        tracked.diverged = false;
        tracked.watched.forget_the_rest();
        self.report(Report::Unwatched {
            match_key,
            reason: format!("its last {left} checkpoints cannot be read"),
        });
        self.drop_if_done(match_key);
    }
}

/// How a match is to be read.
#[derive(Debug, Clone, Copy)]
struct How {
    from_the_beginning: bool,
    last_page: LastPage,
}

impl Tracked {
    /// Quickly as long as all goes well: a checkpoint that is missing shows as a gap.
    fn how_to_read(&self) -> How {
        How {
            from_the_beginning: self.diverged,
            last_page: if self.failures == 0 {
                LastPage::Short
            } else {
                LastPage::Empty
            },
        }
    }

    /// Whether there is something to read.
    pub(super) fn is_waiting(&self) -> bool {
        self.diverged || self.watched.behind() > 0
    }
}

/// What came of reading a match.
struct Reading {
    watched: Watched,
    outcome: Result<(), ReadFailure>,
}

/// A match that could not be read.
#[derive(Debug, thiserror::Error)]
enum ReadFailure {
    #[error(transparent)]
    History(#[from] HistoryError),
    #[error(transparent)]
    Rpc(#[from] Error),
    #[error(transparent)]
    Unwatchable(#[from] Unwatchable),
}

/// Reads one portion of what is new in a match, and steps it.
async fn read_match(
    config: &WatchtowerConfig,
    reporter: &Reporter,
    watched: &mut Watched,
    how: How,
) -> Result<(), ReadFailure> {
    let match_key = watched.match_key();
    if how.from_the_beginning && !begin_again(config, watched).await? {
        return Ok(());
    }
    let options = NewerOptions {
        concurrency: FETCHES_AT_ONCE,
        transactions_max: config.limits.transactions_per_read_max,
        last_page: how.last_page,
        ..NewerOptions::default()
    };
    let trace = address::trace(&match_key);
    let newer = history::newer(&config.rpc, &trace, &match_key, watched.cursor, options).await?;
    for note in &newer.passed_over {
        reporter.passed_over(match_key, note);
    }
    for item in &newer.items {
        let Some(checkpoint) = CheckpointRecord::posted_by(item) else {
            continue;
        };
        if !watched.may_step(checkpoint.index) {
            // It came after the view; its late players may have, too.
            let Some(view) = fetch::match_account(&config.rpc, match_key).await? else {
                return Ok(());
            };
            watched.observe(&view);
            if !watched.may_step(checkpoint.index) {
                // The cursor is before this transaction: it is read again.
                return Ok(());
            }
        }
        match watched.step(&checkpoint) {
            Ok(Stepped::Known) => {}
            Ok(Stepped::Agrees) => reporter.report(Report::Checked {
                match_key,
                index: checkpoint.index,
            }),
            Ok(Stepped::Wrong(fault)) => reporter.report(Report::Fault { match_key, fault }),
            Err(gap) => {
                begin_again(config, watched).await?;
                return Err(gap.into());
            }
        }
        watched.cursor = Some(item.signature);
    }
    watched.cursor = newer.cursor;
    Ok(())
}

/// Forgets what was stepped. False when the match is closed and nothing can be begun.
async fn begin_again(config: &WatchtowerConfig, watched: &mut Watched) -> Result<bool, ReadFailure> {
    let Some(view) = fetch::match_account(&config.rpc, watched.match_key()).await? else {
        return Ok(false);
    };
    *watched = Watched::of(&view)?;
    Ok(true)
}

//! The relay's list of open matches, kept up to date in the background.

use std::time::Duration;

use anyhow::{anyhow, bail, Result};
use protocol::control::{ClientMessage, ServerMessage};
use protocol::directory::{update_list, MatchStatus, MatchSummary};
use rand::Rng;
use reqwest::Url;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::connection::{Connection, Received};
use crate::relays::Relays;

/// Wait before connecting again, at most; half of it is random.
const RETRY_WAIT_MAX: Duration = Duration::from_secs(1);

/// A followed list. Ends when dropped.
pub struct Directory {
    matches: watch::Receiver<Vec<MatchSummary>>,
    task: JoinHandle<()>,
}

impl Drop for Directory {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Directory {
    /// Connects, and keeps following until dropped. Errors when no relay can be reached now.
    pub async fn follow(relays: impl Into<Relays>) -> Result<Directory> {
        let (sender, matches) = watch::channel(Vec::new());
        let mut relays = relays.into().shuffled();
        let mut connection = subscribe_to_any(&mut relays).await?;
        let task = tokio::spawn(async move {
            loop {
                let error = read(&mut connection, &sender).await;
                tracing::debug!(error = %format_args!("{error:#}"), "the list of matches is interrupted");
                connection = loop {
                    relays.turn();
                    let wait = RETRY_WAIT_MAX.mul_f64(rand::thread_rng().gen_range(0.5..=1.0));
                    sleep(wait).await;
                    match subscribe(relays.current()).await {
                        Ok(connection) => break connection,
                        Err(error) => {
                            tracing::warn!(error = %format_args!("{error:#}"), "connecting to the relay again")
                        }
                    }
                };
            }
        });
        Ok(Directory { matches, task })
    }

    /// Waits until the list satisfies `pick`, at most `patience`, and answers what it picked.
    pub async fn find<T>(
        &self,
        patience: Duration,
        mut pick: impl FnMut(&[MatchSummary]) -> Option<T>,
    ) -> Result<T> {
        let mut matches = self.matches.clone();
        let search = async {
            loop {
                if let Some(found) = pick(&matches.borrow_and_update()) {
                    return Ok(found);
                }
                // The sender lives in the task, which never ends by itself.
                matches
                    .changed()
                    .await
                    .map_err(|_| anyhow!("the list of matches is not followed any more"))?;
            }
        };
        timeout(patience, search)
            .await
            .map_err(|_| anyhow!("the relay listed nothing suitable for {} s", patience.as_secs()))?
    }
}

/// The error is that of the last relay.
async fn subscribe_to_any(relays: &mut Relays) -> Result<Connection> {
    for _ in 1..relays.count() {
        match subscribe(relays.current()).await {
            Ok(connection) => return Ok(connection),
            Err(error) => tracing::debug!(error = %format_args!("{error:#}"), "trying another relay"),
        }
        relays.turn();
    }
    subscribe(relays.current()).await
}

async fn subscribe(relay: &Url) -> Result<Connection> {
    let mut connection = Connection::open(relay).await?;
    connection.send(&ClientMessage::WatchDirectory).await?;
    Ok(connection)
}

/// Reads until the connection ends; answers why it did.
async fn read(connection: &mut Connection, sender: &watch::Sender<Vec<MatchSummary>>) -> anyhow::Error {
    let reading = async {
        loop {
            match connection.next().await? {
                Received::Control(message) => match *message {
                    ServerMessage::Directory { matches } => {
                        sender.send_replace(matches);
                    }
                    ServerMessage::DirectoryChanges { changed, gone } => {
                        sender.send_modify(|matches| update_list(matches, changed, &gone));
                    }
                    _ => {}
                },
                Received::Closed(closed) => bail!("the relay closed the connection: {closed}"),
                Received::Frame(_) => {}
            }
        }
    };
    let ended: Result<std::convert::Infallible> = reading.await;
    match ended {
        Ok(never) => match never {},
        Err(error) => error,
    }
}

/// The match most worth watching: live before locked before open before the rest, newest first.
pub fn pick_latest(matches: &[MatchSummary]) -> Option<MatchSummary> {
    let rank = |summary: &&MatchSummary| match summary.status {
        MatchStatus::Live => 0,
        MatchStatus::Locked => 1,
        MatchStatus::Open => 2,
        _ => 3,
    };
    // The list is newest first, and the first of equals is taken.
    matches.iter().min_by_key(rank).cloned()
}

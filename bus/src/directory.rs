//! All open matches of a bus, and the list of them.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use protocol::directory::MatchSummary;
use protocol::MatchKey;
use tokio::sync::watch;

use crate::open_match::OpenMatch;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    matches: RwLock<HashMap<MatchKey, Arc<OpenMatch>>>,
    list: watch::Sender<Arc<Vec<MatchSummary>>>,
    /// Held while the list is made, so that an older list never follows a newer one.
    refreshing: Mutex<()>,
}

/// Why a match was not opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// It is open already.
    #[error("match {0} is open already")]
    AlreadyOpen(MatchKey),
    /// The limit is reached.
    #[error("{0} matches are open, which is the limit (BusLimits::matches_max)")]
    TooMany(usize),
}

impl Directory {
    /// Adds a match, if there is room.
    pub(crate) fn open(&self, open: Arc<OpenMatch>, matches_max: usize) -> Result<(), OpenError> {
        {
            let mut matches = self.matches.write();
            if matches.contains_key(&open.key()) {
                return Err(OpenError::AlreadyOpen(open.key()));
            }
            if matches.len() >= matches_max {
                return Err(OpenError::TooMany(matches.len()));
            }
            matches.insert(open.key(), open);
        }
        self.refresh();
        Ok(())
    }

    /// Forgets a match.
    pub(crate) fn remove(&self, key: &MatchKey) {
        let removed = self.matches.write().remove(key);
        if let Some(open) = removed {
            open.close();
        }
        self.refresh();
    }

    /// A match, if it is open.
    pub(crate) fn get(&self, key: &MatchKey) -> Option<Arc<OpenMatch>> {
        self.matches.read().get(key).cloned()
    }

    /// The list and its changes.
    pub(crate) fn follow(&self) -> watch::Receiver<Arc<Vec<MatchSummary>>> {
        self.list.subscribe()
    }

    /// The list, newest first, made now.
    pub(crate) fn summaries(&self) -> Vec<MatchSummary> {
        let mut all: Vec<_> = self.matches.read().values().map(|open| open.summary()).collect();
        all.sort_by_key(|summary| std::cmp::Reverse((summary.created_at_ms, summary.match_id)));
        all
    }

    /// Makes the list anew for those who follow it.
    pub(crate) fn refresh(&self) {
        let _one_at_a_time = self.refreshing.lock();
        self.list.send_replace(Arc::new(self.summaries()));
    }
}

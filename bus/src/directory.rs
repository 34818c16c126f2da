//! The bus: all open matches, and the list of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use protocol::cosign::Cosignature;
use protocol::directory::{MatchDetail, MatchSummary, PlayerInfo};
use protocol::{MatchKey, SessionKey};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::watch;

use crate::channel::{Channel, Tap};
use crate::{
    CosignError, Frame, InputEnvelope, InputQueue, MatchPublisher, Offers, SubmitError, Subscription,
};

/// How much the bus may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BusLimits {
    /// Matches open at once, settled ones included until they are removed.
    pub matches_max: usize,
    /// Inputs waiting for one tick worker.
    pub inputs_per_match: usize,
    /// Frames kept and in flight per match. At a keyframe a second two seconds are 120.
    pub frames_per_match: usize,
    /// Events in flight per match.
    pub events_per_match: usize,
}

impl Default for BusLimits {
    fn default() -> Self {
        // 1,024 inputs: 100 warriors at 10 changes a second for one second. 256 events: more than the payouts and
        // the last checkpoints of a Siege together.
        Self {
            matches_max: 4096,
            inputs_per_match: 1024,
            frames_per_match: 256,
            events_per_match: 256,
        }
    }
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

/// The meeting place of crank and relays. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bus {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    limits: BusLimits,
    matches: RwLock<HashMap<MatchKey, Arc<Channel>>>,
    directory: watch::Sender<Arc<Vec<MatchSummary>>>,
    /// Held while the list is made, so that an older list never follows a newer one.
    refreshing: Mutex<()>,
}

impl Default for Bus {
    fn default() -> Self {
        Self::new(BusLimits::default())
    }
}

impl Bus {
    /// An empty bus.
    pub fn new(limits: BusLimits) -> Self {
        let (directory, _) = watch::channel(Arc::default());
        let matches = RwLock::default();
        Self {
            inner: Arc::new(Inner {
                limits,
                matches,
                directory,
                refreshing: Mutex::new(()),
            }),
        }
    }

    /// Opens a match: from now on it is listed and can be followed.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_match(&self, detail: MatchDetail) -> Result<(MatchPublisher, InputQueue), OpenError> {
        let key = detail.summary.match_key;
        let (channel, queue) = Channel::new(detail, &self.inner.limits);
        let channel = Arc::new(channel);
        {
            let mut matches = self.inner.matches.write().unwrap_or_else(PoisonError::into_inner);
            if matches.contains_key(&key) {
                return Err(OpenError::AlreadyOpen(key));
            }
            if matches.len() >= self.inner.limits.matches_max {
                return Err(OpenError::TooMany(matches.len()));
            }
            matches.insert(key, channel.clone());
        }
        self.refresh_directory();
        Ok((
            MatchPublisher {
                channel,
                bus: self.clone(),
            },
            queue,
        ))
    }

    /// Forgets a match. Followers' receivers end once the publishers are gone too.
    pub fn remove_match(&self, key: &MatchKey) {
        let removed = self
            .inner
            .matches
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
        if let Some(channel) = removed {
            channel.close();
        }
        self.refresh_directory();
    }

    /// The list of open matches, newest first, and its changes. Ticks in it are as of the last change of any match;
    /// [`Self::summaries`] has them fresh.
    pub fn directory(&self) -> watch::Receiver<Arc<Vec<MatchSummary>>> {
        self.inner.directory.subscribe()
    }

    /// The list of open matches, newest first, made now.
    pub fn summaries(&self) -> Vec<MatchSummary> {
        let matches = self.inner.matches.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = matches.values().map(|channel| channel.summary()).collect();
        drop(matches);
        all.sort_by_key(|summary| std::cmp::Reverse((summary.created_at_ms, summary.match_id)));
        all
    }

    /// Everything about one match, if it is open here.
    pub fn detail(&self, key: &MatchKey) -> Option<Arc<MatchDetail>> {
        Some(self.channel(key)?.detail())
    }

    /// The player whose inputs this session key signs in this match.
    pub fn player_of_session(&self, key: &MatchKey, session: &SessionKey) -> Option<PlayerInfo> {
        self.detail(key)?.player_of_session(session).cloned()
    }

    /// Follows a match from here on.
    pub fn subscribe(&self, key: &MatchKey) -> Option<Subscription> {
        Some(self.channel(key)?.subscribe())
    }

    /// All of a match that is needed to repeat it elsewhere.
    pub(crate) fn tap(&self, key: &MatchKey) -> Option<Tap> {
        Some(self.channel(key)?.tap())
    }

    /// The last keyframe of a match, if one was published.
    pub fn latest_keyframe(&self, key: &MatchKey) -> Option<Frame> {
        self.channel(key)?.latest_keyframe()
    }

    /// Hands an input to the tick worker of its match. Never waits.
    ///
    /// # Errors
    /// [`SubmitError`]; the envelope is dropped with it.
    pub fn submit_input(&self, key: &MatchKey, envelope: InputEnvelope) -> Result<(), SubmitError> {
        let channel = self.channel(key).ok_or(SubmitError::UnknownMatch)?;
        channel.inputs.try_send(envelope).map_err(|error| match error {
            TrySendError::Full(_) => SubmitError::Busy,
            TrySendError::Closed(_) => SubmitError::Closed,
        })
    }

    /// The result that is offered to the players of a match, now and from now on.
    pub fn follow_settlement(&self, key: &MatchKey) -> Option<Offers> {
        Some(self.channel(key)?.settlement.follow())
    }

    /// Hands a player's signature under the offer that stands to the crank. Never waits.
    ///
    /// # Errors
    /// [`CosignError`]; the signature goes nowhere then.
    pub fn submit_cosignature(&self, cosignature: Cosignature) -> Result<(), CosignError> {
        let channel = self
            .channel(&cosignature.match_key)
            .ok_or(CosignError::UnknownMatch)?;
        channel.settlement.submit(cosignature)
    }

    pub(crate) fn refresh_directory(&self) {
        let _one_at_a_time = self
            .inner
            .refreshing
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        self.inner.directory.send_replace(Arc::new(self.summaries()));
    }

    fn channel(&self, key: &MatchKey) -> Option<Arc<Channel>> {
        self.inner
            .matches
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned()
    }
}

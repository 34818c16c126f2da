//! The bus: where crank and relays meet.

use std::sync::Arc;

use protocol::cosign::Cosignature;
use protocol::directory::{MatchDetail, MatchStatus, MatchSummary, PlayerInfo};
use protocol::{MatchKey, SessionKey};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::watch;

use crate::directory::{Directory, OpenError};
use crate::frame::Frame;
use crate::input::{InputEnvelope, InputQueue, SubmitError};
use crate::limits::BusLimits;
use crate::open_match::{OpenMatch, Subscription, Tap};
use crate::publisher::MatchPublisher;
use crate::settlement::{CosignError, Offers};

/// The meeting place of crank and relays. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Bus {
    limits: BusLimits,
    directory: Arc<Directory>,
}

impl Default for Bus {
    fn default() -> Self {
        Self::new(BusLimits::default())
    }
}

impl Bus {
    /// An empty bus.
    pub fn new(limits: BusLimits) -> Self {
        Self {
            limits,
            directory: Arc::default(),
        }
    }

    /// Opens a match: from now on it is listed and can be followed.
    ///
    /// # Errors
    /// [`OpenError`].
    pub fn open_match(&self, detail: MatchDetail) -> Result<(MatchPublisher, InputQueue), OpenError> {
        let (open, queue) = OpenMatch::new(detail, &self.limits);
        let open = Arc::new(open);
        self.directory.open(open.clone(), self.limits.matches_max)?;
        Ok((MatchPublisher::new(open, self.directory.clone()), queue))
    }

    /// Forgets a match. Followers' receivers end once the publishers are gone too.
    pub fn remove_match(&self, key: &MatchKey) {
        self.directory.remove(key);
    }

    /// The list of open matches, newest first, and its changes. Ticks in it are as of the last change of any
    /// match; [`Self::summaries`] has them fresh.
    pub fn directory(&self) -> watch::Receiver<Arc<Vec<MatchSummary>>> {
        self.directory.follow()
    }

    /// The list of open matches, newest first, made now.
    pub fn summaries(&self) -> Vec<MatchSummary> {
        self.directory.summaries()
    }

    /// Everything about one match, if it is open here.
    pub fn detail(&self, key: &MatchKey) -> Option<Arc<MatchDetail>> {
        Some(self.directory.get(key)?.detail())
    }

    /// Whether the match is open here and its battle runs.
    pub fn is_live(&self, key: &MatchKey) -> bool {
        self.directory
            .get(key)
            .is_some_and(|open| open.status() == MatchStatus::Live)
    }

    /// The player whose inputs this session key signs in this match.
    pub fn player_of_session(&self, key: &MatchKey, session: &SessionKey) -> Option<PlayerInfo> {
        self.detail(key)?.player_of_session(session).cloned()
    }

    /// Follows a match from here on.
    pub fn subscribe(&self, key: &MatchKey) -> Option<Subscription> {
        Some(self.directory.get(key)?.subscribe())
    }

    /// All of a match that is needed to repeat it elsewhere.
    pub(crate) fn tap(&self, key: &MatchKey) -> Option<Tap> {
        Some(self.directory.get(key)?.tap())
    }

    /// The last keyframe of a match, if one was published.
    pub fn latest_keyframe(&self, key: &MatchKey) -> Option<Frame> {
        self.directory.get(key)?.latest_keyframe()
    }

    /// Hands an input to the tick worker of its match. Never waits.
    ///
    /// # Errors
    /// [`SubmitError`]; the envelope is dropped with it.
    pub fn submit_input(&self, key: &MatchKey, envelope: InputEnvelope) -> Result<(), SubmitError> {
        let open = self.directory.get(key).ok_or(SubmitError::UnknownMatch)?;
        open.inputs.try_send(envelope).map_err(|error| match error {
            TrySendError::Full(_) => SubmitError::Busy,
            TrySendError::Closed(_) => SubmitError::Closed,
        })
    }

    /// The result that is offered to the players of a match, now and from now on.
    pub fn follow_settlement(&self, key: &MatchKey) -> Option<Offers> {
        Some(self.directory.get(key)?.settlement.follow())
    }

    /// Hands a player's signature under the offer that stands to the crank. Never waits.
    ///
    /// # Errors
    /// [`CosignError`]; the signature goes nowhere then.
    pub fn submit_cosignature(&self, cosignature: Cosignature) -> Result<(), CosignError> {
        let open = self
            .directory
            .get(&cosignature.match_key)
            .ok_or(CosignError::UnknownMatch)?;
        open.settlement.submit(cosignature)
    }
}

//! The crank's end of one open match.

use std::sync::Arc;

use protocol::cosign::SettlementOffer;
use protocol::directory::{MatchDetail, MatchEvent};
use protocol::{MatchKey, Tick};

use crate::directory::Directory;
use crate::frame::Frame;
use crate::open_match::OpenMatch;
use crate::settlement::Cosignatures;

/// The crank's end of one match. Cheap to clone; the tick worker and the chain worker each hold one.
#[derive(Debug, Clone)]
pub struct MatchPublisher {
    open: Arc<OpenMatch>,
    directory: Arc<Directory>,
}

impl MatchPublisher {
    /// For a match that is open in this directory.
    pub(crate) fn new(open: Arc<OpenMatch>, directory: Arc<Directory>) -> Self {
        Self { open, directory }
    }

    /// The match.
    pub fn match_key(&self) -> MatchKey {
        self.open.key()
    }

    /// Publishes one tick. Never waits for readers: for tick threads. Frames come in tick order, the first a
    /// keyframe.
    pub fn publish_frame(&self, frame: Frame) {
        self.open.publish_frame(frame);
    }

    /// Applies the event to the detail and the directory, and tells all followers. Never waits for readers.
    pub fn publish_event(&self, event: MatchEvent) {
        let over = self.open.publish_event(event);
        self.detail_changed(over);
    }

    /// Changes the detail where no event fits, for instance final places or a new start time.
    pub fn update_detail(&self, change: impl FnOnce(&mut MatchDetail)) {
        let over = self.open.update_detail(change);
        self.detail_changed(over);
    }

    /// Asks the players to sign this result, instead of one offered before, until the queue is dropped or the
    /// match is settled, cancelled or voided. The queue brings what they sign. Never waits for readers.
    pub fn offer_settlement(&self, offer: SettlementOffer) -> Cosignatures {
        self.open.settlement.offer(offer)
    }

    fn detail_changed(&self, over: bool) {
        if over {
            self.open.settlement.withdraw(None);
        }
        self.directory.refresh();
    }

    /// The detail as it stands.
    pub fn detail(&self) -> Arc<MatchDetail> {
        self.open.detail()
    }
}

/// For a mirror, which publishes what another bus tells it.
impl MatchPublisher {
    /// Publishes a keyframe that does not continue what was published: what is kept begins with it.
    pub(crate) fn publish_jump(&self, keyframe: Frame) {
        self.open.publish_jump(keyframe);
    }

    /// Where the match stands, as long as no frames say so.
    pub(crate) fn set_tick(&self, tick: Tick) {
        self.open.set_tick(tick);
    }

    /// Replaces the detail; `events` are what followers are told of the difference.
    pub(crate) fn replace_detail(&self, detail: MatchDetail, events: Vec<MatchEvent>) {
        let over = self.open.replace_detail(detail, events);
        self.detail_changed(over);
    }

    /// Receivers of frames.
    pub(crate) fn followers(&self) -> usize {
        self.open.followers()
    }

    /// Until somebody has begun to follow since the last time; cancel safe. For one waiter.
    pub(crate) async fn follower_came(&self) {
        self.open.follower_came().await;
    }

    /// Forgets the frames kept, because those to come will not continue them, unless somebody follows.
    /// Whether it did.
    pub(crate) fn forget_frames(&self) -> bool {
        self.open.forget_frames()
    }
}

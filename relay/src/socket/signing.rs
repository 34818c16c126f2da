//! The result that a playing socket is asked to sign.
//!
//! Spectators are not asked. The relay verifies what comes back, so that the crank's queue holds nothing but
//! signatures of players; the crank verifies again, because it does not rely on the relay.

use std::sync::Arc;
use std::time::Instant;

use bus::{Bus, Offers};
use protocol::codes::CosignRefusal;
use protocol::cosign::{Cosignature, SettlementOffer};
use protocol::directory::PlayerInfo;
use protocol::{MatchKey, PlayerSlot, WalletKey};

use crate::limits::bucket::Bucket;
use crate::limits::once::OncePerSecond;

/// Signatures of one socket a second, on average: one for each offer is what an honest client sends.
const PER_SECOND: u32 = 1;
/// The same at once: an offer that is replaced a few times, and a client that asks again while the crank is
/// busy.
const BURST: u32 = 8;

/// What a player is asked to sign.
pub(super) struct Signing {
    match_key: MatchKey,
    slot: PlayerSlot,
    wallet: WalletKey,
    bus: Bus,
    offers: Offers,
    bucket: Bucket,
    /// What was handed to the crank: the same again is acked and goes no further.
    taken: Option<Cosignature>,
    flood: OncePerSecond,
}

impl Signing {
    /// None if the match is not open any more.
    pub(super) fn new(match_key: MatchKey, player: &PlayerInfo, bus: &Bus) -> Option<Self> {
        let mut offers = bus.follow_settlement(&match_key)?;
        // An offer that stands already is as new to this socket as one to come.
        offers.mark_changed();
        Some(Self {
            match_key,
            slot: player.slot,
            wallet: player.wallet,
            bus: bus.clone(),
            offers,
            bucket: Bucket::new(PER_SECOND, BURST, Instant::now()),
            taken: None,
            flood: OncePerSecond::default(),
        })
    }

    /// The next offer that this socket was not asked about; cancel safe.
    pub(super) async fn next_offer(&mut self) -> Arc<SettlementOffer> {
        loop {
            if self.offers.changed().await.is_err() {
                // The match was removed: nothing will be offered.
                std::future::pending::<()>().await;
            }
            // A withdrawal is nothing to answer.
            if let Some(offer) = self.offers.borrow_and_update().clone() {
                self.taken = None;
                return offer;
            }
        }
    }

    /// Checks a signature and hands it to the crank.
    pub(super) fn submit(&mut self, cosignature: &Cosignature) -> Result<(), CosignRefusal> {
        if cosignature.match_key != self.match_key || cosignature.slot != self.slot {
            return Err(CosignRefusal::NotAuthenticated);
        }
        if !self.bucket.take(1.0, Instant::now()) {
            return Err(CosignRefusal::RateLimited);
        }
        let offer = self.offers.borrow().clone().ok_or(CosignRefusal::NoOffer)?;
        if cosignature.expires_slot != offer.expires_slot {
            return Err(CosignRefusal::StaleOffer);
        }
        if self.taken.as_ref() == Some(cosignature) {
            return Ok(());
        }
        // Before the start a player may have left, or have registered another key.
        let detail = self.bus.detail(&self.match_key).ok_or(CosignRefusal::NoOffer)?;
        let player = detail
            .player_in(self.slot)
            .filter(|player| player.wallet == self.wallet)
            .ok_or(CosignRefusal::NotAuthenticated)?;
        if !offer.is_signed_by(&player.session, &cosignature.signature) {
            return Err(CosignRefusal::BadSignature);
        }
        self.bus.submit_cosignature(*cosignature)?;
        self.taken = Some(*cosignature);
        Ok(())
    }

    pub(super) fn flag_for(&mut self, reason: CosignRefusal) -> Option<&'static str> {
        match reason {
            CosignRefusal::BadSignature => Some("bad_signature"),
            CosignRefusal::RateLimited => self.flood.allows(Instant::now()).then_some("cosign_rate"),
            CosignRefusal::NotAuthenticated
            | CosignRefusal::NoOffer
            | CosignRefusal::StaleOffer
            | CosignRefusal::Busy => None,
        }
    }
}

//! The result that is offered here, as long as it is offered by the crank.

use std::sync::Arc;

use protocol::cosign::SettlementOffer;
use tokio::task::AbortHandle;

use crate::bridge::game::Game;
use crate::bridge::mirror::forward;
use crate::publisher::MatchPublisher;

/// At most one offer, and the task that brings its signatures to the crank. Dropping it withdraws the offer.
pub(super) struct Offering {
    publisher: MatchPublisher,
    game: Game,
    relay: Arc<str>,
    stands: Option<Offered>,
}

struct Offered {
    /// Of the owner who offers it: signatures that another owner asked for do not count here.
    token: u64,
    offer: SettlementOffer,
    forwarding: AbortHandle,
}

impl Offering {
    /// Nothing is offered yet.
    pub(super) fn new(publisher: MatchPublisher, game: Game, relay: Arc<str>) -> Self {
        Self {
            publisher,
            game,
            relay,
            stands: None,
        }
    }

    /// The owner with this token offers this, as far as the state says: what stands already is not offered
    /// again.
    pub(super) fn set(&mut self, token: u64, offer: Option<SettlementOffer>) {
        let stands = self.stands.as_ref().map(|stands| (stands.token, &stands.offer));
        if stands != offer.as_ref().map(|offer| (token, offer)) {
            self.replace(token, offer);
        }
    }

    /// The owner with this token offers this from now on, or nothing.
    pub(super) fn replace(&mut self, token: u64, offer: Option<SettlementOffer>) {
        let Some(offer) = offer else {
            return self.withdraw();
        };
        let collected = self.publisher.offer_settlement(offer.clone());
        let forwarding = forward::cosignatures(self.game.clone(), self.relay.clone(), collected);
        // What was signed of the one before goes its way: its queue ends by itself.
        self.stands = Some(Offered {
            token,
            offer,
            forwarding: tokio::spawn(forwarding).abort_handle(),
        });
    }

    fn withdraw(&mut self) {
        if let Some(stands) = self.stands.take() {
            stands.forwarding.abort();
        }
    }
}

impl Drop for Offering {
    fn drop(&mut self) {
        self.withdraw();
    }
}

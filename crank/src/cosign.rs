//! Settling without waiting: the result of a match is offered to its players, and their signatures are
//! collected.
//!
//! [`Offering`] puts the offer on the bus; [`Offering::collect`] ends with all signatures, or with what is
//! missing when the time for it is over. Invariants: a signature counts only if it verifies here against the
//! session key that is registered on chain; an offering that ends, or is dropped, takes the offer off the
//! bus, and the challenge window applies.
//!
//! Nothing is kept on disk: after a restart the match is offered again, and players who are connected sign
//! again. Deliberately absent: sending the signatures to the chain.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use arena::State;
use bus::{Cosignatures, MatchPublisher};
use protocol::cosign::{Cosignature, SettlementOffer};
use protocol::directory::PlayerInfo;
use protocol::{Cluster, PlayerSlot, PublicKey, SessionKey, Signature};

/// How long a signature holds, from the slot of the offer: for [`PATIENCE`] and for the transactions after
/// it.
pub const WINDOW: Duration = Duration::from_secs(60);

/// How long signatures are waited for. A client that is connected answers within a second or two, once the
/// last checkpoint is on chain; whoever has left holds up the others no longer than this.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// For what an offer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Genesis hash of the chain.
    pub cluster: Cluster,
    /// The program.
    pub program: PublicKey,
    /// The slot of the chain at the time of the offer.
    pub slot: u64,
    /// Slots from there in which signatures count; see [`WINDOW`].
    pub window_slots: u64,
}

/// Why a result cannot be offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OfferError {
    /// The bytes are no state: a defect.
    #[error("the final state cannot be read: {0}")]
    State(arena::ArenaError),
    /// The arena has not come to its end.
    #[error("the match has not ended: it stands at tick {0}")]
    Running(u32),
    /// A player's session key is not known here, so their signature could not be verified.
    #[error("the session key of the player in slot {0} is not known")]
    UnknownSession(PlayerSlot),
}

/// All signatures under a result: what the program settles at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// The last slot in which the program takes them.
    pub expires_slot: u64,
    /// One for each player who was admitted, by slot, with the session key it is of.
    pub signatures: Vec<(PlayerSlot, SessionKey, Signature)>,
}

impl Cosigned {
    /// The signature of the player in a slot, and its key.
    pub fn of(&self, slot: u8) -> Option<(SessionKey, Signature)> {
        self.signatures
            .iter()
            .find(|(signer, ..)| signer.0 == slot)
            .map(|(_, session, signature)| (*session, *signature))
    }
}

/// How collecting ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Everybody signed.
    Complete(Cosigned),
    /// The time is over: the challenge window applies.
    Incomplete {
        /// Who did not sign.
        missing: Vec<PlayerSlot>,
    },
    /// Another offer replaced it, or the match is over.
    Withdrawn,
}

/// What became of one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is one of those that are needed.
    Counted,
    /// This player has signed already.
    Known,
    /// It is for another match, or for an earlier offer.
    Other,
    /// Nobody who was admitted has this slot.
    Stranger,
    /// It is not the session key's over this offer.
    Forged,
}

/// The signatures under one offer: who has to sign, and who has. Pure.
#[derive(Debug)]
pub struct Collection {
    offer: SettlementOffer,
    signers: BTreeMap<PlayerSlot, SessionKey>,
    signed: BTreeMap<PlayerSlot, Signature>,
}

impl Collection {
    /// Nobody has signed yet. The signers are the owners of the warriors that are in the state, dead or
    /// alive: late entries that were never admitted get their stake back and have no part in the result.
    ///
    /// # Errors
    /// [`OfferError`] when the state is not the end of a match of `players`.
    pub fn new(offer: SettlementOffer, players: &[PlayerInfo]) -> Result<Self, OfferError> {
        let state = State::from_bytes(&offer.final_state).map_err(OfferError::State)?;
        if !state.ended() {
            return Err(OfferError::Running(state.tick()));
        }
        let owners: BTreeSet<PlayerSlot> = state
            .warriors()
            .iter()
            .map(|warrior| PlayerSlot(warrior.owner()))
            .collect();
        let session_of = |slot: PlayerSlot| {
            let player = players.iter().find(|player| player.slot == slot);
            player
                .map(|player| (slot, player.session))
                .ok_or(OfferError::UnknownSession(slot))
        };
        let signers = owners.into_iter().map(session_of).collect::<Result<_, _>>()?;
        Ok(Self {
            offer,
            signers,
            signed: BTreeMap::new(),
        })
    }

    /// What is signed.
    pub fn offer(&self) -> &SettlementOffer {
        &self.offer
    }

    /// Takes a signature if it is good.
    pub fn take(&mut self, cosignature: &Cosignature) -> Taken {
        let Cosignature {
            match_key,
            slot,
            expires_slot,
            signature,
        } = cosignature;
        if *match_key != self.offer.match_key || *expires_slot != self.offer.expires_slot {
            return Taken::Other;
        }
        let Some(session) = self.signers.get(slot) else {
            return Taken::Stranger;
        };
        if self.signed.contains_key(slot) {
            return Taken::Known;
        }
        if !self.offer.is_signed_by(session, signature) {
            return Taken::Forged;
        }
        self.signed.insert(*slot, *signature);
        Taken::Counted
    }

    /// Who has not signed.
    pub fn missing(&self) -> Vec<PlayerSlot> {
        let open = |slot: &&PlayerSlot| !self.signed.contains_key(slot);
        self.signers.keys().filter(open).copied().collect()
    }

    /// All signatures, once nobody is missing.
    pub fn complete(&self) -> Option<Cosigned> {
        (self.signed.len() == self.signers.len()).then(|| Cosigned {
            expires_slot: self.offer.expires_slot,
            signatures: self
                .signers
                .iter()
                .filter_map(|(slot, session)| Some((*slot, *session, *self.signed.get(slot)?)))
                .collect(),
        })
    }
}

/// A result that is offered on the bus, for as long as this lives.
#[derive(Debug)]
pub struct Offering {
    queue: Cosignatures,
    collection: Collection,
}

impl Offering {
    /// Offers the final state of the match to its players, in place of what was offered before. Right after
    /// the match has ended: the players are still connected.
    ///
    /// # Errors
    /// [`OfferError`]: nothing was offered.
    pub fn begin(
        publisher: &MatchPublisher,
        final_state: Vec<u8>,
        players: &[PlayerInfo],
        terms: Terms,
    ) -> Result<Self, OfferError> {
        let offer = SettlementOffer {
            match_key: publisher.match_key(),
            final_state,
            expires_slot: terms.slot.saturating_add(terms.window_slots),
            cluster: terms.cluster,
            program: terms.program,
        };
        let collection = Collection::new(offer.clone(), players)?;
        let queue = publisher.offer_settlement(offer);
        Ok(Self { queue, collection })
    }

    /// Waits for all signatures, at most `patience`. For a task of its own: it ends by itself.
    pub async fn collect(mut self, patience: Duration) -> Outcome {
        match tokio::time::timeout(patience, self.receive()).await {
            Ok(Some(cosigned)) => Outcome::Complete(cosigned),
            Ok(None) => Outcome::Withdrawn,
            Err(_) => Outcome::Incomplete {
                missing: self.collection.missing(),
            },
        }
    }

    /// All signatures; none when the queue ends before. Cancel safe.
    async fn receive(&mut self) -> Option<Cosigned> {
        loop {
            if let Some(cosigned) = self.collection.complete() {
                return Some(cosigned);
            }
            let cosignature = self.queue.next().await?;
            let taken = self.collection.take(&cosignature);
            if !matches!(taken, Taken::Counted | Taken::Known) {
                // Relays verify: this is a relay's defect, or a player who entered and was never admitted.
                tracing::debug!(match_key = %cosignature.match_key, slot = %cosignature.slot, ?taken, "a signature does not count");
            }
        }
    }
}

#[cfg(test)]
#[path = "cosign_tests.rs"]
mod tests;

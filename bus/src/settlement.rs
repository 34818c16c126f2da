//! The result of a match on its way to its players, and their agreement on its way back.
//!
//! A match has at most one offer. It is kept, so that whoever plays later, or again, gets it. Invariant: a
//! queue of signatures belongs to one offer. The offer stands as long as somebody holds the queue; a new
//! offer and the end of the match close it.

use std::sync::Arc;

use parking_lot::{Mutex, MutexGuard};
use protocol::codes::CosignRefusal;
use protocol::cosign::{Cosignature, SettlementOffer};
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};

/// Signatures that wait for the crank: a few for each player of a Siege.
const COSIGNATURES_MAX: usize = 256;

/// What a relay watches: the offer as it stands, none before the end and after a withdrawal.
pub type Offers = watch::Receiver<Option<Arc<SettlementOffer>>>;

/// Why a signature did not reach the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CosignError {
    /// No such match is open here.
    #[error("the match is not open here")]
    UnknownMatch,
    /// Nothing is offered, or nobody collects signatures any more.
    #[error("no result of this match is offered")]
    NoOffer,
    /// It is for another offer than the one that stands.
    #[error("another offer holds now")]
    StaleOffer,
    /// The queue is full.
    #[error("the queue of signatures is full")]
    Busy,
}

impl From<CosignError> for CosignRefusal {
    fn from(error: CosignError) -> Self {
        match error {
            CosignError::UnknownMatch | CosignError::NoOffer => Self::NoOffer,
            CosignError::StaleOffer => Self::StaleOffer,
            CosignError::Busy => Self::Busy,
        }
    }
}

/// The crank's end of one offer. One owner; dropping it withdraws the offer, unless another stands by then.
#[derive(Debug)]
pub struct Cosignatures {
    settlement: Arc<Settlement>,
    offer: Arc<SettlementOffer>,
    receiver: mpsc::Receiver<Cosignature>,
}

impl Cosignatures {
    /// What is signed.
    pub fn offer(&self) -> &SettlementOffer {
        &self.offer
    }

    /// The next signature, waiting for one; none once the offer was replaced, or the match is over, and the
    /// queue is empty. A relay verified it, which the crank does not rely on. Cancel safe.
    pub async fn next(&mut self) -> Option<Cosignature> {
        self.receiver.recv().await
    }

    /// The next signature if one waits.
    pub fn try_next(&mut self) -> Option<Cosignature> {
        self.receiver.try_recv().ok()
    }
}

impl Drop for Cosignatures {
    fn drop(&mut self) {
        self.settlement.withdraw(Some(&self.offer));
    }
}

/// The offer of one match.
#[derive(Debug)]
pub(crate) struct Settlement {
    standing: watch::Sender<Option<Arc<SettlementOffer>>>,
    /// Of the offer that stands. Changed together with it, under this lock.
    queue: Mutex<Option<mpsc::Sender<Cosignature>>>,
}

impl Settlement {
    pub(crate) fn new() -> Self {
        Self {
            standing: watch::Sender::new(None),
            queue: Mutex::new(None),
        }
    }

    pub(crate) fn offer(self: &Arc<Self>, offer: SettlementOffer) -> Cosignatures {
        let offer = Arc::new(offer);
        let (sender, receiver) = mpsc::channel(COSIGNATURES_MAX);
        let mut queue = self.lock();
        *queue = Some(sender);
        self.standing.send_replace(Some(offer.clone()));
        Cosignatures {
            settlement: self.clone(),
            offer,
            receiver,
        }
    }

    /// Offers this no more, or whatever stands. Followers are told if that changes anything.
    pub(crate) fn withdraw(&self, only: Option<&Arc<SettlementOffer>>) {
        let mut queue = self.lock();
        let withdrawn = self.standing.send_if_modified(|standing| {
            let meant = |stands: &mut Arc<SettlementOffer>| only.is_none_or(|only| Arc::ptr_eq(only, stands));
            standing.take_if(meant).is_some()
        });
        if withdrawn {
            *queue = None;
        }
    }

    pub(crate) fn follow(&self) -> Offers {
        self.standing.subscribe()
    }

    pub(crate) fn submit(&self, cosignature: Cosignature) -> Result<(), CosignError> {
        let queue = self.lock();
        let (Some(queue), Some(offer)) = (queue.as_ref(), self.standing.borrow().clone()) else {
            return Err(CosignError::NoOffer);
        };
        if cosignature.expires_slot != offer.expires_slot {
            return Err(CosignError::StaleOffer);
        }
        queue.try_send(cosignature).map_err(|error| match error {
            TrySendError::Full(_) => CosignError::Busy,
            TrySendError::Closed(_) => CosignError::NoOffer,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Option<mpsc::Sender<Cosignature>>> {
        self.queue.lock()
    }
}

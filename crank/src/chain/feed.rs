//! What changes on chain: the match accounts of our operators, and the slot.
//!
//! A [`ChainFeed`] may repeat itself, be late, or skip states in between; it must not stay silent about a change for
//! longer than its poll interval. [`RpcFeed`] follows subscriptions, reads everything again after each gap in them, and
//! polls besides, because a subscription with filters says nothing about accounts that were closed.

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use client::pubsub::{Notice, PubSub, Subscription, Topic};
use client::rpc::RpcPool;
use client::view::fetch;
use client::Error;
use solana_account::Account;
use tokio::sync::{mpsc, watch};
use tokio::time::MissedTickBehavior;

/// Events waiting to be taken.
const EVENTS_MAX: usize = 1_024;

/// `getMultipleAccounts` refuses more.
const ACCOUNTS_PER_REQUEST: usize = 100;

/// A change, or a reading without one.
#[derive(Clone, Debug)]
pub enum FeedEvent {
    /// The newest slot.
    Slot(u64),
    /// A match account, as of a slot.
    Account {
        /// Which.
        key: Pubkey,
        /// The slot of the reading.
        slot: u64,
        /// What is there; `None`: nothing.
        account: Option<Account>,
    },
}

/// A source of changes.
#[async_trait::async_trait]
pub trait ChainFeed: Send {
    /// The next event; `None` when the source has ended for good.
    async fn next(&mut self) -> Option<FeedEvent>;

    /// Says which accounts matter; replaces what was said before.
    fn watch(&self, keys: Vec<Pubkey>);
}

/// Subscriptions with polling as the fallback.
#[derive(Debug)]
pub struct RpcFeed {
    events: mpsc::Receiver<FeedEvent>,
    watched: watch::Sender<Vec<Pubkey>>,
}

impl RpcFeed {
    /// Starts following the matches of `operators`. Without `pubsub` it only polls.
    pub fn start(
        rpc: RpcPool,
        pubsub: Option<PubSub>,
        operators: Vec<Pubkey>,
        poll_interval: Duration,
    ) -> Self {
        let (events_in, events) = mpsc::channel(EVENTS_MAX);
        let (watched, keys) = watch::channel(Vec::new());
        let follower = Follower {
            rpc: rpc.clone(),
            events: events_in.clone(),
            keys,
        };
        if let Some(pubsub) = pubsub {
            for operator in operators {
                tokio::spawn(follower.clone().follow_matches(pubsub.clone(), operator));
            }
            tokio::spawn(follow_slots(pubsub, events_in));
        }
        tokio::spawn(follower.poll(poll_interval));
        Self { events, watched }
    }
}

#[async_trait::async_trait]
impl ChainFeed for RpcFeed {
    async fn next(&mut self) -> Option<FeedEvent> {
        self.events.recv().await
    }

    fn watch(&self, keys: Vec<Pubkey>) {
        self.watched.send_replace(keys);
    }
}

/// The crank no longer listens.
struct Unheard;

#[derive(Clone)]
struct Follower {
    rpc: RpcPool,
    events: mpsc::Sender<FeedEvent>,
    keys: watch::Receiver<Vec<Pubkey>>,
}

impl Follower {
    /// Reads everything that is watched, again and again.
    async fn poll(self, interval: Duration) {
        let mut ticker = tokio::time::interval(interval);
        ticker.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticker.tick().await;
            match self.read_all().await {
                Ok(Ok(())) => {}
                Ok(Err(Unheard)) => return,
                Err(error) => {
                    metrics::counter!("aurelius_rpc_errors_total", "request" => "poll").increment(1);
                    tracing::warn!(%error, "the chain could not be read; trying again");
                }
            }
        }
    }

    async fn read_all(&self) -> Result<Result<(), Unheard>, Error> {
        if self.tell(FeedEvent::Slot(self.rpc.slot().await?)).await.is_err() {
            return Ok(Err(Unheard));
        }
        let keys = self.keys.borrow().clone();
        for chunk in keys.chunks(ACCOUNTS_PER_REQUEST) {
            let commitment = self.rpc.commitment();
            let answer = self
                .rpc
                .raw()
                .get_multiple_accounts_with_commitment(chunk, commitment)
                .await?;
            let slot = answer.context.slot;
            for (key, account) in chunk.iter().zip(answer.value) {
                if self
                    .tell(FeedEvent::Account {
                        key: *key,
                        slot,
                        account,
                    })
                    .await
                    .is_err()
                {
                    return Ok(Err(Unheard));
                }
            }
        }
        Ok(Ok(()))
    }

    /// Follows one operator's matches for ever.
    async fn follow_matches(self, pubsub: PubSub, operator: Pubkey) {
        let filters = fetch::match_filters(Some(&operator), None);
        let topic = Topic::Program {
            program: client::PROGRAM_ID,
            filters,
        };
        let Ok(mut subscription) = pubsub.subscribe(topic).await else {
            return;
        };
        while let Some(notice) = subscription.next().await {
            let heard = match notice {
                Notice::Account {
                    slot,
                    address,
                    account,
                } => {
                    self.tell(FeedEvent::Account {
                        key: address,
                        slot,
                        account: Some(*account),
                    })
                    .await
                }
                Notice::Resync => match self.read_all().await {
                    Ok(heard) => heard,
                    Err(error) => {
                        tracing::warn!(%error, "the chain could not be read after a gap; polling will");
                        Ok(())
                    }
                },
                Notice::Refused { reason } => {
                    tracing::warn!(%reason, "the endpoint offers no program subscriptions: polling instead");
                    return;
                }
                Notice::Signature { .. } | Notice::Slot { .. } => Ok(()),
            };
            if heard.is_err() {
                return;
            }
        }
    }

    async fn tell(&self, event: FeedEvent) -> Result<(), Unheard> {
        self.events.send(event).await.map_err(|_| Unheard)
    }
}

async fn follow_slots(pubsub: PubSub, events: mpsc::Sender<FeedEvent>) {
    let subscribed: Result<Subscription, _> = pubsub.subscribe(Topic::Slot).await;
    let Ok(mut subscription) = subscribed else {
        return;
    };
    while let Some(notice) = subscription.next().await {
        // A slot that finds no room is followed by another one.
        if let Notice::Slot { slot, .. } = notice {
            if let Err(mpsc::error::TrySendError::Closed(_)) = events.try_send(FeedEvent::Slot(slot)) {
                return;
            }
        }
    }
}

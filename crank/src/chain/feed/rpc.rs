//! Polling, and subscriptions over WebSocket.
//!
//! Everything that is watched is read again after each gap in the subscriptions, and polled as well, because
//! a subscription with filters says nothing about accounts that were closed. While a gRPC stream works the
//! subscriptions end, and polling is left to find what the stream cannot say.

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use client::pubsub::{Notice, PubSub, Subscription, Topic};
use client::rpc::RpcPool;
use client::view::fetch;
use client::Error;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::event::FeedEvent;

/// `getMultipleAccounts` refuses more.
const ACCOUNTS_PER_REQUEST: usize = 100;

/// How much seldomer is polled while a gRPC stream works, and how seldom at most.
const RELIEF: u32 = 10;
const RELIEVED_INTERVAL_MAX: Duration = Duration::from_secs(20);

/// The crank no longer listens.
pub(super) struct Unheard;

#[derive(Clone)]
pub(super) struct Follower {
    pub(super) rpc: RpcPool,
    pub(super) events: mpsc::Sender<FeedEvent>,
    pub(super) keys: watch::Receiver<Vec<Pubkey>>,
}

impl Follower {
    /// Reads everything that is watched, again and again, and at once when a gRPC stream comes or goes.
    pub(super) async fn poll(self, interval: Duration, mut streaming: watch::Receiver<bool>) {
        loop {
            match self.read_all().await {
                Ok(Ok(())) => {}
                Ok(Err(Unheard)) => return,
                Err(error) => {
                    metrics::counter!("aurelius_rpc_errors_total", "request" => "poll").increment(1);
                    tracing::warn!(%error, "the chain could not be read; trying again");
                }
            }
            let wait = match *streaming.borrow_and_update() {
                true => interval
                    .saturating_mul(RELIEF)
                    .min(RELIEVED_INTERVAL_MAX.max(interval)),
                false => interval,
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = changed(&mut streaming) => {}
                () = self.events.closed() => return,
            }
        }
    }

    /// Reads everything that is watched, once.
    pub(super) async fn read_all(&self) -> Result<Result<(), Unheard>, Error> {
        if self.tell(FeedEvent::Slot(self.rpc.slot().await?)).await.is_err() {
            return Ok(Err(Unheard));
        }
        let keys = self.keys.borrow().clone();
        for chunk in keys.chunks(ACCOUNTS_PER_REQUEST) {
            let (slot, accounts) = self.rpc.accounts_with_slot(chunk).await?;
            for (key, account) in chunk.iter().zip(accounts) {
                let reading = FeedEvent::Account {
                    key: *key,
                    slot,
                    account,
                };
                if self.tell(reading).await.is_err() {
                    return Ok(Err(Unheard));
                }
            }
        }
        Ok(Ok(()))
    }

    /// As [`Self::read_all`], after a gap. What cannot be read now is left to polling.
    pub(super) async fn catch_up(&self) -> Result<(), Unheard> {
        match self.read_all().await {
            Ok(heard) => heard,
            Err(error) => {
                tracing::warn!(%error, "the chain could not be read after a gap; polling will");
                Ok(())
            }
        }
    }

    pub(super) async fn tell(&self, event: FeedEvent) -> Result<(), Unheard> {
        self.events.send(event).await.map_err(|_| Unheard)
    }

    /// A slot that finds no room is followed by another one.
    pub(super) fn tell_slot(&self, slot: u64) -> Result<(), Unheard> {
        match self.events.try_send(FeedEvent::Slot(slot)) {
            Err(mpsc::error::TrySendError::Closed(_)) => Err(Unheard),
            _ => Ok(()),
        }
    }

    /// Keeps subscriptions while no gRPC stream works. Ends with the feed.
    pub(super) async fn subscribe(
        self,
        pubsub: PubSub,
        operators: Vec<Pubkey>,
        mut streaming: watch::Receiver<bool>,
    ) {
        loop {
            // Ends with what is in it.
            let mut subscriptions = JoinSet::new();
            if !*streaming.borrow_and_update() {
                for operator in &operators {
                    subscriptions.spawn(self.clone().follow_matches(pubsub.clone(), *operator));
                }
                subscriptions.spawn(self.clone().follow_slots(pubsub.clone()));
            }
            tokio::select! {
                () = changed(&mut streaming) => {}
                () = self.events.closed() => return,
            }
        }
    }

    /// Follows one operator's matches until nobody listens.
    async fn follow_matches(self, pubsub: PubSub, operator: Pubkey) {
        let topic = Topic::Program {
            program: client::PROGRAM_ID,
            filters: fetch::match_filters(Some(&operator), None),
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
                    let reading = FeedEvent::Account {
                        key: address,
                        slot,
                        account: Some(*account),
                    };
                    self.tell(reading).await
                }
                Notice::Resync => self.catch_up().await,
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

    async fn follow_slots(self, pubsub: PubSub) {
        let subscribed: Result<Subscription, _> = pubsub.subscribe(Topic::Slot).await;
        let Ok(mut subscription) = subscribed else {
            return;
        };
        while let Some(notice) = subscription.next().await {
            if let Notice::Slot { slot, .. } = notice {
                if self.tell_slot(slot).is_err() {
                    return;
                }
            }
        }
    }
}

/// Waits for a gRPC stream to come or go; for ever where there is none.
async fn changed(streaming: &mut watch::Receiver<bool>) {
    if streaming.changed().await.is_err() {
        std::future::pending().await
    }
}

//! What changes on chain: the match accounts of our operators, and the slot.
//!
//! A [`ChainFeed`] may repeat itself, be late, tell an older state after a newer one (each reading names its
//! slot), or skip states in between; it must not stay silent about a change for longer than its longest poll
//! interval.
//!
//! | room | what it owns |
//! |---|---|
//! | [`rpc`] | polling and PubSub |
//! | [`geyser`] | yellowstone gRPC, and when it stands in for the others |

mod event;
mod geyser;
mod rpc;

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use client::geyser::GeyserConfig;
use client::pubsub::PubSub;
use client::rpc::RpcPool;
use tokio::sync::{mpsc, watch};

pub use event::FeedEvent;
use rpc::Follower;

use crate::guard;

/// Events waiting to be taken.
const EVENTS_MAX: usize = 1_024;

/// A source of changes.
#[async_trait::async_trait]
pub trait ChainFeed: Send {
    /// The next event; `None` when the source has ended for good.
    async fn next(&mut self) -> Option<FeedEvent>;

    /// Says which accounts matter; replaces what was said before.
    fn watch(&self, keys: Vec<Pubkey>);
}

/// Where changes come from.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Reads, always needed.
    pub rpc: RpcPool,
    /// Subscriptions over WebSocket; without them it polls only.
    pub pubsub: Option<PubSub>,
    /// Yellowstone gRPC, used instead of the subscriptions while it works.
    pub geyser: Option<GeyserConfig>,
    /// Time between readings while no gRPC stream works.
    pub poll_interval: Duration,
}

/// The feed of a crank: gRPC while it works, subscriptions and polling otherwise, everything read again after
/// each gap.
#[derive(Debug)]
pub struct Feed {
    events: mpsc::Receiver<FeedEvent>,
    watched: watch::Sender<Vec<Pubkey>>,
}

impl Feed {
    /// Starts following the matches of `operators`. Ends when it is dropped.
    pub fn start(sources: Sources, operators: Vec<Pubkey>) -> Self {
        let (events_in, events) = mpsc::channel(EVENTS_MAX);
        let (watched, keys) = watch::channel(Vec::new());
        let (streaming_in, streaming) = watch::channel(false);
        let follower = Follower {
            rpc: sources.rpc,
            events: events_in,
            keys,
        };
        if let Some(pubsub) = sources.pubsub {
            let (follower, operators) = (follower.clone(), operators.clone());
            let streaming = streaming.clone();
            tokio::spawn(guard::kept("subscriptions", move || {
                let subscribing = follower.clone();
                subscribing.subscribe(pubsub.clone(), operators.clone(), streaming.clone())
            }));
        }
        if let Some(config) = sources.geyser {
            let follower = follower.clone();
            tokio::spawn(guard::kept("geyser", move || {
                geyser::follow(
                    follower.clone(),
                    config.clone(),
                    operators.clone(),
                    streaming_in.clone(),
                )
            }));
        }
        let interval = sources.poll_interval;
        // Of all that reads the chain this one must not end: it finds what the others miss.
        tokio::spawn(guard::kept("poll", move || {
            follower.clone().poll(interval, streaming.clone())
        }));
        Self { events, watched }
    }
}

#[async_trait::async_trait]
impl ChainFeed for Feed {
    async fn next(&mut self) -> Option<FeedEvent> {
        self.events.recv().await
    }

    fn watch(&self, keys: Vec<Pubkey>) {
        self.watched.send_replace(keys);
    }
}

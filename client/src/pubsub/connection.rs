//! The task behind a [`super::PubSub`]: connect, subscribe, forward, and all over again.

use futures_util::stream::{BoxStream, SelectAll};
use futures_util::StreamExt;
use solana_account_decoder_client_types::{UiAccount, UiAccountEncoding};
use solana_pubsub_client::nonblocking::pubsub_client::{PubsubClient, PubsubClientError};
use solana_rpc_client_api::config::{
    RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcSignatureSubscribeConfig,
};
use solana_rpc_client_api::response::RpcSignatureResult;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{timeout, Instant};

use super::{Notice, PubSubConfig, Topic};
use crate::secret_url::SecretUrl;

/// A wish to be told.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) topic: Topic,
    pub(super) notices: mpsc::Sender<Notice>,
}

/// A subscriber over all connections.
struct Subscriber {
    topic: Topic,
    notices: mpsc::Sender<Notice>,
    /// Notices were lost: `Resync` is due before the next one.
    missed: bool,
    done: bool,
    /// Dropping it ends the stream that feeds this subscriber on the current connection.
    stream_alive: Option<oneshot::Sender<()>>,
}

impl Subscriber {
    /// Never waits: a full queue means this subscriber resynchronises later.
    fn tell(&mut self, notice: Notice) {
        if self.missed && self.notices.try_send(Notice::Resync).is_ok() {
            self.missed = false;
        }
        let last = matches!(notice, Notice::Signature { .. } | Notice::Refused { .. });
        if self.missed || self.notices.try_send(notice).is_err() {
            self.missed = true;
        } else if last {
            self.done = true;
        }
    }

    /// Pays the `Resync` that is due, as soon as there is room.
    fn settle(&mut self) {
        if self.missed && self.notices.try_send(Notice::Resync).is_ok() {
            self.missed = false;
        }
    }

    fn is_over(&self) -> bool {
        self.done || self.notices.is_closed()
    }
}

/// What a connection's streams carry: whose notice, or the end of a stream.
enum Item {
    Notice(u64, Notice),
    /// A slot notice of our own subscription: the connection lives.
    Heartbeat,
    Ended,
}

type Items<'a> = SelectAll<BoxStream<'a, Item>>;

/// Subscribers by number; few enough that order of insertion is all the structure needed.
type Subscribers = std::collections::BTreeMap<u64, Subscriber>;

pub(super) async fn run(config: PubSubConfig, mut requests: mpsc::Receiver<Request>) {
    let mut state = State {
        subscribers: Subscribers::new(),
        next_id: 0,
        requests_open: true,
    };
    let mut attempt = 0;
    while state.is_needed() {
        match timeout(config.connect_timeout, PubsubClient::new(config.url.as_str())).await {
            Ok(Ok(client)) => {
                let connected = Instant::now();
                let ended = serve(&config, &client, &mut requests, &mut state).await;
                let reason = scrub(&config.url, &ended.to_string());
                tracing::debug!(%reason, "subscriptions: connection ended");
                // One that lived a while starts over; one that breaks at once counts as a failed attempt.
                if connected.elapsed() > config.silence_max {
                    attempt = 0;
                }
            }
            Ok(Err(error)) => {
                let error = scrub(&config.url, &error.to_string());
                tracing::debug!(%error, attempt, "subscriptions: no connection");
            }
            Err(_) => tracing::debug!(attempt, "subscriptions: connecting timed out"),
        }
        for subscriber in state.subscribers.values_mut() {
            subscriber.missed = true;
        }
        let wait = tokio::time::sleep(config.backoff.wait(attempt));
        tokio::pin!(wait);
        attempt = attempt.saturating_add(1);
        loop {
            tokio::select! {
                () = &mut wait => break,
                request = requests.recv(), if state.requests_open => { state.take(request); }
            }
        }
        state.subscribers.retain(|_, subscriber| !subscriber.is_over());
    }
}

/// An error's text without the keys of the address.
fn scrub(url: &str, text: &str) -> String {
    match SecretUrl::parse(url, &["ws", "wss"]) {
        Ok(url) => url.scrub(text),
        Err(error) => error.to_string(),
    }
}

struct State {
    subscribers: Subscribers,
    next_id: u64,
    requests_open: bool,
}

impl State {
    fn is_needed(&self) -> bool {
        self.requests_open || !self.subscribers.is_empty()
    }

    fn take(&mut self, request: Option<Request>) -> Option<u64> {
        let Some(Request { topic, notices }) = request else {
            self.requests_open = false;
            return None;
        };
        let id = self.next_id;
        self.next_id += 1;
        self.subscribers.insert(
            id,
            Subscriber {
                topic,
                notices,
                missed: true,
                done: false,
                stream_alive: None,
            },
        );
        Some(id)
    }
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("nobody listens any more")]
    Unneeded,
    #[error("no slot for {0:?}")]
    Silent(std::time::Duration),
    #[error("the endpoint closed the connection")]
    Closed,
    #[error("subscribing took too long")]
    SubscribeTimeout,
    #[error("{0}")]
    Client(#[from] PubsubClientError),
}

async fn serve(
    config: &PubSubConfig,
    client: &PubsubClient,
    requests: &mut mpsc::Receiver<Request>,
    state: &mut State,
) -> Ended {
    match try_serve(config, client, requests, state).await {
        Ok(()) => Ended::Unneeded,
        Err(ended) => ended,
    }
}

async fn try_serve(
    config: &PubSubConfig,
    client: &PubsubClient,
    requests: &mut mpsc::Receiver<Request>,
    state: &mut State,
) -> Result<(), Ended> {
    let mut items: Items<'_> = SelectAll::new();
    items.push(heartbeat(config, client).await?);
    let ids: Vec<u64> = state.subscribers.keys().copied().collect();
    for id in ids {
        subscribe(config, client, state, id, &mut items).await?;
    }
    let mut deadline = Instant::now() + config.silence_max;
    // A subscriber that was full gets its `Resync` even if nothing else happens.
    let mut settle = tokio::time::interval(std::time::Duration::from_millis(250));
    while state.is_needed() {
        tokio::select! {
            item = items.next() => match item {
                Some(Item::Heartbeat) => deadline = Instant::now() + config.silence_max,
                Some(Item::Notice(id, notice)) => {
                    if let Some(subscriber) = state.subscribers.get_mut(&id) {
                        subscriber.tell(notice);
                    }
                }
                Some(Item::Ended) | None => return Err(Ended::Closed),
            },
            request = requests.recv(), if state.requests_open => {
                if let Some(id) = state.take(request) {
                    subscribe(config, client, state, id, &mut items).await?;
                }
            }
            _ = settle.tick() => {
                state.subscribers.values_mut().for_each(Subscriber::settle);
                state.subscribers.retain(|_, subscriber| !subscriber.is_over());
            }
            () = tokio::time::sleep_until(deadline) => return Err(Ended::Silent(config.silence_max)),
        }
    }
    Ok(())
}

async fn heartbeat<'a>(
    config: &PubSubConfig,
    client: &'a PubsubClient,
) -> Result<BoxStream<'a, Item>, Ended> {
    let (stream, _unsubscribe) = timeout(config.connect_timeout, client.slot_subscribe())
        .await
        .map_err(|_| Ended::SubscribeTimeout)??;
    Ok(with_end(stream.map(|_| Item::Heartbeat)))
}

/// Asks for one subscriber's topic. A topic the endpoint refuses ends that subscriber only.
async fn subscribe<'a>(
    config: &PubSubConfig,
    client: &'a PubsubClient,
    state: &mut State,
    id: u64,
    items: &mut Items<'a>,
) -> Result<(), Ended> {
    let Some(subscriber) = state.subscribers.get_mut(&id) else {
        return Ok(());
    };
    let opening = open(config, client, id, &subscriber.topic);
    match timeout(config.connect_timeout, opening).await {
        Err(_) => Err(Ended::SubscribeTimeout),
        Ok(Ok(stream)) => {
            // Ends with the subscriber; that stream's end is no end of the connection.
            let (alive, gone) = oneshot::channel();
            subscriber.stream_alive = Some(alive);
            items.push(stream.take_until(gone).boxed());
            subscriber.settle();
            Ok(())
        }
        Ok(Err(PubsubClientError::SubscribeFailed { reason, .. })) => {
            subscriber.missed = false;
            subscriber.tell(Notice::Refused { reason });
            subscriber.done = true;
            Ok(())
        }
        Ok(Err(error)) => Err(error.into()),
    }
}

async fn open<'a>(
    config: &PubSubConfig,
    client: &'a PubsubClient,
    id: u64,
    topic: &Topic,
) -> Result<BoxStream<'a, Item>, PubsubClientError> {
    let account_config = RpcAccountInfoConfig {
        encoding: Some(UiAccountEncoding::Base64),
        commitment: Some(config.commitment),
        ..RpcAccountInfoConfig::default()
    };
    Ok(match topic {
        Topic::Account(address) => {
            let address = *address;
            let (stream, _unsubscribe) = client.account_subscribe(&address, Some(account_config)).await?;
            with_end(stream.filter_map(move |response| {
                let notice = account_notice(response.context.slot, address, &response.value);
                std::future::ready(notice.map(|notice| Item::Notice(id, notice)))
            }))
        }
        Topic::Program { program, filters } => {
            let config = RpcProgramAccountsConfig {
                filters: Some(filters.clone()),
                account_config,
                ..RpcProgramAccountsConfig::default()
            };
            let (stream, _unsubscribe) = client.program_subscribe(program, Some(config)).await?;
            with_end(stream.filter_map(move |response| {
                let notice = response.value.pubkey.parse().ok().and_then(|address| {
                    account_notice(response.context.slot, address, &response.value.account)
                });
                std::future::ready(notice.map(|notice| Item::Notice(id, notice)))
            }))
        }
        Topic::Signature(signature) => {
            let config = RpcSignatureSubscribeConfig {
                commitment: Some(config.commitment),
                enable_received_notification: Some(false),
            };
            let (stream, _unsubscribe) = client.signature_subscribe(signature, Some(config)).await?;
            with_end(stream.filter_map(move |response| {
                let notice = match response.value {
                    RpcSignatureResult::ProcessedSignature(result) => Some(Notice::Signature {
                        slot: response.context.slot,
                        error: result.err.map(Into::into),
                    }),
                    RpcSignatureResult::ReceivedSignature(_) => None,
                };
                std::future::ready(notice.map(|notice| Item::Notice(id, notice)))
            }))
        }
        Topic::Slot => {
            let (stream, _unsubscribe) = client.slot_subscribe().await?;
            with_end(stream.map(move |info| {
                Item::Notice(
                    id,
                    Notice::Slot {
                        slot: info.slot,
                        parent: info.parent,
                        root: info.root,
                    },
                )
            }))
        }
    })
}

/// The library ends a stream when its connection is gone.
fn with_end<'a>(stream: impl futures_util::Stream<Item = Item> + Send + 'a) -> BoxStream<'a, Item> {
    stream
        .chain(futures_util::stream::once(std::future::ready(Item::Ended)))
        .boxed()
}

fn account_notice(slot: u64, address: anchor_lang::prelude::Pubkey, account: &UiAccount) -> Option<Notice> {
    let account = Box::new(account.decode()?);
    Some(Notice::Account {
        slot,
        address,
        account,
    })
}

//! The task behind a [`super::PubSub`]: connect, subscribe, forward, and all over again.

use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, SelectAll};
use futures_util::StreamExt;
use solana_account::Account;
use solana_account_decoder_client_types::{UiAccount, UiAccountEncoding};
use solana_pubsub_client::nonblocking::pubsub_client::{PubsubClient, PubsubClientError};
use solana_rpc_client_api::config::{
    RpcAccountInfoConfig, RpcProgramAccountsConfig, RpcSignatureSubscribeConfig,
};
use solana_rpc_client_api::response::RpcSignatureResult;
use solana_signature::Signature;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{timeout, Instant};

use super::config::PubSubConfig;
use super::notice::{Notice, Topic};
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
    /// What feeds this subscriber on the current connection.
    feed: Option<Feed>,
}

/// A subscription at the endpoint.
struct Feed {
    /// Dropping it ends the stream.
    _alive: oneshot::Sender<()>,
    /// Tells the endpoint to stop. Without it the library does so at the next notice, which may never come.
    unsubscribe: Unsubscribe,
}

/// Ends a subscription at the endpoint.
type Unsubscribe = Box<dyn FnOnce() -> BoxFuture<'static, ()> + Send>;

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
    fn deliver_due(&mut self) {
        if self.missed && self.notices.try_send(Notice::Resync).is_ok() {
            self.missed = false;
        }
    }

    /// A notice came that cannot be read: what it said must be read elsewhere.
    fn miss(&mut self) {
        self.missed = true;
        self.deliver_due();
    }

    fn is_over(&self) -> bool {
        self.done || self.notices.is_closed()
    }
}

/// What a connection's streams carry: whose notice, or the end of a stream.
enum Item {
    Notice(u64, Notice),
    /// A notice that cannot be read.
    Unreadable(u64),
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
        state.let_go();
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

    /// Forgets those who do not listen any more, and has the endpoint forget them.
    fn let_go(&mut self) {
        let over: Vec<u64> = self
            .subscribers
            .iter()
            .filter(|(_, subscriber)| subscriber.is_over())
            .map(|(id, _)| *id)
            .collect();
        for id in over {
            let feed = self
                .subscribers
                .remove(&id)
                .and_then(|subscriber| subscriber.feed);
            if let Some(feed) = feed {
                // Ends when the endpoint answers, or with the connection.
                tokio::spawn((feed.unsubscribe)());
            }
        }
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
                feed: None,
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
    let mut due = tokio::time::interval(std::time::Duration::from_millis(250));
    while state.is_needed() {
        tokio::select! {
            item = items.next() => match item {
                Some(Item::Heartbeat) => deadline = Instant::now() + config.silence_max,
                Some(Item::Notice(id, notice)) => {
                    if let Some(subscriber) = state.subscribers.get_mut(&id) {
                        subscriber.tell(notice);
                    }
                }
                Some(Item::Unreadable(id)) => {
                    if let Some(subscriber) = state.subscribers.get_mut(&id) {
                        subscriber.miss();
                    }
                }
                Some(Item::Ended) | None => return Err(Ended::Closed),
            },
            request = requests.recv(), if state.requests_open => {
                if let Some(id) = state.take(request) {
                    subscribe(config, client, state, id, &mut items).await?;
                }
            }
            _ = due.tick() => {
                state.subscribers.values_mut().for_each(Subscriber::deliver_due);
                state.let_go();
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
        Ok(Ok((stream, unsubscribe))) => {
            // Ends with the subscriber; that stream's end is no end of the connection.
            let (alive, gone) = oneshot::channel();
            subscriber.feed = Some(Feed {
                _alive: alive,
                unsubscribe,
            });
            items.push(stream.take_until(gone).boxed());
            subscriber.deliver_due();
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
) -> Result<(BoxStream<'a, Item>, Unsubscribe), PubsubClientError> {
    let account_config = RpcAccountInfoConfig {
        encoding: Some(UiAccountEncoding::Base64),
        commitment: Some(config.commitment),
        ..RpcAccountInfoConfig::default()
    };
    Ok(match topic {
        Topic::Account(address) => {
            let address = *address;
            let (stream, unsubscribe) = client.account_subscribe(&address, Some(account_config)).await?;
            (
                with_end(stream.filter_map(move |response| {
                    let notice = account_notice(response.context.slot, address, &response.value);
                    std::future::ready(Some(item(id, notice)))
                })),
                unsubscribe,
            )
        }
        Topic::Program { program, filters } => {
            let config = RpcProgramAccountsConfig {
                filters: Some(filters.clone()),
                account_config,
                ..RpcProgramAccountsConfig::default()
            };
            let (stream, unsubscribe) = client.program_subscribe(program, Some(config)).await?;
            (
                with_end(stream.filter_map(move |response| {
                    let notice = response.value.pubkey.parse().ok().and_then(|address| {
                        account_notice(response.context.slot, address, &response.value.account)
                    });
                    std::future::ready(Some(item(id, notice)))
                })),
                unsubscribe,
            )
        }
        Topic::Signature(signature) => open_signature(config, client, id, signature).await?,
        Topic::Slot => {
            let (stream, unsubscribe) = client.slot_subscribe().await?;
            (
                with_end(stream.map(move |info| {
                    Item::Notice(
                        id,
                        Notice::Slot {
                            slot: info.slot,
                            parent: info.parent,
                            root: info.root,
                        },
                    )
                })),
                unsubscribe,
            )
        }
    })
}

async fn open_signature<'a>(
    config: &PubSubConfig,
    client: &'a PubsubClient,
    id: u64,
    signature: &Signature,
) -> Result<(BoxStream<'a, Item>, Unsubscribe), PubsubClientError> {
    let config = RpcSignatureSubscribeConfig {
        commitment: Some(config.commitment),
        enable_received_notification: Some(false),
    };
    let (stream, unsubscribe) = client.signature_subscribe(signature, Some(config)).await?;
    Ok((
        with_end(stream.filter_map(move |response| {
            let notice = match response.value {
                RpcSignatureResult::ProcessedSignature(result) => Some(Notice::Signature {
                    slot: response.context.slot,
                    error: result.err.map(Into::into),
                }),
                RpcSignatureResult::ReceivedSignature(_) => None,
            };
            std::future::ready(notice.map(|notice| Item::Notice(id, notice)))
        })),
        unsubscribe,
    ))
}

/// The library ends a stream when its connection is gone.
fn with_end<'a>(stream: impl futures_util::Stream<Item = Item> + Send + 'a) -> BoxStream<'a, Item> {
    stream
        .chain(futures_util::stream::once(std::future::ready(Item::Ended)))
        .boxed()
}

fn item(id: u64, notice: Option<Notice>) -> Item {
    notice.map_or(Item::Unreadable(id), |notice| Item::Notice(id, notice))
}

fn account_notice(slot: u64, address: anchor_lang::prelude::Pubkey, account: &UiAccount) -> Option<Notice> {
    let account = Box::new(account.decode::<Account>()?);
    Some(Notice::Account {
        slot,
        address,
        account,
    })
}

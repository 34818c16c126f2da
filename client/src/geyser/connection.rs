//! The task behind a [`super::Geyser`]: connect, subscribe, forward, and all over again.

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use futures_util::{SinkExt, StreamExt};
use solana_account::Account;
use tokio::sync::mpsc;
use tokio::time::{timeout, Instant, MissedTickBehavior};
use yellowstone_grpc_client::{GeyserGrpcBuilderError, GeyserGrpcClientError};
use yellowstone_grpc_proto::geyser::subscribe_update::UpdateOneof;
use yellowstone_grpc_proto::geyser::{SubscribeUpdate, SubscribeUpdateAccount};
use yellowstone_grpc_proto::tonic::{Code, Status};

use super::config::{AccountsFilter, GeyserConfig};
use super::notice::GeyserNotice;
use super::order::Order;
use super::request;

/// Accounts whose versions are remembered: far above any operator's matches, 10 MB at most.
const ACCOUNTS_MAX: usize = 65_536;

/// A replay begins so many slots before the last one seen: a slot is announced before the last of its accounts.
const REPLAY_MARGIN_SLOTS: u64 = 8;

/// How often a subscriber that was full is told what it must do.
const DUE_INTERVAL: Duration = Duration::from_millis(250);

/// Bound of putting a ping into the stream's own queue.
const PING_TIMEOUT: Duration = Duration::from_secs(1);

/// Why a stream ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("nobody listens any more")]
    Unneeded,
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    #[error("no slot for {0:?}")]
    Silent(Duration),
    #[error("the server closed the stream")]
    Closed,
    #[error("{0}")]
    Connect(#[from] GeyserGrpcBuilderError),
    #[error("{0}")]
    Subscribe(#[from] GeyserGrpcClientError),
    #[error("the server ended the stream: {0}")]
    Status(Box<Status>),
}

impl Ended {
    fn code(&self) -> Option<Code> {
        match self {
            Self::Status(status) => Some(status.code()),
            Self::Subscribe(GeyserGrpcClientError::TonicStatus(status)) => Some(status.code()),
            _ => None,
        }
    }

    /// Nothing but time, and perhaps the operator, will change it.
    fn is_final(&self) -> bool {
        matches!(
            self.code(),
            Some(Code::OutOfRange | Code::Unauthenticated | Code::PermissionDenied | Code::Unimplemented)
        )
    }

    /// For metrics.
    fn kind(&self) -> &'static str {
        match self {
            Self::Unneeded => "unneeded",
            Self::Timeout(_) => "timeout",
            Self::Silent(_) => "silent",
            Self::Closed => "closed",
            Self::Connect(_) => "connect",
            Self::Subscribe(_) | Self::Status(_) if self.code() == Some(Code::OutOfRange) => "out_of_range",
            Self::Subscribe(_) | Self::Status(_) => "status",
        }
    }
}

pub(super) async fn run(
    config: GeyserConfig,
    accounts: Vec<AccountsFilter>,
    notices: mpsc::Sender<GeyserNotice>,
) {
    let host = config.url.host();
    let mut following = Following {
        order: Order::new(ACCOUNTS_MAX),
        told: Told { notices, due: None },
        is_up: false,
        newest_slot: None,
        slots_from_to: None,
    };
    let mut failures: u32 = 0;
    loop {
        following.slots_from_to = None;
        let ended = match follow(&config, &accounts, &mut following).await {
            Ok(()) | Err(Ended::Unneeded) => return,
            Err(ended) => ended,
        };
        // One that brought slots for a while starts over; one that breaks at once counts as a failed attempt.
        failures = match following.lived() >= config.silence_max {
            true => 1,
            false => failures.saturating_add(1),
        };
        let reason = config.url.scrub(&ended.to_string());
        tracing::debug!(%host, %reason, failures, "gRPC: the stream ended");
        metrics::counter!("aurelius_geyser_disconnects_total", "host" => host.clone(), "reason" => ended.kind())
            .increment(1);
        if ended.code() == Some(Code::OutOfRange) {
            // What was missed cannot be had from here: whoever listens reads the accounts.
            following.newest_slot = None;
        }
        if ended.is_final() || failures >= config.failures_max {
            if following.is_up || failures == config.failures_max {
                tracing::warn!(%host, %reason, "gRPC is down: following by RPC");
            }
            following.is_up = false;
            metrics::gauge!("aurelius_geyser_up", "host" => host.clone()).set(0.0);
            following.told.must(GeyserNotice::Down { reason });
        }
        let wait = tokio::time::sleep(config.backoff.wait(failures.saturating_sub(1)));
        tokio::pin!(wait);
        let mut due = tokio::time::interval(DUE_INTERVAL);
        loop {
            tokio::select! {
                () = &mut wait => break,
                () = following.told.notices.closed() => return,
                _ = due.tick() => following.told.deliver_due(),
            }
        }
    }
}

/// What is known over all connections.
struct Following {
    order: Order,
    told: Told,
    /// The subscriber knows the stream as working.
    is_up: bool,
    /// The newest slot named, while everything up to it was told.
    newest_slot: Option<u64>,
    /// When the connection brought its first slot, and when its last.
    slots_from_to: Option<(Instant, Instant)>,
}

/// The subscriber's queue, and what it must be told before anything else.
struct Told {
    notices: mpsc::Sender<GeyserNotice>,
    due: Option<GeyserNotice>,
}

impl Told {
    /// Something the subscriber has to know, now or as soon as there is room. A later one replaces it, except that `Up`
    /// says all that `Resync` does.
    fn must(&mut self, notice: GeyserNotice) {
        let says_less = matches!(notice, GeyserNotice::Resync);
        if !(says_less && self.due.is_some()) {
            self.due = Some(notice);
        }
        self.deliver_due();
    }

    fn deliver_due(&mut self) {
        if let Some(due) = self.due.take() {
            if let Err(mpsc::error::TrySendError::Full(due)) = self.notices.try_send(due) {
                self.due = Some(due);
            }
        }
    }

    /// Never waits: a full queue means that the subscriber resynchronises later.
    fn tell(&mut self, notice: GeyserNotice) {
        self.deliver_due();
        // Whatever is due makes it read everything anyway.
        if self.due.is_none() && self.notices.try_send(notice).is_err() {
            self.due = Some(GeyserNotice::Resync);
        }
    }
}

/// One connection, from its beginning to its end.
async fn follow(
    config: &GeyserConfig,
    accounts: &[AccountsFilter],
    following: &mut Following,
) -> Result<(), Ended> {
    let late = |_| Ended::Timeout(config.connect_timeout);
    let mut client = timeout(config.connect_timeout, request::connect(config))
        .await
        .map_err(late)??;
    let from_slot = match following.newest_slot {
        Some(slot) if following.is_up => {
            let from = slot.saturating_sub(REPLAY_MARGIN_SLOTS);
            request::replay_from(&mut client, from, config.connect_timeout).await
        }
        _ => None,
    };
    let subscription = request::subscription(config, accounts, from_slot);
    let subscribing = client.subscribe_with_request(Some(subscription));
    let (mut sink, mut stream) = timeout(config.connect_timeout, subscribing)
        .await
        .map_err(late)??;
    let mut first = Some(FirstSlot { from_slot });
    let mut deadline = Instant::now() + config.silence_max;
    let mut pings = tokio::time::interval(config.ping_interval);
    pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut due = tokio::time::interval(DUE_INTERVAL);
    let mut ping_id = 0;
    loop {
        tokio::select! {
            update = stream.next() => match update {
                Some(Ok(update)) => match following.take(config, update, &mut first) {
                    Heard::Slot => deadline = Instant::now() + config.silence_max,
                    Heard::Ping => ping_id = speak(&mut sink, ping_id).await?,
                    Heard::Other => {}
                },
                Some(Err(status)) => {
                    following.forget_replay(first.as_ref());
                    return Err(Ended::Status(Box::new(status)));
                }
                None => {
                    following.forget_replay(first.as_ref());
                    return Err(Ended::Closed);
                }
            },
            _ = pings.tick() => ping_id = speak(&mut sink, ping_id).await?,
            _ = due.tick() => following.told.deliver_due(),
            () = following.told.notices.closed() => return Err(Ended::Unneeded),
            () = tokio::time::sleep_until(deadline) => return Err(Ended::Silent(config.silence_max)),
        }
    }
}

/// A connection that has not named a slot yet.
struct FirstSlot {
    /// Where it replays from.
    from_slot: Option<u64>,
}

/// What an update was.
enum Heard {
    Slot,
    Ping,
    Other,
}

impl Following {
    fn take(
        &mut self,
        config: &GeyserConfig,
        update: SubscribeUpdate,
        first: &mut Option<FirstSlot>,
    ) -> Heard {
        match update.update_oneof {
            Some(UpdateOneof::Slot(update)) => {
                if let Some(first) = first.take() {
                    self.begin(config, &first);
                }
                self.newest_slot = Some(
                    self.newest_slot
                        .map_or(update.slot, |newest| newest.max(update.slot)),
                );
                let now = Instant::now();
                self.slots_from_to = Some((self.slots_from_to.map_or(now, |(first, _)| first), now));
                self.told.tell(GeyserNotice::Slot(update.slot));
                Heard::Slot
            }
            Some(UpdateOneof::Account(update)) => {
                if let Some((slot, address, account)) = self.news(update) {
                    self.told.tell(GeyserNotice::Account {
                        slot,
                        address,
                        account: Box::new(account),
                    });
                }
                Heard::Other
            }
            Some(UpdateOneof::Ping(_)) => Heard::Ping,
            _ => Heard::Other,
        }
    }

    /// The connection works: what the subscriber must do about the time before it.
    fn begin(&mut self, config: &GeyserConfig, first: &FirstSlot) {
        let host = config.url.host();
        match (self.is_up, first.from_slot) {
            (true, Some(from_slot)) => {
                tracing::debug!(%host, from_slot, "gRPC: the gap is replayed");
                metrics::counter!("aurelius_geyser_replays_total", "host" => host).increment(1);
            }
            (true, None) => self.told.must(GeyserNotice::Resync),
            (false, _) => {
                tracing::info!(%host, "following by gRPC");
                metrics::gauge!("aurelius_geyser_up", "host" => host).set(1.0);
                self.is_up = true;
                self.told.must(GeyserNotice::Up);
            }
        }
    }

    /// How long the connection brought slots.
    fn lived(&self) -> Duration {
        self.slots_from_to
            .map_or(Duration::ZERO, |(first, last)| last.duration_since(first))
    }

    /// A replay that broke before its first slot is not asked for again.
    fn forget_replay(&mut self, first: Option<&FirstSlot>) {
        if first.is_some_and(|first| first.from_slot.is_some()) {
            self.newest_slot = None;
        }
    }

    fn news(&mut self, update: SubscribeUpdateAccount) -> Option<(u64, Pubkey, Account)> {
        let slot = update.slot;
        let info = update.account?;
        let address = Pubkey::try_from(info.pubkey.as_slice()).ok()?;
        let owner = Pubkey::try_from(info.owner.as_slice()).ok()?;
        let is_news = self.order.is_news(address, slot, info.write_version);
        let kind = if is_news { "news" } else { "stale" };
        metrics::counter!("aurelius_geyser_accounts_total", "kind" => kind).increment(1);
        let account = Account {
            lamports: info.lamports,
            data: info.data,
            owner,
            executable: info.executable,
            rent_epoch: info.rent_epoch,
        };
        is_news.then_some((slot, address, account))
    }
}

async fn speak(sink: &mut yellowstone_grpc_client::SubscribeRequestSink, id: i32) -> Result<i32, Ended> {
    match timeout(PING_TIMEOUT, sink.send(request::ping(id))).await {
        Ok(Ok(())) => Ok(id.wrapping_add(1)),
        Ok(Err(_)) => Err(Ended::Closed),
        Err(_) => Err(Ended::Timeout(PING_TIMEOUT)),
    }
}

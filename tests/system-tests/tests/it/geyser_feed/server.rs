//! A yellowstone gRPC server on loopback that does what tests say, and what real ones do on bad days.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use client::pubsub::{Notice, PubSub, PubSubConfig, Topic};
use futures_util::{Stream, StreamExt};
use solana_account::Account;
use tokio::net::TcpListener;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinHandle;
use tonic::transport::server::TcpIncoming;
use tonic::{async_trait, Request, Response, Status, Streaming};
use yellowstone_grpc_proto::geyser::geyser_server::{Geyser, GeyserServer};
use yellowstone_grpc_proto::geyser::subscribe_request_filter_accounts_filter::Filter;
use yellowstone_grpc_proto::geyser::subscribe_request_filter_accounts_filter_memcmp::Data;
use yellowstone_grpc_proto::geyser::subscribe_update::UpdateOneof;
use yellowstone_grpc_proto::geyser::*;

/// Updates kept for replays.
const HISTORY_MAX: usize = 10_000;

/// What one subscription lives through, in the order in which they come; those after the script are healthy.
#[derive(Clone, Debug)]
pub(crate) enum Script {
    /// Nothing goes wrong.
    Healthy,
    /// After so many updates the server ends the stream with this status, or without one.
    BreakAfter(usize, Option<Status>),
    /// The subscription is accepted, and nothing is ever said on it.
    HalfOpen,
    /// The subscription is refused.
    Refuse(Status),
    /// A replay is promised and then refused.
    OutOfRange,
}

/// What happens to account updates on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mischief {
    None,
    /// Each comes twice, and the one before it of the same account once more after it.
    RepeatAndReorder,
}

/// One subscription as the server saw it.
#[derive(Clone, Debug)]
pub(crate) struct Subscribed {
    pub(crate) token: Option<String>,
    pub(crate) request: SubscribeRequest,
}

#[derive(Clone)]
struct Item {
    slot: u64,
    update: UpdateOneof,
}

struct Inner {
    history: VecDeque<Item>,
    /// Slots before this one are not replayed; `None`: nothing is.
    first_available: Option<u64>,
    scripts: VecDeque<Script>,
    subscribed: Vec<Subscribed>,
    pings: usize,
    sent: usize,
    write_version: u64,
}

#[derive(Clone)]
struct Service {
    inner: Arc<Mutex<Inner>>,
    live: broadcast::Sender<Item>,
    mischief: Mischief,
}

/// The server; dropping it closes everything.
pub(crate) struct Server {
    pub(crate) url: String,
    service: Service,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    pub(crate) async fn start(scripts: Vec<Script>, mischief: Mischief) -> Server {
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        Self::start_at(anywhere, scripts, mischief).await
    }

    pub(crate) async fn start_at(address: SocketAddr, scripts: Vec<Script>, mischief: Mischief) -> Server {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let service = Service {
            inner: Arc::new(Mutex::new(Inner {
                history: VecDeque::new(),
                first_available: Some(0),
                scripts: scripts.into(),
                subscribed: Vec::new(),
                pings: 0,
                sent: 0,
                write_version: 0,
            })),
            live: broadcast::channel(HISTORY_MAX).0,
            mischief,
        };
        let serving = tonic::transport::Server::builder()
            .add_service(GeyserServer::new(service.clone()))
            .serve_with_incoming(TcpIncoming::from(listener).with_nodelay(Some(true)));
        let task = tokio::spawn(async move { serving.await.unwrap() });
        Server {
            url: format!("http://{address}"),
            service,
            tasks: vec![task],
        }
    }

    /// Feeds it from a chain, through the subscriptions that the chain offers.
    pub(crate) fn follow(&mut self, ws_url: &str) {
        let pubsub = PubSub::start(PubSubConfig::new(ws_url));
        let accounts = Topic::Program {
            program: client::PROGRAM_ID,
            filters: Vec::new(),
        };
        for topic in [accounts, Topic::Slot] {
            let (pubsub, service) = (pubsub.clone(), self.service.clone());
            self.tasks.push(tokio::spawn(async move {
                let mut subscription = pubsub.subscribe(topic).await.unwrap();
                while let Some(notice) = subscription.next().await {
                    match notice {
                        Notice::Account {
                            slot,
                            address,
                            account,
                        } => service.account(slot, address, &account),
                        Notice::Slot { slot, .. } => service.slot(slot),
                        _ => {}
                    }
                }
            }));
        }
    }

    pub(crate) fn account(&self, slot: u64, address: Pubkey, account: &Account) {
        self.service.account(slot, address, account);
    }

    pub(crate) fn slot(&self, slot: u64) {
        self.service.slot(slot);
    }

    /// Names slots from `slot` on, one each 20 ms, until the server is dropped.
    pub(crate) fn beat(&mut self, slot: u64) {
        let service = self.service.clone();
        self.tasks.push(tokio::spawn(async move {
            for slot in slot.. {
                service.slot(slot);
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }));
    }

    /// What it can replay from now on.
    pub(crate) fn set_first_available(&self, slot: Option<u64>) {
        self.service.inner.lock().unwrap().first_available = slot;
    }

    pub(crate) fn subscribed(&self) -> Vec<Subscribed> {
        self.service.inner.lock().unwrap().subscribed.clone()
    }

    /// Account updates that were put on streams.
    pub(crate) fn sent(&self) -> usize {
        self.service.inner.lock().unwrap().sent
    }

    pub(crate) fn pings(&self) -> usize {
        self.service.inner.lock().unwrap().pings
    }

    pub(crate) fn scripts_left(&self) -> usize {
        self.service.inner.lock().unwrap().scripts.len()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

impl Service {
    fn account(&self, slot: u64, address: Pubkey, account: &Account) {
        let mut inner = self.inner.lock().unwrap();
        inner.write_version += 1;
        let update = SubscribeUpdateAccount {
            account: Some(SubscribeUpdateAccountInfo {
                pubkey: address.to_bytes().to_vec(),
                lamports: account.lamports,
                owner: account.owner.to_bytes().to_vec(),
                executable: account.executable,
                rent_epoch: account.rent_epoch,
                data: account.data.clone(),
                write_version: inner.write_version,
                txn_signature: None,
            }),
            slot,
            is_startup: false,
            bank_id: Some(slot),
        };
        self.push(inner, slot, UpdateOneof::Account(update));
    }

    fn slot(&self, slot: u64) {
        let update = SubscribeUpdateSlot {
            slot,
            parent: slot.checked_sub(1),
            status: SlotStatus::SlotConfirmed as i32,
            dead_error: None,
            bank_id: Some(slot),
        };
        self.push(self.inner.lock().unwrap(), slot, UpdateOneof::Slot(update));
    }

    fn push(&self, mut inner: std::sync::MutexGuard<'_, Inner>, slot: u64, update: UpdateOneof) {
        let item = Item { slot, update };
        let earlier = match (&item.update, self.mischief) {
            (UpdateOneof::Account(account), Mischief::RepeatAndReorder) => inner
                .history
                .iter()
                .rev()
                .find(|old| same_account(old, account))
                .cloned(),
            _ => None,
        };
        let repeated = matches!(item.update, UpdateOneof::Account(_)) && self.mischief != Mischief::None;
        inner.history.push_back(item.clone());
        if inner.history.len() > HISTORY_MAX {
            inner.history.pop_front();
        }
        // Nobody may be listening.
        let _ = self.live.send(item.clone());
        if repeated {
            let _ = self.live.send(item);
        }
        if let Some(earlier) = earlier {
            let _ = self.live.send(earlier);
        }
    }

    /// The past that was asked for, and the present, without a gap between them.
    fn open(&self, from_slot: Option<u64>) -> (Vec<Item>, broadcast::Receiver<Item>) {
        let inner = self.inner.lock().unwrap();
        let past = match from_slot {
            Some(from) => inner
                .history
                .iter()
                .filter(|item| item.slot >= from)
                .cloned()
                .collect(),
            None => Vec::new(),
        };
        (past, self.live.subscribe())
    }

    fn next_script(&self, token: Option<String>, request: &SubscribeRequest) -> Script {
        let mut inner = self.inner.lock().unwrap();
        // One that waits for a replay stays until there is one.
        let wait = matches!(inner.scripts.front(), Some(Script::OutOfRange)) && request.from_slot.is_none();
        let script = match wait {
            true => Script::Healthy,
            false => inner.scripts.pop_front().unwrap_or(Script::Healthy),
        };
        inner.subscribed.push(Subscribed {
            token,
            request: request.clone(),
        });
        script
    }
}

fn same_account(old: &Item, account: &SubscribeUpdateAccount) -> bool {
    let key = |update: &SubscribeUpdateAccount| update.account.as_ref().map(|info| info.pubkey.clone());
    match &old.update {
        UpdateOneof::Account(old) => key(old) == key(account),
        _ => false,
    }
}

/// Whether an account is asked for: owner and all conditions, as a real server checks them.
fn is_wanted(request: &SubscribeRequest, update: &UpdateOneof) -> bool {
    let UpdateOneof::Account(update) = update else {
        return !request.slots.is_empty();
    };
    let Some(info) = &update.account else { return false };
    let owner = Pubkey::try_from(info.owner.as_slice()).unwrap().to_string();
    request.accounts.values().any(|wanted| {
        wanted.owner.contains(&owner)
            && wanted.filters.iter().all(|condition| match &condition.filter {
                Some(Filter::Memcmp(memcmp)) => {
                    let bytes = match memcmp.data.as_ref().unwrap() {
                        Data::Bytes(bytes) => bytes.clone(),
                        Data::Base58(text) => bs58::decode(text).into_vec().unwrap(),
                        other => panic!("{other:?}"),
                    };
                    let offset = memcmp.offset as usize;
                    info.data.get(offset..offset + bytes.len()) == Some(&bytes[..])
                }
                Some(Filter::Datasize(size)) => info.data.len() as u64 == *size,
                other => panic!("{other:?}"),
            })
    })
}

type Updates = Pin<Box<dyn Stream<Item = Result<SubscribeUpdate, Status>> + Send>>;
type Nothing<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

fn wrap(update: UpdateOneof) -> SubscribeUpdate {
    SubscribeUpdate {
        filters: vec!["test".to_owned()],
        created_at: None,
        update_oneof: Some(update),
    }
}

#[async_trait]
impl Geyser for Service {
    type SubscribeStream = Updates;

    async fn subscribe(
        &self,
        request: Request<Streaming<SubscribeRequest>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let token = request.metadata().get("x-token");
        let token = token.map(|token| token.to_str().unwrap().to_owned());
        let mut requests = request.into_inner();
        let first = requests.next().await.ok_or_else(|| Status::cancelled("gone"))??;
        let script = self.next_script(token, &first);
        let mut left = match script {
            Script::Refuse(status) => return Err(status),
            Script::OutOfRange => return Err(Status::out_of_range("that slot is not kept any more")),
            Script::HalfOpen => {
                return Ok(Response::new(Box::pin(futures_util::stream::pending())));
            }
            Script::BreakAfter(count, ref status) => Some((count, status.clone())),
            Script::Healthy => None,
        };
        let (past, mut live) = self.open(first.from_slot);
        let mut past = VecDeque::from(past);
        let (out, updates) = mpsc::channel(64);
        let service = self.clone();
        tokio::spawn(async move {
            loop {
                if let Some((0, status)) = &left {
                    if let Some(status) = status {
                        let _ = out.send(Err(status.clone())).await;
                    }
                    return;
                }
                let update = match past.pop_front() {
                    Some(item) => item.update,
                    None => tokio::select! {
                        item = live.recv() => match item {
                            Ok(item) => item.update,
                            Err(_) => return,
                        },
                        request = requests.next() => match request {
                            Some(Ok(request)) => {
                                let id = request.ping.map_or(0, |ping| ping.id);
                                service.inner.lock().unwrap().pings += 1;
                                UpdateOneof::Pong(SubscribeUpdatePong { id })
                            }
                            _ => return,
                        },
                    },
                };
                let is_account = matches!(update, UpdateOneof::Account(_));
                let is_pong = matches!(update, UpdateOneof::Pong(_));
                if !is_pong && !is_wanted(&first, &update) {
                    continue;
                }
                if out.send(Ok(wrap(update))).await.is_err() {
                    return;
                }
                if is_account {
                    service.inner.lock().unwrap().sent += 1;
                }
                if let Some((left, _)) = &mut left {
                    *left -= 1;
                }
            }
        });
        let updates = futures_util::stream::unfold(updates, |mut updates| async move {
            let update = updates.recv().await?;
            Some((update, updates))
        });
        Ok(Response::new(Box::pin(updates)))
    }

    async fn subscribe_replay_info(
        &self,
        _: Request<SubscribeReplayInfoRequest>,
    ) -> Result<Response<SubscribeReplayInfoResponse>, Status> {
        let first_available = self.inner.lock().unwrap().first_available;
        Ok(Response::new(SubscribeReplayInfoResponse { first_available }))
    }

    type SubscribeDeshredStream = Nothing<SubscribeUpdateDeshred>;

    async fn subscribe_deshred(
        &self,
        _: Request<Streaming<SubscribeDeshredRequest>>,
    ) -> Result<Response<Self::SubscribeDeshredStream>, Status> {
        Err(Status::unimplemented("not here"))
    }

    type SubscribeGossipStream = Nothing<SubscribeUpdateGossip>;

    async fn subscribe_gossip(
        &self,
        _: Request<SubscribeGossipRequest>,
    ) -> Result<Response<Self::SubscribeGossipStream>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn ping(&self, request: Request<PingRequest>) -> Result<Response<PongResponse>, Status> {
        let count = request.into_inner().count;
        Ok(Response::new(PongResponse { count }))
    }

    async fn get_latest_blockhash(
        &self,
        _: Request<GetLatestBlockhashRequest>,
    ) -> Result<Response<GetLatestBlockhashResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn get_block_height(
        &self,
        _: Request<GetBlockHeightRequest>,
    ) -> Result<Response<GetBlockHeightResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn get_slot(&self, _: Request<GetSlotRequest>) -> Result<Response<GetSlotResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn is_blockhash_valid(
        &self,
        _: Request<IsBlockhashValidRequest>,
    ) -> Result<Response<IsBlockhashValidResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }

    async fn get_version(
        &self,
        _: Request<GetVersionRequest>,
    ) -> Result<Response<GetVersionResponse>, Status> {
        Err(Status::unimplemented("not here"))
    }
}

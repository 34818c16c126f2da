//! What all connections share.

use std::sync::atomic::AtomicBool;
use std::sync::Arc;
use std::time::Instant;

use bus::Bus;
use parking_lot::Mutex;
use store::Store;
use tokio::sync::{mpsc, watch, Semaphore};
use tokio::task::AbortHandle;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::config::RelayConfig;
use crate::directory::Directory;
use crate::fleet::Fleet;
use crate::guard::Guard;
use crate::hub::hubs::Hubs;
use crate::limits::addresses::Addresses;
use crate::names::Names;
use crate::observe::Metrics;
use crate::registry::Registry;
use crate::tokens::{tell_late, Late, Tokens};

/// The buffer for reading from a socket. Inputs have under 250 bytes; longer messages are read in steps.
const READ_BUFFER_BYTES: usize = 1024;

/// The library writes answers to pings only, and keeps at most so many of them.
const WRITE_BUFFER_BYTES_MAX: usize = 1024;

/// Replay files that are on their way out of the database at once: each is in memory whole.
const STORED_REPLAYS_MAX: usize = 8;

/// How far the relay is with ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// Not at all.
    Serving,
    /// Health fails, and nobody new is let in; who is here stays.
    Leaving,
    /// Sockets are told to go.
    Closing,
}

/// What all connections share.
pub(crate) struct Service {
    pub(crate) config: RelayConfig,
    pub(crate) names: Names,
    pub(crate) bus: Bus,
    pub(crate) store: Store,
    pub(crate) hubs: Hubs,
    pub(crate) registry: Arc<Registry>,
    pub(crate) tokens: Tokens,
    pub(crate) guard: Guard,
    pub(crate) addresses: Arc<Addresses>,
    pub(crate) metrics: Metrics,
    pub(crate) directory: Arc<Directory>,
    pub(crate) phase: watch::Sender<Phase>,
    pub(crate) fleet: Option<Arc<Fleet>>,
    pub(crate) stored_replays: Arc<Semaphore>,
    /// As the last health check found it.
    pub(crate) store_fails: AtomicBool,
    /// For the task that tells other relays of tokens.
    late_tokens: Mutex<Option<mpsc::Receiver<Late>>>,
    pub(crate) started: Instant,
}

impl Service {
    pub(crate) fn new(config: RelayConfig, names: Names, bus: Bus, store: Store) -> Self {
        let limits = &config.limits;
        let metrics = Metrics::new();
        let relay = rand::random();
        let registry = Arc::new(Registry::new(limits.sockets_per_wallet_max, relay));
        let (life, tokens_max) = (limits.token_life, limits.tokens_max);
        let (fleet, tokens, late_tokens) = match &config.fleet {
            None => (None, Tokens::new(life, tokens_max), None),
            Some(fleet) => {
                let cluster = fleet.cluster.clone();
                let (tokens, late) = Tokens::shared(life, tokens_max, cluster.clone());
                let fleet = Fleet::new(cluster, relay, registry.clone());
                (Some(Arc::new(fleet)), tokens, Some(late))
            }
        };
        let (bans, counts) = (store.bans.clone(), metrics.clone());
        Self {
            names,
            hubs: Hubs::new(bus.clone(), limits.queue_frames, &metrics),
            tokens,
            late_tokens: Mutex::new(late_tokens),
            guard: Guard::new(bans, registry.clone(), fleet.clone(), counts, limits),
            fleet,
            stored_replays: Arc::new(Semaphore::new(STORED_REPLAYS_MAX)),
            addresses: Arc::new(Addresses::new(limits)),
            directory: Arc::new(Directory::new(bus.clone())),
            phase: watch::Sender::new(Phase::Serving),
            store_fails: AtomicBool::new(false),
            started: Instant::now(),
            registry,
            metrics,
            bus,
            store,
            config,
        }
    }

    /// Starts what goes on beside the connections. Whoever holds the handles ends it.
    pub(crate) fn start_tasks(self: &Arc<Self>) -> Vec<AbortHandle> {
        let mut tasks = vec![tokio::spawn(self.directory.clone().run()).abort_handle()];
        if let Some(fleet) = &self.fleet {
            let news = fleet.listen();
            tasks.push(tokio::spawn(fleet.clone().obey(news)).abort_handle());
        }
        let mut late = self.late_tokens.lock();
        if let Some((fleet, late)) = self.config.fleet.as_ref().zip(late.take()) {
            tasks.push(tokio::spawn(tell_late(fleet.cluster.clone(), late)).abort_handle());
        }
        tasks
    }

    /// Whether somebody new is let in.
    pub(crate) fn is_open(&self) -> bool {
        *self.phase.borrow() == Phase::Serving
    }

    /// How sockets read and write.
    pub(crate) fn socket_config(&self) -> WebSocketConfig {
        let message_bytes_max = self.config.limits.message_bytes_max;
        WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(WRITE_BUFFER_BYTES_MAX)
            .max_message_size(Some(message_bytes_max))
            .max_frame_size(Some(message_bytes_max))
    }
}

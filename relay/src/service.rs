//! What all connections share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bus::Bus;
use protocol::control::{ServerMessage, DIRECTORY_LENGTH_MAX};
use store::Store;
use tokio::sync::watch;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

use crate::guard::Guard;
use crate::hub::Hubs;
use crate::limits::Addresses;
use crate::observe::Metrics;
use crate::prepared::PreparedMessage;
use crate::registry::Registry;
use crate::tokens::Tokens;
use crate::RelayConfig;

/// Followers of the directory hear of changes at most this often.
const DIRECTORY_INTERVAL: Duration = Duration::from_millis(500);

/// The buffer for reading from a socket. Inputs have under 250 bytes; longer messages are read in steps.
const READ_BUFFER_BYTES: usize = 1024;

/// The library writes answers to pings only, and keeps at most so many of them.
const WRITE_BUFFER_BYTES_MAX: usize = 1024;

/// What all connections share.
pub(crate) struct Service {
    pub(crate) config: RelayConfig,
    /// As named in sign-ins.
    pub(crate) domain: String,
    pub(crate) bus: Bus,
    pub(crate) store: Store,
    pub(crate) hubs: Hubs,
    pub(crate) registry: Arc<Registry>,
    pub(crate) tokens: Tokens,
    pub(crate) guard: Guard,
    pub(crate) addresses: Arc<Addresses>,
    pub(crate) metrics: Metrics,
    pub(crate) directory: watch::Sender<Arc<PreparedMessage>>,
    pub(crate) draining: watch::Sender<bool>,
    pub(crate) started: Instant,
}

impl Service {
    pub(crate) fn new(config: RelayConfig, domain: String, bus: Bus, store: Store) -> Self {
        let limits = &config.limits;
        let metrics = Metrics::new();
        let registry = Arc::new(Registry::new(limits.sockets_per_wallet_max));
        Self {
            domain,
            hubs: Hubs::new(bus.clone(), limits.queue_frames, &metrics),
            tokens: Tokens::new(limits.token_life, limits.tokens_max),
            guard: Guard::new(store.bans.clone(), registry.clone(), metrics.clone(), limits),
            addresses: Arc::new(Addresses::new(limits)),
            directory: watch::Sender::new(Arc::new(PreparedMessage::new(directory_message(&bus)))),
            draining: watch::Sender::new(false),
            started: Instant::now(),
            registry,
            metrics,
            bus,
            store,
            config,
        }
    }

    /// The directory as of now, for a newcomer.
    pub(crate) fn directory_now(&self) -> Arc<PreparedMessage> {
        Arc::new(PreparedMessage::new(directory_message(&self.bus)))
    }

    /// Tells followers of the directory when it changes; for a task.
    pub(crate) async fn follow_directory(self: Arc<Self>) {
        let mut last = None;
        let mut timer = tokio::time::interval(DIRECTORY_INTERVAL);
        timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            timer.tick().await;
            if self.directory.receiver_count() == 0 {
                last = None;
                continue;
            }
            let message = directory_message(&self.bus);
            if last.as_ref() != Some(&message) {
                self.directory
                    .send_replace(Arc::new(PreparedMessage::new(message.clone())));
                last = Some(message);
            }
        }
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

fn directory_message(bus: &Bus) -> ServerMessage {
    let mut matches = bus.summaries();
    matches.truncate(DIRECTORY_LENGTH_MAX);
    ServerMessage::Directory { matches }
}

//! Accepts connections, and ends them in good order.
//!
//! Invariants: every connection holds a place in all, and one of its address; a head that does not come, and
//! a connection that does not end, are cut off.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use axum::Router;
use bus::Bus;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use protocol::codes::CloseCode;
use protocol::WalletKey;
use rand::seq::SliceRandom;
use store::{Store, StoreError};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::AbortHandle;
use tokio::time::sleep;
use tower::ServiceExt;

use crate::client::Client;
use crate::config::{ConfigError, RelayConfig};
use crate::http::router;
use crate::limits::addresses::Refused;
use crate::names::Names;
use crate::patience::Patient;
use crate::registry::SocketId;
use crate::service::{Phase, Service};

/// Connections that wait to be accepted.
const BACKLOG: u32 = 4096;

/// A request's head may have this many bytes.
const HEAD_BYTES_MAX: usize = 16 * 1024;

/// Sockets that are told to leave within this are told together.
const DISMISSAL_INTERVAL: Duration = Duration::from_millis(20);

/// The players' service.
#[derive(Debug, Clone, Copy)]
pub struct Relay;

/// Why a relay did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration.
    #[error("the relay's configuration: {0}")]
    Config(#[from] ConfigError),
    /// The address.
    #[error("cannot listen on {address}: another program may hold the port; choose another with PORT")]
    Listen {
        /// The address that cannot be listened on.
        address: SocketAddr,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// A relay that runs. Dropping it stops accepting; [`RelayHandle::drain`] ends it in good order.
pub struct RelayHandle {
    /// Where it listens.
    pub addr: SocketAddr,
    service: Arc<Service>,
    places: Arc<Semaphore>,
    accept: AbortHandle,
    tasks: Vec<AbortHandle>,
}

impl Relay {
    /// Starts serving.
    ///
    /// # Errors
    /// [`StartError`] names the setting or the address.
    pub async fn start(config: RelayConfig, bus: Bus, store: Store) -> Result<RelayHandle, StartError> {
        config.validate()?;
        let address = config.listen;
        let listen_error = |source| StartError::Listen { address, source };
        let listener = listen(&config).map_err(listen_error)?;
        let addr = listener.local_addr().map_err(listen_error)?;
        let names = Names::new(&config.domains, addr);
        let places = Arc::new(Semaphore::new(
            config.limits.connections_max.min(Semaphore::MAX_PERMITS),
        ));
        let service = Arc::new(Service::new(config, names, bus, store));
        let router = router(service.clone());
        let accept = tokio::spawn(accept(listener, router, service.clone(), places.clone()));
        let tasks = service.start_tasks();
        tracing::info!(%addr, "the relay listens");
        Ok(RelayHandle {
            addr,
            service,
            places,
            accept: accept.abort_handle(),
            tasks,
        })
    }
}

impl RelayHandle {
    /// Lets `/health` fail for `RelayConfig::drain_delay`, so that whoever spreads clients over relays sends
    /// no more; then stops accepting, tells every client to go to another relay or to come back later, and
    /// waits until they have taken their leave, at most `Limits::drain_timeout` after the last was told.
    pub async fn drain(self) {
        let Self { service, .. } = &self;
        service.phase.send_replace(Phase::Leaving);
        tracing::info!(sockets = service.registry.len(), "the relay drains");
        sleep(service.config.drain_delay).await;
        service.phase.send_replace(Phase::Closing);
        self.accept.abort();
        // Whoever is in the middle of an upgrade finds out by itself.
        dismiss(service, service.registry.all()).await;
        let limits = &service.config.limits;
        let all = u32::try_from(limits.connections_max.min(Semaphore::MAX_PERMITS)).unwrap_or(u32::MAX);
        if tokio::time::timeout(limits.drain_timeout, self.places.acquire_many(all))
            .await
            .is_err()
        {
            tracing::warn!(sockets = service.registry.len(), "clients did not leave in time");
        }
    }

    /// Lifts a wallet's ban and forgets its flags; false if it was not banned.
    ///
    /// # Errors
    /// The store's.
    pub async fn unban(&self, wallet: &WalletKey) -> Result<bool, StoreError> {
        self.service.guard.unban(wallet).await
    }

    /// How many WebSockets are open.
    pub fn sockets(&self) -> usize {
        self.service.registry.len()
    }
}

impl Drop for RelayHandle {
    fn drop(&mut self) {
        self.accept.abort();
        self.tasks.iter().for_each(AbortHandle::abort);
    }
}

/// Tells sockets to leave: in a fleet spread over a time, by itself all at once, because nobody else would
/// serve them.
async fn dismiss(service: &Service, mut sockets: Vec<SocketId>) {
    let spread = match service.fleet {
        Some(_) => service.config.limits.drain_spread,
        None => Duration::ZERO,
    };
    let parts_max = spread.as_millis() / DISMISSAL_INTERVAL.as_millis();
    let parts_max = usize::try_from(parts_max).unwrap_or(usize::MAX).max(1);
    sockets.shuffle(&mut rand::thread_rng());
    let parts: Vec<&[SocketId]> = sockets.chunks(sockets.len().div_ceil(parts_max).max(1)).collect();
    let pause = spread / u32::try_from(parts.len()).unwrap_or(u32::MAX).max(1);
    for (index, part) in parts.into_iter().enumerate() {
        if index > 0 {
            sleep(pause).await;
        }
        service.registry.kick(part, CloseCode::Restart);
    }
}

fn listen(config: &RelayConfig) -> io::Result<TcpListener> {
    let socket = if config.listen.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit it.
    socket.set_send_buffer_size(config.limits.send_buffer_bytes)?;
    socket.bind(config.listen)?;
    socket.listen(BACKLOG)
}

async fn accept(listener: TcpListener, router: Router, service: Arc<Service>, places: Arc<Semaphore>) {
    loop {
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, or a client that left at once: neither ends the service.
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                continue;
            }
        };
        let is_behind_proxy = service.config.trust_forwarded;
        match Client::admit(&stream, peer.ip(), is_behind_proxy, &places, &service.addresses) {
            Ok(client) => {
                tokio::spawn(serve(stream, client, router.clone(), service.clone()));
            }
            Err(refused) => {
                service.metrics.connections_refused.increment(1);
                refuse(stream, refused);
            }
        }
    }
}

/// One answer without reading the question; a client that floods gets no more of our time.
fn refuse(stream: TcpStream, refused: Refused) {
    let body = format!("{{\"error\":\"{refused}\"}}\n");
    let text = format!(
        "HTTP/1.1 429 Too Many Requests\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
         connection: close\r\n\r\n{body}",
        body.len()
    );
    if stream.try_write(text.as_bytes()).is_err() {
        tracing::debug!("a refused client is gone already");
    }
    // Closing with unread bytes resets the connection and may lose the answer: end our side first, and wait a
    // moment for the other. Bounded: so many at once are cheap, and each is gone after a second.
    tokio::spawn(async move {
        let mut stream = stream;
        stream.shutdown().await.ok();
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    });
}

async fn serve(stream: TcpStream, client: Client, router: Router, service: Arc<Service>) {
    service.metrics.connections.increment(1.0);
    let gauge = service.metrics.connections.clone();
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let limits = &service.config.limits;
    let answer = service_fn(move |request: Request<Incoming>| {
        let (router, client) = (router.clone(), client.clone());
        async move { Ok::<_, Infallible>(answer(request, client, router).await) }
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.first_message_timeout)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(Patient::new(stream, limits.send_timeout)), answer)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let mut phase = service.phase.subscribe();
    let ended = tokio::select! {
        ended = connection.as_mut() => Some(ended),
        () = tokio::time::sleep(limits.http_connection_life) => None,
        _ = phase.wait_for(|phase| *phase == Phase::Closing) => None,
    };
    match ended {
        Some(Ok(())) => {}
        Some(Err(error)) => tracing::debug!(%error, "a connection ended early"),
        None => {
            connection.as_mut().graceful_shutdown();
            let _ = tokio::time::timeout(limits.drain_timeout, connection).await;
        }
    }
    gauge.decrement(1.0);
}

async fn answer(request: Request<Incoming>, client: Client, router: Router) -> axum::response::Response {
    let mut request = request.map(Body::new);
    let client = client.of_request(request.headers());
    request.extensions_mut().insert(client);
    match router.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

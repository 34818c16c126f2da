//! Starting and stopping a local chain: its threads, its ports.
//!
//! Two threads of our own: one owns the virtual machine, the other runs an async runtime with two
//! workers for HTTP and WebSocket. The caller's runtime, if it has one, is not used, so a caller
//! may block on clients without stopping the chain.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use axum::serve::ListenerExt;
use axum::Router;
use solana_hash::Hash;
use tokio::sync::oneshot;

use crate::chain::{Chain, RunningChain};
use crate::config::LocalnetConfig;
use crate::error::LocalnetError;
use crate::http::{pubsub_router, rpc_router, Shared};
use crate::ledger::BLOCKHASH_AGE_MAX;
use crate::pubsub::PubSub;
use crate::rpc::Node;

const HTTP_WORKERS: usize = 2;
/// Tries to find a free port whose successor is free too.
const PORT_TRIES: usize = 1_000;
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);
/// Blocks that must be remembered so that blockhashes and finality can be answered.
const BLOCKS_MIN: usize = 2 * BLOCKHASH_AGE_MAX as usize;

/// The local chain. It has no state of its own: [`Localnet::start`] gives a handle.
pub struct Localnet;

/// A running local chain; dropping it stops the chain.
#[derive(Debug)]
pub struct LocalnetHandle {
    /// `http://127.0.0.1:PORT`, JSON-RPC. WebSocket upgrades are taken here too.
    pub rpc_url: String,
    /// `ws://127.0.0.1:PORT+1`, PubSub.
    pub ws_url: String,
    /// Base address of the mock oracle's gateway; `/gateway/api/v1/randomness_reveal` is under it.
    pub gateway_url: String,
    /// Names the chain, as `getGenesisHash` does.
    pub genesis_hash: Hash,
    stop: Option<oneshot::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

impl Localnet {
    /// Starts a chain and answers when it can be used. Takes as long as loading the programs does,
    /// and blocks for it. Errors name the setting, program, account or port that is wrong.
    pub fn start(config: LocalnetConfig) -> Result<LocalnetHandle, LocalnetError> {
        check(&config)?;
        let (http, websocket) = bind_pair(config.rpc_port)?;
        let rpc_port = local_port(&http)?;
        let ws_port = local_port(&websocket)?;
        let (running, owner) = spawn_owner(config.clone())?;
        let genesis_hash = running.ledger.identity.genesis_hash;
        let shared = Shared {
            pubsub: Arc::new(PubSub::new(
                running.ledger.clone(),
                running.events,
                config.limits.connections_max,
                config.limits.subscriptions_max,
            )),
            node: Arc::new(Node::new(running.ledger, running.handle, config.limits)),
        };
        let (stop, stopped) = oneshot::channel();
        let server = spawn_server(http, websocket, shared, stopped)?;
        tracing::info!(rpc_port, ws_port, %genesis_hash, "the local chain is running");
        Ok(LocalnetHandle {
            rpc_url: format!("http://127.0.0.1:{rpc_port}"),
            ws_url: format!("ws://127.0.0.1:{ws_port}"),
            gateway_url: format!("http://127.0.0.1:{rpc_port}"),
            genesis_hash,
            stop: Some(stop),
            // The server goes first: its end drops the last handles to the owner.
            threads: vec![server, owner],
        })
    }
}

impl LocalnetHandle {
    /// Stops the chain and waits until its threads have ended. All state is gone with it.
    pub fn shutdown(mut self) {
        self.stop_and_join();
    }

    fn stop_and_join(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The server has ended by itself if nobody listens.
            let _ = stop.send(());
        }
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a thread of the local chain panicked");
            }
        }
    }
}

impl Drop for LocalnetHandle {
    fn drop(&mut self) {
        self.stop_and_join();
    }
}

fn check(config: &LocalnetConfig) -> Result<(), LocalnetError> {
    let limits = &config.limits;
    let refuse = |reason: String| Err(LocalnetError::Config(reason));
    if config.slot_ms == 0 {
        return refuse("slot_ms is 0, must be at least 1; the real network has 400".to_owned());
    }
    if config.rpc_port == u16::MAX {
        return refuse("rpc_port is 65535: the port after it is needed for WebSocket".to_owned());
    }
    if limits.blocks_max < BLOCKS_MIN {
        let found = limits.blocks_max;
        return refuse(format!(
            "limits.blocks_max is {found}, must be at least {BLOCKS_MIN}"
        ));
    }
    for (name, value) in [
        ("transactions_max", limits.transactions_max),
        ("commands_max", limits.commands_max),
        ("events_max", limits.events_max),
        ("connections_max", limits.connections_max),
        ("subscriptions_max", limits.subscriptions_max),
        ("batch_max", limits.batch_max),
        ("body_bytes_max", limits.body_bytes_max),
    ] {
        if value == 0 {
            return refuse(format!("limits.{name} is 0, must be at least 1"));
        }
    }
    Ok(())
}

/// Listeners on a port and on the one after it.
fn bind_pair(port: u16) -> Result<(TcpListener, TcpListener), LocalnetError> {
    if port != 0 {
        return Ok((bind(port)?, bind(port + 1)?));
    }
    let mut last = None;
    for _ in 0..PORT_TRIES {
        let first = bind(0)?;
        let next = local_port(&first)?.checked_add(1);
        match next.map(bind) {
            Some(Ok(second)) => return Ok((first, second)),
            Some(Err(error)) => last = Some(error),
            None => {}
        }
    }
    Err(last.unwrap_or_else(|| LocalnetError::Config("no two free ports in a row".to_owned())))
}

fn bind(port: u16) -> Result<TcpListener, LocalnetError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = TcpListener::bind(address).map_err(|source| LocalnetError::Bind { port, source })?;
    listener
        .set_nonblocking(true)
        .map_err(|source| LocalnetError::Bind { port, source })?;
    Ok(listener)
}

fn local_port(listener: &TcpListener) -> Result<u16, LocalnetError> {
    let address = listener.local_addr();
    address
        .map(|address| address.port())
        .map_err(|source| LocalnetError::Bind { port: 0, source })
}

/// The owner thread builds the virtual machine itself, because that is where it stays.
fn spawn_owner(config: LocalnetConfig) -> Result<(RunningChain, JoinHandle<()>), LocalnetError> {
    let (ready, started) = std::sync::mpsc::sync_channel(1);
    let thread = thread::Builder::new()
        .name("localnet-chain".to_owned())
        .spawn(move || match Chain::new(&config) {
            Ok((chain, running)) => {
                if ready.send(Ok(running)).is_ok() {
                    chain.run();
                }
            }
            Err(error) => {
                let _ = ready.send(Err(error));
            }
        })
        .map_err(LocalnetError::Thread)?;
    let running = started.recv().map_err(|_| LocalnetError::Died)??;
    Ok((running, thread))
}

fn spawn_server(
    http: TcpListener,
    websocket: TcpListener,
    shared: Shared,
    stopped: oneshot::Receiver<()>,
) -> Result<JoinHandle<()>, LocalnetError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(HTTP_WORKERS)
        .thread_name("localnet-http")
        .enable_all()
        .build()
        .map_err(LocalnetError::Thread)?;
    let listeners = {
        let _context = runtime.enter();
        let adopt = |listener| tokio::net::TcpListener::from_std(listener);
        (
            adopt(http).map_err(LocalnetError::Thread)?,
            adopt(websocket).map_err(LocalnetError::Thread)?,
        )
    };
    thread::Builder::new()
        .name("localnet-server".to_owned())
        .spawn(move || {
            runtime.block_on(async {
                tokio::select! {
                    () = serve(listeners.0, rpc_router(shared.clone())) => {}
                    () = serve(listeners.1, pubsub_router(shared.clone())) => {}
                    _ = stopped => {}
                }
            });
            drop(shared);
            runtime.shutdown_timeout(SHUTDOWN_TIMEOUT);
        })
        .map_err(LocalnetError::Thread)
}

async fn serve(listener: tokio::net::TcpListener, router: Router) {
    // Small answers must not wait for more to come.
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "the local chain's server has ended");
    }
}

//! A TCP proxy between processes of the installation and a service, which can be cut like a cable, and can
//! answer in the place of an overloaded RPC node, or of one that lies.
//!
//! Each connection is known by the process at its other end, so that one process can be cut off from what all
//! share. A cut freezes: nothing is forwarded in either direction, nothing is closed, new connections are
//! taken and not served. What was under way arrives when the cut is mended, as it would after a network's
//! partition.

mod lies;
mod owner;
mod storm;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub use lies::{Lie, Lies};
pub use storm::Storm;

/// Names of processes by their number.
pub type Names = Arc<RwLock<HashMap<u32, String>>>;

/// What the gate does with connections.
#[derive(Clone, Debug, Default, PartialEq)]
struct Policy {
    /// Cut for everybody.
    all: bool,
    /// Cut for these.
    cut: Vec<String>,
    /// Answered in the service's place.
    storm: Option<Storm>,
    /// Answered with lies.
    lies: Option<Lies>,
}

impl Policy {
    fn is_cut(&self, owner: Option<&str>) -> bool {
        self.all || owner.is_some_and(|owner| self.cut.iter().any(|name| name == owner))
    }

    /// Whether connections go on as they are.
    fn answers_as(&self, other: &Policy) -> bool {
        self.storm == other.storm && self.lies == other.lies
    }
}

/// A proxy. Cheap to clone; it ends with the test's runtime.
#[derive(Clone, Debug)]
pub struct Gate {
    address: SocketAddr,
    policy: Arc<watch::Sender<Policy>>,
}

impl Gate {
    /// Opens a gate to `target` on a free port of this machine.
    pub async fn open(target: SocketAddr, names: Names) -> Gate {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let policy = Arc::new(watch::Sender::new(Policy::default()));
        let gate = Gate {
            address,
            policy: policy.clone(),
        };
        tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let (names, policy) = (names.clone(), policy.subscribe());
                tokio::spawn(async move {
                    // Looked up once: a connection does not change hands.
                    let owner = tokio::task::spawn_blocking(move || owner::of(peer, address, &names))
                        .await
                        .unwrap_or_default();
                    let _ = stream.set_nodelay(true);
                    serve(stream, target, owner, policy).await;
                });
            }
        });
        gate
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts everybody off.
    pub fn cut(&self) {
        self.policy.send_modify(|policy| policy.all = true);
    }

    /// Lets everybody through again, but for those that are cut off by name.
    pub fn join(&self) {
        self.policy.send_modify(|policy| policy.all = false);
    }

    /// Cuts one process off.
    pub fn cut_off(&self, name: &str) {
        self.policy.send_modify(|policy| policy.cut.push(name.to_owned()));
    }

    /// Lets it through again.
    pub fn let_in(&self, name: &str) {
        self.policy
            .send_modify(|policy| policy.cut.retain(|other| other != name));
    }

    /// From now on some requests are answered with errors, or none any more. Connections that are open are
    /// closed.
    pub fn storm(&self, storm: Option<Storm>) {
        self.policy.send_modify(|policy| policy.storm = storm);
    }

    /// From now on requests are answered with lies, or none any more. Connections that are open are closed.
    pub fn lie(&self, lies: Option<Lies>) {
        self.policy.send_modify(|policy| policy.lies = lies);
    }

    /// All is well again.
    pub fn mend(&self) {
        self.policy.send_replace(Policy::default());
    }
}

async fn serve(
    stream: TcpStream,
    target: SocketAddr,
    owner: Option<String>,
    mut policy: watch::Receiver<Policy>,
) {
    if wait_until_open(&mut policy, owner.as_deref()).await.is_none() {
        return;
    }
    let before = policy.borrow().clone();
    let another = policy.clone();
    tokio::select! {
        () = forward(stream, target, owner, policy, &before) => {}
        () = until_another(another, &before) => {}
    }
}

/// Serves one connection as long as it goes on.
async fn forward(
    mut stream: TcpStream,
    target: SocketAddr,
    owner: Option<String>,
    policy: watch::Receiver<Policy>,
    before: &Policy,
) {
    if let Some(storm) = before.storm.as_ref().filter(|storm| storm.strikes()) {
        return storm::answer(&mut stream, storm).await;
    }
    if let Some(lies) = &before.lies {
        return lies.answer(stream, target).await;
    }
    let Ok(service) = TcpStream::connect(target).await else {
        return;
    };
    let _ = service.set_nodelay(true);
    let (from_client, to_client) = stream.into_split();
    let (from_service, to_service) = service.into_split();
    let there = pump(from_client, to_service, owner.clone(), policy.clone());
    let back = pump(from_service, to_client, owner, policy);
    tokio::select! {
        () = there => {}
        () = back => {}
    }
}

/// Waits until connections are answered otherwise than before.
async fn until_another(mut policy: watch::Receiver<Policy>, before: &Policy) {
    while policy.borrow_and_update().answers_as(before) {
        if policy.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

/// Waits while the gate is cut for the owner; none when the gate is gone.
async fn wait_until_open(policy: &mut watch::Receiver<Policy>, owner: Option<&str>) -> Option<()> {
    loop {
        if !policy.borrow_and_update().is_cut(owner) {
            return Some(());
        }
        policy.changed().await.ok()?;
    }
}

async fn pump(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    owner: Option<String>,
    mut policy: watch::Receiver<Policy>,
) {
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut buffer).await {
        if wait_until_open(&mut policy, owner.as_deref()).await.is_none()
            || to.write_all(&buffer[..length]).await.is_err()
        {
            return;
        }
    }
    // One direction may end before the other.
    let _ = to.shutdown().await;
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    /// Sends back what it gets.
    async fn echo() -> SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut to) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut to).await;
                });
            }
        });
        address
    }

    /// Whether a byte comes back within a time in which it would.
    async fn answers(stream: &mut TcpStream, patience_ms: u64) -> bool {
        let mut byte = [0];
        let read = timeout(Duration::from_millis(patience_ms), stream.read_exact(&mut byte)).await;
        matches!(read, Ok(Ok(_)))
    }

    #[tokio::test]
    async fn a_cut_freezes_and_what_was_under_way_arrives_when_it_is_mended() {
        let me = Names::default();
        me.write().unwrap().insert(std::process::id(), "me".to_owned());
        let gate = Gate::open(echo().await, me).await;
        let mut stream = TcpStream::connect(gate.address()).await.unwrap();
        stream.write_all(&[1]).await.unwrap();
        assert!(answers(&mut stream, 5_000).await);
        let cuts: [(&dyn Fn(), bool); 3] = [
            (&|| gate.cut(), true),
            (&|| gate.cut_off("me"), true),
            (&|| gate.cut_off("another"), false),
        ];
        for (cut, silences) in cuts {
            cut();
            stream.write_all(&[1]).await.unwrap();
            let patience_ms = if silences { 200 } else { 5_000 };
            assert_eq!(answers(&mut stream, patience_ms).await, !silences);
            gate.mend();
            assert!(!silences || answers(&mut stream, 5_000).await);
        }
    }

    #[tokio::test]
    async fn a_storm_closes_what_is_open_and_refuses_what_comes() {
        let gate = Gate::open(echo().await, Names::default()).await;
        let mut open = TcpStream::connect(gate.address()).await.unwrap();
        open.write_all(&[1]).await.unwrap();
        assert!(answers(&mut open, 5_000).await);
        gate.storm(Some(Storm {
            percent: 100,
            limited_percent: 100,
        }));
        let mut rest = Vec::new();
        let ended = timeout(Duration::from_secs(5), open.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "the connection stays open");
        let mut stream = TcpStream::connect(gate.address()).await.unwrap();
        let request = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}";
        stream.write_all(request).await.unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        assert!(
            said.starts_with("HTTP/1.1 429") && said.contains("retry-after: 1"),
            "{said}"
        );
    }
}

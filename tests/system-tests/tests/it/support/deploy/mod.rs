//! nginx and Redis with the files of `deploy/`, on ports of this machine, and the documents that the tests compare.

use std::future::Future;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// Long enough for anything that happens at all, on a machine that does much else.
pub(crate) const CERTAIN: Duration = Duration::from_secs(90);
/// The password of these tests' Redis.
const PASSWORD: &str = "only-here";

/// A file of the project.
pub(crate) fn path_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

/// Its text.
pub(crate) fn read(name: &str) -> String {
    let path = path_of(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A column of the table between two marks of a document, without its head.
pub(crate) fn cells(document: &str, mark: &str, column: usize) -> Vec<String> {
    let begin = format!("<!-- {mark}: begin -->");
    let end = format!("<!-- {mark}: end -->");
    let table = document.split_once(&begin).unwrap().1.split_once(&end).unwrap().0;
    let rows = table.lines().filter(|line| line.starts_with("| ")).skip(1);
    rows.map(|row| {
        let cell = row.split(" | ").nth(column).unwrap();
        cell.trim_start_matches("| ").trim().to_owned()
    })
    .collect()
}

/// Whether a program is there; says plainly when it is not.
pub(crate) fn installed(program: &str) -> bool {
    let found = Command::new(program)
        .arg("-v")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    if !found {
        eprintln!("NOT TESTED: {program} is not installed (tools/setup installs it)");
    }
    found
}

/// The outcome, within [`CERTAIN`].
pub(crate) async fn in_time<F: Future>(work: F) -> F::Output {
    tokio::time::timeout(CERTAIN, work).await.expect("in time")
}

/// Waits until it is so.
pub(crate) fn poll(patience: Duration, what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + patience;
    while !is_so() {
        assert!(Instant::now() < deadline, "not within {patience:?}: {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// A port that nobody listens on now.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A child that ends with its handle.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// nginx with `deploy/nginx/nginx.conf`, in front of these relays, without TLS.
pub(crate) struct Nginx {
    /// Of what is behind TLS.
    pub(crate) port: u16,
    /// Of what is not.
    pub(crate) plain_port: u16,
    _process: Process,
    _dir: TempDir,
}

impl Nginx {
    /// Starts it and waits until it answers.
    pub(crate) async fn start(relays: &[u16; 3]) -> Nginx {
        let dir = tempfile::tempdir().unwrap();
        let (port, plain_port) = (free_port(), free_port());
        let mut text = read("deploy/nginx/nginx.conf");
        for (index, relay) in relays.iter().enumerate() {
            text = replaced(
                &text,
                // Debian's nginx is older than the image's, and looks names up at its start only.
                &format!("relay-{}:8080 resolve", index + 1),
                &format!("127.0.0.1:{relay}"),
            );
        }
        for (from, to) in [
            ("listen 8080;", format!("listen 127.0.0.1:{plain_port};")),
            ("listen [::]:8080;", String::new()),
            ("listen 8443 ssl http2;", format!("listen 127.0.0.1:{port};")),
            ("listen [::]:8443 ssl http2;", String::new()),
            ("ssl_certificate /run/secrets/tls_certificate;", String::new()),
            ("ssl_certificate_key /run/secrets/tls_key;", String::new()),
            ("/tmp/nginx", format!("{}/nginx", dir.path().display())),
            ("include mime.types;", "include /etc/nginx/mime.types;".to_owned()),
            ("worker_rlimit_nofile 65536;", String::new()),
            ("worker_connections 16384;", "worker_connections 512;".to_owned()),
        ] {
            text = replaced(&text, from, &to);
        }
        let config = dir.path().join("nginx.conf");
        std::fs::write(&config, text).unwrap();
        let process = Command::new("nginx")
            .arg("-c")
            .arg(&config)
            .args(["-g", "daemon off; master_process off;"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let nginx = Nginx {
            port,
            plain_port,
            _process: Process(process),
            _dir: dir,
        };
        in_time(async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        })
        .await;
        nginx
    }
}

/// With every `from` replaced; there must be one.
fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "nginx.conf has no `{from}`");
    text.replace(from, to)
}

/// Sends text to a port; the answer is everything until the other side closes.
pub(crate) async fn send(port: u16, text: String) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(text.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // Whoever is asked closes the connection.
    let _ = in_time(stream.read_to_end(&mut answer)).await;
    String::from_utf8_lossy(&answer).into_owned()
}

/// The whole answer to a GET.
pub(crate) async fn ask(port: u16, path: &str) -> String {
    send(
        port,
        format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"),
    )
    .await
}

/// A stand-in for a relay that tells the head of each request it gets, and closes.
pub(crate) async fn echo_of_requests() -> (u16, mpsc::Receiver<String>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (heads, receiver) = mpsc::channel(16);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let heads = heads.clone();
            tokio::spawn(async move {
                let mut head = Vec::new();
                let mut buffer = [0; 4096];
                while !head.windows(4).any(|end| end == b"\r\n\r\n") {
                    match stream.read(&mut buffer).await {
                        Ok(length @ 1..) => head.extend_from_slice(&buffer[..length]),
                        _ => return,
                    }
                }
                let answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = heads.send(String::from_utf8_lossy(&head).into_owned()).await;
            });
        }
    });
    (port, receiver)
}

/// Nodes of Redis, started by `deploy/redis/start.sh`.
pub(crate) struct RedisNodes {
    nodes: Vec<(u16, Mutex<Process>)>,
    _dir: TempDir,
}

impl RedisNodes {
    /// Starts so many and waits until each answers.
    pub(crate) fn start(count: usize) -> RedisNodes {
        let dir = tempfile::tempdir().unwrap();
        let nodes: Vec<(u16, Mutex<Process>)> = (0..count)
            .map(|index| {
                let (port, gossip) = (free_port(), free_port());
                let home = dir.path().join(index.to_string());
                std::fs::create_dir(&home).unwrap();
                let process = Command::new(path_of("deploy/redis/start.sh"))
                    .env("REDIS_PASSWORD", PASSWORD)
                    .args(["port", &port.to_string()])
                    .args(["cluster-port", &gossip.to_string()])
                    .args(["bind", "127.0.0.1"])
                    .args(["dir", home.to_str().unwrap()])
                    .stdout(Stdio::null())
                    .spawn()
                    .unwrap();
                (port, Mutex::new(Process(process)))
            })
            .collect();
        let started = RedisNodes { nodes, _dir: dir };
        for index in 0..count {
            poll(CERTAIN, "a node of Redis answers", || {
                started.ask(index, &["ping"]).contains("PONG")
            });
        }
        started
    }

    /// What `deploy/redis/join.sh` says.
    pub(crate) fn join(&self) -> String {
        let nodes: Vec<String> = self
            .nodes
            .iter()
            .map(|(port, _)| format!("127.0.0.1:{port}"))
            .collect();
        let output = Command::new(path_of("deploy/redis/join.sh"))
            .env("NODES", nodes.join(" "))
            .env("REDIS_PASSWORD", PASSWORD)
            .output()
            .unwrap();
        let text = format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.status.success(), "{text}");
        text
    }

    /// Kills a node.
    pub(crate) fn kill(&self, index: usize) {
        let mut process = self.nodes[index].1.lock().unwrap();
        process.0.kill().unwrap();
        process.0.wait().unwrap();
    }

    /// The answer of a node.
    pub(crate) fn ask(&self, index: usize, words: &[&str]) -> String {
        self.answer(index, words, Some(PASSWORD))
    }

    /// Its answer to somebody without the password.
    pub(crate) fn ask_anonymously(&self, index: usize, words: &[&str]) -> String {
        self.answer(index, words, None)
    }

    fn answer(&self, index: usize, words: &[&str], password: Option<&str>) -> String {
        let mut command = Command::new("redis-cli");
        command.env_remove("REDISCLI_AUTH");
        if let Some(password) = password {
            command.env("REDISCLI_AUTH", password);
        }
        let output = command
            .args(["-h", "127.0.0.1", "-p", &self.nodes[index].0.to_string()])
            .args(words)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

//! nginx and Redis with the files of `deploy/`, on ports of this machine, and the documents that the tests compare.

use std::future::Future;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use cluster::ClusterConfig;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// Long enough for anything that happens at all, on a machine that does much else.
pub(crate) const CERTAIN: Duration = Duration::from_secs(90);

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

/// How long a child that was asked to end may take.
const ENDING: Duration = Duration::from_secs(3);

fn signal(pid: u32, signal: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &pid.to_string()])
        .stderr(Stdio::null())
        .status();
    // Whether somebody is left to be told is the caller's to know.
    let _ = sent;
}

/// A child that ends with its handle.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        // Asked first: one that has children ends them. It may have ended already.
        signal(self.0.id(), "TERM");
        let deadline = Instant::now() + ENDING;
        while matches!(self.0.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(20));
        }
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
    process: Process,
    _dir: TempDir,
}

/// How nginx is started.
pub(crate) struct NginxConfig<'a> {
    /// What stands in the place of each relay's name, port and `resolve`.
    pub(crate) relays: [String; 3],
    /// What else is changed in the file.
    pub(crate) changes: &'a [(&'a str, &'a str)],
    /// With workers, which a reload replaces.
    pub(crate) workers: bool,
}

impl NginxConfig<'_> {
    /// The file with relays at these ports, not looked up by name.
    pub(crate) fn at(relays: &[u16; 3]) -> Self {
        // Debian's nginx is older than the image's, and looks names up at its start only.
        Self {
            relays: relays.map(|relay| format!("127.0.0.1:{relay}")),
            changes: &[],
            workers: false,
        }
    }
}

impl Nginx {
    /// Starts it and waits until it answers.
    pub(crate) async fn start(relays: &[u16; 3]) -> Nginx {
        Self::start_with(NginxConfig::at(relays)).await.unwrap()
    }

    /// Starts it and waits until it answers, or ends: then what it said.
    pub(crate) async fn start_with(config: NginxConfig<'_>) -> Result<Nginx, String> {
        let dir = tempfile::tempdir().unwrap();
        let (port, plain_port) = (free_port(), free_port());
        let mut text = read("deploy/nginx/nginx.conf");
        for (index, relay) in config.relays.iter().enumerate() {
            text = replaced(&text, &format!("relay-{}:8080 resolve", index + 1), relay);
        }
        for (from, to) in config.changes {
            text = replaced(&text, from, to);
        }
        for (from, to) in [
            ("listen 8080;", format!("listen 127.0.0.1:{plain_port};")),
            ("listen [::]:8080;", String::new()),
            ("listen 8443 ssl;", format!("listen 127.0.0.1:{port};")),
            ("listen [::]:8443 ssl;", String::new()),
            ("http2 on;", String::new()),
            ("ssl_certificate /etc/aurelius/tls/tls.crt;", String::new()),
            ("ssl_certificate_key /etc/aurelius/tls/tls.key;", String::new()),
            ("/tmp/nginx", format!("{}/nginx", dir.path().display())),
            ("worker_rlimit_nofile 65536;", String::new()),
            ("worker_connections 16384;", "worker_connections 512;".to_owned()),
        ] {
            text = replaced(&text, from, &to);
        }
        // What start.sh writes.
        let browsers_port = "map \"\" $https_port { default \":8443\"; }\n";
        std::fs::write(dir.path().join("nginx-port.conf"), browsers_port).unwrap();
        let (file, said) = (dir.path().join("nginx.conf"), dir.path().join("nginx.said"));
        std::fs::write(&file, text).unwrap();
        let processes = match config.workers {
            true => "daemon off; user root;",
            false => "daemon off; master_process off;",
        };
        let process = Command::new("nginx")
            .arg("-c")
            .arg(&file)
            .args(["-g", processes])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&said).unwrap())
            .spawn()
            .unwrap();
        let mut nginx = Nginx {
            port,
            plain_port,
            process: Process(process),
            _dir: dir,
        };
        in_time(async {
            while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
                if let Ok(Some(_)) = nginx.process.0.try_wait() {
                    return Err(std::fs::read_to_string(&said).unwrap_or_default());
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        })
        .await?;
        Ok(nginx)
    }

    /// As `nginx -s reload` does.
    pub(crate) fn reload(&self) {
        signal(self.process.0.id(), "HUP");
    }
}

/// The version of nginx that is installed.
pub(crate) fn nginx_version() -> (u32, u32, u32) {
    let out = Command::new("nginx").arg("-v").output().unwrap();
    // `nginx version: nginx/1.22.1`
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    version(text.trim().rsplit('/').next().unwrap())
}

/// `1.27.3` and whatever follows a space.
pub(crate) fn version(text: &str) -> (u32, u32, u32) {
    let number = text.split_whitespace().next().unwrap();
    let mut parts = number.split('.').map(|part| part.parse().unwrap());
    let mut part = || parts.next().unwrap();
    (part(), part(), part())
}

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

/// Nodes of Redis, started by `deploy/redis/start.sh` with the users that `deploy/prepare` makes.
pub(crate) struct RedisNodes {
    nodes: Vec<(u16, Mutex<Process>)>,
    dir: TempDir,
}

/// What `deploy/prepare` writes for an operator whose folders are all in this one.
fn prepare(dir: &Path) {
    let settings: String = read("deploy/example.env")
        .lines()
        .map(|line| match line.split_once('=') {
            Some((name @ ("SECRETS_DIR" | "BACKUP_DIR" | "ACME_DIR" | "TLS_DIR"), _)) => {
                format!("{name}={}/{name}\n", dir.display())
            }
            _ => format!("{line}\n"),
        })
        .collect();
    let env = dir.join("env");
    std::fs::write(&env, settings).unwrap();
    let output = Command::new(path_of("deploy/prepare"))
        .arg(&env)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

impl RedisNodes {
    /// Starts so many and waits until each answers.
    pub(crate) fn start(count: usize) -> RedisNodes {
        let dir = tempfile::tempdir().unwrap();
        prepare(dir.path());
        let nodes: Vec<(u16, Mutex<Process>)> = (0..count)
            .map(|index| {
                let (port, gossip) = (free_port(), free_port());
                let home = dir.path().join(index.to_string());
                std::fs::create_dir(&home).unwrap();
                let process = Command::new(path_of("deploy/redis/start.sh"))
                    .env("REDIS_SECRETS", dir.path().join("SECRETS_DIR"))
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
        let started = RedisNodes { nodes, dir };
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
            .env("REDIS_SECRETS", self.dir.path().join("SECRETS_DIR"))
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

    /// How `crank` or `relay` connects.
    pub(crate) fn config(&self, user: &str) -> ClusterConfig {
        let password = self.password(user);
        let address = |(port, _): &(u16, _)| format!("redis://{user}:{password}@127.0.0.1:{port}");
        ClusterConfig::new(self.nodes.iter().map(address).collect())
    }

    fn password(&self, user: &str) -> String {
        let path = self.dir.path().join("SECRETS_DIR").join(format!("redis_{user}"));
        std::fs::read_to_string(path).unwrap().trim().to_owned()
    }

    /// Lets two nodes know each other.
    pub(crate) fn meet(&self, one: usize, other: usize) {
        // The port for gossip is none that could be told from the other one.
        let config = self.ask(other, &["config", "get", "cluster-port"]);
        let (port, gossip) = (
            self.nodes[other].0.to_string(),
            config.lines().last().unwrap().to_owned(),
        );
        self.ask(one, &["cluster", "meet", "127.0.0.1", &port, &gossip]);
    }

    /// The answer of a node to the admin.
    pub(crate) fn ask(&self, index: usize, words: &[&str]) -> String {
        self.ask_as("admin", index, words)
    }

    /// The answer of a node to one of its users.
    pub(crate) fn ask_as(&self, user: &str, index: usize, words: &[&str]) -> String {
        self.answer(index, words, Some(user))
    }

    /// Its answer to somebody without the password.
    pub(crate) fn ask_anonymously(&self, index: usize, words: &[&str]) -> String {
        self.answer(index, words, None)
    }

    fn answer(&self, index: usize, words: &[&str], user: Option<&str>) -> String {
        let mut command = Command::new("redis-cli");
        command.env_remove("REDISCLI_AUTH");
        if let Some(user) = user {
            command
                .env("REDISCLI_AUTH", self.password(user))
                .args(["--user", user, "--no-auth-warning"]);
        }
        let output = command
            .args(["-h", "127.0.0.1", "-p", &self.nodes[index].0.to_string()])
            .args(words)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

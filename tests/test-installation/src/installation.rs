//! The processes of an installation, by name: one chain, cranks, relays; and the services they share.
//!
//! Invariant: what a process is told stays the same when it is started again, but for the port of a relay.
//! When the test fails, the end of every log is printed.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};
use std::time::Duration;

use client::Pubkey;
use protocol::MatchKey;
use tempfile::TempDir;

use crate::clock::Clock;
use crate::gate::{Gate, Names};
use crate::process::{tail, Order, Process};
use crate::town::Town;

/// Longest wait for a process to be ready, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_secs(120);
/// Lines of each log that are shown when a test fails.
const TAIL_LINES: usize = 30;

/// Addresses of the relays that serve now.
pub type Relays = Arc<RwLock<Vec<SocketAddr>>>;

/// What an installation is like.
#[derive(Clone, Debug)]
pub struct InstallationConfig {
    /// The `aurelius` command.
    pub binary: PathBuf,
    /// Length of a slot of the local chain, milliseconds.
    pub slot_ms: u64,
    /// Each of these stakes keeps a Blitz open.
    pub stakes: Vec<u32>,
    /// Wallets with SOL and tokens.
    pub wallets: usize,
    /// With Redis: many cranks and relays. Without: one crank that serves players itself.
    pub redis: bool,
    /// Connections go through gates that can be cut.
    pub gates: bool,
    /// Cranks have clocks that can be set.
    pub clocks: bool,
    /// More arguments for every crank.
    pub crank_arguments: Vec<String>,
    /// More variables for every process.
    pub environment: Vec<(String, String)>,
}

impl InstallationConfig {
    /// One stake, twelve wallets, slots of 200 ms, Redis, no gates.
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        Self {
            binary: binary.into(),
            slot_ms: 200,
            stakes: vec![1],
            wallets: 12,
            redis: true,
            gates: false,
            clocks: false,
            crank_arguments: Vec::new(),
            environment: Vec::new(),
        }
    }
}

/// The gates of one process.
#[derive(Clone)]
pub struct Gates {
    /// To the chain's RPC, as the first endpoint and as the second.
    pub rpc: [Gate; 2],
    /// To its PubSub.
    pub pubsub: Gate,
    /// To PostgreSQL.
    pub postgres: Gate,
}

/// An installation. Dropping it ends everything.
pub struct Installation {
    config: InstallationConfig,
    processes: BTreeMap<String, Process>,
    orders: BTreeMap<String, Order>,
    addresses: BTreeMap<String, SocketAddr>,
    gates: BTreeMap<String, Gates>,
    redis_gates: Vec<Gate>,
    names: Names,
    relays: Relays,
    chain: ChainAt,
    /// The chain as the test sees it.
    pub town: Arc<Town>,
    /// The Redis Cluster, with [`InstallationConfig::redis`].
    pub redis: Option<test_redis::Cluster>,
    /// The PostgreSQL server.
    pub postgres: test_postgres::Cluster,
    database: String,
    // Last: the files go when nobody writes any more.
    folder: TempDir,
}

/// What the local chain printed.
struct ChainAt {
    rpc_url: String,
    gateway_url: String,
    mint: Pubkey,
}

impl Installation {
    /// Starts chain, Redis and PostgreSQL; cranks and relays are started by name.
    ///
    /// # Panics
    /// When one of them does not start.
    pub async fn start(config: InstallationConfig) -> Installation {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let redis = config.redis.then(test_redis::Cluster::start);
        let postgres = test_postgres::Cluster::start();
        let database = "installation".to_owned();
        postgres.sql("postgres", &format!("CREATE DATABASE {database}"));
        let keys = folder.path().join("keys");
        let order = Order {
            binary: config.binary.clone(),
            arguments: words(&[
                "localnet",
                "--rpc-port",
                "0",
                "--slot-ms",
                &config.slot_ms.to_string(),
            ])
            .chain(["--data-dir".to_owned(), keys.display().to_string()])
            .collect(),
            environment: vec![("LOG_LEVEL".to_owned(), "warn".to_owned())],
            log: folder.path().join("chain.log"),
        };
        let mut process = Process::start("chain", &order);
        process.line_with("running until Ctrl-C", PATIENCE);
        let mut said = |name: &str| value(&process.line_with(&format!("export {name}="), PATIENCE));
        let chain = ChainAt {
            rpc_url: said("AURELIUS_RPC_URL"),
            gateway_url: said("AURELIUS_GATEWAY_URL"),
            mint: said("AURELIUS_MINT").parse().expect("an address"),
        };
        std::fs::write(keys.join("drip.key"), "5".repeat(64)).expect("the drip key can be written");
        let town = Town::found(&chain.rpc_url, &keys, chain.mint, config.wallets).await;
        let mut installation = Installation {
            processes: BTreeMap::from([("chain".to_owned(), process)]),
            orders: BTreeMap::new(),
            addresses: BTreeMap::new(),
            gates: BTreeMap::new(),
            redis_gates: Vec::new(),
            names: Arc::new(RwLock::new(HashMap::new())),
            relays: Relays::default(),
            chain,
            town: Arc::new(town),
            redis,
            postgres,
            database,
            folder,
            config,
        };
        installation.open_redis_gates().await;
        installation
    }

    /// Starts a crank, or starts it again with its old data directory, and waits until it runs.
    ///
    /// # Panics
    /// When it does not run in time.
    pub async fn start_crank(&mut self, name: &str) {
        self.launch_crank(name).await;
        self.process(name).line_with(ready_line(name), PATIENCE);
        assert!(self.is_up(name));
    }

    /// As [`Self::start_crank`], without waiting.
    pub async fn launch_crank(&mut self, name: &str) {
        if !self.orders.contains_key(name) {
            let data = self.data_dir(name).display().to_string();
            let stakes: Vec<String> = self.config.stakes.iter().map(u32::to_string).collect();
            let mut arguments: Vec<String> = words(&["crank", "--data-dir", &data, "--tick-threads", "1"])
                .chain(words(&["--lock-grace", "3s", "--countdown", "1s"]))
                .collect();
            if !stakes.is_empty() {
                arguments.extend(words(&["--blitz", &stakes.join(",")]));
            }
            if !self.config.redis {
                arguments.extend(words(&["--port", "0"]));
            }
            arguments.extend(self.config.crank_arguments.iter().cloned());
            let mut environment = self.environment(name).await;
            if self.config.clocks {
                environment.extend(self.clock(name).environment());
            }
            self.order(name, arguments, environment);
        }
        self.launch(name);
    }

    /// Starts a relay on a free port, or starts it again on another.
    ///
    /// # Panics
    /// When it does not serve in time.
    pub async fn start_relay(&mut self, name: &str) {
        self.launch_relay(name).await;
        self.process(name).line_with(ready_line(name), PATIENCE);
        assert!(self.is_up(name));
    }

    /// As [`Self::start_relay`], without waiting.
    pub async fn launch_relay(&mut self, name: &str) {
        if !self.orders.contains_key(name) {
            let data = self.data_dir(name).display().to_string();
            let arguments = words(&["relay", "--port", "0", "--data-dir", &data]).collect();
            let environment = self.environment(name).await;
            self.order(name, arguments, environment);
        }
        self.launch(name);
    }

    /// Whether a process that was launched is ready. From then on clients find it, if it serves them.
    pub fn is_up(&mut self, name: &str) -> bool {
        if self.process(name).find(ready_line(name)).is_none() {
            return false;
        }
        let address = match name.starts_with("relay") {
            true => self.process(name).find(ready_line(name)),
            false => self.process(name).find("players   http://"),
        };
        if let Some(line) = address.filter(|_| !self.addresses.contains_key(name)) {
            self.serves(name, &line);
        }
        true
    }

    /// A process that was started.
    ///
    /// # Panics
    /// When none was under this name.
    pub fn process(&mut self, name: &str) -> &mut Process {
        let known: Vec<String> = self.processes.keys().cloned().collect();
        self.processes
            .get_mut(name)
            .unwrap_or_else(|| panic!("there is no process {name}, only {known:?}"))
    }

    /// `kill -9`.
    pub fn kill(&mut self, name: &str) {
        self.process(name).kill();
        self.is_gone(name);
    }

    /// Asks it to end, and waits; answers its exit status.
    pub fn terminate(&mut self, name: &str, patience: Duration) -> Option<i32> {
        self.is_gone(name);
        let process = self.process(name);
        process.terminate();
        process.finish(patience).code()
    }

    /// Takes a relay off the list that clients choose from.
    pub fn is_gone(&mut self, name: &str) {
        if let Some(address) = self.addresses.remove(name) {
            self.relays
                .write()
                .expect("no panic while held")
                .retain(|known| *known != address);
        }
    }

    /// Where clients find relays.
    pub fn relays(&self) -> Relays {
        self.relays.clone()
    }

    /// Where this process serves.
    pub fn address(&self, name: &str) -> Option<SocketAddr> {
        self.addresses.get(name).copied()
    }

    /// Gives the local chain an order, such as `localnet_skipSlots`.
    ///
    /// # Panics
    /// When it refuses.
    pub async fn order_chain(&self, method: &str, params: &[u64]) {
        let order =
            serde_json::json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string();
        let client = reqwest::Client::builder().no_proxy().build();
        let request = client.expect("an HTTP client").post(&self.chain.rpc_url);
        let request = request.header("content-type", "application/json").body(order);
        let answer = request.send().await.expect("the chain answers");
        let text = answer.text().await.expect("the chain answers");
        assert!(text.contains("\"result\""), "{method} {params:?}: {text}");
    }

    /// The gates of a process, with [`InstallationConfig::gates`].
    ///
    /// # Panics
    /// When it has none.
    pub fn gates(&self, name: &str) -> Gates {
        self.gates.get(name).expect("started, and with gates").clone()
    }

    /// The gates of Redis, one for each node; each can be cut for one process.
    pub fn redis_gates(&self) -> &[Gate] {
        &self.redis_gates
    }

    /// The wall clock of a crank, with [`InstallationConfig::clocks`].
    pub fn clock(&self, name: &str) -> Clock {
        Clock::new(self.folder.path(), name)
    }

    /// Data directory of a process.
    pub fn data_dir(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Data directories of all that have one.
    pub fn data_dirs(&self) -> Vec<PathBuf> {
        self.orders.keys().map(|name| self.data_dir(name)).collect()
    }

    /// Who holds the lease of a match, and with which fencing token. None without Redis, and for a match
    /// nobody holds.
    pub fn holder(&self, match_key: &MatchKey) -> Option<Holder> {
        let redis = self.redis.as_ref()?;
        let text = redis.ask(&["GET", &format!("aurelius:game:{{{match_key}}}:lease")]);
        let (token, name) = text.split_once(':')?;
        Some(Holder {
            token: token.parse().ok()?,
            name: name.to_owned(),
        })
    }

    /// The token under which the live state of a match was last written.
    pub fn token_in_game(&self, match_key: &MatchKey) -> Option<u64> {
        let redis = self.redis.as_ref()?;
        let key = format!("aurelius:game:{{{match_key}}}");
        redis.ask(&["HGET", &key, "token"]).parse().ok()
    }

    /// The highest token that the store takes writes of a match with.
    pub fn fence(&self, match_key: &MatchKey) -> u64 {
        let hex = hex::encode(match_key.0);
        let fence = self.sql(&format!("SELECT fence FROM matches WHERE match_key = '\\x{hex}'"));
        fence.parse().unwrap_or(0)
    }

    /// One value out of the cranks' database.
    pub fn sql(&self, statement: &str) -> String {
        self.postgres.sql(&self.database, statement)
    }

    /// Announces the gates to Redis again, after a node was started again.
    pub fn announce_redis_gates(&self) {
        let Some(redis) = &self.redis else { return };
        for (gate, port) in self.redis_gates.iter().zip(redis.ports()) {
            let announced = gate.address().port().to_string();
            tell(port, &["CONFIG", "SET", "cluster-announce-port", &announced]);
        }
    }

    /// Gives every Redis node an order.
    ///
    /// # Panics
    /// When one does not answer `OK`.
    pub fn tell_redis(&self, command: &[&str]) {
        let ports = self.redis.iter().flat_map(test_redis::Cluster::ports);
        ports.for_each(|port| tell(port, command));
    }

    /// The sum over all Redis nodes of a number that `INFO` gives.
    pub fn redis_info(&self, field: &str) -> f64 {
        let ports = self.redis.iter().flat_map(test_redis::Cluster::ports);
        ports
            .filter_map(|port| {
                let said = ask(port, &["INFO"]);
                let line = said
                    .lines()
                    .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'))?;
                line.trim().parse::<f64>().ok()
            })
            .sum()
    }

    async fn open_redis_gates(&mut self) {
        let (Some(redis), true) = (&self.redis, self.config.gates) else {
            return;
        };
        for port in redis.ports() {
            self.redis_gates
                .push(Gate::open(SocketAddr::from(([127, 0, 0, 1], port)), self.names.clone()).await);
        }
        self.announce_redis_gates();
    }

    /// What a process finds in its environment.
    async fn environment(&mut self, name: &str) -> Vec<(String, String)> {
        let mut rpc_url = self.chain.rpc_url.clone();
        let mut ws_url = None;
        let mut database = self.postgres.url(&self.database);
        if self.config.gates {
            let rpc_port = port_of(&rpc_url);
            let local = |port: u16| SocketAddr::from(([127, 0, 0, 1], port));
            let gates = Gates {
                rpc: [
                    Gate::open(local(rpc_port), self.names.clone()).await,
                    Gate::open(local(rpc_port), self.names.clone()).await,
                ],
                pubsub: Gate::open(local(rpc_port + 1), self.names.clone()).await,
                postgres: Gate::open(local(self.postgres.port()), self.names.clone()).await,
            };
            let [first, second] = &gates.rpc;
            rpc_url = format!("http://{},http://{}", first.address(), second.address());
            ws_url = Some(format!("ws://{}", gates.pubsub.address()));
            database = database.replace(
                &format!(":{}/", self.postgres.port()),
                &format!(":{}/", gates.postgres.address().port()),
            );
            self.gates.insert(name.to_owned(), gates);
        }
        let keys = self.folder.path().join("keys");
        let mut all = vec![
            ("AURELIUS_NAME".to_owned(), name.to_owned()),
            ("AURELIUS_RPC_URL".to_owned(), rpc_url),
            ("AURELIUS_GATEWAY_URL".to_owned(), self.chain.gateway_url.clone()),
            ("AURELIUS_MINT".to_owned(), self.chain.mint.to_string()),
            (
                "AURELIUS_KEYPAIR".to_owned(),
                keys.join("operator.json").display().to_string(),
            ),
            (
                "AURELIUS_DRIP_KEY".to_owned(),
                keys.join("drip.key").display().to_string(),
            ),
            ("DATABASE_URL".to_owned(), database),
            (
                "LOG_LEVEL".to_owned(),
                std::env::var("FLEET_LOG").unwrap_or_else(|_| "info".to_owned()),
            ),
        ];
        all.extend(ws_url.map(|url| ("AURELIUS_WS_URL".to_owned(), url)));
        if let Some(redis) = &self.redis {
            let ports: Vec<u16> = match &self.redis_gates[..] {
                [] => redis.ports().to_vec(),
                gates => gates.iter().map(|gate| gate.address().port()).collect(),
            };
            for (number, port) in ports.iter().enumerate() {
                all.push((format!("REDIS_HOST_{}", number + 1), format!("127.0.0.1:{port}")));
            }
        }
        all.extend(self.config.environment.iter().cloned());
        all
    }

    fn order(&mut self, name: &str, arguments: Vec<String>, environment: Vec<(String, String)>) {
        let order = Order {
            binary: self.config.binary.clone(),
            arguments,
            environment,
            log: self.log_of(name),
        };
        self.orders.insert(name.to_owned(), order);
    }

    fn launch(&mut self, name: &str) {
        self.is_gone(name);
        let process = Process::start(name, &self.orders[name]);
        self.names
            .write()
            .expect("no panic while held")
            .insert(process.pid(), name.to_owned());
        self.processes.insert(name.to_owned(), process);
    }

    fn serves(&mut self, name: &str, line: &str) {
        let url = line.split_whitespace().last().unwrap_or_default();
        let address = url
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .parse()
            .unwrap_or_else(|_| panic!("{name} names no address: {line}"));
        self.addresses.insert(name.to_owned(), address);
        self.relays.write().expect("no panic while held").push(address);
    }

    fn log_of(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.log"))
    }

    /// The whole log of a process, all its runs.
    pub fn log(&self, name: &str) -> String {
        std::fs::read_to_string(self.log_of(name)).unwrap_or_default()
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        for name in self.processes.keys() {
            let log = self.log_of(name);
            keep(&log, name);
            if std::thread::panicking() {
                eprintln!("==== the log of {name} ends with\n{}", tail(&log, TAIL_LINES));
            }
        }
    }
}

/// What a process says when it is ready.
fn ready_line(name: &str) -> &'static str {
    match name.starts_with("relay") {
        true => "page      http://",
        false => "running until Ctrl-C",
    }
}

/// Keeps the whole log where FLEET_KEEP says.
fn keep(log: &Path, name: &str) {
    if let Some(folder) = std::env::var_os("FLEET_KEEP") {
        let _ = std::fs::create_dir_all(&folder);
        let _ = std::fs::copy(log, Path::new(&folder).join(format!("{name}.log")));
    }
}

/// Who holds a lease.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Fencing token.
    pub token: u64,
    /// Name of the crank.
    pub name: String,
}

/// Gives one Redis node an order.
fn tell(port: u16, command: &[&str]) {
    let said = ask(port, command);
    assert!(said.contains("OK"), "{command:?}: {said}");
}

/// What one Redis node answers.
fn ask(port: u16, command: &[&str]) -> String {
    let out = std::process::Command::new("redis-cli")
        .args(["-h", "127.0.0.1", "-p", &port.to_string()])
        .args(command)
        .output()
        .expect("redis-cli runs");
    String::from_utf8_lossy(&out.stdout).into_owned()
}

fn words<'a>(all: &'a [&'a str]) -> impl Iterator<Item = String> + 'a {
    all.iter().map(|word| (*word).to_owned())
}

/// The value in a line such as `  export NAME=value`.
fn value(line: &str) -> String {
    line.split_once('=')
        .map_or_else(String::new, |(_, value)| value.trim().to_owned())
}

fn port_of(url: &str) -> u16 {
    let digits = url.trim_end_matches('/').rsplit(':').next().unwrap_or_default();
    digits.parse().unwrap_or_else(|_| panic!("{url} names no port"))
}

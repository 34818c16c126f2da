//! A `solana-test-validator` of one's own: its ports, its folder, its end.
//!
//! Invariant: however the test ends (by its last line, by a panic, by a kill), the validator ends with it. A watchdog
//! process holds one end of a pipe whose other end only the test has, and kills the validator's process group when the
//! pipe breaks.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use client::rpc::{RpcConfig, RpcPool};
use client::Pubkey;
use localnet::GenesisAccount;
use serde_json::json;

/// The program that is looked for on PATH.
const PROGRAM: &str = "solana-test-validator";
/// How long it may take from its start to its second slot.
const START_PATIENCE: Duration = Duration::from_secs(90);
/// Starts, each on other ports: between a look at ports and their use somebody else may take them.
const STARTS_MAX: usize = 3;
/// RPC, PubSub, faucet, gossip, then those that it takes as it likes.
const PORTS: u16 = 64;
const PORTS_OF_ITS_OWN: u16 = 4;

/// What a chain begins with, beside what every chain has.
pub struct Genesis {
    /// Address, ELF, upgrade authority (none: final).
    pub programs: Vec<(Pubkey, PathBuf, Option<Pubkey>)>,
    pub accounts: Vec<GenesisAccount>,
}

/// A running validator.
pub struct Validator {
    pub rpc_url: String,
    pub ws_url: String,
    process: Child,
    watchdog: Child,
    folder: tempfile::TempDir,
}

/// The version of the validator on PATH; none when there is none.
pub fn version() -> Option<String> {
    let output = Command::new(PROGRAM).arg("--version").output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl Validator {
    /// Starts it and waits until it makes slots.
    pub async fn start(genesis: &Genesis) -> Self {
        for _ in 0..STARTS_MAX {
            let mut validator = Self::spawn(genesis);
            if validator.is_up().await {
                return validator;
            }
            eprintln!("{PROGRAM} did not come up:\n{}", validator.output_tail());
        }
        panic!("{PROGRAM} did not come up in {STARTS_MAX} starts");
    }

    fn spawn(genesis: &Genesis) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let first = free_ports();
        let mut command = Command::new(PROGRAM);
        command
            .arg("--ledger")
            .arg(folder.path().join("ledger"))
            .args(["--rpc-port", &first.to_string()])
            .args(["--faucet-port", &(first + 2).to_string()])
            .args(["--gossip-port", &(first + 3).to_string()])
            .arg("--dynamic-port-range")
            .arg(format!("{}-{}", first + PORTS_OF_ITS_OWN, first + PORTS))
            .arg("--quiet");
        for (id, elf, authority) in &genesis.programs {
            let authority = authority.map_or("none".to_owned(), |authority| authority.to_string());
            command
                .arg("--upgradeable-program")
                .arg(id.to_string())
                .arg(elf)
                .arg(authority);
        }
        for account in &genesis.accounts {
            let file = write_account(folder.path(), account);
            command
                .arg("--account")
                .arg(account.address.to_string())
                .arg(file);
        }
        let output = File::create(folder.path().join("output")).unwrap();
        let process = command
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .process_group(0)
            .spawn()
            .unwrap();
        let watchdog = Command::new("sh")
            .args(["-c", "cat; kill -s KILL -- \"-$1\"", "watchdog"])
            .arg(process.id().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        Self {
            rpc_url: format!("http://127.0.0.1:{first}"),
            ws_url: format!("ws://127.0.0.1:{}", first + 1),
            process,
            watchdog,
            folder,
        }
    }

    /// Waits until two slots are over; false when it has ended, or takes too long.
    async fn is_up(&mut self) -> bool {
        let rpc = RpcPool::new(RpcConfig::new(&self.rpc_url)).unwrap();
        let begun = Instant::now();
        while begun.elapsed() < START_PATIENCE {
            if self.process.try_wait().unwrap().is_some() {
                return false;
            }
            if tokio::time::timeout(Duration::from_secs(2), rpc.slot())
                .await
                .is_ok_and(|slot| slot.is_ok_and(|slot| slot >= 2))
            {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        false
    }

    /// The end of what it printed and logged.
    pub fn output_tail(&self) -> String {
        const BYTES: usize = 4_000;
        let folder = self.folder.path();
        let tail = |file: PathBuf| {
            let text = std::fs::read(file).unwrap_or_default();
            String::from_utf8_lossy(&text[text.len().saturating_sub(BYTES)..]).into_owned()
        };
        tail(folder.join("output")) + &tail(folder.join("ledger/validator.log"))
    }
}

impl Drop for Validator {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the validator's last words:\n{}", self.output_tail());
        }
        // The pipe breaks, the watchdog kills.
        drop(self.watchdog.stdin.take());
        let _ = self.watchdog.wait();
        let _ = self.process.wait();
    }
}

/// Writes an account as `solana account --output json-compact` does, which the validator reads.
fn write_account(folder: &Path, account: &GenesisAccount) -> PathBuf {
    use base64::prelude::{Engine, BASE64_STANDARD};
    /// Above the rent-exempt minimum of anything here.
    const LAMPORTS: u64 = 1_000_000_000;
    let file = folder.join(format!("{}.json", account.address));
    let text = json!({
        "pubkey": account.address.to_string(),
        "account": {
            "lamports": account.lamports.unwrap_or(LAMPORTS),
            "data": [BASE64_STANDARD.encode(&account.data), "base64"],
            "owner": account.owner.to_string(),
            "executable": false,
            "rentEpoch": u64::MAX,
            "space": account.data.len(),
        },
    });
    std::fs::write(&file, text.to_string()).unwrap();
    file
}

/// The first of [`PORTS`] free ports in a row, below those that the system gives to whoever asks for any.
fn free_ports() -> u16 {
    const LOWEST: u16 = 11_000;
    const BLOCKS: u16 = 300;
    let is_free = |port: u16| {
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
            && UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
    };
    let begin: u16 = rand::random();
    (0..BLOCKS)
        .map(|block| LOWEST + (begin.wrapping_add(block) % BLOCKS) * PORTS)
        .find(|first| (*first..=first + PORTS).all(is_free))
        .expect("no free ports for a validator")
}

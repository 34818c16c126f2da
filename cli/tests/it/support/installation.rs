//! A local chain as a process, and what the other parts are told about it.

use std::path::PathBuf;
use std::time::Duration;

use tempfile::TempDir;

use super::process::Process;

/// Longest wait for a part to start.
const PATIENCE: Duration = Duration::from_secs(120);

/// The value in a line such as `  export NAME=value`.
fn value(line: &str) -> String {
    line.split_once('=').unwrap().1.to_owned()
}

/// A chain with the escrow set up. Ends when dropped.
pub(crate) struct Installation {
    /// Where JSON-RPC answers.
    pub(crate) rpc_url: String,
    /// Where PubSub answers.
    pub(crate) ws_url: String,
    /// Where the oracle answers.
    gateway_url: String,
    /// The token that is played for.
    pub(crate) mint: String,
    folder: TempDir,
    _chain: Process,
}

impl Installation {
    /// Starts the chain.
    pub(crate) fn start(slot_ms: u32) -> Installation {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        let slot_ms = slot_ms.to_string();
        let arguments = [
            "localnet",
            "--rpc-port",
            "0",
            "--slot-ms",
            &slot_ms,
            "--data-dir",
            keys.to_str().unwrap(),
        ];
        let mut chain = Process::start(&arguments, &[]);
        let ws_url = chain.line_with("pubsub", PATIENCE);
        let ws_url = ws_url.split_whitespace().last().unwrap().to_owned();
        let rpc_url = value(&chain.line_with("export AURELIUS_RPC_URL=", PATIENCE));
        let gateway_url = value(&chain.line_with("export AURELIUS_GATEWAY_URL=", PATIENCE));
        let mint = value(&chain.line_with("export AURELIUS_MINT=", PATIENCE));
        chain.line_with("running until Ctrl-C", PATIENCE);
        Installation {
            rpc_url,
            ws_url,
            gateway_url,
            mint,
            folder,
            _chain: chain,
        }
    }

    /// A place below the installation's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A place as an argument.
    pub(crate) fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Starts a part that is told where the chain is, with the key pair in this file.
    pub(crate) fn part(&self, arguments: &[&str], keypair: &str) -> Process {
        let environment = [
            ("AURELIUS_RPC_URL", self.rpc_url.as_str()),
            ("AURELIUS_GATEWAY_URL", &self.gateway_url),
            ("AURELIUS_MINT", &self.mint),
            ("AURELIUS_KEYPAIR", keypair),
        ];
        Process::start(arguments, &environment)
    }

    /// Starts a crank that keeps a Blitz open and serves players; where it serves them.
    pub(crate) fn crank(&self) -> (Process, String) {
        let (data_dir, keypair) = (self.text("crank"), self.text("keys/operator.json"));
        let arguments = [
            "crank",
            "--blitz",
            "10",
            "--port",
            "0",
            "--data-dir",
            &data_dir,
            "--lock-grace",
            "1s",
            "--countdown",
            "1s",
        ];
        let mut crank = self.part(&arguments, &keypair);
        let line = crank.line_with("players   http://", PATIENCE);
        let url = line.split_whitespace().last().unwrap().to_owned();
        crank.line_with("running until Ctrl-C", PATIENCE);
        (crank, url)
    }
}

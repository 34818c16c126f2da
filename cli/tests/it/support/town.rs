//! A local chain with the program, a token, and a few wallets, on which `aurelius` runs as a process of its
//! own.

use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use cli::chain::mock_oracle;
use cli::config::Endpoints;
use cli::programs::local_programs;
use client::sender::SenderConfig;
use client::token;
use localnet::{Localnet, LocalnetConfig, LocalnetHandle};
use player::chain::{airdrop, fund_with_tokens, mint_info, Chain, TokenSource, TOKEN_PROGRAM};
use serde_json::{json, Value};
use solana_keypair::{Address, Keypair, Signer};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Shorter than a real slot, so that a confirmation costs little.
const SLOT_MS: u64 = 50;
/// Decimal places of the token.
const DECIMALS: u8 = 6;
/// What the operator begins with, in base units: 2,000 tokens.
pub(crate) const PURSE: u64 = 2_000_000_000;

/// Who lives there.
const NAMES: [&str; 3] = ["governor", "operator", "stranger"];

/// The chain, and who lives there.
pub(crate) struct Town {
    pub chain: Chain,
    /// Governor (the program's upgrade authority, and the mint's), operator, stranger (without any office).
    wallets: [Keypair; 3],
    pub mint: Address,
    pub runtime: Runtime,
    rpc_url: String,
    keys: TempDir,
    _node: LocalnetHandle,
}

impl Town {
    /// Starts it: everybody has SOL, the operator has [`PURSE`], the escrow has no config.
    pub(crate) fn start() -> Town {
        let (governor, operator, stranger, mint) =
            (Keypair::new(), Keypair::new(), Keypair::new(), Keypair::new());
        let node = Localnet::start(LocalnetConfig {
            slot_ms: SLOT_MS,
            programs: local_programs(governor.pubkey(), None),
            accounts: mock_oracle::accounts(None),
            ..LocalnetConfig::default()
        })
        .unwrap();
        let cluster = Endpoints::at(&node.rpc_url, &node.ws_url).unwrap();
        let runtime = Runtime::new().unwrap();
        let keys = tempfile::tempdir().unwrap();
        let wallets = [&governor, &operator, &stranger];
        for (name, keypair) in NAMES.iter().zip(wallets) {
            player::keyfile::write(&keys.path().join(name), keypair).unwrap();
        }
        let addresses = wallets.map(Signer::pubkey);
        let mint_address = mint.pubkey();
        let chain = runtime.block_on(async {
            let config = SenderConfig {
                poll_interval: Duration::from_millis(50),
                ..SenderConfig::default()
            };
            let chain = cluster.chain(config).unwrap();
            airdrop(&chain, &addresses, 10_000_000_000).await.unwrap();
            let rent = chain.rpc.rent_exempt_minimum(token::MINT_LEN).await.unwrap();
            let authority = governor.pubkey();
            let create = token::create_mint(&authority, &mint_address, &authority, DECIMALS, rent).unwrap();
            chain
                .sender
                .send_and_confirm(&create, &governor, &[&mint])
                .await
                .unwrap();
            let info = mint_info(&chain, &mint_address).await.unwrap();
            assert_eq!(info.token_program, TOKEN_PROGRAM);
            fund_with_tokens(
                &chain,
                &TokenSource::Mint(&governor),
                &info,
                &[operator.pubkey()],
                PURSE,
            )
            .await
            .unwrap();
            chain
        });
        Town {
            chain,
            wallets: [governor, operator, stranger],
            mint: mint_address,
            runtime,
            rpc_url: node.rpc_url.clone(),
            keys,
            _node: node,
        }
    }

    /// The key pair of `who`.
    pub(crate) fn keypair(&self, who: &str) -> &Keypair {
        let index = NAMES.iter().position(|name| *name == who).unwrap();
        &self.wallets[index]
    }

    /// The address of `who`.
    pub(crate) fn wallet(&self, who: &str) -> Address {
        self.keypair(who).pubkey()
    }

    pub(crate) fn key_file(&self, who: &str) -> PathBuf {
        self.keys.path().join(who)
    }

    /// Runs `aurelius` with the key pair of `who` (governor, operator or stranger) and the town's cluster and
    /// token.
    pub(crate) fn run(&self, who: &str, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_aurelius"))
            .args(arguments)
            .env_clear()
            .env("AURELIUS_RPC_URL", &self.rpc_url)
            .env("AURELIUS_KEYPAIR", self.key_file(who))
            .env("AURELIUS_MINT", self.mint.to_string())
            .output()
            .unwrap()
    }

    /// Completes so many slots at once.
    pub(crate) fn warp(&self, slots: u64) {
        self.runtime.block_on(async {
            let body =
                json!({ "jsonrpc": "2.0", "id": 1, "method": "localnet_warpSlots", "params": [slots] });
            let request = reqwest::Client::new().post(&self.rpc_url).json(&body);
            let answer: Value = request.send().await.unwrap().json().await.unwrap();
            assert!(answer["result"].is_u64(), "{answer}");
        });
    }

    /// Where its chain answers.
    pub(crate) fn rpc_url(&self) -> &str {
        &self.rpc_url
    }

    /// Runs it, expects success, and answers the JSON it prints.
    pub(crate) fn done(&self, who: &str, arguments: &[&str]) -> Value {
        let all: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
        let output = self.run(who, &all);
        let error = String::from_utf8_lossy(&output.stderr);
        let answer = String::from_utf8_lossy(&output.stdout);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{who} {arguments:?}: {error}{answer}"
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Runs it, expects the status and an error with every part, one line unless it is clap's, and no answer.
    pub(crate) fn refused(&self, who: &str, arguments: &[&str], status: i32, parts: &[&str]) {
        let output = self.run(who, arguments);
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(status),
            "{who} {arguments:?}: {error}{}",
            String::from_utf8_lossy(&output.stdout)
        );
        let of_clap = error.contains("try '--help'");
        assert!(
            of_clap || error.lines().count() == 1,
            "{who} {arguments:?}: {error}"
        );
        assert!(output.stdout.is_empty(), "{who} {arguments:?} printed an answer");
        for part in parts {
            assert!(
                error.contains(part),
                "{who} {arguments:?} lacks `{part}`: {error}"
            );
        }
    }
}

//! `aurelius localnet`: a local chain, and orders to one that runs.

mod order;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use arena::Rules;
use clap::Args;
use client::sender::SenderConfig;
use client::Pubkey;
use localnet::{Localnet, LocalnetConfig, LocalnetHandle};
use player::chain::{airdrop, fund_with_tokens, mint_info, TokenSource};
use solana_signer::Signer;

use crate::chain::{demo_windows, mock_oracle, set_up, KeyFiles, Keys, SetUp, DEMO_BOND};
use crate::config::{self, Endpoints};
use crate::context::Context;
use crate::failure::{Advise, Outcome, Stopped};
use crate::programs::local_programs;
use crate::terminal::{plural, Console};

const AFTER_HELP: &str = "\
Serves what Solana's test validator serves, on loopback: JSON-RPC on the port, PubSub on the next one, slots of 400 ms,
SPL Token, Token-2022, associated accounts, an airdrop, the Aurelius program and a mock of Switchboard's oracle with its
gateway. Then sets the escrow up. Writes the keys below the data directory: the operator's, the mint's authority, and the
program's upgrade authority, who governs. Everything is in memory: the chain is gone when the command ends, so the keys are
made anew each time.

Examples:
  aurelius localnet                              then, elsewhere, the lines it prints
  aurelius localnet --fund YOUR_WALLET           gives the wallet SOL and tokens
  aurelius localnet --bare --rpc-port 0          a chain with the program and SOL for its authority, on a free port, to
                                                 rehearse `aurelius governance init`

While it runs, from another terminal with AURELIUS_RPC_URL as it printed it, what real chains do by themselves:
  aurelius localnet skip-slots 20                slots without a block
  aurelius localnet slot-time 200ms              shorter slots from now on
  aurelius localnet halt 1m                      the chain stands still, then goes on
  aurelius localnet roll-back 10                 the last blocks never were";

/// Flags of `aurelius localnet`.
#[derive(Debug, Args)]
#[command(after_help = AFTER_HELP, args_conflicts_with_subcommands = true)]
pub struct LocalnetArgs {
    #[command(subcommand)]
    order: Option<order::Order>,
    /// Port of JSON-RPC, 0 for a free one; PubSub is on the next
    #[arg(long, env = "AURELIUS_RPC_PORT", value_name = "PORT", default_value = "8899", value_parser = config::parse_port)]
    pub rpc_port: u16,
    /// Length of a slot in milliseconds; the real network aims at 400
    #[arg(long, value_name = "MS", default_value_t = 400, value_parser = clap::value_parser!(u64).range(1..=60_000))]
    pub slot_ms: u64,
    /// Do not set the escrow up: no config, no mint, no operator; the upgrade authority has SOL to do it
    #[arg(long)]
    pub bare: bool,
    /// Give this wallet SOL and tokens; repeat for several
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address)]
    pub fund: Vec<Pubkey>,
    /// Where to write the keys
    #[arg(
        long,
        env = "AURELIUS_DATA_DIR",
        value_name = "DIR",
        default_value = ".aurelius/localnet"
    )]
    pub data_dir: PathBuf,
    /// Load the program from this ELF instead of the one built into this command
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
}

/// Decimal places of the local token.
pub(crate) const DECIMALS: u8 = 6;
/// What `--fund` gives: SOL for fees and rents, and tokens to play with.
const FUND_LAMPORTS: u64 = 10 * 1_000_000_000;
const FUND_TOKENS: u64 = 10_000 * 10u64.pow(DECIMALS as u32);

pub(super) async fn run(arguments: LocalnetArgs, context: Context) -> Result<Outcome> {
    let console = &context.console;
    if let Some(order) = &arguments.order {
        return match context.shutdown.unless(order.give()).await {
            Some(answer) => answer?.print(console, order.json()).map(|()| Outcome::Success),
            None => Err(Stopped::new(&context.shutdown, "stopped before the chain answered").into()),
        };
    }
    let keys = Keys::generate();
    let node = start(&arguments, &keys)?;
    console.say("local chain");
    console.say(format!("  rpc      {}", node.rpc_url));
    console.say(format!("  pubsub   {}", node.ws_url));
    console.say(format!("  program  {}", client::PROGRAM_ID));
    let files = keys.write(&arguments.data_dir)?;
    let ready = async {
        match arguments.bare {
            true => fund_governor(&keys, &node, &files, console).await,
            false => prepare(&arguments, &keys, &node, &files, console).await,
        }
    };
    match context.shutdown.unless(ready).await {
        Some(result) => result?,
        None => return Err(Stopped::new(&context.shutdown, "stopped before the escrow was set up").into()),
    }
    console.say("running until Ctrl-C");
    context.shutdown.clone().requested().await;
    console.say("stopped; the chain is gone");
    // Joining the chain's threads blocks.
    tokio::task::spawn_blocking(move || node.shutdown()).await?;
    Ok(Outcome::Success)
}

/// Starts the chain with the programs and the oracle's accounts.
fn start(arguments: &LocalnetArgs, keys: &Keys) -> Result<LocalnetHandle> {
    let port = arguments.rpc_port;
    let gateway = (port != 0).then(|| format!("http://127.0.0.1:{port}"));
    let config = LocalnetConfig {
        rpc_port: port,
        slot_ms: arguments.slot_ms,
        programs: local_programs(keys.authority.pubkey(), arguments.program.as_deref()),
        accounts: mock_oracle::accounts(gateway.as_deref()),
        ..LocalnetConfig::default()
    };
    Localnet::start(config)
        .context("cannot start the local chain")
        .advise("choose another port with AURELIUS_RPC_PORT (or --rpc-port), 0 for a free one")
}

/// Gives the upgrade authority what governing costs, and says how to begin.
async fn fund_governor(
    keys: &Keys,
    node: &LocalnetHandle,
    files: &KeyFiles,
    console: &Console,
) -> Result<()> {
    let chain = Endpoints::at(&node.rpc_url, &node.ws_url)?.chain(SenderConfig::default())?;
    airdrop(&chain, &[keys.authority.pubkey()], FUND_LAMPORTS).await?;
    hint(
        console,
        &[
            format!("export AURELIUS_RPC_URL={}", node.rpc_url),
            format!(
                "AURELIUS_KEYPAIR={} aurelius governance init --treasury {}",
                files.upgrade_authority.display(),
                keys.treasury.pubkey()
            ),
        ],
    );
    Ok(())
}

async fn prepare(
    arguments: &LocalnetArgs,
    keys: &Keys,
    node: &LocalnetHandle,
    files: &KeyFiles,
    console: &Console,
) -> Result<()> {
    let endpoints = Endpoints::at(&node.rpc_url, &node.ws_url)?;
    let chain = endpoints.chain(SenderConfig::default())?;
    let plan = SetUp {
        rules: vec![Rules::BLITZ, Rules::SIEGE],
        decimals: DECIMALS,
        windows: demo_windows(),
        randomness: mock_oracle::source(),
        bond: DEMO_BOND,
    };
    set_up(&chain, keys, &plan, |step| {
        console.say(format!("  set up   {step}"))
    })
    .await?;
    let mint = mint_info(&chain, &keys.mint.pubkey()).await?;
    if !arguments.fund.is_empty() {
        airdrop(&chain, &arguments.fund, FUND_LAMPORTS).await?;
        let source = TokenSource::Mint(&keys.authority);
        fund_with_tokens(&chain, &source, &mint, &arguments.fund, FUND_TOKENS).await?;
        console.say(format!(
            "  funded   {} with 10 SOL and 10,000 tokens each",
            plural(arguments.fund.len(), "wallet")
        ));
    }
    hint(
        console,
        &[
            format!("export AURELIUS_RPC_URL={}", node.rpc_url),
            format!("export AURELIUS_GATEWAY_URL={}", node.gateway_url),
            format!("export AURELIUS_MINT={}", keys.mint.pubkey()),
            format!(
                "AURELIUS_KEYPAIR={} aurelius crank --blitz 10 --port 8080",
                files.operator.display()
            ),
            format!(
                "AURELIUS_KEYPAIR={} aurelius bots",
                files.mint_authority.display()
            ),
            format!(
                "AURELIUS_KEYPAIR={} aurelius governance show",
                files.upgrade_authority.display()
            ),
        ],
    );
    Ok(())
}

/// What to type elsewhere.
fn hint(console: &Console, lines: &[String]) {
    console.say("");
    console.say("in another terminal:");
    lines.iter().for_each(|line| console.say(format!("  {line}")));
    console.say("");
}

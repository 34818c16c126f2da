//! `aurelius governance init`: the config of a freshly deployed program.

use anyhow::{anyhow, bail, Context as _, Result};
use clap::Args;
use client::aurelius::switchboard;
use client::instruction::{initialize_config, InitializeConfigArgs, RandomnessSource};
use client::view::fetch;
use client::Pubkey;
use player::chain::Chain;
use serde_json::json;

use super::show::source_name;
use super::terms::{BondArgs, WindowArgs};
use crate::commands::escrow::{base58, field, wrong_signer, Answer, SignArgs};
use crate::config;
use crate::failure::{Advise, ConfigError};

/// Genesis hashes of the chains on which Switchboard is deployed.
const MAINNET: &str = "5eykt4UsFv8P8NJdTREpY1vzqKqZKvdpKuc147dw2N9d";
const DEVNET: &str = "EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG";

/// Flags of `aurelius governance init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Wallet whose token accounts receive fees
    #[arg(long, env = "AURELIUS_TREASURY", value_name = "ADDRESS", value_parser = config::parse_address)]
    pub treasury: Option<Pubkey>,
    /// Who governs the config [default: the upgrade authority, who signs]
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address)]
    pub authority: Option<Pubkey>,
    #[command(flatten)]
    pub source: SourceArgs,
    #[command(flatten)]
    pub windows: WindowArgs,
    #[command(flatten)]
    pub bond: BondArgs,
    #[command(flatten)]
    pub sign: SignArgs,
}

/// Where matches take their randomness from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Randomness")]
pub(super) struct SourceArgs {
    /// Program of the randomness oracle [default of init: Switchboard's on this chain]
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address)]
    pub randomness_program: Option<Pubkey>,
    /// Queue of the randomness oracle [default of init: Switchboard's on this chain]
    #[arg(long, value_name = "ADDRESS", value_parser = config::parse_address)]
    pub randomness_queue: Option<Pubkey>,
}

pub(super) async fn init(arguments: &InitArgs) -> Result<Answer> {
    let desk = arguments.sign.connect().await?;
    let treasury = arguments.treasury.ok_or_else(|| {
        config::missing(
            "AURELIUS_TREASURY",
            "--treasury",
            "AURELIUS_TREASURY=9xQe…, the wallet that receives fees",
        )
    })?;
    if let Some(config) = fetch::config(&desk.chain.rpc).await? {
        bail!(
            "the config exists already, governed by {}; change it with `aurelius governance update`",
            config.authority
        );
    }
    check_upgrade_authority(&desk.chain, &desk.address()).await?;
    let cluster = desk.chain.rpc.genesis_hash().await?;
    let randomness = source(&desk.chain, &arguments.source, &base58(cluster)).await?;
    let authority = arguments.authority.unwrap_or(desk.address());
    let instruction = initialize_config(
        desk.address(),
        desk.address(),
        InitializeConfigArgs {
            authority,
            treasury,
            randomness_program: randomness.program,
            randomness_queue: randomness.queue,
            windows: arguments.windows.of_new_config(),
            cluster,
            bond: arguments.bond.of_new_config(),
        },
    );
    let confirmed = desk
        .chain
        .sender
        .send_and_confirm(&[instruction], &desk.signer, &[])
        .await
        .context("cannot create the config")?;
    let address = client::address::config();
    let lines = vec![
        format!("config {address} created"),
        field("authority", authority),
        field("treasury", treasury),
        field("randomness", source_name(&randomness).unwrap_or("as given")),
        field("cluster", base58(cluster)),
        field(
            "next",
            "aurelius governance allow-mint MINT, then allow-rules blitz and siege",
        ),
    ];
    let json = json!({ "done": "init", "config": address.to_string(), "authority": authority.to_string() });
    Ok(Answer::sent(lines, &confirmed, json))
}

/// Errors when the program is not there, or somebody else may create its config.
///
/// The loader's data account: tag 3 as u32, slot u64, then 1 and the upgrade authority's 32 bytes, or 0.
async fn check_upgrade_authority(chain: &Chain, signer: &Pubkey) -> Result<()> {
    let data = chain
        .rpc
        .account(&client::address::program_data())
        .await?
        .ok_or_else(|| anyhow!("the program {} is not deployed on this chain", client::PROGRAM_ID))
        .advise("deploy it with `solana program deploy`, or check AURELIUS_RPC_URL (or --rpc-url)")?
        .data;
    let named = match data.get(12) {
        Some(1) => data.get(13..45).and_then(|bytes| Pubkey::try_from(bytes).ok()),
        _ => None,
    };
    match named {
        None => bail!(
            "the program {} has no upgrade authority, and only that may create the config",
            client::PROGRAM_ID
        ),
        Some(named) if named != *signer => Err(wrong_signer(format!(
            "is the key pair of {signer}, and only the program's upgrade authority {named} may create the config"
        ))
        .into()),
        Some(_) => Ok(()),
    }
}

/// What was given, else Switchboard's deployment on the chain. A chain of its own counts as mainnet when it
/// has mainnet's queue: `aurelius localnet` has a mock there.
async fn source(chain: &Chain, given: &SourceArgs, cluster: &str) -> Result<RandomnessSource> {
    if let (Some(program), Some(queue)) = (given.randomness_program, given.randomness_queue) {
        return Ok(RandomnessSource { program, queue });
    }
    let mainnet = RandomnessSource {
        program: switchboard::MAINNET_PROGRAM,
        queue: switchboard::MAINNET_QUEUE,
    };
    let known = match cluster {
        MAINNET => Some(mainnet),
        DEVNET => Some(RandomnessSource {
            program: switchboard::DEVNET_PROGRAM,
            queue: switchboard::DEVNET_QUEUE,
        }),
        _ => {
            let queue = chain.rpc.account(&mainnet.queue).await?;
            queue
                .is_some_and(|queue| queue.owner == mainnet.program)
                .then_some(mainnet)
        }
    };
    let known = known.ok_or_else(|| {
        ConfigError::new(
            "--randomness-program and --randomness-queue",
            format!("are missing, and no deployment of Switchboard is known on the chain {cluster}"),
            format!(
                "--randomness-program {} --randomness-queue {}",
                mainnet.program, mainnet.queue
            ),
        )
    })?;
    Ok(RandomnessSource {
        program: given.randomness_program.unwrap_or(known.program),
        queue: given.randomness_queue.unwrap_or(known.queue),
    })
}

//! Starting a crank.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use bus::Bus;
use client::entropy::EntropyClient;
use client::geyser::GeyserConfig;
use client::pubsub::PubSub;
use client::sender::Sender;
use protocol::MatchKey;
use solana_keypair::Keypair;
use solana_signer::Signer;
use store::{MatchPhase, MatchRecord, Store};
use tokio::sync::{mpsc, watch};

use super::driver::{Driver, Given};
use super::handle::{CrankHandle, CrankStatus};
use super::making::Making;
use super::outlook;
use super::preflight::{check_program, StartError};
use super::reclaim::reclaim;
use super::station::Station;
use super::tools::Tools;
use crate::chain::build::Reader;
use crate::chain::carrier::Carrier;
use crate::chain::feed::{ChainFeed, Feed, Sources};
use crate::chain::oracles::Oracles;
use crate::chain::plan::Policy;
use crate::chain::recipients::Allowance;
use crate::clock::Clock;
use crate::config::CrankConfig;
use crate::drip::DripKey;
use crate::receipts::Notary;
use crate::sharing::leases::Leases;
use crate::sharing::ClusterParts;
use crate::worker::{Notice, Workers};

/// Notices from tick threads waiting for the loop. A full queue delays nothing but the notices.
const NOTICES_MAX: usize = 1_024;

/// How long a start waits to find out what will not work.
const LOOK_AHEAD_MAX: Duration = Duration::from_secs(10);

/// What a crank is made of, apart from its configuration.
pub struct CrankParts {
    /// Where frames and events go and inputs come from.
    pub bus: Bus,
    /// What must not be forgotten.
    pub store: Store,
    /// The way to the chain.
    pub sender: Sender,
    /// Subscriptions; without them the crank polls.
    pub pubsub: Option<PubSub>,
    /// Yellowstone gRPC, followed instead of the subscriptions while it works.
    pub geyser: Option<GeyserConfig>,
    /// The operator's crank key: signs and pays.
    pub operator: Arc<Keypair>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// The secret behind the drip chains of all its matches; the same at every crank of this operator.
    pub drip_key: DripKey,
    /// The other cranks of this operator; none if this one is alone with its store.
    pub cluster: Option<ClusterParts>,
}

/// A crank.
#[derive(Debug)]
pub struct Crank;

impl Crank {
    /// Checks everything, takes up what an earlier process left, and starts.
    ///
    /// # Errors
    /// [`StartError`] says what is missing and how to get it.
    pub async fn start(config: CrankConfig, parts: CrankParts) -> Result<CrankHandle, StartError> {
        config.validate()?;
        let (logs, replays) = folders(&config)?;
        // Before strangers can take them.
        crate::descriptors::refill();
        let crank_key = parts.operator.pubkey();
        let authority = config.authority.unwrap_or(crank_key);
        check_program(parts.sender.rpc(), &config, &authority, &crank_key).await?;
        let (notices_in, notices) = mpsc::channel(NOTICES_MAX);
        let workers = Workers::start(config.tick_threads, parts.clock.clone(), notices_in)
            .map_err(StartError::Thread)?;
        let sources = Sources {
            rpc: parts.sender.rpc().clone(),
            pubsub: parts.pubsub,
            geyser: parts.geyser,
            poll_interval: config.poll_interval,
        };
        let notary = Notary::of(&parts.operator);
        let carrier = Carrier {
            reader: reader(
                &config,
                &parts.sender,
                authority,
                crank_key,
                parts.drip_key,
                &notary,
            )?,
            notary,
            sender: parts.sender,
            operator: parts.operator,
            store: parts.store,
            clock: parts.clock,
        };
        let matches_max = config.matches_max;
        let policy = policy(&config);
        let tools = Tools {
            carrier,
            config: Arc::new(config),
            logs,
            replays,
            cluster: parts.cluster.clone(),
        };
        reclaim(&tools).await?;
        // Among several cranks a match is taken up with its lease.
        let records = match &tools.cluster {
            None => tools.carrier.store.matches.unfinished().await?,
            Some(_) => Vec::new(),
        };
        let feed = Feed::start(sources, operators(&tools.config, &authority, &records));
        let warnings = match records.is_empty() && tools.cluster.is_none() {
            true => look_ahead(&tools).await,
            false => {
                // Matches that exist do not wait for it.
                let tools = tools.clone();
                tokio::spawn(async move { look_ahead(&tools).await });
                Vec::new()
            }
        };
        let leases = parts
            .cluster
            .map(|cluster| Leases::start(cluster, tools.carrier.store.clone(), matches_max));
        let station = Station::new(policy, tools, parts.bus, workers, leases);
        Ok(begin(station, Box::new(feed), notices, records).warned(warnings))
    }
}

/// What will not work, said before the first match.
async fn look_ahead(tools: &Tools) -> Vec<String> {
    let warnings = tokio::time::timeout(LOOK_AHEAD_MAX, outlook::warnings(tools)).await;
    let warnings = warnings.unwrap_or_else(|_| {
        vec![format!(
            "whether everything is there for a match could not be found out within {} s",
            LOOK_AHEAD_MAX.as_secs()
        )]
    });
    for warning in &warnings {
        tracing::error!("{warning}");
    }
    warnings
}

/// Starts the loop.
fn begin(
    station: Station,
    feed: Box<dyn ChainFeed>,
    notices: mpsc::Receiver<Notice>,
    records: Vec<MatchRecord>,
) -> CrankHandle {
    let (status_in, status) = watch::channel(CrankStatus::default());
    let (commands, commands_out) = mpsc::channel(1);
    let meter = station.workers.meter().clone();
    let made = records.iter().filter(|record| is_to_be_played(record)).count();
    let flows = records
        .into_iter()
        .map(|record| (MatchKey(record.match_key), station.flow(record, None)))
        .collect();
    let driver = Driver::new(Given {
        station,
        feed,
        notices,
        commands: commands_out,
        flows,
        making: Making::new(made as u64),
        status: status_in,
    });
    CrankHandle::new(commands, status, tokio::spawn(driver.run()), meter)
}

/// The folders of input logs and replay files; made if absent.
fn folders(config: &CrankConfig) -> Result<(PathBuf, PathBuf), StartError> {
    let (logs, replays) = (config.data_dir.join("logs"), config.data_dir.join("replays"));
    for path in [&logs, &replays] {
        std::fs::create_dir_all(path).map_err(|source| StartError::Folder {
            path: path.clone(),
            source,
        })?;
    }
    Ok((logs, replays))
}

fn reader(
    config: &CrankConfig,
    sender: &Sender,
    authority: Pubkey,
    operator: Pubkey,
    drip_key: DripKey,
    notary: &Notary,
) -> Result<Reader, StartError> {
    Ok(Reader {
        rpc: sender.rpc().clone(),
        entropy: EntropyClient::new(config.gateway_reach, config.gateway_timeout)?
            .with_public_rpc(config.public_rpc.as_deref()),
        gateway: config.gateway.clone(),
        oracles: Arc::new(Oracles::new(rand::random::<u16>().into())),
        operator,
        authority,
        slot_us: Arc::default(),
        drip_key,
        receipt_key: Pubkey::new_from_array(notary.public().0),
        agreement: Arc::default(),
        allowance: Arc::new(Allowance::new(config.accounts_made_daily_max)),
    })
}

fn policy(config: &CrankConfig) -> Policy {
    Policy {
        lock_grace: config.lock_grace,
        lobby_timeout: config.lobby_timeout,
        close_delay: config.close_delay,
        claims_per_transaction: config.claims_per_transaction,
    }
}

fn is_to_be_played(record: &MatchRecord) -> bool {
    !matches!(
        record.phase,
        MatchPhase::Settled | MatchPhase::Cancelled | MatchPhase::Voided
    )
}

/// Operator accounts whose matches concern us.
fn operators(config: &CrankConfig, authority: &Pubkey, records: &[MatchRecord]) -> Vec<Pubkey> {
    let configured = config
        .mints
        .iter()
        .map(|mint| client::address::operator(authority, &mint.mint));
    let earlier = records
        .iter()
        .map(|record| Pubkey::new_from_array(record.operator));
    let all: BTreeSet<Pubkey> = configured.chain(earlier).collect();
    all.into_iter().collect()
}

//! The crank as a whole: one task that owns every match, tick threads, and jobs.
//!
//! [`Crank::start`] checks the configuration against the chain, takes up what an earlier process left, and runs until it
//! is told to stop. Absent: making config, mints or operators; that is the operator's, by the command line.

mod driver;
mod fleet;
mod flow;
mod jobs;
mod measure;
mod needs;
mod observe;
mod offer;
mod reports;
mod roster;
mod standing;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use anchor_lang::prelude::Pubkey;
use arena::HostSha256;
use bus::Bus;
use client::entropy::{EntropyClient, EntropyError};
use client::geyser::GeyserConfig;
use client::pubsub::PubSub;
use client::sender::Sender;
use client::view::fetch;
use protocol::MatchKey;
use solana_keypair::Keypair;
use solana_signer::Signer;
use store::{MatchPhase, MatchRecord, Store, StoreError};
use tokio::sync::{mpsc, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::chain::build::Reader;
use crate::chain::feed::{Feed, Sources};
use crate::chain::plan::Policy;
use crate::chain::send::Carrier;
use crate::clock::Clock;
use crate::cluster::claims::Claims;
use crate::cluster::ClusterParts;
use crate::config::{ConfigError, CrankConfig, MatchTemplate};
use crate::secrets::Secrets;
use crate::worker::Workers;
use driver::Driver;
use flow::Flow;
use jobs::Tools;

/// Notices from tick threads waiting for the loop. A full queue delays nothing but the notices.
const NOTICES_MAX: usize = 1_024;

/// What a crank is made of, besides its configuration.
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
    /// The operator: signs and pays.
    pub operator: Arc<Keypair>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Seeds of drip chains.
    pub secrets: Arc<dyn Secrets>,
    /// The other cranks of this operator; none if this one is alone with its store.
    pub cluster: Option<ClusterParts>,
}

/// Why a crank does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data folder.
    #[error("cannot make the folder {}: {source}", path.display())]
    Folder {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The chain.
    #[error(transparent)]
    Chain(#[from] client::Error),
    /// The gateway client.
    #[error(transparent)]
    Entropy(#[from] EntropyError),
    /// A thread.
    #[error("the operating system gave no tick thread: {0}")]
    Thread(std::io::Error),
    /// The program was never configured on this cluster.
    #[error("the program has no config account on this cluster: deploy and configure it, or check the RPC address")]
    NoProgramConfig,
    /// A mint that the program does not take.
    #[error("mint {0} is not on the program's list: the config's authority must allow it")]
    MintNotAllowed(Pubkey),
    /// A rules table that the program does not take.
    #[error("the rules table with hash {} is not on the program's list: the config's authority must allow it", hex(.0))]
    RulesNotAllowed([u8; 32]),
    /// Nobody may create matches in this mint.
    #[error("{operator} is not an active operator account of mint {mint}: register this keypair and have it switched on")]
    NotOperator {
        /// Where the operator account would be.
        operator: Pubkey,
        /// In which mint.
        mint: Pubkey,
    },
}

/// Why a crank stopped by itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrankFailure {
    /// The chain feed ended.
    #[error("the chain feed has ended")]
    FeedEnded,
    /// A tick thread ended.
    #[error("a tick thread ended by itself; matches go on after a restart")]
    TickThread,
    /// The task that keeps leases ended.
    #[error("the task that keeps the leases ended by itself; other cranks take the matches over")]
    LeasesEnded,
    /// A job was lost to a defect.
    #[error("a job was lost: {0}")]
    Job(String),
    /// The loop itself.
    #[error("the crank's loop was lost: {0}")]
    Loop(String),
}

/// How to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shutdown {
    /// At once: what is under way goes on at the next start.
    Now,
    /// No new matches; stop when everything that exists is paid out, as far as recipients can be paid.
    Drain,
}

/// What a crank is doing, for whoever watches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrankStatus {
    /// The newest slot seen.
    pub slot: u64,
    /// Matches made by this process, unfinished ones it took up included.
    pub matches_made: u64,
    /// Matches that are not paid out.
    pub unfinished: usize,
    /// Matches on tick threads.
    pub live: usize,
    /// Matches with everything claimed, swept and burned, or refunded; the latest 256.
    pub paid_out: Vec<MatchKey>,
}

/// A crank.
#[derive(Debug)]
pub struct Crank;

/// A running crank.
#[derive(Debug)]
pub struct CrankHandle {
    commands: mpsc::Sender<Shutdown>,
    status: watch::Receiver<CrankStatus>,
    task: JoinHandle<Result<(), CrankFailure>>,
    meter: Arc<crate::worker::TickMeter>,
}

impl CrankHandle {
    /// What it is doing.
    pub fn status(&self) -> watch::Receiver<CrankStatus> {
        self.status.clone()
    }

    /// How late its ticks begin.
    pub fn meter(&self) -> &Arc<crate::worker::TickMeter> {
        &self.meter
    }

    /// Tells it to stop, and waits until it has.
    ///
    /// # Errors
    /// [`CrankFailure`] if it failed instead.
    pub async fn shutdown(self, how: Shutdown) -> Result<(), CrankFailure> {
        // One that has ended already needs no telling.
        let _ = self.commands.send(how).await;
        joined(self.task.await)
    }

    /// Waits until it stops by itself.
    ///
    /// # Errors
    /// [`CrankFailure`].
    pub async fn wait(&mut self) -> Result<(), CrankFailure> {
        joined((&mut self.task).await)
    }
}

fn joined(outcome: Result<Result<(), CrankFailure>, tokio::task::JoinError>) -> Result<(), CrankFailure> {
    outcome.unwrap_or_else(|error| Err(CrankFailure::Loop(error.to_string())))
}

impl Crank {
    /// Checks everything, takes up what an earlier process left, and starts.
    ///
    /// # Errors
    /// [`StartError`] says what is missing and how to get it.
    pub async fn start(config: CrankConfig, parts: CrankParts) -> Result<CrankHandle, StartError> {
        config.validate()?;
        let (logs, replays) = (config.data_dir.join("logs"), config.data_dir.join("replays"));
        for path in [&logs, &replays] {
            std::fs::create_dir_all(path).map_err(|source| StartError::Folder {
                path: path.clone(),
                source,
            })?;
        }
        let rpc = parts.sender.rpc().clone();
        check_program(&rpc, &config, &parts.operator.pubkey()).await?;
        // Among several cranks a match is taken up with its lease.
        let records = match &parts.cluster {
            None => parts.store.matches.unfinished().await?,
            Some(_) => Vec::new(),
        };
        let claims = parts
            .cluster
            .clone()
            .map(|cluster| Claims::start(cluster, parts.store.clone(), config.matches_max));
        let reader = Reader {
            rpc: rpc.clone(),
            entropy: EntropyClient::new(config.gateway_reach, config.gateway_timeout)?,
            gateway: config.gateway.clone(),
            operator: parts.operator.pubkey(),
        };
        let carrier = Carrier {
            sender: parts.sender,
            reader,
            operator: parts.operator.clone(),
            store: parts.store,
            clock: parts.clock.clone(),
        };
        let (notices_in, notices) = mpsc::channel(NOTICES_MAX);
        let workers =
            Workers::start(config.tick_threads, parts.clock, notices_in).map_err(StartError::Thread)?;
        let operators = operators(&config, &parts.operator.pubkey(), &records);
        let sources = Sources {
            rpc,
            pubsub: parts.pubsub,
            geyser: parts.geyser,
            poll_interval: config.poll_interval,
        };
        let feed = Feed::start(sources, operators);
        let (status_in, status) = watch::channel(CrankStatus::default());
        let (commands, commands_out) = mpsc::channel(1);
        let meter = workers.meter().clone();
        let driver = Driver {
            policy: policy(&config),
            tools: Tools {
                carrier,
                secrets: parts.secrets,
                config: Arc::new(config),
                logs,
                replays,
                cluster: parts.cluster,
            },
            claims,
            bus: parts.bus,
            workers,
            feed: Box::new(feed),
            notices,
            commands: commands_out,
            jobs: JoinSet::new(),
            matches_made: records.iter().filter(|record| is_to_be_played(record)).count() as u64,
            flows: records
                .into_iter()
                .map(|record| (MatchKey(record.match_key), Flow::new(record, None)))
                .collect(),
            mints: BTreeMap::new(),
            slot: 0,
            status: status_in,
            making: false,
            making_hold_until_ms: 0,
            draining: false,
            rounds: 0,
            last_reading: None,
            ended: None,
        };
        let task = tokio::spawn(driver.run());
        Ok(CrankHandle {
            commands,
            status,
            task,
            meter,
        })
    }
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

/// What is offered must be what the program takes.
async fn check_program(
    rpc: &client::rpc::RpcPool,
    config: &CrankConfig,
    authority: &Pubkey,
) -> Result<(), StartError> {
    let program = fetch::config(rpc).await?.ok_or(StartError::NoProgramConfig)?;
    for MatchTemplate { rules, mint, .. } in templates(config) {
        if !program.mints.contains(mint) {
            return Err(StartError::MintNotAllowed(*mint));
        }
        let hash = rules.hash::<HostSha256>();
        if !program.rules.contains(&hash) {
            return Err(StartError::RulesNotAllowed(hash));
        }
        let operator = client::address::operator(authority, mint);
        let account = fetch::operator(rpc, operator).await?;
        if !account.is_some_and(|account| account.active) {
            return Err(StartError::NotOperator {
                operator,
                mint: *mint,
            });
        }
    }
    Ok(())
}

fn templates(config: &CrankConfig) -> impl Iterator<Item = &MatchTemplate> {
    let lobbies = config.lobbies.iter().map(|lobby| &lobby.template);
    lobbies.chain(config.calendar.iter().map(|entry| &entry.template))
}

fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

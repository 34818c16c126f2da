//! A crank as the commands start it: its memory on disk, its way to the chain, what it offers.

use std::fs::File;
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use arena::Rules;
use bus::Bus;
use client::entropy::Reach;
use client::pubsub::PubSub;
use client::sender::{PriorityFee, SenderConfig};
use crank::{
    CalendarConfig, ClusterParts, Crank, CrankConfig, CrankHandle, CrankParts, DripKey, LobbyConfig,
    MatchTemplate, SystemClock,
};
use player::chain::{Chain, MintInfo};
use reqwest::Url;
use solana_keypair::Keypair;
use store::{DatabaseUrl, Lock, Sharing, Store};

use crate::config::Endpoints;
use crate::failure::{Advise, ConfigError};
use crate::offer::{BlitzOffer, SiegeOffer};
use crate::serving::database_in;

/// Bids follow the fees that most recent transactions on the same accounts paid.
const FEE_PERCENTILE: u8 = 75;
/// The highest bid where nobody says otherwise, micro-lamports a compute unit: 0.00001 SOL for a transaction
/// of 200,000.
const FEE_MAX: u64 = 50_000;

/// The memory of a crank: its data directory with the input logs, and its database. One process at a time may
/// hold either.
pub struct Memory {
    /// The database.
    pub store: Store,
    /// Keeps other cranks off the database.
    _database: Lock,
    /// Keeps other cranks off the data directory.
    _lock: File,
}

impl Memory {
    /// Opens the data directory, making it if absent, and the database, a SQLite file in the data directory
    /// unless another is named. Errors when another process has one of them open. Several cranks may share a
    /// database in a PostgreSQL server, with [`Sharing::Leased`].
    pub async fn open(data_dir: &Path, database: Option<DatabaseUrl>, sharing: Sharing) -> Result<Memory> {
        let lock = std::fs::create_dir_all(data_dir)
            .and_then(|()| File::create(data_dir.join("lock")))
            .with_context(|| format!("cannot use the data directory {}", data_dir.display()))
            .advise("choose another with AURELIUS_DATA_DIR (or --data-dir)")?;
        if lock.try_lock().is_err() {
            return Err(ConfigError::new(
                "AURELIUS_DATA_DIR (or --data-dir)",
                format!("is {}, which another crank uses", data_dir.display()),
                "AURELIUS_DATA_DIR=.aurelius/second-crank, or stop the other one",
            )
            .into());
        }
        let database = database.unwrap_or_else(|| DatabaseUrl::Sqlite(database_in(data_dir)));
        let store = Store::open(&database)
            .await
            .advise("choose another with DATABASE_URL (or --database-url)")?;
        let database_lock = Lock::take(&database, sharing)
            .await
            .advise("give each crank a database of its own with DATABASE_URL (or --database-url)")?;
        Ok(Memory {
            store,
            _database: database_lock,
            _lock: lock,
        })
    }
}

/// How transactions bid: what the user said; nothing on this machine's own chain; recent fees elsewhere.
pub fn bidding(endpoints: &Endpoints, fee_max: Option<u64>) -> SenderConfig {
    let max = fee_max.unwrap_or(if is_loopback(endpoints.rpc_url()) {
        0
    } else {
        FEE_MAX
    });
    let priority_fee = match max {
        0 => PriorityFee::None,
        max => PriorityFee::Recent {
            percentile: FEE_PERCENTILE,
            min: 0,
            max,
        },
    };
    SenderConfig {
        priority_fee,
        ..SenderConfig::default()
    }
}

/// A gateway that the operator names may be on this machine or in a network of its own; addresses that
/// strangers wrote on chain may not, and where one is named, none of those is asked.
pub fn reach_of(gateway: Option<&Url>) -> Reach {
    match gateway {
        Some(_) => Reach::Named,
        None => Reach::Public,
    }
}

fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// What a crank signs with, and what its rolls are made of.
pub struct OperatorKeys {
    pub operator: Keypair,
    pub drip: DripKey,
}

/// Starts the crank; with `shared`, as one of several.
pub async fn start_crank(
    config: CrankConfig,
    endpoints: &Endpoints,
    chain: &Chain,
    keys: OperatorKeys,
    bus: Bus,
    store: Store,
    shared: Option<ClusterParts>,
) -> Result<CrankHandle> {
    let parts = CrankParts {
        cluster: shared,
        bus,
        store,
        sender: chain.sender.clone(),
        pubsub: Some(PubSub::start(endpoints.pubsub_config())),
        geyser: endpoints.geyser.clone(),
        operator: Arc::new(keys.operator),
        clock: Arc::new(SystemClock),
        drip_key: keys.drip,
    };
    Crank::start(config, parts)
        .await
        .context("the crank does not start")
}

/// A Blitz that is kept open.
pub fn lobby(offer: &BlitzOffer, mint: &MintInfo) -> Result<LobbyConfig> {
    let rules = Rules::BLITZ;
    Ok(LobbyConfig {
        template: MatchTemplate {
            rules,
            mint: mint.mint,
            stake_per_warrior: offer
                .stake
                .base_units(mint.decimals)
                .context("AURELIUS_BLITZ (or --blitz)")?,
            players_max: rules.warriors_max,
            warriors_max: rules.warriors_max,
        },
        open_count: 1,
    })
}

/// A Siege that is held again and again; it opens for entries half its interval before it starts.
pub fn calendar(offer: &SiegeOffer, mint: &MintInfo) -> Result<CalendarConfig> {
    let rules = Rules::SIEGE;
    Ok(CalendarConfig {
        template: MatchTemplate {
            rules,
            mint: mint.mint,
            stake_per_warrior: offer
                .stake
                .base_units(mint.decimals)
                .context("AURELIUS_SIEGE (or --siege)")?,
            players_max: rules.warriors_max,
            warriors_max: rules.warriors_max,
        },
        every: offer.every,
        open_before: offer.every / 2,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_named_gateway_may_be_in_a_network_of_its_own() {
        let url = |text: &str| Url::parse(text).unwrap();
        assert!(matches!(reach_of(None), Reach::Public));
        for text in [
            "http://127.0.0.1:8899",
            "https://gateway.example",
            "http://10.0.0.1",
        ] {
            assert!(matches!(reach_of(Some(&url(text))), Reach::Named), "{text}");
        }
    }

    #[tokio::test]
    async fn two_cranks_cannot_share_their_memory() {
        let dir = tempfile::tempdir().unwrap();
        let first = Memory::open(dir.path(), None, Sharing::Alone).await.unwrap();
        let error = Memory::open(dir.path(), None, Sharing::Alone)
            .await
            .err()
            .unwrap();
        assert!(error.to_string().contains("another crank uses"), "{error}");
        drop(first);
        assert!(Memory::open(dir.path(), None, Sharing::Alone).await.is_ok());
    }

    #[tokio::test]
    async fn two_cranks_cannot_share_their_database() {
        let dir = tempfile::tempdir().unwrap();
        let file = format!("sqlite:{}", dir.path().join("shared.db").display());
        for address in [file, test_postgres::database()] {
            let url: DatabaseUrl = address.parse().unwrap();
            let open = |name: &str| {
                let (data_dir, url) = (dir.path().join(name), url.clone());
                async move { Memory::open(&data_dir, Some(url), Sharing::Alone).await }
            };
            let first = open("one").await.unwrap();
            let error = open("two").await.err().unwrap().to_string();
            assert!(
                error.contains("another crank") && error.contains(&url.to_string()),
                "{error}"
            );
            drop(first);
            // A server hears of a closed connection a moment later.
            let mut tries = 0;
            while let Err(error) = open("two").await {
                tries += 1;
                assert!(tries < 50, "{error}");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

//! The live matches of all cranks, for the relays among several processes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bus::{Bus, Import};
use cluster::{Cluster, ClusterConfig};
use relay::{Check, Fleet};

use crate::failure::Advise;
use crate::serving::Surroundings;

/// Longest wait at the start for the list of live matches.
const IMPORT_PATIENCE: Duration = Duration::from_secs(10);
/// A list of live matches that is older fails the health check.
const IMPORT_AGE_MAX: Duration = Duration::from_secs(3);

/// What settings are to be looked at when Redis does not answer.
const ADVICE: &str = "check REDIS_HOST_1 and the others (or --redis)";

/// Connects to the Redis Cluster of the installation.
pub async fn connect(redis: ClusterConfig) -> Result<Cluster> {
    Cluster::connect(redis).await.advise(ADVICE)
}

/// What a relay of several has: the other relays, and the live matches of all cranks.
pub struct Live {
    /// What the relay needs to be one of several.
    fleet: Fleet,
    /// Shows the matches of other processes on this one's bus.
    import: Arc<Import>,
}

impl Live {
    /// Brings the matches onto `bus`, and waits until those that are live now are there.
    pub async fn begin(cluster: Cluster, name: String, bus: &Bus) -> Result<Live> {
        let import = Import::start(&cluster, bus);
        tokio::time::timeout(IMPORT_PATIENCE, import.caught_up())
            .await
            .context("the Redis Cluster does not tell which matches are live")
            .advise(ADVICE)?;
        Ok(Live {
            fleet: Fleet { cluster, name },
            import: Arc::new(import),
        })
    }

    /// The name of this relay.
    pub fn name(&self) -> &str {
        &self.fleet.name
    }

    /// Makes a relay one of several.
    pub fn join(&self, around: &mut Surroundings) {
        around.fleet = Some(self.fleet.clone());
        around.checks.push(("matches".to_owned(), self.check()));
    }

    /// Whether the list of live matches is fresh.
    fn check(&self) -> Check {
        let import = self.import.clone();
        Arc::new(move || {
            let age = import.stale_for();
            Box::pin(async move {
                match age > IMPORT_AGE_MAX {
                    true => Err(format!("the list of live matches is {} s old", age.as_secs())),
                    false => Ok(()),
                }
            })
        })
    }
}

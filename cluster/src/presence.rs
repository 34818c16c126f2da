//! Which cranks are there, how much each does and could do.

use crate::call::Call;
use crate::error::ClusterError;
use crate::handle::Cluster;
use crate::script::{ANNOUNCE, CRANKS};

/// A crank, as it announced itself last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presence {
    /// Different from all other cranks of the installation.
    pub name: String,
    /// Matches it runs.
    pub matches: u32,
    /// Matches it would run at most.
    pub capacity: u32,
    /// It takes no more matches.
    pub draining: bool,
}

impl Cluster {
    /// Says that a crank is there. Holds for two lives of a lease, by the clock of Redis. Takes no longer
    /// than a third of a lease's life; keep leases in another task all the same, so that they never wait for
    /// it.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn announce(&self, crank: &Presence) -> Result<(), ClusterError> {
        let life = 2 * self.config.lease_life;
        let call = Call::script(&ANNOUNCE)
            .key(self.keys.cranks())
            .arg(crank.name.clone())
            .number(crank.matches.into())
            .number(crank.capacity.into())
            .number(crank.draining.into())
            .number(u64::try_from(life.as_millis()).unwrap_or(u64::MAX));
        let answer = self.link.call_within::<u8>(call, self.config.lease_life / 3);
        answer.await.map(|_| ())
    }

    /// The cranks that are there, by name; within a third of a lease's life.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn cranks(&self) -> Result<Vec<Presence>, ClusterError> {
        let call = Call::reading(&CRANKS).key(self.keys.cranks());
        let answer = self.link.call_within(call, self.config.lease_life / 3);
        let pairs: Vec<(String, String)> = answer.await?;
        let mut cranks = pairs
            .into_iter()
            .map(|(name, value)| {
                read(&name, &value).ok_or_else(|| {
                    ClusterError::malformed(format!("the presence of crank {name:?}"), format!("{value:?}"))
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        cranks.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(cranks)
    }

    /// Says that a crank is gone, before its time is over.
    ///
    /// # Errors
    /// [`ClusterError`].
    pub async fn withdraw(&self, name: &str) -> Result<(), ClusterError> {
        let call = Call::command("HDEL").key(self.keys.cranks()).arg(name.to_owned());
        self.link.call::<u64>(call).await.map(|_| ())
    }
}

fn read(name: &str, value: &str) -> Option<Presence> {
    let mut parts = value.split(' ');
    let _expiry = parts.next()?;
    let presence = Presence {
        name: name.to_owned(),
        matches: parts.next()?.parse().ok()?,
        capacity: parts.next()?.parse().ok()?,
        draining: parts.next()? == "1",
    };
    parts.next().is_none().then_some(presence)
}

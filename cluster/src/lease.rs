//! Who owns a match: a lease that runs out, and a token that only grows.

use std::time::Duration;

use protocol::MatchKey;
use redis::Value;

use super::call::Call;
use super::script::{ACQUIRE, FORGET, RELEASE, RENEW};
use super::{Cluster, ClusterError, SharedLease};

/// How long the highest token of a match is kept after the last renewal. The store keeps it for good.
pub(crate) const FENCE_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Below this Lua's numbers are exact.
const TOKEN_END: u64 = 1 << 53;

/// The right to run a match, as long as nobody has a higher token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// Which match.
    pub match_key: MatchKey,
    /// Fencing token: higher than every earlier one of the match.
    pub token: u64,
}

/// Who has a lease.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// As given to [`Cluster::acquire`].
    pub name: String,
    /// Its token.
    pub token: u64,
}

/// What became of a lease that was to be renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Renewal {
    /// It holds for another life.
    Held,
    /// It ran out, or Redis lost it; nobody is known to have taken over. Acquire it again.
    Missing,
    /// Somebody else took over.
    Lost {
        /// Who, if the lease still holds.
        holder: Option<String>,
        /// The token of the later owner.
        token: u64,
    },
    /// The node that has it did not answer in time: it may hold or not. The others of the same call are not affected.
    Unknown,
}

impl SharedLease {
    /// The lease as it stands.
    pub fn current(&self) -> Lease {
        Lease {
            match_key: self.match_key(),
            token: self.token(),
        }
    }
}

impl Cluster {
    /// Takes the lease of a match for [`super::ClusterConfig::lease_life`], unless somebody (also this holder) has it. The
    /// token is higher than `floor` and than every earlier one that Redis remembers.
    ///
    /// # Errors
    /// [`ClusterError`]. The lease may have been taken all the same, and then runs out by itself.
    pub async fn acquire(
        &self,
        key: &MatchKey,
        holder: &str,
        floor: u64,
    ) -> Result<Option<Lease>, ClusterError> {
        if floor >= TOKEN_END - 1 {
            return Err(ClusterError::malformed(
                format!("the token {floor} of match {key}"),
                "tokens end below 2^53",
            ));
        }
        let call = Call::script(&ACQUIRE)
            .key(self.keys.lease(key))
            .key(self.keys.fence(key))
            .arg(holder.to_owned())
            .number(self.lease_life_ms())
            .number(floor)
            .number(FENCE_LIFE.as_millis() as u64);
        let (taken, text): (u8, String) = self.link.call(call).await?;
        if taken == 0 {
            return Ok(None);
        }
        let token = text.parse().map_err(|error| unreadable(key, error))?;
        Ok(Some(Lease {
            match_key: *key,
            token,
        }))
    }

    /// Renews leases, all at once; answers in their order, within a third of a lease's life. A lease that nobody else
    /// took but that ran out is not revived: it is [`Renewal::Missing`].
    ///
    /// # Errors
    /// [`ClusterError`] when none of the nodes answers, or an answer is not readable.
    pub async fn renew(&self, leases: &[Lease]) -> Result<Vec<Renewal>, ClusterError> {
        let call = |lease: &Lease| {
            Call::script(&RENEW)
                .key(self.keys.lease(&lease.match_key))
                .key(self.keys.fence(&lease.match_key))
                .number(lease.token)
                .number(self.lease_life_ms())
                .number(FENCE_LIFE.as_millis() as u64)
        };
        let calls: Vec<Call> = leases.iter().map(call).collect();
        let answers = self.link.run_within(&calls, self.config.lease_life / 3).await;
        let mut renewals = Vec::with_capacity(leases.len());
        let mut problem = None;
        for (lease, answer) in leases.iter().zip(answers) {
            renewals.push(match answer {
                Ok(answer) => renewal(&lease.match_key, answer)?,
                Err(error) => {
                    problem = Some(error);
                    Renewal::Unknown
                }
            });
        }
        match problem {
            Some(problem) if renewals.iter().all(|renewal| *renewal == Renewal::Unknown) => Err(problem),
            _ => Ok(renewals),
        }
    }

    /// Gives a lease back, if it is still ours: the next can take it at once.
    ///
    /// # Errors
    /// [`ClusterError`]; then it runs out by itself.
    pub async fn release(&self, lease: &Lease) -> Result<(), ClusterError> {
        let call = Call::script(&RELEASE)
            .key(self.keys.lease(&lease.match_key))
            .number(lease.token);
        self.link.call::<u8>(call).await.map(|_| ())
    }

    /// Who has the leases of these matches, in their order.
    ///
    /// # Errors
    /// [`ClusterError`] when one cannot be read.
    pub async fn holders(&self, keys: &[MatchKey]) -> Result<Vec<Option<Holder>>, ClusterError> {
        let call = |key| Call::command("GET").key(self.keys.lease(key));
        let calls: Vec<Call> = keys.iter().map(call).collect();
        let answers = self.link.run(&calls).await;
        keys.iter()
            .zip(answers)
            .map(|(key, answer)| {
                let text: Option<String> =
                    redis::from_redis_value(answer?).map_err(|error| unreadable(key, error))?;
                text.map(|text| holder(key, &text)).transpose()
            })
            .collect()
    }

    /// Deletes what Redis has of a match that is over, but not its lease and fence: state, ledger and inputs.
    ///
    /// # Errors
    /// [`ClusterError::Fenced`] when the match has a later owner, or another [`ClusterError`].
    pub async fn forget(&self, lease: &Lease) -> Result<(), ClusterError> {
        let key = &lease.match_key;
        let call = Call::script(&FORGET)
            .key(self.keys.fence(key))
            .key(self.keys.game(key))
            .key(self.keys.history(key))
            .key(self.keys.ledger(key))
            .key(self.keys.inputs(key))
            .number(lease.token);
        match verdict(key, self.link.call(call).await?)? {
            (word, Some(fence)) if word == "fenced" => Err(ClusterError::Fenced {
                match_key: *key,
                token: lease.token,
                fence,
            }),
            _ => Ok(()),
        }
    }

    fn lease_life_ms(&self) -> u64 {
        u64::try_from(self.config.lease_life.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The answer of a script: a word, and a number where one belongs to it.
pub(crate) fn verdict(key: &MatchKey, answer: Value) -> Result<(String, Option<u64>), ClusterError> {
    let mut answer: Vec<String> = redis::from_redis_value(answer).map_err(|error| unreadable(key, error))?;
    let number = match answer.len() {
        0 | 1 => None,
        _ => {
            let number = answer.swap_remove(1);
            Some(number.parse().map_err(|error| unreadable(key, error))?)
        }
    };
    Ok((answer.pop().unwrap_or_default(), number))
}

fn renewal(key: &MatchKey, answer: Value) -> Result<Renewal, ClusterError> {
    let answer: Vec<String> = redis::from_redis_value(answer).map_err(|error| unreadable(key, error))?;
    let answer: Vec<&str> = answer.iter().map(String::as_str).collect();
    match answer.as_slice() {
        ["held"] => Ok(Renewal::Held),
        ["missing"] => Ok(Renewal::Missing),
        ["lost", by] if by.contains(':') => {
            let Holder { name, token } = holder(key, by)?;
            Ok(Renewal::Lost {
                holder: Some(name),
                token,
            })
        }
        ["lost", token] => Ok(Renewal::Lost {
            holder: None,
            token: token.parse().map_err(|error| unreadable(key, error))?,
        }),
        _ => Err(unreadable(key, "unknown answer")),
    }
}

fn holder(key: &MatchKey, text: &str) -> Result<Holder, ClusterError> {
    let (token, name) = text
        .split_once(':')
        .ok_or_else(|| unreadable(key, "it is not TOKEN:HOLDER"))?;
    Ok(Holder {
        name: name.to_owned(),
        token: token.parse().map_err(|error| unreadable(key, error))?,
    })
}

fn unreadable(key: &MatchKey, problem: impl std::fmt::Display) -> ClusterError {
    ClusterError::malformed(format!("the lease of match {key}"), problem)
}

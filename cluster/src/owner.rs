//! Who owns a match: a lease that runs out, and a token that only grows.
//!
//! Invariant: what is asked about many matches has an answer for each, and a node that hangs leaves those of
//! the others as they are. Nothing here takes longer than a lease lives.

use std::time::Duration;

use protocol::MatchKey;
use redis::Value;

use crate::call::Call;
use crate::error::ClusterError;
use crate::handle::Cluster;
use crate::lease::{Held, Holder, Lease, Renewal};
use crate::script::{ACQUIRE, FORGET, RELEASE, RENEW};
use crate::verdict::Verdict;

/// How long the highest token of a match is kept after the last renewal. The store keeps it for good.
const FENCE_LIFE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Tokens that are further above one that is known were never given: as in `script/tokens.lua`.
const TOKEN_LEAP: u64 = 1 << 42;
/// Below this Lua's numbers are exact.
const TOKEN_END: u64 = 1 << 53;

impl Cluster {
    /// Takes the lease of a match for [`crate::ClusterConfig::lease_life`], unless somebody (also this
    /// holder) has it. The token is higher than `floor`, which the caller knows to be right, and than every
    /// earlier one that Redis remembers; a fence that was never given counts for nothing, see
    /// [`ClusterError::Unsound`].
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
        let (taken, text): (u8, String) = self.link.call_within(call, self.config.lease_life).await?;
        if taken == 0 {
            return Ok(None);
        }
        let token = text.parse().map_err(|error| unreadable(key, error))?;
        Ok(Some(Lease {
            match_key: *key,
            token,
        }))
    }

    /// Renews leases, all at once; answers in their order, within a third of a lease's life. A lease that
    /// nobody else took but that ran out is not revived: it is [`Renewal::Missing`].
    ///
    /// # Errors
    /// [`ClusterError`] when none of the nodes answers.
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
            let renewal = answer.and_then(|answer| renewal(&lease.match_key, answer));
            renewals.push(renewal.unwrap_or_else(|error| {
                problem = Some(error);
                Renewal::Unknown
            }));
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
        let answer = self.link.call_within::<u8>(call, self.config.lease_life);
        answer.await.map(|_| ())
    }

    /// Who has the leases of these matches, in their order, within a third of a lease's life. Beside each
    /// match stands the highest token that the caller knows of it, 0 for none: what stands in place of a
    /// lease and is none is nobody's.
    ///
    /// # Errors
    /// [`ClusterError`] when none of the nodes answers.
    pub async fn holders(&self, matches: &[(MatchKey, u64)]) -> Result<Vec<Held>, ClusterError> {
        let call = |(key, _): &(MatchKey, u64)| Call::command("GET").key(self.keys.lease(key));
        let calls: Vec<Call> = matches.iter().map(call).collect();
        let answers = self.link.run_within(&calls, self.config.lease_life / 3).await;
        let mut all = Vec::with_capacity(matches.len());
        let mut problem = None;
        for ((key, known), answer) in matches.iter().zip(answers) {
            all.push(held(key, *known, answer).unwrap_or_else(|error| {
                problem = Some(error);
                Held::Unknown
            }));
        }
        match problem {
            Some(problem) if all.iter().all(|held| *held == Held::Unknown) => Err(problem),
            _ => Ok(all),
        }
    }

    /// Deletes what Redis has of a match that is over, but not its lease and fence: state, shared log and inputs.
    ///
    /// # Errors
    /// [`ClusterError::Fenced`] when the match has a later owner, or another [`ClusterError`].
    pub async fn forget(&self, lease: &Lease) -> Result<(), ClusterError> {
        let key = &lease.match_key;
        let call = Call::script(&FORGET)
            .key(self.keys.fence(key))
            .key(self.keys.game(key))
            .key(self.keys.history(key))
            .key(self.keys.shared_log(key))
            .key(self.keys.inputs(key))
            .number(lease.token);
        let answer = self.link.call_within(call, self.config.lease_life).await?;
        let verdict = Verdict::read(key, answer)?;
        match (verdict.word.as_str(), verdict.number()) {
            ("ok", _) => Ok(()),
            ("fenced", Some(fence)) => Err(ClusterError::Fenced {
                match_key: *key,
                token: lease.token,
                fence,
            }),
            _ => Err(unreadable(key, "unknown answer")),
        }
    }

    fn lease_life_ms(&self) -> u64 {
        u64::try_from(self.config.lease_life.as_millis()).unwrap_or(u64::MAX)
    }
}

fn renewal(key: &MatchKey, answer: Value) -> Result<Renewal, ClusterError> {
    let verdict = Verdict::read(key, answer)?;
    match verdict.word.as_str() {
        "held" => Ok(Renewal::Held),
        "missing" => Ok(Renewal::Missing),
        "lost" => match (holder(verdict.text()), verdict.number()) {
            (Some(Holder { name, token }), _) => Ok(Renewal::Lost {
                holder: Some(name),
                token,
            }),
            (None, Some(token)) => Ok(Renewal::Lost { holder: None, token }),
            (None, None) => Err(unreadable(key, "it is neither TOKEN:HOLDER nor a token")),
        },
        _ => Err(unreadable(key, "unknown answer")),
    }
}

fn held(key: &MatchKey, known: u64, answer: Result<Value, ClusterError>) -> Result<Held, ClusterError> {
    let text: Option<Vec<u8>> = match answer {
        // What is there cannot be read by anybody: it is no lease.
        Err(ClusterError::Refused { problem, .. }) if problem.contains("WRONGTYPE") => None,
        answer => redis::from_redis_value(answer?).map_err(|error| unreadable(key, error))?,
    };
    let holder = text
        .and_then(|text| holder(std::str::from_utf8(&text).ok()?))
        .filter(|holder| holder.token <= known.saturating_add(TOKEN_LEAP));
    Ok(holder.map_or(Held::Free, Held::By))
}

/// `TOKEN:HOLDER`; none if it is not.
fn holder(text: &str) -> Option<Holder> {
    let (token, name) = text.split_once(':')?;
    Some(Holder {
        name: name.to_owned(),
        token: token.parse().ok()?,
    })
}

fn unreadable(key: &MatchKey, problem: impl std::fmt::Display) -> ClusterError {
    ClusterError::malformed(format!("the lease of match {key}"), problem)
}

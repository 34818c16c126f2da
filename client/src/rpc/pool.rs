//! Which endpoint a request goes to, and how often it is tried.
//!
//! Owns the endpoints and the retry policy behind [`RpcSender`], the transport seam of Solana's own client, so that
//! everything above speaks to "the RPC" and cannot tell how many endpoints there are.
//! Invariants: only transient failures are repeated at the endpoint where they happened; another endpoint is asked at once;
//! a request whose repetition would have another effect (`requestAirdrop`) is sent once. `sendTransaction` may be repeated
//! and may go to several endpoints: the same signature lands at most once. A refusal of a transaction that an earlier
//! attempt may have forwarded is not reported as one.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures_util::future::join_all;
use rand::Rng;
use serde_json::{json, Value};
use solana_commitment_config::CommitmentConfig;
use solana_rpc_client::rpc_sender::{RpcSender, RpcTransportStats};
use solana_rpc_client_api::client_error::Result as RpcResult;
use solana_rpc_client_api::request::RpcRequest;
use tokio::sync::mpsc;

use super::backoff::Backoff;
use super::config::RpcConfig;
use super::endpoint::{AttemptError, Blame, HttpEndpoint};
use super::health::{lags, Health, Standing};
use super::measure;
use super::RpcConfigError;

/// Bound of the comparison of slots: an answer that takes longer belongs to another time.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);

/// The endpoints.
#[derive(Debug)]
pub(crate) struct Pool {
    endpoints: Vec<Endpoint>,
    commitment: CommitmentConfig,
    backoff: Backoff,
    lag_slots_max: u64,
    send_endpoints_max: usize,
    check_interval: Duration,
    next_check: Mutex<Instant>,
}

#[derive(Debug)]
struct Endpoint {
    http: HttpEndpoint,
    health: Mutex<Health>,
    /// Host, and a number where several endpoints share it.
    label: String,
}

/// One endpoint as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointStatus {
    /// Its host, never its whole address.
    pub host: String,
    /// It takes requests: it neither rests after a rate limit nor is avoided after failures.
    pub is_ready: bool,
    /// Slots behind the best endpoint at the last comparison.
    pub lag_slots: u64,
    /// Moving average of its answers; `None` before the first.
    pub latency: Option<Duration>,
}

/// The pool as a transport of Solana's client.
pub(crate) struct PoolTransport(pub(crate) Arc<Pool>);

#[async_trait]
impl RpcSender for PoolTransport {
    async fn send(&self, request: RpcRequest, params: Value) -> RpcResult<Value> {
        self.0.check_if_due();
        match request {
            RpcRequest::SendTransaction => self.0.broadcast(params).await,
            _ => self.0.ask(request, params).await,
        }
    }

    fn get_transport_stats(&self) -> RpcTransportStats {
        RpcTransportStats::default()
    }

    /// The first endpoint, without what may be secret in its address.
    fn url(&self) -> String {
        let first = self.0.endpoints.first();
        first.map_or_else(String::new, |endpoint| endpoint.http.url().to_string())
    }
}

/// Where an attempt goes, after which wait.
struct Choice {
    index: usize,
    wait: Duration,
}

/// What a call has learnt of an endpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tried {
    No,
    /// In this round.
    Failed,
    /// It cannot serve this call at all.
    Useless,
}

impl Pool {
    pub(crate) fn new(config: &RpcConfig) -> Result<Self, RpcConfigError> {
        let mut endpoints: Vec<Endpoint> = Vec::new();
        for url in config.endpoints()? {
            let host = url.host();
            let namesakes = endpoints
                .iter()
                .filter(|other| other.http.url().host() == host)
                .count();
            endpoints.push(Endpoint {
                http: HttpEndpoint::new(config, url).map_err(RpcConfigError::Client)?,
                health: Mutex::default(),
                label: match namesakes {
                    0 => host,
                    earlier => format!("{host}#{}", earlier + 1),
                },
            });
        }
        Ok(Self {
            endpoints,
            commitment: config.commitment,
            backoff: config.backoff,
            lag_slots_max: config.lag_slots_max,
            send_endpoints_max: config.send_endpoints_max,
            check_interval: config.check_interval,
            next_check: Mutex::new(Instant::now()),
        })
    }

    pub(crate) fn statuses(&self) -> Vec<EndpointStatus> {
        let now = Instant::now();
        let status = |endpoint: &Endpoint| {
            let health = lock(&endpoint.health);
            EndpointStatus {
                host: endpoint.label.clone(),
                is_ready: matches!(health.standing(now, self.lag_slots_max), Standing::Ready { .. }),
                lag_slots: health.lag_slots(),
                latency: health.latency(),
            }
        };
        self.endpoints.iter().map(status).collect()
    }

    /// One answer, from whoever gives it.
    pub(crate) async fn ask(&self, request: RpcRequest, params: Value) -> RpcResult<Value> {
        let repeatable = !matches!(request, RpcRequest::RequestAirdrop);
        let more = u32::try_from(self.endpoints.len().saturating_sub(1)).unwrap_or(0);
        let attempts_max = self.backoff.attempts_max.saturating_add(more);
        let mut tried = vec![Tried::No; self.endpoints.len()];
        let (mut attempt, mut round) = (0u32, 0);
        // A transient failure says more to the caller than a refusal by an endpoint that is good for nothing.
        let mut transient = None;
        let mut may_have_acted = false;
        loop {
            let Some(choice) = self.choose(&tried) else {
                return Err(AttemptError::nobody().error);
            };
            tokio::time::sleep(choice.wait).await;
            let failed = match self.attempt(choice.index, request, params.clone()).await {
                Ok(result) => return Ok(result),
                Err(failed) => failed,
            };
            let is_sending = request == RpcRequest::SendTransaction;
            may_have_acted |= failed.may_have_acted && is_sending;
            let useless = !failed.blame.is_transient();
            if let Some(slot) = tried.get_mut(choice.index) {
                *slot = if useless { Tried::Useless } else { Tried::Failed };
            }
            let nobody_left = tried.iter().all(|tried| *tried == Tried::Useless);
            let is_last = attempt.saturating_add(1) >= attempts_max;
            if failed.blame == Blame::Request || !repeatable || is_last || nobody_left {
                let is_verdict = failed.blame == Blame::Request && !may_have_acted;
                return Err(match transient {
                    Some(earlier) if useless && !is_verdict => earlier,
                    _ => failed.error,
                });
            }
            tracing::debug!(%request, attempt, host = self.label(choice.index), error = %failed.error, "RPC attempt failed, trying again");
            if !useless {
                transient = Some(failed.error);
            }
            attempt += 1;
            if !self.is_another_ready(&tried) {
                tokio::time::sleep(self.backoff.wait(round)).await;
                round += 1;
                let again = tried.iter_mut().filter(|tried| **tried == Tried::Failed);
                again.for_each(|tried| *tried = Tried::No);
            }
        }
    }

    /// A transaction to several endpoints at once. The first that takes it decides; the others go on by themselves.
    async fn broadcast(self: &Arc<Self>, params: Value) -> RpcResult<Value> {
        let mut ready = self.ready(Instant::now());
        ready.truncate(self.send_endpoints_max);
        if ready.len() < 2 {
            return self.ask(RpcRequest::SendTransaction, params).await;
        }
        let (results, mut received) = mpsc::channel(ready.len());
        for index in ready {
            let (pool, results, params) = (Arc::clone(self), results.clone(), params.clone());
            tokio::spawn(async move {
                let result = pool.attempt(index, RpcRequest::SendTransaction, params).await;
                // Nobody waits for it once another endpoint took the transaction.
                let _ = results.send(result).await;
            });
        }
        drop(results);
        let mut refusal = None;
        let mut may_have_acted = None;
        while let Some(result) = received.recv().await {
            match result {
                Ok(taken) => return Ok(taken),
                Err(failed) if failed.may_have_acted => may_have_acted = Some(failed.error),
                Err(failed) if failed.blame == Blame::Request => refusal = Some(failed.error),
                Err(_) => {}
            }
        }
        match (may_have_acted, refusal) {
            (None, Some(refusal)) => Err(refusal),
            (Some(open), Some(_)) => Err(open),
            (_, None) => self.ask(RpcRequest::SendTransaction, params).await,
        }
    }

    /// One attempt at every endpoint that is ready, all at once: for answers that must not depend on one of them. The same
    /// as [`Self::ask`] where fewer than two are, or none of them answers.
    pub(crate) async fn ask_everyone(&self, request: RpcRequest, params: Value) -> Vec<RpcResult<Value>> {
        let ready = self.ready(Instant::now());
        if ready.len() < 2 {
            return vec![self.ask(request, params).await];
        }
        let attempts = ready.into_iter().map(|index| {
            let params = params.clone();
            async move {
                let result = self.attempt(index, request, params).await;
                result.map_err(|failed| failed.error)
            }
        });
        let answers = join_all(attempts).await;
        if answers.iter().any(RpcResult::is_ok) {
            return answers;
        }
        vec![self.ask(request, params).await]
    }

    async fn attempt(&self, index: usize, request: RpcRequest, params: Value) -> Result<Value, AttemptError> {
        let Some(endpoint) = self.endpoints.get(index) else {
            return Err(AttemptError::nobody());
        };
        let started = Instant::now();
        lock(&endpoint.health).begin(started);
        let result = endpoint.http.call(request, params).await;
        let (now, took) = (Instant::now(), started.elapsed());
        let mut health = lock(&endpoint.health);
        match &result {
            Ok(_) => health.answered(took),
            Err(failed) => match failed.blame {
                Blame::Request | Blame::Lacking | Blame::Behind => health.answered(took),
                Blame::Limit => health.limited(now, failed.retry_after),
                Blame::Broken => health.broke(now, failed.retry_after),
                Blame::Unfit => health.refused_us(now),
            },
        }
        let is_ready = matches!(health.standing(now, self.lag_slots_max), Standing::Ready { .. });
        drop(health);
        let blame = result.as_ref().err().map(|failed| failed.blame);
        measure::attempt(&endpoint.label, blame, took, is_ready);
        result
    }

    /// Those that take requests, the best first.
    fn ready(&self, now: Instant) -> Vec<usize> {
        let is_ready = |standing: &Standing| matches!(standing, Standing::Ready { .. });
        let mut ready: Vec<_> = self
            .standings(now)
            .filter(|(standing, _)| is_ready(standing))
            .collect();
        ready.sort_unstable();
        ready.into_iter().map(|(_, index)| index).collect()
    }

    fn standings(&self, now: Instant) -> impl Iterator<Item = (Standing, usize)> + '_ {
        let standing = move |endpoint: &Endpoint| lock(&endpoint.health).standing(now, self.lag_slots_max);
        self.endpoints
            .iter()
            .enumerate()
            .map(move |(index, endpoint)| (standing(endpoint), index))
    }

    /// The best endpoint that was not tried; else the best of all that may be of use. `None`: there is none.
    fn choose(&self, tried: &[Tried]) -> Option<Choice> {
        let now = Instant::now();
        let of = |index: usize| tried.get(index).copied().unwrap_or(Tried::No);
        let useful = self
            .standings(now)
            .filter(|(_, index)| of(*index) != Tried::Useless);
        // Ready before open before resting, as the order of standings says.
        let best = useful.min_by_key(|(standing, index)| {
            let is_ready = matches!(standing, Standing::Ready { .. });
            (!is_ready, of(*index) != Tried::No, *standing, *index)
        });
        best.map(|(standing, index)| {
            let wait = match standing {
                Standing::Resting(until) => until
                    .saturating_duration_since(now)
                    .mul_f64(rand::thread_rng().gen_range(1.0..=1.1)),
                Standing::Ready { .. } | Standing::Open => Duration::ZERO,
            };
            Choice { index, wait }
        })
    }

    fn is_another_ready(&self, tried: &[Tried]) -> bool {
        self.standings(Instant::now()).any(|(standing, index)| {
            matches!(standing, Standing::Ready { .. }) && tried.get(index) == Some(&Tried::No)
        })
    }

    fn label(&self, index: usize) -> &str {
        self.endpoints
            .get(index)
            .map_or("", |endpoint| endpoint.label.as_str())
    }

    /// Starts a comparison of slots if the last one was a while ago.
    fn check_if_due(self: &Arc<Self>) {
        if self.endpoints.len() < 2 {
            return;
        }
        let now = Instant::now();
        let mut next = lock(&self.next_check);
        if now < *next {
            return;
        }
        let jitter = rand::thread_rng().gen_range(0.75..=1.25);
        *next = now + self.check_interval.mul_f64(jitter);
        drop(next);
        tokio::spawn(Arc::clone(self).check());
    }

    /// Asks all endpoints for their slot at the same time, and notes who is behind.
    async fn check(self: Arc<Self>) {
        let params = json!([self.commitment]);
        let ready = self.ready(Instant::now());
        let readings = ready.into_iter().map(|index| {
            let asked = self.attempt(index, RpcRequest::GetSlot, params.clone());
            async move {
                let answer = tokio::time::timeout(CHECK_TIMEOUT, asked).await;
                let slot = answer.ok()?.ok()?.as_u64()?;
                Some((index, slot))
            }
        });
        let readings: Vec<(usize, u64)> = join_all(readings).await.into_iter().flatten().collect();
        let slots: Vec<u64> = readings.iter().map(|(_, slot)| *slot).collect();
        for ((index, _), lag_slots) in readings.iter().zip(lags(&slots)) {
            if let Some(endpoint) = self.endpoints.get(*index) {
                lock(&endpoint.health).set_lag(lag_slots);
                measure::lag(&endpoint.label, lag_slots);
            }
        }
    }
}

/// Health stays whole when a holder panics, because every critical section is a single call.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

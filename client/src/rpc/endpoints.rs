//! The endpoints of a pool with their health: single attempts, and who is asked next.
//!
//! Invariant: an attempt is a success only when its answer could be read. Absent on purpose: retries.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rand::Rng;
use serde_json::Value;

use super::answers::Decoded;
use super::config::{RpcConfig, RpcConfigError};
use super::endpoint::{AttemptError, HttpEndpoint};
use super::fault::{Blame, Fault};
use super::health::{Health, Standing};
use super::measure;
use super::method::{Class, Method};

/// One endpoint as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndpointStatus {
    /// Its host, never its whole address.
    pub host: String,
    /// It takes requests of every kind: it neither rests after a rate limit nor is avoided after failures.
    pub is_ready: bool,
    /// Slots behind the best endpoint at the last comparison.
    pub lag_slots: u64,
    /// Moving average of its answers; `None` before the first.
    pub latency: Option<Duration>,
}

#[derive(Debug)]
struct Endpoint {
    http: HttpEndpoint,
    health: Mutex<Health>,
    /// Host, and a number where several endpoints share it.
    label: String,
}

/// The endpoints, in the order they were given. An endpoint's name is its index.
#[derive(Debug)]
pub(super) struct Endpoints {
    all: Vec<Endpoint>,
    lag_slots_max: u64,
    /// Bound of an attempt while another endpoint is ready.
    patience: Duration,
}

/// Where an attempt goes, after which wait.
pub(super) struct Choice {
    pub(super) index: usize,
    pub(super) wait: Duration,
}

/// What a call has learnt of an endpoint.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    No,
    /// In this round.
    Failed,
    /// It cannot serve this call at all.
    Useless,
}

impl Endpoints {
    pub(super) fn new(config: &RpcConfig) -> Result<Self, RpcConfigError> {
        let mut all: Vec<Endpoint> = Vec::new();
        for url in config.endpoints()? {
            let host = url.host();
            let namesakes = all.iter().filter(|other| other.http.url().host() == host).count();
            all.push(Endpoint {
                http: HttpEndpoint::new(config, url).map_err(RpcConfigError::Client)?,
                health: Mutex::default(),
                label: match namesakes {
                    0 => host,
                    earlier => format!("{host}#{}", earlier + 1),
                },
            });
        }
        Ok(Self {
            all,
            lag_slots_max: config.lag_slots_max,
            patience: config.patience,
        })
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn statuses(&self) -> Vec<EndpointStatus> {
        let now = Instant::now();
        let status = |endpoint: &Endpoint| {
            let health = endpoint.health.lock();
            EndpointStatus {
                host: endpoint.label.clone(),
                is_ready: health.is_ready(now, self.lag_slots_max),
                lag_slots: health.lag_slots(),
                latency: health.latency(),
            }
        };
        self.all.iter().map(status).collect()
    }

    /// The first endpoint's address, without what may be secret in it.
    pub(super) fn shown(&self) -> String {
        let first = self.all.first();
        first.map_or_else(String::new, |endpoint| endpoint.http.url().to_string())
    }

    /// An endpoint's host.
    pub(super) fn label(&self, index: usize) -> &str {
        self.all
            .get(index)
            .map_or("(none)", |endpoint| endpoint.label.as_str())
    }

    /// One request to one endpoint, and its answer read.
    pub(super) async fn attempt<T>(
        &self,
        index: usize,
        method: Method,
        params: &Value,
        decode: &impl Fn(&Value) -> Decoded<T>,
    ) -> Result<T, AttemptError> {
        let Some(endpoint) = self.all.get(index) else {
            return Err(Fault::Nobody.into());
        };
        let class = method.class();
        let started = Instant::now();
        endpoint.health.lock().begin(class, started);
        let answer = self.call(endpoint, index, method, params).await;
        let result =
            answer.and_then(|answer| decode(&answer).map_err(|reason| Fault::Unusable(reason).into()));
        self.judge(endpoint, class, started, &result);
        result
    }

    async fn call(
        &self,
        endpoint: &Endpoint,
        index: usize,
        method: Method,
        params: &Value,
    ) -> Result<Value, AttemptError> {
        let call = endpoint.http.call(method, params);
        let is_scan = method.class() == Class::Scan;
        if is_scan || !method.is_repeatable() || !self.is_another_ready(method.class(), index) {
            return call.await;
        }
        match tokio::time::timeout(self.patience, call).await {
            Ok(answer) => answer,
            Err(_) => Err(Fault::Slow(self.patience).into()),
        }
    }

    fn judge<T>(
        &self,
        endpoint: &Endpoint,
        class: Class,
        started: Instant,
        result: &Result<T, AttemptError>,
    ) {
        let (now, took) = (Instant::now(), started.elapsed());
        let blame = result.as_ref().err().map(|failed| failed.fault.blame());
        let mut health = endpoint.health.lock();
        let mut opened = false;
        match result {
            Ok(_) => health.answered(class, took),
            Err(AttemptError { fault, retry_after }) => match fault.blame() {
                Blame::Request | Blame::Lacking | Blame::Behind => health.answered(class, took),
                Blame::Limit => health.limited(now, *retry_after),
                Blame::Broken if fault.is_unreachable() => opened = health.was_unreachable(now),
                Blame::Broken => opened = health.broke(class, now, *retry_after),
                Blame::Unfit => health.refused_us(class, now),
            },
        }
        let is_ready = health.is_ready(now, self.lag_slots_max);
        drop(health);
        if let (true, Err(failed)) = (opened, result) {
            let (host, class) = (&endpoint.label, class.name());
            tracing::warn!(%host, class, error = %failed.fault, "an RPC endpoint is passed over for a while");
        }
        measure::attempt(&endpoint.label, blame, took, is_ready);
    }

    /// Those that take requests of a class, the best first.
    pub(super) fn ready(&self, class: Class) -> Vec<usize> {
        let ready = self.ranked(class).into_iter();
        ready
            .filter(|(standing, _)| matches!(standing, Standing::Ready { .. }))
            .map(|(_, index)| index)
            .collect()
    }

    /// All of them, the best for a class first.
    pub(super) fn by_rank(&self, class: Class) -> Vec<usize> {
        self.ranked(class).into_iter().map(|(_, index)| index).collect()
    }

    fn ranked(&self, class: Class) -> Vec<(Standing, usize)> {
        let mut ranked: Vec<_> = self.standings(class, Instant::now()).collect();
        ranked.sort_unstable();
        ranked
    }

    fn standings(&self, class: Class, now: Instant) -> impl Iterator<Item = (Standing, usize)> + '_ {
        let lag_slots_max = self.lag_slots_max;
        self.all
            .iter()
            .enumerate()
            .map(move |(index, endpoint)| (endpoint.health.lock().standing(class, now, lag_slots_max), index))
    }

    /// The best endpoint that was not tried; else the best of all that may be of use. `None`: there is none.
    pub(super) fn choose(&self, class: Class, tried: &[Tried]) -> Option<Choice> {
        let now = Instant::now();
        let of = |index: usize| tried.get(index).copied().unwrap_or(Tried::No);
        let useful = self
            .standings(class, now)
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

    /// Whether an endpoint that was not tried takes requests of a class.
    pub(super) fn is_untried_ready(&self, class: Class, tried: &[Tried]) -> bool {
        self.standings(class, Instant::now()).any(|(standing, index)| {
            matches!(standing, Standing::Ready { .. }) && tried.get(index) == Some(&Tried::No)
        })
    }

    fn is_another_ready(&self, class: Class, index: usize) -> bool {
        self.standings(class, Instant::now())
            .any(|(standing, other)| other != index && matches!(standing, Standing::Ready { .. }))
    }

    /// Notes how far an endpoint is behind the best.
    pub(super) fn set_lag(&self, index: usize, slots: u64) {
        if let Some(endpoint) = self.all.get(index) {
            endpoint.health.lock().set_lag(slots);
            measure::lag(&endpoint.label, slots);
        }
    }
}

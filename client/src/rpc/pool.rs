//! Which endpoint a request goes to, and how often it is tried.
//!
//! Invariants: only transient failures are repeated at the endpoint where they happened; another endpoint is asked at once;
//! an answer that cannot be read is a failure of the endpoint that gave it; a request whose repetition would have another
//! effect (`requestAirdrop`) is sent once. `sendTransaction` may be repeated and may go to several endpoints: the same
//! signature lands at most once. A refusal of a transaction that an earlier attempt may have forwarded is not reported as
//! one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use parking_lot::Mutex;
use rand::Rng;
use serde_json::{json, Value};
use solana_commitment_config::CommitmentConfig;
use tokio::sync::mpsc;

use super::answers::{self, Decoded};
use super::config::{RpcConfig, RpcConfigError};
use super::endpoint::AttemptError;
use super::endpoints::{Endpoints, Tried};
use super::fault::{Blame, Fault, RequestError};
use super::health::lags;
use super::horizon::Horizon;
use super::method::{Class, Method};
use crate::backoff::Backoff;

/// Bound of the comparison of slots: an answer that takes longer belongs to another time.
const CHECK_TIMEOUT: Duration = Duration::from_secs(3);

/// Attempts at one endpoint, where a whole list must come from it.
const ATTEMPTS_AT_ONE_MAX: u32 = 3;

/// The endpoints and the retry policy.
#[derive(Debug)]
pub(super) struct Pool {
    pub(super) endpoints: Endpoints,
    commitment: CommitmentConfig,
    backoff: Backoff,
    send_endpoints_max: usize,
    check_interval: Duration,
    next_check: Mutex<Instant>,
    slots: Horizon,
    heights: Horizon,
}

impl Pool {
    pub(super) fn new(config: &RpcConfig) -> Result<Self, RpcConfigError> {
        Ok(Self {
            endpoints: Endpoints::new(config)?,
            commitment: config.commitment,
            backoff: config.backoff,
            send_endpoints_max: config.send_endpoints_max,
            check_interval: config.check_interval,
            next_check: Mutex::new(Instant::now()),
            slots: Horizon::default(),
            heights: Horizon::default(),
        })
    }

    /// A slot that an endpoint told of, if the chain can be there. One that is alone is believed.
    pub(super) fn slot_told(&self, slot: u64) -> Decoded<u64> {
        self.told(slot, |slot, now| self.slots.take(slot, now))
    }

    /// As [`Self::slot_told`] for the height of a block.
    pub(super) fn height_told(&self, height: u64) -> Decoded<u64> {
        self.told(height, |height, now| self.heights.take(height, now))
    }

    /// Whether a blockhash can be valid until this height.
    pub(super) fn last_height_told(&self, height: u64) -> Decoded<u64> {
        self.told(height, |height, now| match self.heights.covers(height, now) {
            true => Ok(height),
            false => Err(format!(
                "its blockhash is valid until {height}, longer than any is"
            )),
        })
    }

    /// Whether the chain can be at this slot, told of by somebody who is no endpoint of this pool.
    pub(super) fn can_be_at(&self, slot: u64) -> bool {
        self.endpoints.len() < 2 || self.slots.covers(slot, Instant::now())
    }

    fn told(&self, number: u64, judge: impl FnOnce(u64, Instant) -> Decoded<u64>) -> Decoded<u64> {
        if self.endpoints.len() < 2 {
            return Ok(number);
        }
        let now = Instant::now();
        // The others are asked at once whether the chain has jumped.
        judge(number, now).inspect_err(|_| *self.next_check.lock() = now)
    }

    /// One answer, from whoever gives one that can be read.
    pub(super) async fn ask<T>(
        self: &Arc<Self>,
        method: Method,
        params: Value,
        decode: impl Fn(&Value) -> Decoded<T>,
    ) -> Result<T, RequestError> {
        self.check_if_due();
        self.ask_anyone(method, &params, &decode).await
    }

    async fn ask_anyone<T>(
        &self,
        method: Method,
        params: &Value,
        decode: &impl Fn(&Value) -> Decoded<T>,
    ) -> Result<T, RequestError> {
        let more = u32::try_from(self.endpoints.len().saturating_sub(1)).unwrap_or(0);
        let attempts_max = self.backoff.attempts_max.saturating_add(more);
        let mut tried = vec![Tried::No; self.endpoints.len()];
        let (mut attempt, mut round) = (0u32, 0);
        // A transient failure says more to the caller than a refusal by an endpoint that is good for nothing.
        let mut transient = None;
        let mut may_have_acted = false;
        loop {
            let Some(choice) = self.endpoints.choose(method.class(), &tried) else {
                return Err(RequestError::new(method, "any endpoint", Fault::Nobody));
            };
            tokio::time::sleep(choice.wait).await;
            let attempted = self.endpoints.attempt(choice.index, method, params, decode);
            let fault = match attempted.await {
                Ok(result) => return Ok(result),
                Err(failed) => failed.fault,
            };
            may_have_acted |= method == Method::SendTransaction && fault.may_have_acted();
            let blame = fault.blame();
            let useless = !blame.is_transient();
            if let Some(slot) = tried.get_mut(choice.index) {
                *slot = if useless { Tried::Useless } else { Tried::Failed };
            }
            let failed = RequestError::new(method, self.endpoints.label(choice.index), fault);
            let nobody_left = tried.iter().all(|tried| *tried == Tried::Useless);
            let is_last = attempt.saturating_add(1) >= attempts_max;
            if blame == Blame::Request || !method.is_repeatable() || is_last || nobody_left {
                let is_verdict = blame == Blame::Request && !may_have_acted;
                return Err(match transient {
                    Some(earlier) if useless && !is_verdict => earlier,
                    _ => failed,
                });
            }
            tracing::debug!(attempt, error = %failed, "RPC attempt failed, trying again");
            if !useless {
                transient = Some(failed);
            }
            attempt += 1;
            if !self.endpoints.is_untried_ready(method.class(), &tried) {
                tokio::time::sleep(self.backoff.wait(round)).await;
                round += 1;
                let again = tried.iter_mut().filter(|tried| **tried == Tried::Failed);
                again.for_each(|tried| *tried = Tried::No);
            }
        }
    }

    /// One answer from one endpoint and no other, with a few attempts: for what is read in several requests and must be of
    /// one piece.
    pub(super) async fn ask_at<T>(
        &self,
        index: usize,
        method: Method,
        params: &Value,
        decode: impl Fn(&Value) -> Decoded<T>,
    ) -> Result<T, RequestError> {
        let mut attempt = 0;
        loop {
            let attempted = self.endpoints.attempt(index, method, params, &decode);
            let AttemptError { fault, retry_after } = match attempted.await {
                Ok(result) => return Ok(result),
                Err(failed) => failed,
            };
            attempt += 1;
            if attempt >= ATTEMPTS_AT_ONE_MAX || !fault.blame().is_transient() {
                return Err(RequestError::new(method, self.endpoints.label(index), fault));
            }
            let wait = retry_after.unwrap_or_else(|| self.backoff.wait(attempt - 1));
            tokio::time::sleep(wait).await;
        }
    }

    /// A transaction to several endpoints at once. The first that takes it decides; the others go on by themselves.
    pub(super) async fn broadcast<T: Send + 'static>(
        self: &Arc<Self>,
        params: Value,
        decode: fn(&Value) -> Decoded<T>,
    ) -> Result<T, RequestError> {
        self.check_if_due();
        let method = Method::SendTransaction;
        let mut ready = self.endpoints.ready(Class::Sending);
        ready.truncate(self.send_endpoints_max);
        if ready.len() < 2 {
            return self.ask_anyone(method, &params, &decode).await;
        }
        let (results, mut received) = mpsc::channel(ready.len());
        for index in ready {
            let (pool, results, params) = (Arc::clone(self), results.clone(), params.clone());
            tokio::spawn(async move {
                let result = pool.endpoints.attempt(index, method, &params, &decode).await;
                let result = result
                    .map_err(|failed| RequestError::new(method, pool.endpoints.label(index), failed.fault));
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
                Err(failed) if failed.fault.may_have_acted() => may_have_acted = Some(failed),
                Err(failed) if failed.fault.blame() == Blame::Request => refusal = Some(failed),
                Err(_) => {}
            }
        }
        match (may_have_acted, refusal) {
            (None, Some(refusal)) => Err(refusal),
            (Some(open), Some(_)) => Err(open),
            (_, None) => self.ask_anyone(method, &params, &decode).await,
        }
    }

    /// One attempt at every endpoint that is ready, all at once: for answers that must not depend on one of them. The same
    /// as [`Self::ask`] where fewer than two are, or none of them answers.
    pub(super) async fn ask_everyone<T>(
        self: &Arc<Self>,
        method: Method,
        params: Value,
        decode: impl Fn(&Value) -> Decoded<T>,
    ) -> Vec<Result<T, RequestError>> {
        self.check_if_due();
        let ready = self.endpoints.ready(method.class());
        if ready.len() >= 2 {
            let answers = self.ask_all(ready, method, &params, &decode).await;
            if answers.iter().any(Result::is_ok) {
                return answers;
            }
        }
        vec![self.ask_anyone(method, &params, &decode).await]
    }

    /// One attempt at each of `indices`, all at once.
    pub(super) async fn ask_all<T>(
        &self,
        indices: Vec<usize>,
        method: Method,
        params: &Value,
        decode: &impl Fn(&Value) -> Decoded<T>,
    ) -> Vec<Result<T, RequestError>> {
        let attempts = indices.into_iter().map(|index| async move {
            let result = self.endpoints.attempt(index, method, params, decode).await;
            result.map_err(|failed| RequestError::new(method, self.endpoints.label(index), failed.fault))
        });
        join_all(attempts).await
    }

    /// Starts a comparison of slots if the last one was a while ago.
    fn check_if_due(self: &Arc<Self>) {
        if self.endpoints.len() < 2 {
            return;
        }
        let now = Instant::now();
        let mut next = self.next_check.lock();
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
        // Also those that are passed over: they may be right where the others are not.
        let everybody = self.endpoints.by_rank(Class::Tip);
        let readings = everybody.into_iter().map(|index| {
            let (pool, params) = (&self, &params);
            async move {
                let asked = pool
                    .endpoints
                    .attempt(index, Method::Slot, params, &answers::whole_number);
                let slot = tokio::time::timeout(CHECK_TIMEOUT, asked).await.ok()?.ok()?;
                Some((index, slot))
            }
        });
        let readings: Vec<(usize, u64)> = join_all(readings).await.into_iter().flatten().collect();
        let slots: Vec<u64> = readings.iter().map(|(_, slot)| *slot).collect();
        if self.slots.agree(&slots, Instant::now()) {
            self.heights.forget();
        }
        for ((index, _), lag_slots) in readings.iter().zip(lags(&slots)) {
            self.endpoints.set_lag(*index, lag_slots);
        }
    }
}

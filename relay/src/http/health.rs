//! `/health` and `/metrics`.

use std::sync::atomic::Ordering;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{header, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::Json;
use protocol::directory::MatchStatus;
use serde_json::{json, Map, Value};
use store::StoreError;

use crate::clock::unix_ms;
use crate::failure::ApiFailure;
use crate::service::Service;

/// A check that takes longer has failed.
const CHECK_TIMEOUT: Duration = Duration::from_secs(2);

/// A live match whose frames lag further behind the clock is not served: three seconds.
const LAG_TICKS_MAX: u64 = 180;

/// `GET /health`: 200 when everything works, 503 with the reason when not.
pub(super) async fn health(State(service): State<Arc<Service>>) -> Response {
    let mut checks = vec![("store", check_store(&service).await)];
    match &service.fleet {
        None => checks.push(("matches", check_matches(&service))),
        // A match that stands still is its crank's failure, and no reason to take every relay out of service.
        Some(fleet) => checks.push(("fleet", within_time(fleet.ping()).await)),
    }
    if !service.is_open() {
        checks.push(("relay", Err("the relay drains: it is about to end".into())));
    }
    for (name, check) in &service.config.checks {
        checks.push((name, within_time(check()).await));
    }
    let is_healthy = checks.iter().all(|(_, outcome)| outcome.is_ok());
    let outcomes: Map<String, Value> = checks
        .into_iter()
        .map(|(name, outcome)| {
            (
                name.to_owned(),
                outcome.map_or_else(Value::from, |()| "ok".into()),
            )
        })
        .collect();
    let matches = service.bus.summaries();
    let body = json!({
        "status": if is_healthy { "ok" } else { "failing" },
        "checks": outcomes,
        "version": env!("CARGO_PKG_VERSION"),
        "protocol": protocol::VERSION,
        "uptime_s": service.started.elapsed().as_secs(),
        "sockets": service.registry.len(),
        "matches": matches.len(),
        "matches_live": matches.iter().filter(|summary| summary.status == MatchStatus::Live).count(),
    });
    let status = if is_healthy {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

async fn within_time(check: impl std::future::Future<Output = Result<(), String>>) -> Result<(), String> {
    let late = |_| Err(format!("no answer within {} s", CHECK_TIMEOUT.as_secs()));
    tokio::time::timeout(CHECK_TIMEOUT, check)
        .await
        .unwrap_or_else(late)
}

async fn check_store(service: &Service) -> Result<(), String> {
    let outcome = within_time(async {
        service.store.check().await.map_err(|error| {
            let told = match &error {
                StoreError::NoRoom { .. } => "the disk of the database is full",
                _ => "history cannot be read",
            };
            // Once, and not each time that somebody asks.
            if !service.store_fails.swap(true, Ordering::Relaxed) {
                let error = &error as &dyn std::error::Error;
                tracing::error!(error, "the store fails its health check: {told}");
            }
            told.to_owned()
        })
    })
    .await;
    if outcome.is_ok() && service.store_fails.swap(false, Ordering::Relaxed) {
        tracing::info!("the store passes its health check again");
    }
    outcome
}

/// Whether the frames of every live match keep up with the clock.
fn check_matches(service: &Service) -> Result<(), String> {
    let now = unix_ms();
    for summary in service.bus.summaries() {
        let Some(start) = summary
            .starts_at_ms
            .filter(|_| summary.status == MatchStatus::Live)
        else {
            continue;
        };
        let due = now.saturating_sub(start) * 60 / 1000;
        let at = u64::from(summary.tick.0);
        // A match may end early and wait for its result, and then its tick stands still: the crank says so
        // with the status soon after. Full time is the latest end.
        let due = due.min(u64::from(summary.length_ticks));
        let ended = service
            .bus
            .detail(&summary.match_key)
            .is_none_or(|detail| detail.result.is_some());
        if due.saturating_sub(at) > LAG_TICKS_MAX && !ended && !has_ended(service, &summary.match_key) {
            return Err(format!(
                "match {} stands at tick {at}, and {due} is due",
                summary.match_key
            ));
        }
    }
    Ok(())
}

/// Whether the last keyframe or a later frame shows the end of the match.
fn has_ended(service: &Service, key: &protocol::MatchKey) -> bool {
    use protocol::wire::{Ending, StateFrame};
    let Some(subscription) = service.bus.subscribe(key) else {
        return true;
    };
    let mut state = None;
    for frame in &subscription.history {
        if let Ok(frame) = StateFrame::from_bytes(&frame.bytes) {
            if frame.apply(&mut state, &mut |_, _| {}).is_err() {
                state = None;
            }
        }
    }
    state.is_some_and(|state| state.ending != Ending::Running)
}

/// `GET /metrics`: Prometheus' text form.
pub(super) async fn metrics(State(service): State<Arc<Service>>) -> Result<Response, ApiFailure> {
    let render = service
        .config
        .metrics
        .as_ref()
        .ok_or_else(|| ApiFailure::not_found("no metrics recorder is installed in this process"))?;
    let content_type = "text/plain; version=0.0.4; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, content_type)], render()).into_response())
}

//! What the process counts, and to whom it tells it: Prometheus asks (`/metrics`), StatsD is told
//! (`--statsd`).
//!
//! Owns: the one recorder of the process, and the catalogue of all metrics with their names in both systems.
//! Invariant: a metric costs the thread that counts an addition, whoever listens and however many.
//! Absent: what is counted; crank, relay, bus and client count for themselves.

pub mod catalogue;
mod statsd;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_util::layers::FanoutBuilder;

use self::catalogue::{Kind, CATALOGUE};
use self::statsd::Statsd;
pub use self::statsd::StatsdTarget;

/// Writes all metrics in Prometheus' text format.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// How often histograms are folded, so that an unread `/metrics` does not grow.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);
/// Upper ends of the buckets of every histogram of seconds.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];

/// Where metrics are told to, the same for every command that counts.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Metrics")]
pub struct MetricsArgs {
    /// StatsD server that metrics are sent to over UDP, as HOST or HOST:PORT; services only [default: none]
    #[arg(long, env = "STATSD_HOST", value_name = "HOST", global = true, hide_short_help = true, value_parser = statsd::parse_target)]
    pub statsd: Option<StatsdTarget>,
    /// Port of the StatsD server, when --statsd names none
    #[arg(long, env = "STATSD_PORT", value_name = "PORT", global = true, hide_short_help = true, default_value_t = statsd::PORT, value_parser = clap::value_parser!(u16).range(1..))]
    pub statsd_port: u16,
}

/// The StatsD server of this process, once the arguments are known.
static TARGET: OnceLock<StatsdTarget> = OnceLock::new();

impl MetricsArgs {
    /// Says where metrics go from the first call of [`metrics`] on.
    pub fn apply(&self) {
        if let Some(target) = &self.statsd {
            // A second command in one process (tests) keeps the first server.
            let _ = TARGET.set(target.clone().or_port(self.statsd_port));
        }
    }
}

/// The process's one recorder, made at the first call, and folded from then on. What counts before that is
/// not counted: call it before crank and relay start.
pub fn metrics() -> Result<RenderMetrics> {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    if RECORDER.get().is_none() {
        let handle = install(TARGET.get())?;
        // Two calls at once: one of them has failed above.
        let _ = RECORDER.set(handle);
        tokio::spawn(async {
            let mut interval = tokio::time::interval(UPKEEP_INTERVAL);
            while let Some(handle) = RECORDER.get() {
                interval.tick().await;
                handle.run_upkeep();
            }
        });
    }
    Ok(Arc::new(|| {
        RECORDER.get().map(PrometheusHandle::render).unwrap_or_default()
    }))
}

fn install(target: Option<&StatsdTarget>) -> Result<PrometheusHandle> {
    let recorder = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
        .context("cannot set metrics up")?
        .build_recorder();
    let handle = recorder.handle();
    let installed = match target {
        None => ::metrics::set_global_recorder(recorder).is_ok(),
        Some(target) => {
            let statsd = Statsd::start(target.clone()).context("cannot start the StatsD thread")?;
            let both = FanoutBuilder::default()
                .add_recorder(recorder)
                .add_recorder(statsd)
                .build();
            ::metrics::set_global_recorder(both).is_ok()
        }
    };
    anyhow::ensure!(installed, "cannot set metrics up: there is a recorder already");
    for metric in CATALOGUE {
        match metric.kind {
            Kind::Counter => ::metrics::describe_counter!(metric.name, metric.meaning),
            Kind::Gauge => ::metrics::describe_gauge!(metric.name, metric.meaning),
            Kind::Histogram => ::metrics::describe_histogram!(metric.name, metric.meaning),
        }
    }
    Ok(handle)
}

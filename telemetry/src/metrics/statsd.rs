//! Metrics told to a StatsD server over UDP.
//!
//! What is counted is added up here and sent once a second, so that a counter that moves 100,000 times a
//! second is one datagram a second. Names are those of the catalogue below `aurelius.`; labels become a last
//! part of the name (`aurelius.intents.queued`), because plain StatsD knows no tags; counters and timings are
//! sent without it as well, as the sum.
//!
//! Invariants: nothing waits for the network; memory is bounded by the number of metrics and by
//! [`SAMPLES_MAX`]. A server that is away, or whose name does not resolve yet, costs its own numbers and
//! nothing else.

use std::collections::BTreeMap;
use std::net::ToSocketAddrs;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Level, Metadata, Recorder,
    SharedString, Unit,
};
use metrics_exporter_statsd::{StatsdBuilder, StatsdRecorder};
use parking_lot::Mutex;

use super::catalogue::statsd_name;

/// First part of every name.
const PREFIX: &str = "aurelius";
/// The usual port of a StatsD server.
pub(super) const PORT: u16 = 8125;
/// How often sums are sent.
const FLUSH: Duration = Duration::from_secs(1);
/// How long an address is used before the name is resolved again: servers move.
const RESOLVE_EVERY: Duration = Duration::from_secs(60);
/// Samples of one timing that are kept between two flushes; further ones are left out.
const SAMPLES_MAX: usize = 256;
/// Datagrams that may wait for the sending thread; further ones are dropped.
const QUEUE_MAX: usize = 4_096;

/// A StatsD server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatsdTarget {
    host: String,
    port: Option<u16>,
}

impl StatsdTarget {
    /// With this port when none was given with the host.
    pub(super) fn or_port(mut self, port: u16) -> StatsdTarget {
        self.port.get_or_insert(port);
        self
    }
}

impl std::fmt::Display for StatsdTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

impl FromStr for StatsdTarget {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!("STATSD_HOST: `{text}` is not a host or HOST:PORT; for example STATSD_HOST=statsd:8125")
        };
        // An IPv6 address has colons of its own and stands in brackets when a port follows.
        let bracketed = text.strip_prefix('[').and_then(|rest| rest.split_once(']'));
        let (host, port) = match bracketed {
            Some((host, rest)) => (host, rest.strip_prefix(':').map(Some).unwrap_or(None)),
            None if text.matches(':').count() > 1 => (text, None),
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || "-._:".contains(letter);
        if host.is_empty() || !host.chars().all(is_name) {
            return Err(wrong());
        }
        let port = port.map(|port| port.parse::<u16>().ok().filter(|port| *port != 0));
        match port {
            Some(None) => Err(wrong()),
            Some(port) => Ok(StatsdTarget {
                host: host.to_owned(),
                port,
            }),
            None => Ok(StatsdTarget {
                host: host.to_owned(),
                port: None,
            }),
        }
    }
}

/// For clap.
pub(super) fn parse_target(text: &str) -> Result<StatsdTarget, String> {
    text.parse()
}

/// The recorder.
pub(super) struct Statsd {
    cells: Arc<Cells>,
}

impl Statsd {
    /// Starts the thread that sends. Errors when the system gives no thread.
    pub(super) fn start(target: StatsdTarget) -> std::io::Result<Statsd> {
        let cells = Arc::new(Cells::default());
        let watched = Arc::downgrade(&cells);
        std::thread::Builder::new()
            .name("statsd".to_owned())
            .spawn(move || send_for_ever(&target, &watched))?;
        Ok(Statsd { cells })
    }
}

fn send_for_ever(target: &StatsdTarget, watched: &Weak<Cells>) {
    let mut line: Option<(StatsdRecorder, Instant)> = None;
    let mut is_troubled = false;
    loop {
        std::thread::sleep(FLUSH);
        let Some(cells) = watched.upgrade() else { return };
        if line
            .as_ref()
            .is_none_or(|(_, since)| since.elapsed() >= RESOLVE_EVERY)
        {
            match connect(target) {
                Ok(recorder) => {
                    line = Some((recorder, Instant::now()));
                    is_troubled = false;
                }
                // Once, not every second; the old address serves meanwhile.
                Err(error) if !is_troubled => {
                    tracing::warn!(%target, error, "StatsD gets no metrics; trying again (STATSD_HOST or --statsd)");
                    is_troubled = true;
                }
                Err(_) => {}
            }
        }
        if let Some((recorder, _)) = &line {
            cells.flush(recorder);
        }
    }
}

fn connect(target: &StatsdTarget) -> Result<StatsdRecorder, String> {
    let port = target.port.unwrap_or(PORT);
    let address = (target.host.as_str(), port)
        .to_socket_addrs()
        .map_err(|error| error.to_string())?
        .next()
        .ok_or("the name has no address")?;
    let own = if address.is_ipv6() { "[::]" } else { "0.0.0.0" };
    StatsdBuilder::from(address.ip().to_string(), address.port())
        .with_queue_size(QUEUE_MAX)
        // One value a datagram: what waits in a half-full buffer would come a second late or never.
        .with_buffer_size(1)
        .with_client_udp_host(own)
        .histogram_is_timer()
        .build(Some(PREFIX))
        .map_err(|error| error.to_string())
}

/// What was counted since the last flush.
#[derive(Default)]
struct Cells {
    counters: Mutex<BTreeMap<Key, Arc<Sum>>>,
    gauges: Mutex<BTreeMap<Key, Arc<Level64>>>,
    timings: Mutex<BTreeMap<Key, Arc<Samples>>>,
}

impl Cells {
    fn flush(&self, to: &StatsdRecorder) {
        const METADATA: Metadata<'static> = Metadata::new(module_path!(), Level::INFO, None);
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for (key, sum) in self.counters.lock().iter() {
            let added = sum.pending.swap(0, Ordering::Relaxed);
            for name in names(key) {
                *sums.entry(name).or_default() += added;
            }
        }
        for (name, sum) in sums.into_iter().filter(|(_, sum)| *sum > 0) {
            to.register_counter(&Key::from_name(name), &METADATA)
                .increment(sum);
        }
        for (key, level) in self.gauges.lock().iter() {
            if !level.is_set.load(Ordering::Relaxed) {
                continue;
            }
            let value = f64::from_bits(level.bits.load(Ordering::Relaxed));
            // Gauges of different labels do not add up to anything.
            if let Some(name) = names(key).pop() {
                to.register_gauge(&Key::from_name(name), &METADATA).set(value);
            }
        }
        for (key, samples) in self.timings.lock().iter() {
            let samples = std::mem::take(&mut *samples.0.lock());
            for name in names(key) {
                let timing = to.register_histogram(&Key::from_name(name), &METADATA);
                samples.iter().for_each(|sample| timing.record(*sample));
            }
        }
    }
}

/// The names of a metric: without its labels, and with them if it has some.
fn names(key: &Key) -> Vec<String> {
    let base = statsd_name(key.name());
    let mut full = base.clone();
    for label in key.labels() {
        full.push('.');
        full.extend(label.value().chars().map(|letter| match letter {
            letter if letter.is_ascii_alphanumeric() || letter == '-' => letter,
            _ => '_',
        }));
    }
    if full == base {
        vec![base]
    } else {
        vec![base, full]
    }
}

/// A counter: what was added since the last flush.
#[derive(Default)]
struct Sum {
    pending: AtomicU64,
    /// The largest absolute value so far.
    reached: AtomicU64,
}

impl CounterFn for Sum {
    fn increment(&self, value: u64) {
        self.pending.fetch_add(value, Ordering::Relaxed);
    }

    fn absolute(&self, value: u64) {
        let before = self.reached.fetch_max(value, Ordering::Relaxed);
        self.pending
            .fetch_add(value.saturating_sub(before), Ordering::Relaxed);
    }
}

/// A gauge: the bits of its value.
#[derive(Default)]
struct Level64 {
    bits: AtomicU64,
    is_set: AtomicBool,
}

impl Level64 {
    fn change(&self, by: impl Fn(f64) -> f64) {
        // The closure never refuses.
        let _ = self
            .bits
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |bits| {
                Some(by(f64::from_bits(bits)).to_bits())
            });
        self.is_set.store(true, Ordering::Relaxed);
    }
}

impl GaugeFn for Level64 {
    fn increment(&self, value: f64) {
        self.change(|now| now + value);
    }

    fn decrement(&self, value: f64) {
        self.change(|now| now - value);
    }

    fn set(&self, value: f64) {
        self.change(|_| value);
    }
}

/// A timing in seconds: its samples since the last flush.
#[derive(Default)]
struct Samples(Mutex<Vec<f64>>);

impl HistogramFn for Samples {
    fn record(&self, value: f64) {
        let mut samples = self.0.lock();
        // A time is neither negative nor endless, and the exporter would not survive one that is.
        if samples.len() < SAMPLES_MAX && value.is_finite() && value >= 0.0 {
            samples.push(value);
        }
    }
}

impl Recorder for Statsd {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        let mut counters = self.cells.counters.lock();
        Counter::from_arc(counters.entry(key.clone()).or_default().clone())
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        let mut gauges = self.cells.gauges.lock();
        Gauge::from_arc(gauges.entry(key.clone()).or_default().clone())
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        let mut timings = self.cells.timings.lock();
        Histogram::from_arc(timings.entry(key.clone()).or_default().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::net::UdpSocket;

    #[test]
    fn hosts_with_and_without_ports() {
        for (text, host, port) in [
            ("statsd", "statsd", None),
            ("10.0.0.1:9125", "10.0.0.1", Some(9125)),
            ("::1", "::1", None),
            ("[::1]:9125", "::1", Some(9125)),
        ] {
            let target: StatsdTarget = text.parse().unwrap();
            assert_eq!((target.host.as_str(), target.port), (host, port));
        }
        for text in ["", "host:", "host:0", "host:many", "http://host", "a b"] {
            let error = text.parse::<StatsdTarget>().unwrap_err();
            assert!(error.contains("STATSD_HOST=statsd:8125"), "{error}");
        }
    }

    /// Every datagram until `last` came.
    fn received(socket: &UdpSocket, last: &str) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut buffer = [0; 2_048];
        while !seen.contains(last) {
            let length = socket.recv(&mut buffer).unwrap();
            let text = std::str::from_utf8(&buffer[..length]).unwrap();
            seen.extend(text.lines().map(str::to_owned));
        }
        seen
    }

    #[test]
    fn sums_levels_and_timings_reach_a_server() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        server.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let target = server.local_addr().unwrap().to_string().parse().unwrap();
        let statsd = Statsd::start(target).unwrap();
        metrics::with_local_recorder(&statsd, || {
            metrics::counter!("aurelius_ticks_total").absolute(60);
            metrics::counter!("aurelius_ticks_total").absolute(90);
            metrics::counter!("aurelius_inputs_rejected_total", "reason" => "bad heading").increment(2);
            metrics::counter!("aurelius_inputs_rejected_total", "reason" => "busy").increment(3);
            metrics::gauge!("relay_sockets").increment(5.0);
            metrics::gauge!("relay_sockets").decrement(2.0);
            metrics::gauge!("aurelius_intents", "state" => "queued").set(7.0);
            metrics::histogram!("no_such_thing_seconds").record(0.25);
            metrics::histogram!("no_such_thing_seconds").record(f64::INFINITY);
        });
        let seen = received(&server, "aurelius.no_such_thing_seconds:250|ms");
        for expected in [
            "aurelius.game.tick.count:90|c",
            "aurelius.inputs.rejected:5|c",
            "aurelius.inputs.rejected.bad_heading:2|c",
            "aurelius.inputs.rejected.busy:3|c",
            "aurelius.players.connected:3|g",
            "aurelius.intents.queued:7|g",
        ] {
            assert!(seen.contains(expected), "{expected} is missing: {seen:?}");
        }
        assert!(
            !seen.iter().any(|line| line.starts_with("aurelius.intents:")),
            "{seen:?}"
        );

        // Counters tell what came since, gauges stay.
        metrics::with_local_recorder(&statsd, || {
            metrics::counter!("aurelius_ticks_total").absolute(100);
        });
        let seen = received(&server, "aurelius.game.tick.count:10|c");
        assert!(!seen.contains("aurelius.inputs.rejected:5|c"), "sent twice");
        let seen = received(&server, "aurelius.players.connected:3|g");
        assert!(!seen.contains("aurelius.game.tick.count:0|c"));
    }

    #[test]
    fn a_timing_keeps_so_many_samples_and_no_more() {
        let samples = Samples::default();
        (0..2 * SAMPLES_MAX).for_each(|_| samples.record(1.0));
        assert_eq!(samples.0.lock().len(), SAMPLES_MAX);
    }

    #[test]
    fn a_name_that_does_not_resolve_is_an_error_and_no_end() {
        let target: StatsdTarget = "no-such-host.invalid".parse().unwrap();
        assert!(connect(&target).is_err());
    }
}

//! Every call to the node that serves its keys, and on from there: what a node says of another node, of a
//! script it does not know, of a cluster that is being rearranged, of a connection that broke.
//!
//! Invariant: what is asked of one node never waits for another. A call that is sent on goes at once,
//! whatever becomes of those that were asked together with it.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use futures_util::FutureExt;
use redis::{Pipeline, ServerError, ServerErrorKind, Value};
use tokio::time::Instant;

use crate::call::{load, Call};
use crate::error::ClusterError;
use crate::net::Net;
use crate::node::{Address, Node, Use};
use crate::redirection::Redirection;
use crate::retry::Backoff;

/// How often a call is sent on at once: a MOVED, a forgotten script, a broken connection, and one to spare.
const ATTEMPTS_MAX: u32 = 5;
/// Calls in one pipeline.
const PIPELINE_MAX: usize = 128;
/// How long a call rests that the cluster cannot take right now: at first, and at most.
const REST: Duration = Duration::from_millis(20);
const REST_MAX: Duration = Duration::from_millis(200);

/// A call on its way.
struct Attempt {
    index: usize,
    /// How often it was sent on at once.
    sent_on: u32,
    /// A node said that it does not know the script.
    forgotten: bool,
    /// A node said to ask another just this once.
    ask: Option<Address>,
    /// The connection broke once already.
    broke: bool,
    /// Since when the cluster cannot take it, and how long it rests now.
    resting: Option<(Instant, Backoff)>,
}

/// What becomes of an attempt.
enum Step {
    Done(Result<Value, ClusterError>),
    /// Once more, at once.
    On(ClusterError),
    /// Once more, after a rest: what it needs is being moved, or has no master for a moment.
    Rest(ClusterError),
}

/// What happens while calls are under way.
enum Event {
    Answered(Vec<(Attempt, Step)>),
    /// In the order they were given.
    Rested(Vec<Attempt>),
}

/// Some calls that were asked together, until all have their result.
struct Round<'a> {
    net: &'a Arc<Net>,
    calls: &'a [Call],
    results: Vec<Option<Result<Value, ClusterError>>>,
    /// Where each is now, or why it rests.
    at: Vec<Option<Arc<Node>>>,
    why: Vec<Option<ClusterError>>,
    events: FuturesUnordered<BoxFuture<'a, Event>>,
}

impl Net {
    /// Carries calls out, each at the node that serves its keys; what is not answered within `time` is
    /// [`ClusterError::Down`].
    pub(crate) async fn run(
        self: &Arc<Self>,
        calls: &[Call],
        time: Duration,
    ) -> Vec<Result<Value, ClusterError>> {
        let deadline = Instant::now() + time;
        let mut round = Round {
            net: self,
            calls,
            results: calls.iter().map(|_| None).collect(),
            at: vec![None; calls.len()],
            why: vec![None; calls.len()],
            events: FuturesUnordered::new(),
        };
        round.send((0..calls.len()).map(Attempt::new).collect());
        while let Ok(Some(event)) = tokio::time::timeout_at(deadline, round.events.next()).await {
            match event {
                Event::Answered(outcomes) => round.take(outcomes),
                Event::Rested(attempts) => round.send(attempts),
            }
        }
        let results = round.finish(time);
        let errors = results.iter().filter(|result| result.is_err()).count();
        if errors > 0 {
            self.metrics.errors.increment(errors as u64);
            self.refresh_soon();
        }
        results
    }
}

impl<'a> Round<'a> {
    /// Sends calls to the nodes that serve them, each node by itself.
    fn send(&mut self, attempts: Vec<Attempt>) {
        let mut groups: Vec<(Arc<Node>, Vec<Attempt>)> = Vec::new();
        for attempt in attempts {
            let topology = &self.net.topology;
            let slot = self.calls[attempt.index].slot();
            let node = match (&attempt.ask, slot) {
                (Some(address), _) => Some(topology.asked(address)),
                (None, Some(slot)) => topology.owner(slot),
                (None, None) => topology.masters().into_iter().next(),
            };
            let Some(node) = node else {
                let slot = slot.unwrap_or(0);
                self.results[attempt.index] = Some(Err(ClusterError::Unserved { slot }));
                continue;
            };
            self.at[attempt.index] = Some(node.clone());
            self.why[attempt.index] = None;
            match groups.iter_mut().find(|(other, _)| other.address == node.address) {
                Some((_, group)) => group.push(attempt),
                None => groups.push((node, vec![attempt])),
            }
        }
        for (node, group) in groups {
            let sending = send(self.net, node, self.calls, group).map(Event::Answered);
            self.events.push(sending.boxed());
        }
    }

    /// Takes what a node answered.
    fn take(&mut self, outcomes: Vec<(Attempt, Step)>) {
        let (mut on, mut rest) = (Vec::new(), Vec::new());
        let mut pause = Duration::ZERO;
        for (mut attempt, step) in outcomes {
            let index = attempt.index;
            match step {
                Step::Done(result) => self.results[index] = Some(result),
                Step::On(error) if attempt.sent_on + 1 == ATTEMPTS_MAX => {
                    self.results[index] = Some(Err(error))
                }
                Step::On(_) => {
                    attempt.sent_on += 1;
                    on.push(attempt);
                }
                Step::Rest(error) => {
                    let now = Instant::now();
                    let fresh = || (now, Backoff::new(REST, REST_MAX));
                    let (since, backoff) = attempt.resting.get_or_insert_with(fresh);
                    if now.duration_since(*since) >= self.net.topology.dial().response_timeout {
                        self.results[index] = Some(Err(error));
                        continue;
                    }
                    pause = pause.max(backoff.pause());
                    self.at[index] = None;
                    self.why[index] = Some(error);
                    rest.push(attempt);
                }
            }
        }
        self.send(on);
        if !rest.is_empty() {
            let resting = tokio::time::sleep(pause).map(|()| Event::Rested(rest));
            self.events.push(resting.boxed());
            // Somebody else may serve it by then.
            self.net.refresh_soon();
        }
    }

    /// All results; what has none came too late.
    fn finish(self, time: Duration) -> Vec<Result<Value, ClusterError>> {
        let late = |(at, why): (Option<Arc<Node>>, Option<ClusterError>)| {
            let problem = format!("no answer within {} ms", time.as_millis());
            let down = at.map(|node| node.down(problem));
            Err(down
                .or(why)
                .unwrap_or_else(|| ClusterError::malformed("an answer", "missing")))
        };
        let late_or = |(result, where_and_why): (Option<_>, _)| result.unwrap_or_else(|| late(where_and_why));
        let where_and_why = self.at.into_iter().zip(self.why);
        self.results.into_iter().zip(where_and_why).map(late_or).collect()
    }
}

/// Sends calls to one node, in pipelines, one after the other.
async fn send(
    net: &Arc<Net>,
    node: Arc<Node>,
    calls: &[Call],
    attempts: Vec<Attempt>,
) -> Vec<(Attempt, Step)> {
    let mut outcomes = Vec::with_capacity(attempts.len());
    let mut attempts = attempts.into_iter().peekable();
    let mut away: Option<(ClusterError, bool)> = None;
    while attempts.peek().is_some() {
        let chunk: Vec<Attempt> = attempts.by_ref().take(PIPELINE_MAX).collect();
        if away.is_none() {
            let (pipeline, counts) = pack(net, calls, &chunk);
            let waits = chunk.iter().any(|attempt| calls[attempt.index].replicas > 0);
            let how = if waits { Use::Waits } else { Use::Brief };
            match node.send(&pipeline, counts.iter().sum(), how).await {
                Ok(values) => {
                    let mut values = values.into_iter();
                    for (attempt, count) in chunk.into_iter().zip(counts) {
                        let answers: Vec<Value> = values.by_ref().take(count).collect();
                        outcomes.push(read(net, &node, &calls[attempt.index], attempt, answers));
                    }
                    continue;
                }
                Err(silence) => away = Some((silence.error, silence.dropped)),
            }
        }
        if let Some((error, dropped)) = &away {
            for mut attempt in chunk {
                let step = if *dropped && !attempt.broke {
                    attempt.broke = true;
                    Step::On(error.clone())
                } else {
                    Step::Done(Err(error.clone()))
                };
                outcomes.push((attempt, step));
            }
        }
    }
    if away.is_some() {
        net.metrics.disconnects.increment(1);
        net.refresh_soon();
    }
    outcomes
}

/// All commands of these calls, and how many commands each call became.
fn pack(net: &Net, calls: &[Call], attempts: &[Attempt]) -> (Pipeline, Vec<usize>) {
    let mut pipeline = Pipeline::with_capacity(attempts.len());
    let wait = net.topology.dial().response_timeout / 2;
    let counts = attempts.iter().map(|attempt| {
        let call = &calls[attempt.index];
        let before = pipeline.len();
        if let Some(script) = call.script_to_load(attempt.forgotten) {
            pipeline.add_command(load(script));
        }
        if attempt.ask.is_some() {
            pipeline.cmd("ASKING");
        }
        pipeline.add_command(call.pack());
        if call.replicas > 0 {
            pipeline
                .cmd("WAIT")
                .arg(call.replicas)
                .arg(wait.as_millis() as u64);
        }
        pipeline.len() - before
    });
    let counts = counts.collect();
    (pipeline, counts)
}

/// What the answers to one call's commands mean.
fn read(net: &Net, node: &Node, call: &Call, mut attempt: Attempt, answers: Vec<Value>) -> (Attempt, Step) {
    let mut answers = answers.into_iter();
    if let Some(script) = call.script_to_load(attempt.forgotten) {
        if let Some(Ok(sha)) = answers.next().map(redis::from_redis_value::<String>) {
            script.learn(sha);
        }
    }
    let asked = attempt.ask.take();
    if asked.is_some() {
        answers.next();
    }
    attempt.forgotten = false;
    let replicas = if call.replicas > 0 {
        answers.next_back()
    } else {
        None
    };
    let step = match answers.next_back() {
        Some(Value::ServerError(error)) => refused(net, node, &mut attempt, asked, &error),
        Some(value) => Step::Done(match replicas {
            Some(Value::Int(got)) if got < i64::from(call.replicas) && wrote(&value) => {
                Err(ClusterError::Replicas {
                    node: node.address.to_string(),
                    wanted: call.replicas,
                    got: u32::try_from(got).unwrap_or(0),
                })
            }
            Some(Value::ServerError(error)) => Err(node.refused(error)),
            _ => Ok(value),
        }),
        None => Step::Done(Err(ClusterError::malformed("an answer", "missing"))),
    };
    (attempt, step)
}

/// What an error of a node means for the call.
fn refused(
    net: &Net,
    node: &Node,
    attempt: &mut Attempt,
    asked: Option<Address>,
    error: &ServerError,
) -> Step {
    let problem = node.refused(error);
    match error.kind() {
        Some(ServerErrorKind::NoScript) => {
            attempt.forgotten = true;
            // It is this node that needs the script.
            attempt.ask = asked;
            Step::On(problem)
        }
        Some(kind @ (ServerErrorKind::Moved | ServerErrorKind::Ask)) => {
            let Some(to) = error.details().and_then(Redirection::parse) else {
                return Step::Done(Err(problem));
            };
            let Some((slot, address)) = net.topology.resolve(&to, node) else {
                return Step::Rest(problem);
            };
            if kind == ServerErrorKind::Moved {
                net.topology.moved(slot, address);
                net.changed();
            } else {
                attempt.ask = Some(address);
            }
            Step::On(problem)
        }
        Some(
            ServerErrorKind::TryAgain
            | ServerErrorKind::ClusterDown
            | ServerErrorKind::MasterDown
            | ServerErrorKind::BusyLoading,
        ) => Step::Rest(problem),
        _ => Step::Done(Err(problem)),
    }
}

impl Attempt {
    fn new(index: usize) -> Self {
        Self {
            index,
            sent_on: 0,
            forgotten: false,
            ask: None,
            broke: false,
            resting: None,
        }
    }
}

/// Whether a script says that it wrote: `{'ok', …}`. What was refused is not missing on replicas.
fn wrote(answer: &Value) -> bool {
    matches!(answer, Value::Array(words) if matches!(words.first(), Some(Value::BulkString(word)) if word == b"ok"))
}

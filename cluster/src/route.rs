//! Every call to the node that serves its keys, and on from there: what a node says of another node, of a script it does
//! not know, of a connection that broke.

use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt};
use redis::{Pipeline, ServerErrorKind, Value};
use tokio::time::Instant;

use super::call::{load, Call};
use super::link::Shared;
use super::node::{Address, Node, Use};
use super::ClusterError;

/// How often a call is sent on: a MOVED, a forgotten script, a broken connection, and one to spare.
const ATTEMPTS_MAX: usize = 5;
/// Calls in one pipeline.
const PIPELINE_MAX: usize = 128;

/// A call on its way.
struct Attempt {
    index: usize,
    /// A node said that it does not know the script.
    forgotten: bool,
    /// A node said to ask another just this once.
    ask: Option<Address>,
    /// The connection broke once already.
    broke: bool,
    /// Why it is tried again.
    error: Option<ClusterError>,
}

enum Step {
    Done(Result<Value, ClusterError>),
    Again(ClusterError),
}

impl Shared {
    /// The longest that a call takes.
    pub(super) fn patience(&self) -> Duration {
        let dial = self.topology.dial();
        dial.connect_timeout + 2 * dial.response_timeout
    }

    pub(super) async fn run(
        self: &Arc<Self>,
        calls: &[Call],
        time: Duration,
    ) -> Vec<Result<Value, ClusterError>> {
        let deadline = Instant::now() + time;
        let mut results: Vec<Option<Result<Value, ClusterError>>> = calls.iter().map(|_| None).collect();
        let mut pending: Vec<Attempt> = (0..calls.len()).map(Attempt::new).collect();
        for _ in 0..ATTEMPTS_MAX {
            if pending.is_empty() || Instant::now() >= deadline {
                break;
            }
            let (groups, unserved) = self.group(calls, std::mem::take(&mut pending));
            for (index, slot) in unserved {
                results[index] = Some(Err(ClusterError::Unserved { slot }));
            }
            let late: Vec<(Arc<Node>, Vec<usize>)> = groups
                .iter()
                .map(|(node, attempts)| {
                    (
                        node.clone(),
                        attempts.iter().map(|attempt| attempt.index).collect(),
                    )
                })
                .collect();
            let mut sending: FuturesUnordered<_> = groups
                .into_iter()
                .map(|(node, attempts)| self.send(node, calls, attempts))
                .collect();
            let mut answered = vec![false; calls.len()];
            while let Ok(Some(outcomes)) = tokio::time::timeout_at(deadline, sending.next()).await {
                for (mut attempt, step) in outcomes {
                    answered[attempt.index] = true;
                    match step {
                        Step::Done(result) => results[attempt.index] = Some(result),
                        Step::Again(error) => {
                            attempt.error = Some(error);
                            pending.push(attempt);
                        }
                    }
                }
            }
            for (node, indices) in late {
                for index in indices.into_iter().filter(|index| !answered[*index]) {
                    let problem = format!("no answer within {} ms", time.as_millis());
                    results[index] = Some(Err(node.down(problem)));
                }
            }
            // In the order they were given.
            pending.sort_by_key(|attempt| attempt.index);
        }
        for attempt in pending {
            let unanswered = || ClusterError::malformed("an answer", "sent on too often");
            results[attempt.index] = Some(Err(attempt.error.unwrap_or_else(unanswered)));
        }
        let results: Vec<_> = results
            .into_iter()
            .map(|result| result.unwrap_or_else(|| Err(ClusterError::malformed("an answer", "missing"))))
            .collect();
        let errors = results.iter().filter(|result| result.is_err()).count();
        if errors > 0 {
            self.metrics.errors.increment(errors as u64);
            self.refresh_soon();
        }
        results
    }

    /// Sorts calls by the node that gets them; those that no node serves come out with their slot.
    #[allow(
        clippy::type_complexity,
        reason = "the two halves of one partition, read once by the caller"
    )]
    fn group(
        &self,
        calls: &[Call],
        attempts: Vec<Attempt>,
    ) -> (Vec<(Arc<Node>, Vec<Attempt>)>, Vec<(usize, u16)>) {
        let mut groups: Vec<(Arc<Node>, Vec<Attempt>)> = Vec::new();
        let mut unserved = Vec::new();
        for attempt in attempts {
            let slot = calls[attempt.index].slot();
            let node = match (&attempt.ask, slot) {
                (Some(address), _) => Some(self.topology.asked(address)),
                (None, Some(slot)) => self.topology.owner(slot),
                (None, None) => self.topology.masters().into_iter().next(),
            };
            let Some(node) = node else {
                unserved.push((attempt.index, slot.unwrap_or(0)));
                continue;
            };
            match groups.iter_mut().find(|(other, _)| other.address == node.address) {
                Some((_, group)) => group.push(attempt),
                None => groups.push((node, vec![attempt])),
            }
        }
        (groups, unserved)
    }

    /// Sends calls to one node, in pipelines, one after the other.
    async fn send(
        self: &Arc<Self>,
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
                let (pipeline, counts) = self.pack(calls, &chunk);
                let waits = chunk.iter().any(|attempt| calls[attempt.index].replicas > 0);
                let how = if waits { Use::Waits } else { Use::Brief };
                match node.send(&pipeline, counts.iter().sum(), how).await {
                    Ok(values) => {
                        let mut values = values.into_iter();
                        for (attempt, count) in chunk.into_iter().zip(counts) {
                            let answers: Vec<Value> = values.by_ref().take(count).collect();
                            outcomes.push(self.read(&node, &calls[attempt.index], attempt, answers));
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
                        Step::Again(error.clone())
                    } else {
                        Step::Done(Err(error.clone()))
                    };
                    outcomes.push((attempt, step));
                }
            }
        }
        if away.is_some() {
            self.metrics.disconnects.increment(1);
            self.refresh_soon();
        }
        outcomes
    }

    /// All commands of these calls, and how many commands each call became.
    fn pack(&self, calls: &[Call], attempts: &[Attempt]) -> (Pipeline, Vec<usize>) {
        let mut pipeline = Pipeline::with_capacity(attempts.len());
        let wait = self.topology.dial().response_timeout / 2;
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
    fn read(
        self: &Arc<Self>,
        node: &Node,
        call: &Call,
        mut attempt: Attempt,
        answers: Vec<Value>,
    ) -> (Attempt, Step) {
        let mut answers = answers.into_iter();
        if let Some(script) = call.script_to_load(attempt.forgotten) {
            if let Some(Ok(sha)) = answers.next().map(redis::from_redis_value::<String>) {
                script.learn(sha);
            }
        }
        if attempt.ask.take().is_some() {
            answers.next();
        }
        attempt.forgotten = false;
        let replicas = if call.replicas > 0 {
            answers.next_back()
        } else {
            None
        };
        let step = match answers.next_back() {
            Some(Value::ServerError(error)) => {
                let problem = node.refused(&error);
                match error.kind() {
                    Some(ServerErrorKind::NoScript) => {
                        attempt.forgotten = true;
                        Step::Again(problem)
                    }
                    Some(kind @ (ServerErrorKind::Moved | ServerErrorKind::Ask)) => {
                        match error.details().and_then(|details| redirection(details, node)) {
                            Some((slot, address)) if kind == ServerErrorKind::Moved => {
                                self.topology.moved(slot, address);
                                self.topology_changed();
                                Step::Again(problem)
                            }
                            Some((_, address)) => {
                                attempt.ask = Some(address);
                                Step::Again(problem)
                            }
                            None => Step::Done(Err(problem)),
                        }
                    }
                    _ => Step::Done(Err(problem)),
                }
            }
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
}

impl Attempt {
    fn new(index: usize) -> Self {
        Self {
            index,
            forgotten: false,
            ask: None,
            broke: false,
            error: None,
        }
    }
}

/// Whether a script says that it wrote: `{'ok', …}`. What was refused is not missing on replicas.
fn wrote(answer: &Value) -> bool {
    matches!(answer, Value::Array(words) if matches!(words.first(), Some(Value::BulkString(word)) if word == b"ok"))
}

/// `SLOT HOST:PORT`, where an empty host is that of the node that says it.
pub(super) fn redirection(details: &str, node: &Node) -> Option<(u16, Address)> {
    let (slot, address) = details.split_once(' ')?;
    let (host, port) = address.trim().rsplit_once(':')?;
    let host = if host.is_empty() { &node.address.host } else { host };
    Some((slot.parse().ok()?, Address::new(host, port.parse().ok()?)))
}

//! From the relays to the crank: inputs and signatures out of the stream, answers back, and what is answered
//! out of the stream.
//!
//! One task a match. Everything in the stream is unanswered: whatever an owner before left there is taken
//! too. Invariants: an entry is submitted once by one export; it is taken out, which fails for whoever is not
//! the owner any more, before its answer goes out.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use cluster::{Backoff, Messages};
use futures_util::future::{join_all, BoxFuture};
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt, StreamExt};
use protocol::codes::RejectReason;
use protocol::MatchKey;
use tokio::time::{sleep_until, Instant};

use crate::bridge::answers::PATIENCE;
use crate::bridge::export::guard::Guard;
use crate::bridge::game::{Entry, Game, Sealed};
use crate::bridge::tally::Tally;
use crate::bridge::wire::{self, Answer, Outcome, Up};
use crate::bus::Bus;
use crate::input::{InputEnvelope, Rejected};

/// Entries that are submitted and not answered: more than the queue of a match holds.
const TAKEN_MAX: usize = 2048;
/// Entries read at once, not counting those that are taken.
const READ_MAX: usize = 256;
/// Bells are lost when a node is: the stream is looked at so often without one.
const READ_EVERY: Duration = Duration::from_secs(1);
/// Answers that could not be sent yet.
const UNSENT_MAX: usize = 1024;

/// See the module.
pub(super) struct Uplink {
    key: MatchKey,
    game: Game,
    bus: Bus,
    guard: Guard,
    /// Ids that were submitted, until they are out of the stream.
    taken: HashSet<String>,
    flying: FuturesUnordered<BoxFuture<'static, Done>>,
    /// Answered, and still in the stream.
    done: Vec<Done>,
    /// Out of the stream, and not sent.
    unsent: Vec<Reply>,
    read_at: Instant,
    flush_at: Instant,
    backoff: Backoff,
    tally: Tally,
}

/// An entry that needs nothing of the crank any more.
struct Done {
    id: String,
    /// Signatures, and what cannot be read, have none.
    reply: Option<Reply>,
}

/// An answer on its way to a relay.
struct Reply {
    relay: String,
    answer: Answer,
    /// Nobody waits for it afterwards.
    deadline: Instant,
}

enum Action {
    Read,
    Done(Done),
    Flush,
    Nothing,
}

impl Uplink {
    pub(super) fn new(game: Game, bus: Bus, guard: Guard, tally: Tally) -> Self {
        let now = Instant::now();
        Self {
            key: guard.lease.match_key(),
            game,
            bus,
            guard,
            taken: HashSet::new(),
            flying: FuturesUnordered::new(),
            done: Vec::new(),
            unsent: Vec::new(),
            read_at: now,
            flush_at: now,
            backoff: Backoff::new(Duration::from_millis(50), Duration::from_secs(1)),
            tally,
        }
    }

    pub(super) async fn run(mut self) {
        let status = self.guard.status.clone();
        let ended = status.ended();
        tokio::pin!(ended);
        let mut bell = self.game.hear_bell();
        loop {
            let action = tokio::select! {
                () = &mut ended => break,
                action = self.select(&mut bell) => action,
            };
            match action {
                Action::Read => self.read().await,
                Action::Done(done) => {
                    self.done.push(done);
                    self.collect();
                }
                Action::Flush => self.flush().await,
                Action::Nothing => {}
            }
        }
        if !*status.fenced.borrow() {
            // What the crank dropped because it stops is the next owner's.
            self.collect();
            let dropped = |done: &Done| {
                let outcome = done.reply.as_ref().map(|reply| reply.answer.outcome);
                outcome == Some(Outcome::Dropped)
            };
            self.done.retain(|done| !dropped(done));
            self.flush().await;
        }
    }

    /// Cancel safe.
    async fn select(&mut self, bell: &mut Messages) -> Action {
        let has_answers = !self.done.is_empty() || !self.unsent.is_empty();
        tokio::select! {
            biased;
            done = self.flying.next(), if !self.flying.is_empty() => done.map_or(Action::Nothing, Action::Done),
            () = sleep_until(self.flush_at), if has_answers => Action::Flush,
            _ = bell.next() => {
                // However often it rang, and also when it may have: the stream has everything.
                while bell.next().now_or_never().is_some() {}
                self.read_at = self.read_at.min(Instant::now());
                Action::Nothing
            }
            () = sleep_until(self.read_at), if self.taken.len() < TAKEN_MAX => Action::Read,
        }
    }

    /// Takes everything from the stream that is not taken yet.
    async fn read(&mut self) {
        let max = self.taken.len() + READ_MAX;
        let now = Instant::now();
        match self.game.waiting(max).await {
            Ok(entries) => {
                self.backoff.reset();
                self.read_at = if entries.len() < max {
                    now + READ_EVERY
                } else {
                    now
                };
                for entry in entries {
                    if self.taken.len() < TAKEN_MAX && !self.taken.contains(&entry.id) {
                        self.taken.insert(entry.id.clone());
                        self.submit(entry);
                    }
                }
            }
            Err(error) => {
                tracing::debug!(match_key = %self.key, %error, "inputs were not read");
                self.read_at = Instant::now() + self.backoff.pause();
            }
        }
    }

    fn submit(&mut self, entry: Entry) {
        let Entry {
            id,
            relay,
            number,
            payload,
        } = entry;
        let up = wire::decode::<Up>(&payload).filter(|up| self.is_of_this_match(up));
        let reply = match up {
            Some(Up::Input(signed)) => {
                let (envelope, answer) = InputEnvelope::new(signed);
                let reply = move |outcome| Reply {
                    relay,
                    answer: Answer { number, outcome },
                    deadline: Instant::now() + PATIENCE,
                };
                self.tally.taken.increment(1);
                match self.bus.submit_input(&self.key, envelope) {
                    Ok(()) => {
                        let waiting = answer.map(move |outcome| Done {
                            id,
                            reply: Some(reply(outcome.ok().into())),
                        });
                        self.flying.push(waiting.boxed());
                        return;
                    }
                    Err(error) => {
                        let reason = RejectReason::from(error);
                        Some(reply(Some(Err(Rejected { reason, chain: None })).into()))
                    }
                }
            }
            Some(Up::Cosignature(cosignature)) => {
                if let Err(error) = self.bus.submit_cosignature(cosignature) {
                    tracing::debug!(match_key = %self.key, slot = %cosignature.slot, %error, "a signature was not taken");
                }
                None
            }
            None => {
                self.tally.unreadable.increment(1);
                None
            }
        };
        self.done.push(Done { id, reply });
    }

    fn is_of_this_match(&self, up: &Up) -> bool {
        match up {
            Up::Input(signed) => signed.input.match_key == self.key,
            Up::Cosignature(cosignature) => cosignature.match_key == self.key,
        }
    }

    /// What else is answered by now.
    fn collect(&mut self) {
        while let Some(Some(done)) = self.flying.next().now_or_never() {
            self.done.push(done);
        }
    }

    /// Takes out of the stream what is answered, and then sends the answers.
    async fn flush(&mut self) {
        if !self.done.is_empty() {
            let ids = self.done.iter().map(|done| done.id.clone()).collect();
            match self.game.seal(self.guard.token(), ids).await {
                Ok(Sealed::Done) => {
                    self.guard.passed();
                    for done in self.done.drain(..) {
                        self.taken.remove(&done.id);
                        self.unsent.extend(done.reply);
                    }
                }
                Ok(Sealed::Refused(objection)) => {
                    self.guard.objected(&objection, Instant::now());
                    self.flush_at = Instant::now() + self.backoff.pause();
                    return;
                }
                Err(error) => {
                    tracing::debug!(match_key = %self.key, %error, "answered inputs were not taken out of the stream");
                    self.flush_at = Instant::now() + self.backoff.pause();
                    return;
                }
            }
        }
        self.send().await;
    }

    async fn send(&mut self) {
        let now = Instant::now();
        let mut by_relay: BTreeMap<String, Vec<Reply>> = BTreeMap::new();
        for reply in self.unsent.drain(..).filter(|reply| reply.deadline > now) {
            by_relay.entry(reply.relay.clone()).or_default().push(reply);
        }
        let sending = by_relay.into_iter().map(|(relay, replies)| {
            let game = self.game.clone();
            async move {
                let answers: Vec<Answer> = replies.iter().map(|reply| reply.answer).collect();
                match game.answer(&relay, &answers).await {
                    Ok(()) => Vec::new(),
                    Err(error) => {
                        tracing::debug!(relay, %error, "answers were not sent");
                        replies
                    }
                }
            }
        });
        self.unsent = join_all(sending)
            .await
            .into_iter()
            .flatten()
            .take(UNSENT_MAX)
            .collect();
        if self.unsent.is_empty() {
            self.backoff.reset();
        } else {
            self.flush_at = Instant::now() + self.backoff.pause();
        }
    }
}

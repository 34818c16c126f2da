//! Inputs of this process that wait for their answer from a crank elsewhere.
//!
//! Invariant: every input that is expected is answered once, or dropped: when there are too many, when its
//! time is over, or when it could not be sent. A dropped one tells its sender that the match is busy.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::bridge::wire::Answer;
use crate::input::InputOutcome;

/// Inputs that wait at once: some seconds of all that one relay takes.
const WAITING_MAX: usize = 16_384;

/// How long an answer may take. A crank that takes a match over needs two seconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(4);

/// See the module. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Answers {
    waiting: Arc<Mutex<Waiting>>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    replies: HashMap<u64, oneshot::Sender<InputOutcome>>,
    /// In the order of the deadlines; those that are answered are in it until then.
    deadlines: VecDeque<(Instant, u64)>,
}

impl Answers {
    /// The number under which the answer is awaited from now on. None if too many are; the reply is dropped
    /// then.
    pub(super) fn expect(&self, reply: oneshot::Sender<InputOutcome>, now: Instant) -> Option<u64> {
        let mut waiting = self.lock();
        waiting.expire(now);
        if waiting.replies.len() >= WAITING_MAX || waiting.deadlines.len() >= 4 * WAITING_MAX {
            return None;
        }
        let number = waiting.next;
        waiting.next += 1;
        waiting.replies.insert(number, reply);
        waiting.deadlines.push_back((now + PATIENCE, number));
        Some(number)
    }

    /// An answer came. Nobody may wait for it any more.
    pub(super) fn resolve(&self, answer: Answer) {
        let reply = self.lock().replies.remove(&answer.number);
        if let Some((reply, outcome)) = reply.zip(answer.outcome.into()) {
            // A sender who is gone no longer cares.
            let _ = reply.send(outcome);
        }
    }

    /// This input was not sent.
    pub(super) fn forget(&self, number: u64) {
        self.lock().replies.remove(&number);
    }

    /// Drops those whose time is over.
    pub(super) fn expire(&self, now: Instant) {
        self.lock().expire(now);
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock()
    }
}

impl Waiting {
    fn expire(&mut self, now: Instant) {
        while let Some((_, number)) = self.deadlines.pop_front_if(|(deadline, _)| *deadline <= now) {
            self.replies.remove(&number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bridge::wire::Outcome;
    use crate::input::Accepted;
    use protocol::Tick;

    #[test]
    fn answers_find_their_inputs_and_late_ones_nobody() {
        let answers = Answers::default();
        let start = Instant::now();
        let expect = |after| {
            let (reply, answer) = oneshot::channel();
            let number = answers.expect(reply, start + Duration::from_secs(after)).unwrap();
            (number, answer)
        };
        let (first, mut answered) = expect(0);
        let (second, mut dropped) = expect(0);
        let (third, mut late) = expect(1);
        let (_, mut unsent) = expect(1);
        let accepted = Outcome::Accepted(Tick(7), protocol::Signature([9; 64]));
        let answer = |number, outcome| answers.resolve(Answer { number, outcome });
        answer(first, accepted);
        answer(first, accepted);
        answer(second, Outcome::Dropped);
        answers.forget(3);
        assert_eq!(
            answered.try_recv(),
            Ok(Ok(Accepted {
                tick: Tick(7),
                receipt: protocol::Signature([9; 64])
            }))
        );
        assert_eq!(dropped.try_recv(), Err(oneshot::error::TryRecvError::Closed));
        assert_eq!(unsent.try_recv(), Err(oneshot::error::TryRecvError::Closed));
        answers.expire(start + PATIENCE);
        assert_eq!(late.try_recv(), Err(oneshot::error::TryRecvError::Empty));
        answers.expire(start + PATIENCE + Duration::from_secs(1));
        assert_eq!(late.try_recv(), Err(oneshot::error::TryRecvError::Closed));
        answer(third, accepted);
        let waiting = answers.lock();
        assert!(waiting.replies.is_empty() && waiting.deadlines.is_empty());
    }

    #[test]
    fn what_waits_is_bounded() {
        let answers = Answers::default();
        let now = Instant::now();
        let mut held = Vec::new();
        let taken = (0..2 * WAITING_MAX)
            .filter(|_| {
                let (reply, answer) = oneshot::channel();
                held.push(answer);
                answers.expect(reply, now).is_some()
            })
            .count();
        assert_eq!(taken, WAITING_MAX);
        assert!(answers.expect(oneshot::channel().0, now + PATIENCE).is_some());
    }
}

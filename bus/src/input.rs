//! Inputs on their way from a socket to the tick worker, and the answers on their way back.

use protocol::codes::RejectReason;
use protocol::input::{ChainHead, SignedInput};
use protocol::{Signature, Tick};
use tokio::sync::{mpsc, oneshot};

/// The input was verified and logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The tick at which it takes effect.
    pub tick: Tick,
    /// The operator's signature over the input's receipt.
    pub receipt: Signature,
}

/// The input was refused; nothing changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rejected {
    /// Why the crank did not take the input.
    pub reason: RejectReason,
    /// Where the player's chain stands, if the player is known.
    pub chain: Option<ChainHead>,
}

/// The answer to one input.
pub type InputOutcome = Result<Accepted, Rejected>;

/// One input, and where its answer goes. Dropping it unanswered tells the sender that the match is busy.
#[derive(Debug)]
pub struct InputEnvelope {
    /// As it came from the socket: not verified.
    pub signed: SignedInput,
    /// For the one answer. Sending never waits, so a tick thread may do it.
    pub reply: oneshot::Sender<InputOutcome>,
}

impl InputEnvelope {
    /// An envelope, and the receiver of its answer.
    pub fn new(signed: SignedInput) -> (Self, oneshot::Receiver<InputOutcome>) {
        let (reply, answer) = oneshot::channel();
        (Self { signed, reply }, answer)
    }

    /// Answers. A sender who is gone no longer cares.
    pub fn answer(self, outcome: InputOutcome) {
        let _ = self.reply.send(outcome);
    }
}

/// Why an input did not reach the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubmitError {
    /// No such match is open here.
    #[error("the match is not open here")]
    UnknownMatch,
    /// The queue is full: the tick worker cannot keep up, or somebody floods it.
    #[error("the input queue of the match is full")]
    Busy,
    /// The match takes no more inputs.
    #[error("the match takes no more inputs")]
    Closed,
}

impl From<SubmitError> for RejectReason {
    fn from(error: SubmitError) -> Self {
        match error {
            SubmitError::UnknownMatch => Self::UnknownMatch,
            SubmitError::Busy => Self::Busy,
            SubmitError::Closed => Self::Ended,
        }
    }
}

/// The crank's end of one match's inputs. One owner: the tick worker.
#[derive(Debug)]
pub struct InputQueue {
    receiver: mpsc::Receiver<InputEnvelope>,
}

impl InputQueue {
    pub(crate) fn new(receiver: mpsc::Receiver<InputEnvelope>) -> Self {
        Self { receiver }
    }

    /// The next input if one waits. Never blocks: for tick threads.
    pub fn try_next(&mut self) -> Option<InputEnvelope> {
        self.receiver.try_recv().ok()
    }

    /// The next input, waiting for one; none once the match was removed and the queue is empty.
    pub async fn next(&mut self) -> Option<InputEnvelope> {
        self.receiver.recv().await
    }

    /// Refuses everything that comes from now on; what waits can still be taken.
    pub fn close(&mut self) {
        self.receiver.close();
    }
}

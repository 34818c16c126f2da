//! From the bus to the tick thread: signatures are checked here, so that a tick thread never has to.
//!
//! One task a match. It is stateless: where a player's chain stands is the live match's to say. What comes
//! before the start or after the end is answered here. Invariant: every envelope is answered or dropped, and
//! a dropped one tells its sender that the match is busy.

use std::sync::Arc;

use bus::{InputEnvelope, InputQueue, Rejected};
use protocol::codes::RejectReason;
use protocol::{PlayerSlot, SessionKey};
use tokio::sync::{mpsc, watch};

use crate::guard;
use crate::live::VerifiedInput;
use crate::worker::{count_input, VerifiedEnvelope};

/// What the ingress of one match needs to know, replaced as a whole when it changes.
#[derive(Clone, Debug, Default)]
pub struct Gate {
    /// How far the match is.
    pub phase: GatePhase,
    /// Session key by player slot.
    pub sessions: Arc<Vec<Option<SessionKey>>>,
}

/// How far a match is, for inputs.
#[derive(Clone, Debug, Default)]
pub enum GatePhase {
    /// Inputs come too early.
    #[default]
    NotStarted,
    /// A tick thread takes inputs here.
    Running(mpsc::Sender<VerifiedEnvelope>),
    /// Inputs come too late.
    Ended,
}

/// Serves one match until its queue ends. Run as a task.
pub async fn serve(mut queue: InputQueue, gate: watch::Receiver<Gate>) {
    while let Some(envelope) = queue.next().await {
        // Cloning two pointers keeps the watch unlocked while a signature is checked.
        let current = gate.borrow().clone();
        // An envelope that is dropped tells its sender that the match is busy.
        let _ = guard::called("ingress", || admit(envelope, &current));
    }
}

/// Checks one input and hands it on, or answers it.
fn admit(envelope: InputEnvelope, gate: &Gate) {
    let queue = match &gate.phase {
        GatePhase::NotStarted => return refuse(envelope, RejectReason::NotStarted),
        GatePhase::Ended => return refuse(envelope, RejectReason::Ended),
        GatePhase::Running(queue) => queue,
    };
    let PlayerSlot(slot) = envelope.signed.input.slot;
    let Some(session) = gate.sessions.get(usize::from(slot)).copied().flatten() else {
        return refuse(envelope, RejectReason::UnknownPlayer);
    };
    let input = match VerifiedInput::verify(envelope.signed, &session) {
        Ok(input) => input,
        Err(reason) => return refuse(envelope, reason),
    };
    if let Err(error) = queue.try_send(VerifiedEnvelope {
        input,
        reply: envelope.reply,
    }) {
        let (reason, refused) = match error {
            mpsc::error::TrySendError::Full(refused) => (RejectReason::Busy, refused),
            mpsc::error::TrySendError::Closed(refused) => (RejectReason::Ended, refused),
        };
        let outcome = Err(Rejected { reason, chain: None });
        count_input(&outcome);
        let _ = refused.reply.send(outcome);
    }
}

fn refuse(envelope: InputEnvelope, reason: RejectReason) {
    // The chain is not known here: it stands where it stood, and the sender knows where that is.
    let outcome = Err(Rejected { reason, chain: None });
    count_input(&outcome);
    envelope.answer(outcome);
}

#[cfg(test)]
mod tests {
    use super::*;
    use bus::InputOutcome;
    use ed25519_dalek::SigningKey;
    use protocol::input::{Input, SignedInput};
    use protocol::{Hash, MatchKey, Tick, WarriorIndex};
    use tokio::sync::oneshot;

    fn signed(key: &SigningKey, slot: u8, heading: u8) -> SignedInput {
        Input {
            match_key: MatchKey([1; 32]),
            slot: PlayerSlot(slot),
            sequence: 1,
            previous: Hash::default(),
            tick: Tick(0),
            warrior: WarriorIndex(0),
            heading,
        }
        .sign(key)
    }

    fn ask(gate: &Gate, signed: SignedInput) -> oneshot::Receiver<InputOutcome> {
        let (envelope, answer) = InputEnvelope::new(signed);
        admit(envelope, gate);
        answer
    }

    fn reason(mut answer: oneshot::Receiver<InputOutcome>) -> RejectReason {
        answer.try_recv().unwrap().unwrap_err().reason
    }

    #[test]
    fn only_good_signatures_reach_the_tick_thread() {
        let key = SigningKey::from_bytes(&[1; 32]);
        let sessions = Arc::new(vec![Some(SessionKey(key.verifying_key().to_bytes())), None]);
        let (queue, mut taken) = mpsc::channel(1);
        let early = Gate {
            phase: GatePhase::NotStarted,
            sessions: sessions.clone(),
        };
        assert_eq!(reason(ask(&early, signed(&key, 0, 1))), RejectReason::NotStarted);
        let running = Gate {
            phase: GatePhase::Running(queue),
            sessions: sessions.clone(),
        };
        assert_eq!(
            reason(ask(&running, signed(&key, 1, 1))),
            RejectReason::UnknownPlayer
        );
        assert_eq!(
            reason(ask(&running, signed(&key, 200, 1))),
            RejectReason::UnknownPlayer
        );
        assert_eq!(
            reason(ask(&running, signed(&key, 0, 9))),
            RejectReason::BadHeading
        );
        let forged = signed(&SigningKey::from_bytes(&[2; 32]), 0, 1);
        assert_eq!(reason(ask(&running, forged)), RejectReason::BadSignature);

        let mut open = ask(&running, signed(&key, 0, 1));
        assert!(open.try_recv().is_err(), "the tick thread answers this one");
        assert_eq!(reason(ask(&running, signed(&key, 0, 1))), RejectReason::Busy);
        assert_eq!(taken.try_recv().unwrap().input.signed(), &signed(&key, 0, 1));
        drop(taken);
        assert_eq!(reason(ask(&running, signed(&key, 0, 1))), RejectReason::Ended);
        let late = Gate {
            phase: GatePhase::Ended,
            sessions,
        };
        assert_eq!(reason(ask(&late, signed(&key, 0, 1))), RejectReason::Ended);
    }
}

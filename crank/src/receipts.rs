//! Receipts: what the crank signs when it acks an input, and when it may.
//!
//! A receipt that the posted inputs do not keep costs the bond. **Invariant:** none is signed before its input
//! is as durable as the operator asked for: on the disk of a single crank, in the ledger of several. The tick
//! thread waits for neither: acks wait in a task, which signs a whole batch after one write to the disk.
//!
//! The key is made of the operator's own, so that every crank of an operator signs with the same one, and a
//! crank that takes a match over needs nothing but the key with which it posts.

use std::sync::Arc;

use arena::{HostSha256, Sha256 as _};
use bus::{Accepted, InputOutcome};
use ed25519_dalek::SigningKey;
use protocol::log::LogRecord;
use protocol::receipt::Receipt;
use protocol::PublicKey;
use solana_keypair::Keypair;
use tokio::sync::{mpsc, oneshot};

use crate::journal::{InputLog, Journal, JournalError, JournalSync, Judged};

/// Acks between the tick thread and the task that signs: some seconds of 100 warriors with ten changes each.
/// When it is full, inputs are refused.
const ACKS_MAX: usize = 8_192;

/// Acks that wait for one write to the disk.
const BATCH_MAX: usize = 256;

/// Signs receipts.
#[derive(Clone)]
pub struct Notary {
    key: Arc<SigningKey>,
}

impl std::fmt::Debug for Notary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Notary({})", self.public())
    }
}

impl Notary {
    /// The key is `sha256("aurelius:receipt-key:v1" ‖ the operator's secret key)`.
    pub fn of(operator: &Keypair) -> Self {
        let secret = HostSha256::sha256(&[b"aurelius:receipt-key:v1", operator.secret_bytes()]);
        Self {
            key: Arc::new(SigningKey::from_bytes(&secret)),
        }
    }

    /// What a match must have pinned.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.key.verifying_key().to_bytes())
    }

    /// The answer to an input; about 20 µs where there is something to sign.
    pub fn sign(&self, judged: Judged) -> InputOutcome {
        judged.map(|receipt| Accepted {
            tick: receipt.tick,
            receipt: receipt.sign(&self.key).signature,
        })
    }
}

type Ack = (oneshot::Sender<InputOutcome>, Receipt);

/// The input log of a crank that shares its matches with nobody.
pub struct LocalLog {
    journal: Journal,
    acks: mpsc::Sender<Ack>,
}

impl LocalLog {
    /// Begins to sign for what is appended to `journal`. Ends by itself with the log. Must be called in a Tokio
    /// runtime; panics otherwise.
    pub fn follow(journal: Journal, sync: Arc<JournalSync>, notary: Notary) -> Self {
        let (acks, queue) = mpsc::channel(ACKS_MAX);
        tokio::spawn(answer(queue, sync, notary));
        Self { journal, acks }
    }
}

impl InputLog for LocalLog {
    fn append(&mut self, record: &LogRecord) -> Result<(), JournalError> {
        // Only this thread puts anything in, so that what is free stays free.
        if self.acks.capacity() == 0 {
            return Err(JournalError::Behind);
        }
        self.journal.append(record)
    }

    fn acknowledge(&mut self, reply: oneshot::Sender<InputOutcome>, judged: Judged) {
        match judged {
            // Dropped, it tells the sender that the match is busy.
            Ok(receipt) => drop(self.acks.try_send((reply, receipt))),
            Err(rejected) => drop(reply.send(Err(rejected))),
        }
    }
}

/// Signs and answers, each batch once the disk has it.
async fn answer(mut queue: mpsc::Receiver<Ack>, sync: Arc<JournalSync>, notary: Notary) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while queue.recv_many(&mut batch, BATCH_MAX).await > 0 {
        let (acks, sync, notary) = (std::mem::take(&mut batch), sync.clone(), notary.clone());
        let signed = tokio::task::spawn_blocking(move || {
            sync.force()?;
            for (reply, receipt) in acks {
                // A sender who is gone no longer cares.
                let _ = reply.send(notary.sign(Ok(receipt)));
            }
            Ok::<(), JournalError>(())
        });
        match signed.await {
            Ok(Ok(())) => {}
            // What waited is dropped, which tells its senders that the match is busy.
            Ok(Err(error)) => {
                tracing::error!(%error, "inputs are not acked because they are not on the disk")
            }
            Err(error) => tracing::error!(%error, "receipts could not be signed"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SyncPolicy;
    use bus::Rejected;
    use protocol::input::Input;
    use protocol::receipt::SignedReceipt;
    use protocol::{Hash, MatchKey, PlayerSlot, Tick, WarriorIndex};
    use solana_signer::Signer as _;

    const KEY: MatchKey = MatchKey([5; 32]);

    fn receipt(sequence: u32) -> Receipt {
        let input = Input {
            match_key: KEY,
            slot: PlayerSlot(1),
            sequence,
            previous: Hash::default(),
            tick: Tick(1),
            warrior: WarriorIndex(2),
            heading: 3,
        };
        Receipt::of(&input, Tick(sequence))
    }

    #[test]
    fn the_key_is_the_operators_and_no_other() {
        let operator = Keypair::new();
        let notary = Notary::of(&operator);
        assert_eq!(notary.public(), Notary::of(&operator).public());
        assert_ne!(notary.public(), Notary::of(&Keypair::new()).public());
        assert_ne!(notary.public().0, operator.pubkey().to_bytes());
    }

    #[tokio::test]
    async fn every_ack_is_signed_with_the_key_that_the_match_pins() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), &KEY, SyncPolicy::Checkpoint)
            .unwrap()
            .journal;
        let sync = Arc::new(journal.syncer().unwrap());
        let notary = Notary::of(&Keypair::new());
        let mut log = LocalLog::follow(journal, sync, notary.clone());
        let mut answers = Vec::new();
        for sequence in 1..=100 {
            let (reply, answer) = oneshot::channel();
            log.acknowledge(reply, Ok(receipt(sequence)));
            answers.push(answer);
        }
        for (sequence, answer) in (1..).zip(answers) {
            let accepted = answer.await.unwrap().unwrap();
            let signed = SignedReceipt {
                receipt: receipt(sequence),
                signature: accepted.receipt,
            };
            assert!(signed.is_signed_by(&notary.public()));
            assert_eq!(accepted.tick, Tick(sequence));
        }
        let (reply, answer) = oneshot::channel();
        let refused = Rejected {
            reason: protocol::codes::RejectReason::Busy,
            chain: None,
        };
        log.acknowledge(reply, Err(refused));
        assert_eq!(answer.await.unwrap(), Err(refused));
    }
}

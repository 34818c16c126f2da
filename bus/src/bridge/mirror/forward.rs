//! What players of this process send, on its way to the crank.

use std::sync::Arc;
use std::time::Duration;

use cluster::Backoff;
use tokio::time::Instant;

use crate::bridge::answers::Answers;
use crate::bridge::game::Game;
use crate::bridge::tally::Tally;
use crate::bridge::wire::{self, Up};
use crate::input::{InputEnvelope, InputQueue};
use crate::settlement::Cosignatures;

/// Inputs sent at once.
const BATCH_MAX: usize = 64;

/// Sends the inputs of a match until its queue ends. What waits while Redis does not take them is bounded by
/// the queue; what could not be sent tells its sender that the match is busy.
pub(super) async fn inputs(
    game: Game,
    relay: Arc<str>,
    answers: Answers,
    mut queue: InputQueue,
    tally: Tally,
) {
    while let Some(first) = queue.next().await {
        let mut entries = Vec::new();
        let mut next = Some(first);
        while let Some(InputEnvelope { signed, reply }) = next {
            let payload = wire::encode(&Up::Input(signed));
            let entry = payload.and_then(|payload| Some((answers.expect(reply, Instant::now())?, payload)));
            entries.extend(entry);
            next = if entries.len() < BATCH_MAX {
                queue.try_next()
            } else {
                None
            };
        }
        let numbers: Vec<u64> = entries.iter().map(|(number, _)| *number).collect();
        match game.send(&relay, entries).await {
            Ok(()) => tally.forwarded.increment(numbers.len() as u64),
            Err(error) => {
                tracing::debug!(%error, "inputs were not sent");
                numbers.into_iter().for_each(|number| answers.forget(number));
            }
        }
    }
}

/// Sends the signatures under one offer until its queue ends. The relay has told the players that they are
/// taken, so they are sent again until they are.
pub(super) async fn cosignatures(game: Game, relay: Arc<str>, mut collected: Cosignatures) {
    let mut backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(1));
    while let Some(cosignature) = collected.next().await {
        let Some(payload) = wire::encode(&Up::Cosignature(cosignature)) else {
            continue;
        };
        while let Err(error) = game.send(&relay, vec![(0, payload.clone())]).await {
            tracing::debug!(%error, "a signature was not sent");
            tokio::time::sleep(backoff.pause()).await;
        }
        backoff.reset();
    }
}

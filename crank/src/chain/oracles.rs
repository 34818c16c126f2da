//! Which oracle a match commits to.
//!
//! A commitment cannot be taken back: the oracle chosen reveals, or the match never starts. So one that its
//! queue no longer counts on is not chosen, nor one whose gateway does not answer now, and each attempt to
//! lock begins with the next oracle, so that one that refuses commitments is asked once.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use client::entropy::switchboard::{Oracle, Queue};
use client::entropy::EntropyClient;
use client::instruction::RandomnessSource;
use client::rpc::RpcPool;
use futures_util::future::join_all;
use tokio::time::timeout;

use super::clock;
use super::failure::{not_yet, BuildFailure};

/// Gateways asked at the same time whether they are there.
const PROBED_AT_ONCE: usize = 4;
/// Longest wait for one of them. Lobbies wait meanwhile.
const PROBE_PATIENCE: Duration = Duration::from_secs(2);

/// An oracle that its queue counts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Candidate {
    pub(crate) oracle: Pubkey,
    /// What it says of where it can be asked.
    pub(crate) gateway: Option<String>,
}

/// The oracles of `source`'s queue that are not stale, in the order of the queue.
///
/// # Errors
/// The queue cannot be read: the message says why.
pub(crate) async fn candidates(
    rpc: &RpcPool,
    source: &RandomnessSource,
) -> Result<Vec<Candidate>, BuildFailure> {
    let queue = rpc.account(&source.queue).await?;
    let queue =
        queue.ok_or_else(|| not_yet(&format!("the randomness queue {} does not exist", source.queue)))?;
    let queue = Queue::decode(&queue, &source.program).map_err(|error| not_yet(&error.to_string()))?;
    let mut addresses = queue.oracles.clone();
    addresses.push(clock::ADDRESS);
    let mut accounts = rpc.accounts(&addresses).await?;
    // Without the chain's time nothing is stale: the gateways say themselves whether they are there.
    let now_s = accounts.pop().flatten().as_ref().and_then(clock::unix_s);
    let oracles = queue.oracles.iter().zip(&accounts);
    let candidates = oracles.filter_map(|(address, account)| {
        let oracle = Oracle::decode(account.as_ref()?, &source.program).ok()?;
        let is_stale = now_s.is_some_and(|now_s| oracle.is_stale(&queue, now_s));
        (!is_stale).then_some(Candidate {
            oracle: *address,
            gateway: oracle.gateway,
        })
    });
    Ok(candidates.collect())
}

/// Chooses oracles in turn.
#[derive(Debug, Default)]
pub struct Oracles {
    turn: AtomicUsize,
}

impl Oracles {
    /// Begins at `turn`, so that cranks that start together do not all ask the same oracle.
    pub fn new(turn: usize) -> Self {
        Self {
            turn: AtomicUsize::new(turn),
        }
    }

    /// The oracle of `source`'s queue whose turn it is. `gateway` answers for all of them where it is given.
    ///
    /// # Errors
    /// The queue cannot be read, or none of its oracles can be asked: the message says why.
    pub(super) async fn choose(
        &self,
        rpc: &RpcPool,
        entropy: &EntropyClient,
        source: &RandomnessSource,
        gateway: Option<&str>,
    ) -> Result<Pubkey, BuildFailure> {
        let candidates = candidates(rpc, source).await?;
        let can_be_asked = |candidate: &Candidate| gateway.is_some() || candidate.gateway.is_some();
        let candidates = self.in_turn(candidates.into_iter().filter(can_be_asked).collect());
        if gateway.is_some() {
            let first = candidates.first().map(|candidate| candidate.oracle);
            return first
                .ok_or_else(|| not_yet("no oracle of the randomness queue has sent a heartbeat lately"));
        }
        first_to_answer(entropy, &candidates).await
    }

    /// Rotated to begin with the one whose turn it is.
    fn in_turn(&self, mut candidates: Vec<Candidate>) -> Vec<Candidate> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let first = turn % candidates.len().max(1);
        candidates.rotate_left(first);
        candidates
    }
}

/// The first, in their order, whose gateway answers.
async fn first_to_answer(entropy: &EntropyClient, candidates: &[Candidate]) -> Result<Pubkey, BuildFailure> {
    let mut last = "no oracle of the randomness queue has a gateway and a recent heartbeat".to_owned();
    for some in candidates.chunks(PROBED_AT_ONCE) {
        let probes = some.iter().map(|candidate| async move {
            let gateway = candidate.gateway.as_deref().unwrap_or_default();
            match timeout(PROBE_PATIENCE, entropy.probe(gateway)).await {
                Ok(Ok(())) => Ok(candidate.oracle),
                Ok(Err(error)) => Err(error.to_string()),
                Err(_) => Err(format!(
                    "the gateway {gateway} did not answer within {PROBE_PATIENCE:?}"
                )),
            }
        });
        for answer in join_all(probes).await {
            match answer {
                Ok(oracle) => return Ok(oracle),
                Err(error) => {
                    metrics::counter!("aurelius_gateway_errors_total").increment(1);
                    last = error;
                }
            }
        }
    }
    Err(not_yet(&last))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use super::*;
    use client::entropy::Reach;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    fn candidates(gateways: &[&str]) -> Vec<Candidate> {
        let of = |(number, gateway): (usize, &&str)| Candidate {
            oracle: Pubkey::new_from_array([number as u8 + 1; 32]),
            gateway: Some((*gateway).to_owned()),
        };
        gateways.iter().enumerate().map(of).collect()
    }

    /// Answers every request with a refusal, as a gateway answers an unknown randomness account.
    async fn alive() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut socket, _)) = listener.accept().await {
                let mut request = [0; 1024];
                let _ = socket.read(&mut request).await;
                let answer = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
                let _ = socket.write_all(answer).await;
            }
        });
        url
    }

    /// Takes connections and says nothing.
    async fn hung() -> (String, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        (format!("http://{}", listener.local_addr().unwrap()), listener)
    }

    fn entropy() -> EntropyClient {
        EntropyClient::new(Reach::Loopback, Duration::from_millis(300)).unwrap()
    }

    #[test]
    fn report_32_every_attempt_begins_with_the_next_oracle() {
        let oracles = Oracles::new(1);
        let first = |oracles: &Oracles| oracles.in_turn(candidates(&["a", "b", "c"]))[0].gateway.clone();
        let firsts: Vec<String> = (0..4).filter_map(|_| first(&oracles)).collect();
        assert_eq!(firsts, ["b", "c", "a", "b"]);
        assert!(oracles.in_turn(Vec::new()).is_empty());
    }

    #[tokio::test]
    async fn report_32_the_next_oracle_is_chosen_when_one_is_dead_or_hung() {
        let (hung, _listener) = hung().await;
        let alive = alive().await;
        // Port 1 refuses connections.
        let all = candidates(&["http://127.0.0.1:1", &hung, "not an address", &alive, &alive]);
        let chosen = first_to_answer(&entropy(), &all).await.unwrap();
        assert_eq!(chosen, all[3].oracle);
    }

    #[tokio::test]
    async fn report_32_nothing_is_locked_when_no_gateway_answers() {
        let refused = first_to_answer(&entropy(), &candidates(&["http://127.0.0.1:1"])).await;
        let reason = refused.unwrap_err().to_string();
        assert!(reason.contains("http://127.0.0.1:1"), "{reason}");
        let nobody = first_to_answer(&entropy(), &[]).await.unwrap_err().to_string();
        assert!(nobody.contains("no oracle"), "{nobody}");
    }
}

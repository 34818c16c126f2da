//! Whether a bot signs the result of a match: only one that it saw and that the chain holds.
//!
//! [`judge`] compares the offer with the match as the relay showed it, [`OnChain::agrees`] with what the
//! program committed to. A relay or crank that shows a false end fails at the second, one that offers another
//! end than it showed at the first. Whoever does not sign loses nothing: the challenge window applies.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use anyhow::{anyhow, bail, Context, Result};
use arena::{ArenaError, Rules, State};
use client::view::{fetch, MatchStatus};
use client::Pubkey;
use ed25519_dalek::SigningKey;
use protocol::codes::CosignRefusal;
use protocol::cosign::{Cosignature, SettlementOffer};
use protocol::directory::MatchDetail;
use protocol::wire::{Ending, Snapshot};
use protocol::{Cluster, Hash, MatchKey, PlayerSlot, PublicKey};
use tokio::time::{sleep, timeout_at, Instant};

use crate::chain::Chain;
use crate::following::{Follower, Update};

/// How long a bot stays for the offer after the end.
const OFFER_PATIENCE: Duration = Duration::from_secs(10);
/// How long the last checkpoint may take to the chain, once the offer is there.
const CHAIN_PATIENCE: Duration = Duration::from_secs(20);
/// How long a bot stays for the answer to its signature, lost connections included.
const ANSWER_PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks at the chain, and before a signature is sent again to a busy crank.
const PAUSE: Duration = Duration::from_millis(500);

/// Why a result is not signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// It is another match's.
    OtherMatch(MatchKey),
    /// The bytes are no state, or not one of these rules.
    State(ArenaError),
    /// The arena does not stand still at this tick.
    Running(u32),
    /// It grew from another seed than the match.
    Seed,
    /// The bot never saw the end.
    EndUnseen,
    /// It is not what the last frame showed.
    NotWhatWasSeen(String),
    /// The chain says otherwise.
    NotWhatIsOnChain {
        /// What differs.
        what: &'static str,
        /// In the offer, or as the relay told it.
        offered: String,
        /// On chain.
        found: String,
    },
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherMatch(other) => write!(f, "it is for match {other}"),
            Self::State(error) => write!(f, "its state does not belong to this match: {error}"),
            Self::Running(tick) => write!(f, "its state has not ended: it stands at tick {tick}"),
            Self::Seed => write!(f, "its state has another seed than the match"),
            Self::EndUnseen => write!(f, "the end of the match was not seen"),
            Self::NotWhatWasSeen(what) => write!(f, "it is not what was seen: {what}"),
            Self::NotWhatIsOnChain { what, offered, found } => {
                write!(
                    f,
                    "it is not what is on chain: {what} is {offered}, on chain {found}"
                )
            }
        }
    }
}

impl std::error::Error for Refusal {}

/// A match as its bot knows it from the relay.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// Everything told about it.
    pub detail: &'a MatchDetail,
    /// Its rules.
    pub rules: &'a Rules,
    /// The last frame.
    pub snapshot: Option<&'a Snapshot>,
}

/// Whether the offer is what the bot saw.
///
/// # Errors
/// [`Refusal`]: the first thing that is not.
pub fn judge(offer: &SettlementOffer, seen: &Seen<'_>) -> Result<(), Refusal> {
    if offer.match_key != seen.detail.summary.match_key {
        return Err(Refusal::OtherMatch(offer.match_key));
    }
    let state = State::from_bytes(&offer.final_state).map_err(Refusal::State)?;
    state.check_rules(seen.rules).map_err(Refusal::State)?;
    if !state.ended() {
        return Err(Refusal::Running(state.tick()));
    }
    if seen.detail.seed != Some(Hash(*state.seed())) {
        return Err(Refusal::Seed);
    }
    let ended = |snapshot: &&Snapshot| snapshot.ending != Ending::Running;
    let last = seen.snapshot.filter(ended).ok_or(Refusal::EndUnseen)?;
    match difference(&Snapshot::from_state(&state), last) {
        None => Ok(()),
        Some(difference) => Err(Refusal::NotWhatWasSeen(difference)),
    }
}

/// The first difference, as far as frames show states: hit points are whole, cooldowns and damage sums are
/// left out.
fn difference(offered: &Snapshot, seen: &Snapshot) -> Option<String> {
    let unlike = |what: &str, offered: &dyn fmt::Debug, seen: &dyn fmt::Debug| {
        Some(format!("{what} is {offered:?}, seen {seen:?}"))
    };
    if offered.tick != seen.tick {
        return unlike("the tick", &offered.tick.0, &seen.tick.0);
    }
    if offered.capacity != seen.capacity {
        return unlike("the number of warrior slots", &offered.capacity, &seen.capacity);
    }
    if offered.warriors.len() != seen.warriors.len() {
        return unlike(
            "the number of warriors",
            &offered.warriors.len(),
            &seen.warriors.len(),
        );
    }
    let warriors = offered.warriors.iter().zip(&seen.warriors).enumerate();
    for (index, (offered, seen)) in warriors {
        if offered != seen {
            return unlike(&format!("warrior {index}"), offered, seen);
        }
    }
    // Zone, power-ups, special event, manner of ending.
    (offered != seen).then(|| "the arena around the warriors".to_owned())
}

/// A match as the program has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OnChain {
    /// The program whose account it is.
    pub program: PublicKey,
    /// Genesis hash, as the node says it.
    pub cluster: Cluster,
    /// Genesis hash, as the match pins it.
    pub pinned_cluster: Cluster,
    /// Its status.
    pub status: MatchStatus,
    /// Leaf after the last posted segment.
    pub last_leaf: Hash,
    /// The seed that the program derived.
    pub seed: Hash,
    /// First key of the drip chain.
    pub drip_root: Hash,
    /// Hash of the rules table.
    pub rules_hash: Hash,
    /// Hash of the genesis state.
    pub genesis_leaf: Hash,
}

/// Whoever can say what the chain holds.
pub trait Witness: Sync {
    /// Reads the match account and the chain's identity. None when there is no such account.
    fn read(&self, match_key: MatchKey) -> impl Future<Output = Result<Option<OnChain>>> + Send;
}

impl Witness for Chain {
    async fn read(&self, match_key: MatchKey) -> Result<Option<OnChain>> {
        let address = Pubkey::new_from_array(match_key.0);
        let Some(view) = fetch::match_account(&self.rpc, address).await? else {
            return Ok(None);
        };
        let header = &view.header;
        Ok(Some(OnChain {
            // A view exists only of an account of this program.
            program: PublicKey(client::aurelius::ID.to_bytes()),
            cluster: Cluster(self.rpc.genesis_hash().await?),
            pinned_cluster: Cluster(header.cluster),
            status: view.status,
            last_leaf: Hash(header.last_leaf),
            seed: Hash(header.seed),
            drip_root: Hash(header.drip_root),
            rules_hash: Hash(header.rules_hash),
            genesis_leaf: Hash(header.genesis_leaf),
        }))
    }
}

impl OnChain {
    /// Whether the program holds what is offered; false as long as the last checkpoint is on its way.
    ///
    /// # Errors
    /// [`Refusal::NotWhatIsOnChain`] with the first difference that will not go away.
    pub fn agrees(&self, offer: &SettlementOffer, detail: &MatchDetail) -> Result<bool, Refusal> {
        same("the program", &offer.program, &self.program)?;
        same("the cluster", &offer.cluster, &self.cluster)?;
        same("the cluster of the match", &offer.cluster, &self.pinned_cluster)?;
        same("the rules' hash", &detail.rules_hash, &self.rules_hash)?;
        same("the drip root", &detail.drip_root, &self.drip_root)?;
        same("the seed", &detail.seed.unwrap_or_default(), &self.seed)?;
        let genesis = detail.genesis_leaf.unwrap_or_default();
        same("the genesis leaf", &genesis, &self.genesis_leaf)?;
        let leaf = offer.leaf();
        if leaf == self.last_leaf {
            return Ok(true);
        }
        if self.status == MatchStatus::Live {
            return Ok(false);
        }
        same("the last leaf", &leaf, &self.last_leaf).map(|()| true)
    }
}

fn same<T: PartialEq + fmt::Display>(what: &'static str, offered: &T, found: &T) -> Result<(), Refusal> {
    if offered == found {
        return Ok(());
    }
    Err(Refusal::NotWhatIsOnChain {
        what,
        offered: offered.to_string(),
        found: found.to_string(),
    })
}

/// Who signs.
pub struct Signer<'a> {
    /// The player's slot.
    pub slot: PlayerSlot,
    /// The session key of the entry.
    pub session: &'a SigningKey,
    /// The rules of the match.
    pub rules: &'a Rules,
}

/// Waits for the offer after the end of a match, checks it, and signs it. `pending` is one that came already.
/// Says whether the relay took a signature.
///
/// # Errors
/// A [`Refusal`], and whatever kept the bot from answering. Neither costs the player anything.
pub async fn agree(
    follower: &mut Follower,
    signer: &Signer<'_>,
    pending: Option<SettlementOffer>,
    witness: &impl Witness,
) -> Result<bool> {
    let mut deadline = Instant::now() + OFFER_PATIENCE;
    let mut next = pending;
    // What was signed and not answered yet.
    let mut signed = None;
    loop {
        if let Some(offer) = next.take() {
            check(follower, signer, &offer, witness).await?;
            let cosignature = offer.sign(signer.slot, signer.session);
            send(follower, cosignature).await;
            signed = Some(cosignature);
            deadline = Instant::now() + ANSWER_PATIENCE;
        }
        let Ok(update) = timeout_at(deadline, follower.next()).await else {
            return Ok(false);
        };
        match update? {
            Update::Offer(offer) => next = Some(*offer),
            Update::Cosigned(None) => return Ok(true),
            Update::Cosigned(Some(CosignRefusal::Busy)) => {
                sleep(PAUSE).await;
                if let Some(cosignature) = signed {
                    send(follower, cosignature).await;
                }
            }
            // The offer that holds comes as well.
            Update::Cosigned(Some(CosignRefusal::StaleOffer)) => {}
            Update::Cosigned(Some(reason)) => bail!("the relay does not take the signature: {reason}"),
            // After a lost connection the relay sends the offer again.
            _ => {
                let status = follower.detail.as_ref().map(|detail| detail.summary.status);
                if status.is_some_and(|status| status.is_over()) {
                    return Ok(false);
                }
            }
        }
    }
}

/// A broken connection shows in `next` as well, which makes a new one and brings the offer again.
async fn send(follower: &mut Follower, cosignature: Cosignature) {
    if let Err(error) = follower.cosign(cosignature).await {
        tracing::debug!(error = %format_args!("{error:#}"), "a signature was not sent");
    }
}

/// Both checks; the chain is asked again until the last checkpoint is there.
async fn check(
    follower: &Follower,
    signer: &Signer<'_>,
    offer: &SettlementOffer,
    witness: &impl Witness,
) -> Result<()> {
    let detail = follower
        .detail
        .as_ref()
        .ok_or_else(|| anyhow!("the relay showed no match"))?;
    let seen = Seen {
        detail,
        rules: signer.rules,
        snapshot: follower.snapshot.as_ref(),
    };
    judge(offer, &seen)?;
    let deadline = Instant::now() + CHAIN_PATIENCE;
    loop {
        let on_chain = witness
            .read(offer.match_key)
            .await
            .context("the chain cannot be asked")?;
        let on_chain = on_chain.ok_or_else(|| anyhow!("there is no such match on chain"))?;
        if on_chain.agrees(offer, detail)? {
            return Ok(());
        }
        if Instant::now() >= deadline {
            same("the last leaf", &offer.leaf(), &on_chain.last_leaf)?;
        }
        sleep(PAUSE).await;
    }
}

#[cfg(test)]
#[path = "cosign_tests.rs"]
mod tests;

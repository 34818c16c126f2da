//! One bot playing one match over the relay, from the sign-in to the last tick and the signature under the
//! result.

use anyhow::{anyhow, Context, Result};
use arena::Rules;
use ed25519_dalek::SigningKey;
use protocol::cosign::SettlementOffer;
use protocol::input::ChainHead;
use protocol::wire::Ending;
use protocol::{MatchKey, PlayerSlot, SessionKey};

use crate::bots::cosign::{agree, Signer};
use crate::bots::driver::{Driver, DriverCounts, Part};
use crate::bots::strategy::Temper;
use crate::chain::Chain;
use crate::following::{Follower, Role, Update};
use crate::relays::Relays;
use crate::sight::Field;

/// How a bot plays.
#[derive(Clone)]
pub struct Style {
    pub temper: Temper,
    /// Makes two bots of one temper differ.
    pub seed: u64,
    /// Where a result is looked up before it is signed; none signs no result.
    pub witness: Option<Chain>,
}

/// What a bot did in one match.
#[derive(Debug, Clone, Copy)]
pub struct Played {
    pub match_key: MatchKey,
    /// None if the match was over before the relay showed it.
    pub slot: Option<PlayerSlot>,
    pub counts: DriverCounts,
    /// Behind the last input that was acked.
    pub acked_up_to: ChainHead,
}

/// As [`play_entry`]; what was sent.
pub async fn play(
    relays: impl Into<Relays>,
    match_key: MatchKey,
    session: SigningKey,
    style: Style,
) -> Result<DriverCounts> {
    let played = play_entry(relays, match_key, session, style).await?;
    Ok(played.counts)
}

/// Plays until the match is over, and signs its result if it is what the bot saw and the chain holds. The
/// entry must be on chain, with this session key.
pub async fn play_entry(
    relays: impl Into<Relays>,
    match_key: MatchKey,
    session: SigningKey,
    style: Style,
) -> Result<Played> {
    let role = Role::Player(Box::new(session.clone()));
    let mut follower = Follower::new(relays, match_key, role);
    let mut player = Player {
        match_key,
        session,
        style,
        driving: None,
        offer: None,
    };
    let end = loop {
        let update = follower.next().await?;
        if let Some(end) = player.take(&mut follower, update).await? {
            break end;
        }
    };
    if end == End::InTheArena {
        player.sign_result(&mut follower).await;
    }
    follower.close().await;
    let driver = player.driving.as_ref().map(|(driver, _)| driver);
    Ok(Played {
        match_key,
        slot: driver.map(Driver::slot),
        counts: driver.map(Driver::counts).unwrap_or_default(),
        acked_up_to: driver.map(Driver::acked_up_to).unwrap_or_default(),
    })
}

/// How a match ended for a bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// It saw the arena stand still.
    InTheArena,
    /// The match was cancelled or voided, or was over before.
    Elsewhere,
}

/// One bot in one match.
struct Player {
    match_key: MatchKey,
    session: SigningKey,
    style: Style,
    /// Once the relay has shown the match.
    driving: Option<(Driver, Rules)>,
    /// A result that was offered before the last frames came.
    offer: Option<SettlementOffer>,
}

impl Player {
    /// Reacts to an update; the end, if this was it.
    async fn take(&mut self, follower: &mut Follower, update: Update) -> Result<Option<End>> {
        let match_key = self.match_key;
        match update {
            Update::Following => match self.driving.as_mut() {
                Some((driver, _)) => driver.reconnected(),
                None => self.driving = Some(self.begin(follower)?),
            },
            Update::Ticks(_) => {
                if self.look(follower).await {
                    return Ok(Some(End::InTheArena));
                }
            }
            Update::Ack(sequence, tick, receipt) => {
                if let Some((driver, _)) = self.driving.as_mut() {
                    driver.acked(sequence, tick, receipt);
                }
            }
            Update::Reject(sequence, reason, chain) => {
                if let Some((driver, _)) = self.driving.as_mut() {
                    driver.rejected(sequence, reason, chain);
                }
            }
            Update::Offer(early) => self.offer = Some(*early),
            Update::Event(_) | Update::Cosigned(_) => {}
            Update::Lost(reason) => tracing::debug!(%match_key, %reason, "a bot lost its connection"),
        }
        // Cancelled or voided matches never show an end in the arena.
        let detail = follower.detail.as_ref();
        let is_over = detail.is_some_and(|detail| detail.summary.status.is_over());
        Ok(is_over.then_some(End::Elsewhere))
    }

    /// Sends the moves that the last frame calls for; whether the arena stands still instead.
    async fn look(&mut self, follower: &mut Follower) -> bool {
        let (Some((driver, rules)), Some(snapshot)) = (self.driving.as_mut(), follower.snapshot.as_ref())
        else {
            return false;
        };
        if snapshot.ending != Ending::Running {
            return true;
        }
        let tick = snapshot.tick.0;
        for input in driver.look(tick, &Field::of(snapshot, rules)) {
            // A broken connection shows in `next` as well, which makes a new one.
            if let Err(error) = follower.send(input).await {
                let match_key = self.match_key;
                tracing::debug!(%match_key, error = %format_args!("{error:#}"), "a move was not sent");
                break;
            }
        }
        false
    }

    /// Signs the result if it is what the bot saw and the chain holds.
    async fn sign_result(&mut self, follower: &mut Follower) {
        let (Some((driver, rules)), Some(chain)) = (&self.driving, &self.style.witness) else {
            return;
        };
        let signer = Signer {
            slot: driver.slot(),
            session: &self.session,
            rules,
        };
        let match_key = self.match_key;
        match agree(follower, &signer, self.offer.take(), chain).await {
            Ok(signed) => tracing::debug!(%match_key, signed, "the bot is done with the result"),
            Err(error) => {
                tracing::warn!(%match_key, error = %format_args!("{error:#}"), "a bot does not sign the result")
            }
        }
    }

    fn begin(&self, follower: &Follower) -> Result<(Driver, Rules)> {
        let match_key = self.match_key;
        let detail = follower
            .detail
            .as_ref()
            .ok_or_else(|| anyhow!("the relay showed no match"))?;
        let public = SessionKey(self.session.verifying_key().to_bytes());
        let player = detail
            .player_of_session(&public)
            .ok_or_else(|| anyhow!("the relay let us play match {match_key} and does not list us"))?;
        let rules = Rules::from_bytes(&detail.rules)
            .map_err(|error| anyhow!("{error}"))
            .context("the relay showed a rules table that is not valid")?;
        let part = Part {
            match_key,
            slot: player.slot,
        };
        let driver = Driver::new(self.session.clone(), part, self.style.temper, self.style.seed);
        Ok((driver, rules))
    }
}

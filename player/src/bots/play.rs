//! One bot playing one match over the relay, from the sign-in to the last tick and the signature under the result.

use anyhow::{anyhow, Context, Result};
use arena::Rules;
use ed25519_dalek::SigningKey;
use protocol::input::ChainHead;
use protocol::wire::Ending;
use protocol::{MatchKey, PlayerSlot, SessionKey};

use crate::bots::cosign::{settle, Signer};
use crate::bots::driver::{Driver, DriverCounts, Seat};
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

/// Plays until the match is over, and signs its result if it is what the bot saw and the chain holds. The entry must be on
/// chain, with this session key.
pub async fn play_entry(
    relays: impl Into<Relays>,
    match_key: MatchKey,
    session: SigningKey,
    style: Style,
) -> Result<Played> {
    let public = SessionKey(session.verifying_key().to_bytes());
    let role = Role::Player(Box::new(session.clone()));
    let mut follower = Follower::new(relays, match_key, role);
    let mut player: Option<(Driver, Rules)> = None;
    let mut offer = None;
    let ended = loop {
        match follower.next().await? {
            Update::Following => match player.as_mut() {
                Some((driver, _)) => driver.reconnected(),
                None => player = Some(sit_down(&follower, match_key, &public, &session, &style)?),
            },
            Update::Ticks(_) => {
                let (Some((driver, rules)), Some(snapshot)) = (player.as_mut(), follower.snapshot.as_ref())
                else {
                    continue;
                };
                if snapshot.ending != Ending::Running {
                    break true;
                }
                let tick = snapshot.tick.0;
                for input in driver.look(tick, &Field::of(snapshot, rules)) {
                    // A broken connection shows in `next` as well, which makes a new one.
                    if let Err(error) = follower.send(input).await {
                        tracing::debug!(%match_key, error = %format_args!("{error:#}"), "a move was not sent");
                        break;
                    }
                }
            }
            Update::Ack(sequence) => {
                if let Some((driver, _)) = player.as_mut() {
                    driver.acked(sequence);
                }
            }
            Update::Reject(sequence, reason, chain) => {
                if let Some((driver, _)) = player.as_mut() {
                    driver.rejected(sequence, reason, chain);
                }
            }
            // It came before the last frames did.
            Update::Offer(early) => offer = Some(*early),
            Update::Event(_) | Update::Cosigned(_) => {}
            Update::Lost(reason) => tracing::debug!(%match_key, %reason, "a bot lost its connection"),
        }
        // Cancelled or voided matches never show an end in the arena.
        if follower
            .detail
            .as_ref()
            .is_some_and(|detail| detail.summary.status.is_over())
        {
            break false;
        }
    };
    if let (true, Some((driver, rules)), Some(chain)) = (ended, &player, &style.witness) {
        let signer = Signer {
            slot: driver.slot(),
            session: &session,
            rules,
        };
        match settle(&mut follower, &signer, offer, chain).await {
            Ok(signed) => tracing::debug!(%match_key, signed, "the bot is done with the result"),
            Err(error) => {
                tracing::warn!(%match_key, error = %format_args!("{error:#}"), "a bot does not sign the result")
            }
        }
    }
    follower.close().await;
    let driver = player.as_ref().map(|(driver, _)| driver);
    Ok(Played {
        match_key,
        slot: driver.map(Driver::slot),
        counts: driver.map(Driver::counts).unwrap_or_default(),
        acked_up_to: driver.map(Driver::acked_up_to).unwrap_or_default(),
    })
}

fn sit_down(
    follower: &Follower,
    match_key: MatchKey,
    public: &SessionKey,
    session: &SigningKey,
    style: &Style,
) -> Result<(Driver, Rules)> {
    let detail = follower
        .detail
        .as_ref()
        .ok_or_else(|| anyhow!("the relay showed no match"))?;
    let player = detail
        .player_of_session(public)
        .ok_or_else(|| anyhow!("the relay let us play match {match_key} and does not list us"))?;
    let rules = Rules::from_bytes(&detail.rules)
        .map_err(|error| anyhow!("{error}"))
        .context("the relay showed a rules table that is not valid")?;
    let seat = Seat {
        match_key,
        slot: player.slot,
    };
    Ok((
        Driver::new(session.clone(), seat, style.temper, style.seed),
        rules,
    ))
}

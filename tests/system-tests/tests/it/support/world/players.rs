//! Players with keys that every process of a test knows.

use std::collections::BTreeMap;
use std::time::Duration;

use bus::{Accepted, Bus, InputEnvelope, Rejected};
use client::instruction::{self, Enter, EnterArgs};
use client::view::MatchView;
use ed25519_dalek::SigningKey;
use protocol::directory::MatchStatus;
use protocol::input::{ChainHead, Input};
use protocol::{MatchKey, SessionKey, WarriorIndex};
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::{World, STAKE};

/// How many there are.
pub const COUNT: u8 = 6;

pub fn wallet(number: u8) -> Keypair {
    Keypair::new_from_array([100 + number; 32])
}

pub fn session(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[200 + number; 32])
}

pub fn session_key(number: u8) -> SessionKey {
    SessionKey(session(number).verifying_key().to_bytes())
}

/// Enters a match with `warriors`, late or not as it is now.
pub async fn enter(world: &World, view: &MatchView, number: u8, warriors: u8) {
    let view = world.view(&view.address).await;
    let wallet = wallet(number);
    let of = view.reference();
    let args = EnterArgs {
        warriors,
        session_key: session_key(number).0.into(),
        expect_stake: STAKE,
        expect_rules_hash: view.header.rules_hash,
        expect_terms: view.header.terms_hash,
        expect_late: view.status == MatchStatus::Live,
    };
    let entry = instruction::enter(&of, &Enter::own(wallet.pubkey(), &of), args);
    world.send(&[entry], &wallet, &[]).await;
}

/// One acked input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ack {
    pub slot: u8,
    pub sequence: u32,
    pub tick: u32,
}

/// Plays every live match on the bus with every player whose session key is ours, and tells each ack. Never ends.
pub async fn play(bus: Bus, told: impl Fn(MatchKey, Ack)) {
    let mut chains: BTreeMap<(MatchKey, u8), ChainHead> = BTreeMap::new();
    let mut turn: u32 = 0;
    loop {
        turn = turn.wrapping_add(1);
        for summary in bus.summaries() {
            let Some(detail) = bus
                .detail(&summary.match_key)
                .filter(|_| summary.status == MatchStatus::Live)
            else {
                continue;
            };
            for player in &detail.players {
                let Some(number) = (0..COUNT).find(|number| session_key(*number) == player.session) else {
                    continue;
                };
                let Some(first) = player.first_warrior else {
                    continue;
                };
                let chain = chains.entry((summary.match_key, player.slot.0)).or_default();
                let input = Input {
                    match_key: summary.match_key,
                    slot: player.slot,
                    sequence: chain.expected_sequence,
                    previous: chain.head,
                    tick: summary.tick,
                    warrior: WarriorIndex(first + (turn % u32::from(player.warriors)) as u8),
                    heading: ((turn / 3 + u32::from(number)) % 9) as u8,
                };
                let signed = input.sign(&session(number));
                let (envelope, answer) = InputEnvelope::new(signed);
                if bus.submit_input(&summary.match_key, envelope).is_err() {
                    continue;
                }
                match tokio::time::timeout(Duration::from_millis(500), answer).await {
                    Ok(Ok(Ok(Accepted { tick, .. }))) => {
                        let ack = Ack {
                            slot: player.slot.0,
                            sequence: input.sequence,
                            tick: tick.0,
                        };
                        *chain = ChainHead {
                            expected_sequence: input.sequence + 1,
                            head: input.hash(),
                        };
                        told(summary.match_key, ack);
                    }
                    Ok(Ok(Err(Rejected {
                        chain: Some(head), ..
                    }))) => *chain = head,
                    _ => {}
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

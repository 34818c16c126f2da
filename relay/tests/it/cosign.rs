//! Signing a result: players are asked, early and late, spectators are not; what they sign reaches the crank
//! once, and what they should not have sent does not.

use std::time::Duration;

use crate::support::{generous, key, session_of, wallet_of, Client, FakeMatch, Stage, MATCH};
use bus::Cosignatures;
use protocol::codes::CosignRefusal;
use protocol::control::{ClientMessage, Rate, ServerMessage};
use protocol::cosign::{Cosignature, SettlementOffer};
use protocol::{Cluster, MatchKey, PlayerSlot, PublicKey, Tick};

fn offer(expires_slot: u64) -> SettlementOffer {
    SettlementOffer {
        match_key: MATCH,
        final_state: vec![5; 1728],
        expires_slot,
        cluster: Cluster([2; 32]),
        program: PublicKey([3; 32]),
    }
}

/// Player `slot` agrees, with its own key.
fn signed(slot: u8, offer: &SettlementOffer) -> Cosignature {
    offer.sign(PlayerSlot(slot), &key(slot + 101))
}

async fn asked(client: &mut Client, expected: &SettlementOffer) {
    assert_eq!(
        client.control().await,
        ServerMessage::SettlementOffer(expected.clone())
    );
}

async fn send(client: &mut Client, cosignature: Cosignature) -> ServerMessage {
    client.send(&ClientMessage::Cosign(cosignature)).await;
    client.control().await
}

async fn taken(client: &mut Client, cosignature: Cosignature) {
    let expected = ServerMessage::CosignAck {
        match_key: cosignature.match_key,
        expires_slot: cosignature.expires_slot,
    };
    assert_eq!(send(client, cosignature).await, expected);
}

async fn refused(client: &mut Client, cosignature: Cosignature, reason: CosignRefusal) {
    let expected = ServerMessage::CosignReject {
        match_key: cosignature.match_key,
        expires_slot: cosignature.expires_slot,
        reason,
    };
    assert_eq!(send(client, cosignature).await, expected);
}

/// A match with an offer that two players were asked to sign.
async fn offered(stage: &Stage) -> (FakeMatch, Cosignatures, [Client; 2]) {
    let game = FakeMatch::open(&stage.bus, MATCH, 2);
    let mut clients = [stage.connect().await, stage.connect_to("/ws?encoding=json").await];
    for (slot, client) in (0..).zip(&mut clients) {
        client.play_as(slot).await;
    }
    let collected = game.publisher.offer_settlement(offer(70));
    for client in &mut clients {
        asked(client, &offer(70)).await;
    }
    (game, collected, clients)
}

#[tokio::test]
async fn players_are_asked_and_their_signatures_reach_the_crank() {
    let stage = Stage::new(generous()).await;
    let (_game, mut collected, mut clients) = offered(&stage).await;
    for (slot, client) in (0..).zip(&mut clients) {
        taken(client, signed(slot, &offer(70))).await;
        assert_eq!(collected.next().await, Some(signed(slot, &offer(70))));
    }
    // Again: it is acked, and the crank has it already.
    taken(&mut clients[0], signed(0, &offer(70))).await;
    assert_eq!(collected.try_next(), None);
}

#[tokio::test]
async fn whoever_comes_late_or_again_is_asked_and_spectators_are_not() {
    let stage = Stage::new(generous()).await;
    let (mut game, mut collected, clients) = offered(&stage).await;
    let mut spectator = stage.connect().await;
    spectator.sign_in_as_session(&key(101)).await;
    spectator.watch(MATCH, Rate::Every).await;
    game.end();
    // Had it been asked, the offer would come before the answer.
    refused(
        &mut spectator,
        signed(0, &offer(70)),
        CosignRefusal::NotAuthenticated,
    )
    .await;
    // It becomes the player.
    spectator.send(&ClientMessage::Play { match_key: MATCH }).await;
    assert!(matches!(
        spectator.control().await,
        ServerMessage::Watching { player: Some(_), .. }
    ));
    asked(&mut spectator, &offer(70)).await;
    taken(&mut spectator, signed(0, &offer(70))).await;
    assert_eq!(collected.next().await, Some(signed(0, &offer(70))));

    drop(clients);
    let mut again = stage.connect().await;
    let token = again.sign_in_as_session(&key(102)).await;
    drop(again);
    let mut resumed = stage.connect().await;
    resumed
        .send(&ClientMessage::Resume {
            token: Some(token),
            match_key: Some(MATCH),
            last_tick: Some(Tick(0)),
            rate: Rate::Every,
        })
        .await;
    assert!(matches!(resumed.control().await, ServerMessage::Welcome { .. }));
    assert!(matches!(resumed.control().await, ServerMessage::Watching { .. }));
    asked(&mut resumed, &offer(70)).await;
    taken(&mut resumed, signed(1, &offer(70))).await;
    // The player lost the ack, for all the relay knows: a signature on a new socket goes to the crank again.
    assert_eq!(collected.next().await, Some(signed(1, &offer(70))));
}

#[tokio::test]
async fn only_a_players_own_valid_signature_passes() {
    let stage = Stage::new(generous()).await;
    let (_game, mut collected, [mut client, _other]) = offered(&stage).await;
    let good = signed(0, &offer(70));
    // Another's, with the right key even: this socket is not that player's.
    refused(
        &mut client,
        signed(1, &offer(70)),
        CosignRefusal::NotAuthenticated,
    )
    .await;
    let elsewhere = Cosignature {
        match_key: MatchKey([9; 32]),
        ..good
    };
    refused(&mut client, elsewhere, CosignRefusal::NotAuthenticated).await;
    refused(&mut client, signed(0, &offer(71)), CosignRefusal::StaleOffer).await;
    let forged = offer(70).sign(PlayerSlot(0), &key(55));
    refused(&mut client, forged, CosignRefusal::BadSignature).await;
    let mut other_state = offer(70);
    other_state.final_state[0] ^= 1;
    refused(&mut client, signed(0, &other_state), CosignRefusal::BadSignature).await;
    assert_eq!(collected.try_next(), None);
    taken(&mut client, good).await;
    assert_eq!(collected.try_next(), Some(good));
}

#[tokio::test]
async fn forged_signatures_ban_the_wallet() {
    let stage = Stage::new(generous()).await;
    let (_game, mut collected, [mut cheat, mut other]) = offered(&stage).await;
    let forged = offer(70).sign(PlayerSlot(0), &key(55));
    for _ in 0..4 {
        refused(&mut cheat, forged, CosignRefusal::BadSignature).await;
    }
    cheat.send(&ClientMessage::Cosign(forged)).await;
    cheat.muted().await;
    let wallet = wallet_of(&key(1));
    assert!(stage.store.bans.current(&wallet.0, 0).await.unwrap().is_some());
    taken(&mut other, signed(1, &offer(70))).await;
    assert_eq!(collected.try_next(), Some(signed(1, &offer(70))));
}

#[tokio::test]
async fn a_flood_is_refused_and_counted_once() {
    let stage = Stage::new(generous()).await;
    let (_game, _collected, [mut client, _other]) = offered(&stage).await;
    for _ in 0..40 {
        client.send(&ClientMessage::Cosign(signed(0, &offer(71)))).await;
    }
    let mut limited = 0;
    for _ in 0..40 {
        match client.control().await {
            ServerMessage::CosignReject {
                reason: CosignRefusal::RateLimited,
                ..
            } => limited += 1,
            ServerMessage::CosignReject {
                reason: CosignRefusal::StaleOffer,
                ..
            } => {}
            other => panic!("{other:?}"),
        }
    }
    assert!((25..40).contains(&limited), "{limited}");
    client.ping().await;
}

#[tokio::test]
async fn a_new_offer_is_sent_and_a_withdrawn_one_is_over() {
    let stage = Stage::new(generous()).await;
    let (game, collected, [mut client, _other]) = offered(&stage).await;
    taken(&mut client, signed(0, &offer(70))).await;
    let mut renewed = game.publisher.offer_settlement(offer(90));
    drop(collected);
    asked(&mut client, &offer(90)).await;
    refused(&mut client, signed(0, &offer(70)), CosignRefusal::StaleOffer).await;
    taken(&mut client, signed(0, &offer(90))).await;
    assert_eq!(renewed.next().await, Some(signed(0, &offer(90))));
    // The same offer once more, for instance from another owner of the match: its queue is filled again.
    drop(renewed);
    let mut repeated = game.publisher.offer_settlement(offer(90));
    asked(&mut client, &offer(90)).await;
    taken(&mut client, signed(0, &offer(90))).await;
    assert_eq!(repeated.next().await, Some(signed(0, &offer(90))));

    drop(repeated);
    refused(&mut client, signed(0, &offer(90)), CosignRefusal::NoOffer).await;
    // A match that is removed ends no socket.
    stage.bus.remove_match(&MATCH);
    drop(game);
    tokio::time::sleep(Duration::from_millis(50)).await;
    client.ping().await;
}

#[tokio::test]
async fn the_key_that_is_registered_now_counts() {
    let stage = Stage::new(generous()).await;
    let (game, mut collected, [mut client, _other]) = offered(&stage).await;
    game.publisher
        .update_detail(|detail| detail.players[0].session = session_of(&key(77)));
    refused(&mut client, signed(0, &offer(70)), CosignRefusal::BadSignature).await;
    let renewed = offer(70).sign(PlayerSlot(0), &key(77));
    taken(&mut client, renewed).await;
    assert_eq!(collected.try_next(), Some(renewed));
}

//! Playing: inputs reach the crank and their answers come back; cheating is counted and ends in a ban.

use std::time::Duration;

use crate::support::{generous, input, key, player, wallet_of, Client, FakeMatch, Stage, MATCH};
use protocol::codes::{CloseCode, RejectReason};
use protocol::control::{ClientMessage, Rate, ServerMessage};
use protocol::input::{ChainHead, SignedInput};
use protocol::{Hash, MatchKey, PlayerSlot, Tick, WarriorIndex};
use relay::Limits;

fn first_input() -> SignedInput {
    input(0, 1, Hash::default(), 3).sign(&key(101))
}

/// The answer to this input is a rejection for this reason.
async fn rejected(client: &mut Client, signed: SignedInput, expected: RejectReason) {
    let ServerMessage::Reject { sequence, reason, .. } = client.send_input(signed).await else {
        panic!()
    };
    assert_eq!((sequence, reason), (signed.input.sequence, expected));
}

#[tokio::test]
async fn inputs_are_acked_in_order_and_chained() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    let crank = game.run_crank();
    let mut sent = vec![];
    for path in ["/ws", "/ws?encoding=json"] {
        let slot = u8::from(path.contains("json"));
        let mut client = stage.connect_to(path).await;
        client.play_as(slot).await;
        let mut previous = Hash::default();
        for sequence in 1..=5 {
            let signed = input(slot, sequence, previous, (sequence % 9) as u8).sign(&key(slot + 101));
            previous = signed.input.hash();
            assert_eq!(
                client.send_input(signed).await,
                ServerMessage::Ack {
                    sequence,
                    tick: Tick(9),
                    receipt: protocol::Signature([9; 64])
                }
            );
            sent.push(signed);
        }
    }
    stage.bus.remove_match(&MATCH);
    drop(game);
    assert_eq!(crank.await.unwrap(), sent);
}

#[tokio::test]
async fn a_rejection_says_where_the_chain_stands() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.run_crank();
    let mut client = stage.connect().await;
    client.play_as(0).await;
    client.send_input(first_input()).await;
    let chain = Some(ChainHead {
        expected_sequence: 2,
        head: first_input().input.hash(),
    });
    let skipped = input(0, 9, Hash::default(), 1).sign(&key(101));
    let expected = ServerMessage::Reject {
        sequence: 9,
        reason: RejectReason::WrongSequence,
        chain,
    };
    assert_eq!(client.send_input(skipped).await, expected);
    let forked = input(0, 2, Hash([5; 32]), 1).sign(&key(101));
    let expected = ServerMessage::Reject {
        sequence: 2,
        reason: RejectReason::WrongPrevious,
        chain,
    };
    assert_eq!(client.send_input(forked).await, expected);
    // With what the rejection says it goes on.
    let next = input(0, 2, first_input().input.hash(), 1).sign(&key(101));
    assert_eq!(
        client.send_input(next).await,
        ServerMessage::Ack {
            sequence: 2,
            tick: Tick(9),
            receipt: protocol::Signature([9; 64])
        }
    );
}

#[tokio::test]
async fn only_the_players_own_socket_moves_the_players_own_warriors() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    let crank = game.run_crank();
    let mut spectator = stage.connect().await;
    spectator.watch(MATCH, Rate::Every).await;
    rejected(&mut spectator, first_input(), RejectReason::NotAuthenticated).await;

    let mut other = stage.connect().await;
    other.play_as(1).await;
    // Another's slot, with the right signature even: the socket is not that player's.
    rejected(&mut other, first_input(), RejectReason::NotAuthenticated).await;
    let mut elsewhere = input(1, 1, Hash::default(), 1);
    elsewhere.match_key = MatchKey([9; 32]);
    rejected(
        &mut other,
        elsewhere.sign(&key(102)),
        RejectReason::NotAuthenticated,
    )
    .await;
    let mut stolen = input(1, 1, Hash::default(), 1);
    stolen.warrior = WarriorIndex(0);
    rejected(&mut other, stolen.sign(&key(102)), RejectReason::NotYourWarrior).await;
    let mut wild = input(1, 1, Hash::default(), 1);
    wild.heading = 9;
    rejected(&mut other, wild.sign(&key(102)), RejectReason::BadHeading).await;
    // A forged signature is the crank's to find.
    rejected(
        &mut other,
        input(1, 1, Hash::default(), 1).sign(&key(103)),
        RejectReason::BadSignature,
    )
    .await;

    stage.bus.remove_match(&MATCH);
    drop(game);
    assert_eq!(crank.await.unwrap(), []);
}

#[tokio::test]
async fn warriors_get_their_places_at_the_start() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 3);
    game.run_crank();
    let mut client = stage.connect().await;
    client.play_as(0).await;
    // Player 1 left before the start, so that player 0 has other warriors now than at `Play`.
    game.publisher
        .update_detail(|detail| detail.players[0].first_warrior = Some(4));
    let mut moved = input(0, 1, Hash::default(), 1);
    moved.warrior = WarriorIndex(5);
    assert_eq!(
        client.send_input(moved.sign(&key(101))).await,
        ServerMessage::Ack {
            sequence: 1,
            tick: Tick(9),
            receipt: protocol::Signature([9; 64])
        }
    );
}

#[tokio::test]
async fn five_flags_ban_the_wallet_until_it_is_lifted() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.run_crank();
    let mut spectator = stage.connect().await;
    spectator.watch(MATCH, Rate::Every).await;
    let mut second_socket = stage.connect().await;
    second_socket.sign_in_as_wallet(&key(1)).await;
    let mut cheat = stage.connect().await;
    cheat.play_as(0).await;
    // Two kinds: both count.
    for _ in 0..4 {
        let forged = input(0, 1, Hash::default(), 1).sign(&key(55));
        rejected(&mut cheat, forged, RejectReason::BadSignature).await;
    }
    let mut wild = input(0, 1, Hash::default(), 1);
    wild.heading = 200;
    cheat.send(&ClientMessage::Input(wild.sign(&key(101)))).await;
    // The match was paid for: its socket stays, muted.
    cheat.muted().await;
    second_socket.closed(CloseCode::Banned).await;
    spectator.ping().await;

    // Neither key of the player moves anything again.
    for by_wallet in [true, false] {
        let mut again = stage.connect().await;
        if by_wallet {
            again.sign_in_as_wallet(&key(1)).await;
        } else {
            again.sign_in_as_session(&key(101)).await;
        }
        again.send(&ClientMessage::Play { match_key: MATCH }).await;
        again.muted().await;
        rejected(&mut again, first_input(), RejectReason::Muted).await;
    }
    // A wallet that has paid for nothing here does not come in at all.
    stage.bus.remove_match(&MATCH);
    let mut again = stage.connect().await;
    let signature = again.challenge().sign_as_wallet(&key(1));
    again
        .send(&ClientMessage::AuthWallet {
            wallet: wallet_of(&key(1)),
            signature,
        })
        .await;
    again.closed(CloseCode::Banned).await;
    drop(game);
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.run_crank();
    // Others are not concerned, and the ban is in the store.
    stage.connect().await.play_as(1).await;
    let banned = stage.store.bans.current(&wallet_of(&key(1)).0, 0).await;
    assert!(
        banned.unwrap().unwrap().reason.contains("5 flags"),
        "the ban is kept"
    );

    let relay = stage.relay.as_ref().unwrap();
    assert!(relay.unban(&wallet_of(&key(1))).await.unwrap());
    assert!(!relay.unban(&wallet_of(&key(1))).await.unwrap());
    stage.connect().await.play_as(0).await;
}

#[tokio::test]
async fn a_replay_on_the_same_socket_is_a_flag_and_after_a_reconnect_is_not() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.run_crank();
    let mut client = stage.connect().await;
    client.play_as(0).await;
    client.send_input(first_input()).await;
    let mut returned = stage.connect().await;
    returned.play_as(0).await;
    for _ in 0..20 {
        rejected(&mut returned, first_input(), RejectReason::WrongSequence).await;
    }
    let next = input(0, 2, first_input().input.hash(), 1).sign(&key(101));
    assert!(matches!(
        returned.send_input(next).await,
        ServerMessage::Ack { .. }
    ));
    for _ in 0..4 {
        rejected(&mut returned, next, RejectReason::WrongSequence).await;
    }
    returned.send(&ClientMessage::Input(next)).await;
    returned.muted().await;
}

#[tokio::test]
async fn a_new_socket_of_a_player_replaces_the_old() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.run_crank();
    let mut old = stage.connect().await;
    old.play_as(0).await;
    let mut other = stage.connect().await;
    other.play_as(1).await;
    let mut watching = stage.connect().await;
    watching.sign_in_as_session(&key(101)).await;
    watching.watch(MATCH, Rate::Every).await;
    // By the wallet this time: it is the same player.
    let mut new = stage.connect().await;
    new.sign_in_as_wallet(&key(1)).await;
    new.send(&ClientMessage::Play { match_key: MATCH }).await;
    assert!(matches!(new.control().await, ServerMessage::Watching { player: Some(p), .. } if p == player(0)));
    old.closed(CloseCode::Replaced).await;
    assert!(matches!(
        new.send_input(first_input()).await,
        ServerMessage::Ack { .. }
    ));
    other.ping().await;
    watching.ping().await;
}

#[tokio::test]
async fn an_excess_of_inputs_is_rejected_and_a_full_queue_says_busy() {
    let limits = Limits {
        inputs_per_warrior_per_second: 5,
        inputs_in_flight_max: 8,
        ..generous()
    };
    let stage = Stage::new(limits).await;
    // Nobody takes inputs out of the queue.
    let game = FakeMatch::open(&stage.bus, MATCH, 2);
    let mut client = stage.connect().await;
    client.play_as(0).await;
    // A change each time: first between two headings, then between two others.
    let heading = |sequence: u32| {
        if sequence <= 8 {
            1 + (sequence % 2) as u8
        } else {
            3 + (sequence % 2) as u8
        }
    };
    for sequence in 1..=60 {
        client
            .send(&ClientMessage::Input(
                input(0, sequence, Hash::default(), heading(sequence)).sign(&key(101)),
            ))
            .await;
    }
    let mut reasons = vec![];
    for _ in 9..=60 {
        let ServerMessage::Reject { reason, .. } = client.control().await else {
            panic!()
        };
        reasons.push(reason);
    }
    // Eight wait for the crank, twelve more are let through the bucket (of two warriors, two seconds' worth).
    assert_eq!(reasons[..12], [RejectReason::Busy; 12]);
    let limited = reasons
        .iter()
        .filter(|reason| **reason == RejectReason::RateLimited)
        .count();
    assert!(limited >= 35, "{reasons:?}");
    // The crank is gone: what waited is answered.
    drop(game.queue);
    for _ in 0..8 {
        let ServerMessage::Reject { reason, .. } = client.control().await else {
            panic!()
        };
        assert_eq!(reason, RejectReason::Busy);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let late = input(0, 99, Hash::default(), 1).sign(&key(101));
    rejected(&mut client, late, RejectReason::Ended).await;
}

#[tokio::test]
async fn a_free_slot_is_nobodys() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.run_crank();
    let mut client = stage.connect().await;
    client.play_as(1).await;
    game.publisher.update_detail(|detail| detail.players.truncate(1));
    let mut stray = input(1, 1, Hash::default(), 1);
    stray.warrior = WarriorIndex(0);
    rejected(&mut client, stray.sign(&key(102)), RejectReason::UnknownPlayer).await;
    // The slot was taken by another.
    game.publisher.update_detail(|detail| {
        let mut heir = player(5);
        heir.slot = PlayerSlot(1);
        detail.players.push(heir);
    });
    rejected(&mut client, stray.sign(&key(102)), RejectReason::NotAuthenticated).await;
}

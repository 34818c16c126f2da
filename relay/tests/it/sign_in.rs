//! Signing in: by wallet, by session key, by token, and all the ways it must not work.

use std::time::Duration;

use crate::support;
use crate::support::{detail, generous, input, key, player, session_of, wallet_of, FakeMatch, Stage, MATCH};
use protocol::codes::{CloseCode, ErrorCode, RejectReason};
use protocol::control::{ClientMessage, Identity, Rate, ResumeToken, ServerMessage};
use protocol::{Hash, MatchKey, Signature};
use relay::{Limits, RelayConfig};

fn error(code: ErrorCode) -> ServerMessage {
    ServerMessage::Error {
        code,
        message: code.to_string(),
    }
}

#[tokio::test]
async fn a_wallet_and_a_session_key_sign_in() {
    let stage = Stage::new(generous()).await;
    let _match = FakeMatch::open(&stage.bus, MATCH, 2);
    for json in ["", "?encoding=json"] {
        let mut by_wallet = stage.connect_to(&format!("/ws{json}")).await;
        let signature = by_wallet.challenge().sign_as_wallet(&key(1));
        by_wallet
            .send(&ClientMessage::AuthWallet {
                wallet: wallet_of(&key(1)),
                signature,
            })
            .await;
        let ServerMessage::Welcome {
            identity,
            token_life_s,
            ..
        } = by_wallet.control().await
        else {
            panic!()
        };
        assert_eq!(
            (identity, token_life_s),
            (Identity::Wallet(wallet_of(&key(1))), 600)
        );
        by_wallet.send(&ClientMessage::Play { match_key: MATCH }).await;
        let expected = ServerMessage::Watching {
            detail: Box::new(detail(MATCH, 2)),
            player: Some(player(0)),
        };
        assert_eq!(by_wallet.control().await, expected);

        let mut by_session = stage.connect_to(&format!("/ws{json}")).await;
        by_session.play_as(1).await;
    }
}

#[tokio::test]
async fn forged_signatures_close_the_socket() {
    let stage = Stage::new(generous()).await;
    let wallet = wallet_of(&key(1));
    let session = session_of(&key(1));

    let mut client = stage.connect().await;
    client
        .send(&ClientMessage::AuthWallet {
            wallet,
            signature: Signature([1; 64]),
        })
        .await;
    client.closed(CloseCode::AuthenticationFailed).await;

    // Another's key.
    let mut client = stage.connect().await;
    let signature = client.challenge().sign_as_wallet(&key(2));
    client
        .send(&ClientMessage::AuthWallet { wallet, signature })
        .await;
    client.closed(CloseCode::AuthenticationFailed).await;

    // A signature made for another connection's nonce.
    let first = stage.connect().await;
    let signature = first.challenge().sign_as_session(&key(1));
    let mut second = stage.connect().await;
    second
        .send(&ClientMessage::AuthSession { session, signature })
        .await;
    second.closed(CloseCode::AuthenticationFailed).await;

    // The wallet's text does not sign a session in, nor the other way round.
    let mut client = stage.connect().await;
    let signature = client.challenge().sign_as_wallet(&key(1));
    client
        .send(&ClientMessage::AuthSession { session, signature })
        .await;
    client.closed(CloseCode::AuthenticationFailed).await;
}

#[tokio::test]
async fn playing_needs_a_sign_in_and_an_entry() {
    let stage = Stage::new(generous()).await;
    let _match = FakeMatch::open(&stage.bus, MATCH, 2);
    let mut client = stage.connect().await;
    client.send(&ClientMessage::Play { match_key: MATCH }).await;
    assert_eq!(client.control().await, error(ErrorCode::NotAuthenticated));
    client.sign_in_as_wallet(&key(99)).await;
    client.send(&ClientMessage::Play { match_key: MATCH }).await;
    assert_eq!(client.control().await, error(ErrorCode::NotAPlayer));
    client
        .send(&ClientMessage::Play {
            match_key: MatchKey([77; 32]),
        })
        .await;
    assert_eq!(client.control().await, error(ErrorCode::UnknownMatch));
    let signature = client.challenge().sign_as_wallet(&key(1));
    client
        .send(&ClientMessage::AuthWallet {
            wallet: wallet_of(&key(1)),
            signature,
        })
        .await;
    assert_eq!(client.control().await, error(ErrorCode::AlreadyAuthenticated));
    // None of this ends a socket.
    client.watch(MATCH, Rate::Every).await;
}

#[tokio::test]
async fn a_token_resumes_the_sign_in_until_it_expires() {
    let limits = Limits {
        token_life: Duration::from_millis(400),
        ..generous()
    };
    let stage = Stage::new(limits).await;
    let _match = FakeMatch::open(&stage.bus, MATCH, 2);
    let mut first = stage.connect().await;
    let token = first.sign_in_as_session(&key(101)).await;
    let resume = |token| ClientMessage::Resume {
        token: Some(token),
        match_key: Some(MATCH),
        last_tick: None,
        rate: Rate::Every,
    };

    let mut second = stage.connect().await;
    second.send(&resume(token)).await;
    let ServerMessage::Welcome { identity, .. } = second.control().await else {
        panic!()
    };
    assert_eq!(identity, Identity::Session(session_of(&key(101))));
    let ServerMessage::Watching {
        player: Some(found), ..
    } = second.control().await
    else {
        panic!()
    };
    assert_eq!(found, player(0));

    let mut guess = stage.connect().await;
    guess.send(&resume(ResumeToken(Hash([0; 32])))).await;
    assert_eq!(guess.control().await, error(ErrorCode::BadToken));

    tokio::time::sleep(Duration::from_millis(500)).await;
    let mut late = stage.connect().await;
    late.send(&resume(token)).await;
    assert_eq!(late.control().await, error(ErrorCode::BadToken));
}

#[tokio::test]
async fn a_wallet_that_is_signed_in_moves_by_its_session_key_and_resumes_by_token() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.run_crank();
    let mut client = stage.connect().await;
    let token = client.sign_in_as_wallet(&key(1)).await;
    client.send(&ClientMessage::Play { match_key: MATCH }).await;
    assert!(matches!(
        client.control().await,
        ServerMessage::Watching { player: Some(_), .. }
    ));
    let first = input(0, 1, Hash::default(), 3).sign(&key(101));
    assert!(matches!(
        client.send_input(first).await,
        ServerMessage::Ack { sequence: 1, .. }
    ));
    // The wallet's own signature moves nobody: the entry registered another key for that.
    let by_wallet = input(0, 2, first.input.hash(), 4).sign(&key(1));
    let ServerMessage::Reject { reason, .. } = client.send_input(by_wallet).await else {
        panic!("a wallet's signature under a move was taken")
    };
    assert_eq!(reason, RejectReason::BadSignature);

    let mut again = stage.connect().await;
    again
        .send(&ClientMessage::Resume {
            token: Some(token),
            match_key: None,
            last_tick: None,
            rate: Rate::Bundled,
        })
        .await;
    let ServerMessage::Welcome { identity, .. } = again.control().await else {
        panic!()
    };
    assert_eq!(identity, Identity::Wallet(wallet_of(&key(1))));
    again.send(&ClientMessage::Play { match_key: MATCH }).await;
    assert!(matches!(
        again.control().await,
        ServerMessage::Watching { player: Some(_), .. }
    ));
    let second = input(0, 2, first.input.hash(), 5).sign(&key(101));
    assert!(matches!(
        again.send_input(second).await,
        ServerMessage::Ack { sequence: 2, .. }
    ));
    client.closed(CloseCode::Replaced).await;
}

#[tokio::test]
async fn a_banned_wallet_hears_so_when_it_signs_in_before_it_pays() {
    let stage = Stage::new(generous()).await;
    let _match = FakeMatch::open(&stage.bus, MATCH, 2);
    // Not a player of it.
    let stranger = wallet_of(&key(99));
    let ban = store::Ban {
        wallet: stranger.0,
        reason: "flags".into(),
        since_ms: 0,
        until_ms: None,
    };
    stage.store.bans.ban(&ban).await.unwrap();
    let mut client = stage.connect().await;
    let signature = client.challenge().sign_as_wallet(&key(99));
    client
        .send(&ClientMessage::AuthWallet {
            wallet: stranger,
            signature,
        })
        .await;
    client.closed(CloseCode::Banned).await;
}

#[tokio::test]
async fn a_wallet_has_so_many_sockets() {
    let limits = Limits {
        sockets_per_wallet_max: 2,
        ..generous()
    };
    let stage = Stage::new(limits).await;
    let mut first = stage.connect().await;
    first.sign_in_as_wallet(&key(1)).await;
    let mut second = stage.connect().await;
    second.sign_in_as_wallet(&key(1)).await;
    let mut third = stage.connect().await;
    let signature = third.challenge().sign_as_wallet(&key(1));
    third
        .send(&ClientMessage::AuthWallet {
            wallet: wallet_of(&key(1)),
            signature,
        })
        .await;
    third.closed(CloseCode::TooManyConnections).await;
    drop(second);
    let relay = stage.relay.as_ref().unwrap();
    support::eventually("the place is free again", || relay.sockets() == 1).await;
    stage.connect().await.sign_in_as_wallet(&key(1)).await;
}

#[tokio::test]
async fn the_sign_in_names_the_configured_domain() {
    let config = RelayConfig {
        domains: vec!["play.example".into()],
        chain: "devnet".into(),
        limits: generous(),
        ..RelayConfig::default()
    };
    let stage = Stage::with(config).await;
    let client = stage.connect().await;
    assert_eq!(
        (client.challenge().domain, client.challenge().chain),
        ("play.example", "devnet")
    );
    let again = stage.connect().await;
    assert_ne!(client.challenge().nonce, again.challenge().nonce);
}

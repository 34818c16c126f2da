//! A restart in good order: clients are told, close with a code, and come back.

use std::time::{Duration, Instant};

use crate::support::{generous, End, FakeMatch, Stage, MATCH};
use protocol::control::{Rate, ServerMessage};
use protocol::packet::ServerPacket;
use relay::{Limits, Relay, RelayConfig, StartError};
use tokio::net::TcpStream;

#[tokio::test]
async fn clients_are_told_and_the_port_is_free_again() {
    let mut stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.ticks(5);
    let mut clients = vec![];
    for path in ["/ws", "/ws?encoding=json", "/ws"] {
        let mut client = stage.connect_to(path).await;
        client.watch(MATCH, Rate::Every).await;
        clients.push(client);
    }
    let relay = stage.relay.take().unwrap();
    let readers = clients.into_iter().map(|mut client| {
        tokio::spawn(async move {
            let mut told = None;
            loop {
                match client.receive().await {
                    Ok(ServerPacket::Control(ServerMessage::Restarting { retry_after_ms })) => {
                        told = Some(retry_after_ms);
                    }
                    Ok(_) => {}
                    Err(end) => return (told, end),
                }
            }
        })
    });
    let readers: Vec<_> = readers.collect();
    let start = Instant::now();
    relay.drain().await;
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "nobody had to be waited for"
    );
    for reader in readers {
        let (told, end) = reader.await.unwrap();
        assert!(told.is_some_and(|ms| (1000..3000).contains(&ms)), "{told:?}");
        assert!(matches!(end, End::Closed(1012, _)), "{end:?}");
    }
    assert!(
        TcpStream::connect(stage.address).await.is_err(),
        "it accepts no more"
    );
    let again = RelayConfig {
        listen: stage.address,
        limits: generous(),
        ..RelayConfig::default()
    };
    let relay = Relay::start(again, stage.bus.clone(), stage.store.clone())
        .await
        .unwrap();
    stage.relay = Some(relay);
    stage.connect().await.watch(MATCH, Rate::Every).await;
}

#[tokio::test]
async fn a_client_that_does_not_leave_is_left() {
    let mut stage = Stage::new(Limits {
        drain_timeout: Duration::from_millis(300),
        ..generous()
    })
    .await;
    // It never sends a request.
    let _silent = TcpStream::connect(stage.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let start = Instant::now();
    stage.relay.take().unwrap().drain().await;
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_start_that_cannot_work_says_why() {
    let stage = Stage::new(generous()).await;
    let taken = RelayConfig {
        listen: stage.address,
        ..RelayConfig::default()
    };
    let error = Relay::start(taken, stage.bus.clone(), stage.store.clone())
        .await
        .err()
        .unwrap();
    assert!(matches!(error, StartError::Listen { address, .. } if address == stage.address));
    assert!(error.to_string().contains("PORT"), "{error}");
    let wrong = RelayConfig {
        web_dir: Some("/no/such/folder".into()),
        ..RelayConfig::default()
    };
    let error = Relay::start(wrong, stage.bus.clone(), stage.store.clone())
        .await
        .err()
        .unwrap();
    assert!(error.to_string().contains("web_dir"), "{error}");
}

//! Slow followers are skipped, then closed, and cost nobody else anything.

use std::time::Duration;

use crate::support;
use crate::support::{generous, Client, End, FakeMatch, Picture, Stage, MATCH, PATIENCE};
use futures_util::SinkExt;
use protocol::codes::CloseCode;
use protocol::control::{ClientMessage, Rate, ServerMessage};
use protocol::packet::ServerPacket;
use protocol::wire::StateFrame;
use protocol::Tick;
use relay::Limits;
use tokio::net::TcpSocket;
use tokio_tungstenite::tungstenite::Message;

/// A client that takes in little before its kernel refuses more.
async fn narrow(stage: &Stage) -> Client {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let stream = socket.connect(stage.address).await.unwrap();
    let url = format!("ws://{}/ws", stage.address);
    let stream = tokio_tungstenite::MaybeTlsStream::Plain(stream);
    let (socket, _) = tokio_tungstenite::client_async(url, stream).await.unwrap();
    let mut client = Client {
        socket,
        json: false,
        hello: ServerMessage::Pong { id: 0 },
    };
    client.hello = client.control().await;
    client
}

fn limits() -> Limits {
    Limits {
        queue_frames: 64,
        send_buffer_bytes: 4096,
        ..generous()
    }
}

/// Fast enough to overrun whoever does not read, and slow enough for whoever does.
async fn run(game: &mut FakeMatch, ticks: u32) {
    for _ in 0..ticks {
        game.tick();
        tokio::time::sleep(Duration::from_micros(1500)).await;
    }
}

#[tokio::test]
async fn a_slow_follower_is_skipped_to_a_keyframe_and_others_miss_nothing() {
    let stage = Stage::new(Limits {
        skips_max: 100,
        send_timeout: Duration::from_secs(60),
        ..limits()
    })
    .await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 10);
    let mut slow = narrow(&stage).await;
    slow.watch(MATCH, Rate::Every).await;
    let mut fast = stage.connect().await;
    fast.watch(MATCH, Rate::Every).await;
    let reader = tokio::spawn(async move {
        let mut picture = Picture::default();
        picture.until(&mut fast, Tick(2999)).await;
        picture
    });
    run(&mut game, 3000).await;
    let picture = reader.await.unwrap();
    assert_eq!(
        picture.ticks,
        (0..3000).collect::<Vec<_>>(),
        "the fast one got every tick"
    );

    // The slow one wakes up: what was under way, then a gap that a keyframe closes, preceded by the detail.
    let reader = tokio::spawn(async move {
        let mut ticks: Vec<(u32, bool)> = vec![];
        let mut details = 0;
        while ticks.last().is_none_or(|(tick, _)| *tick < 3599) {
            match slow.packet().await {
                ServerPacket::Frame(frame) => {
                    ticks.push((frame.tick().0, matches!(frame, StateFrame::Keyframe(_))));
                }
                ServerPacket::Control(ServerMessage::Watching { .. }) => details += 1,
                other => panic!("{other:?}"),
            }
        }
        (ticks, details)
    });
    run(&mut game, 600).await;
    let (ticks, details) = reader.await.unwrap();
    let gaps: Vec<_> = ticks
        .windows(2)
        .filter(|pair| pair[1].0 != pair[0].0 + 1)
        .collect();
    assert!(!gaps.is_empty(), "nothing was skipped: {} frames", ticks.len());
    assert!(
        gaps.iter().all(|pair| pair[1].1 && pair[1].0 > pair[0].0),
        "a gap ends with a keyframe: {gaps:?}"
    );
    assert!(details >= gaps.len(), "after each skip comes the detail");
}

#[tokio::test]
async fn repeated_skips_close_the_socket_with_a_code() {
    let stage = Stage::new(Limits {
        skips_max: 2,
        send_timeout: Duration::from_secs(60),
        ..limits()
    })
    .await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 10);
    let mut slow = narrow(&stage).await;
    slow.watch(MATCH, Rate::Every).await;
    let end = tokio::spawn(async move {
        loop {
            // Reads, but only now and then.
            tokio::time::sleep(Duration::from_millis(150)).await;
            for _ in 0..8 {
                if let Err(end) = slow.receive().await {
                    return end;
                }
            }
        }
    });
    while !end.is_finished() {
        assert!(game.last_tick() < 100_000, "it was never closed");
        run(&mut game, 50).await;
    }
    assert_eq!(
        end.await.unwrap(),
        End::Closed(4004, CloseCode::TooSlow.reason().into())
    );
    support::eventually("its place is free", || {
        stage.relay.as_ref().unwrap().sockets() == 0
    })
    .await;
}

#[tokio::test]
async fn who_reads_nothing_at_all_is_closed_after_the_send_timeout() {
    let stage = Stage::new(Limits {
        send_timeout: Duration::from_millis(500),
        ..limits()
    })
    .await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 10);
    let mut stuck = narrow(&stage).await;
    stuck.watch(MATCH, Rate::Every).await;
    let relay = stage.relay.as_ref().unwrap();
    let start = tokio::time::Instant::now();
    while relay.sockets() > 0 {
        assert!(start.elapsed() < PATIENCE, "it still holds its place");
        run(&mut game, 20).await;
    }
}

/// Frames are not written by the task that answers: whatever the kernel refuses, no message ends up inside
/// another.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn answers_pongs_and_frames_stay_whole_on_a_narrow_connection() {
    const ROUNDS: u32 = 150;
    let stage = Stage::new(Limits {
        skips_max: 1000,
        send_timeout: Duration::from_secs(60),
        ..limits()
    })
    .await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 10);
    let mut client = narrow(&stage).await;
    client.watch(MATCH, Rate::Every).await;
    let reader = tokio::spawn(async move {
        let mut last = None;
        for id in 0..ROUNDS {
            // The library answers the first, the socket's task the second; rows write at any moment.
            let ping = Message::Ping(vec![7; 100].into());
            client.socket.send(ping).await.unwrap();
            client.send(&ClientMessage::Ping { id }).await;
            if id % 10 == 0 {
                tokio::time::sleep(Duration::from_millis(150)).await;
            }
            loop {
                match client.packet().await {
                    ServerPacket::Control(ServerMessage::Pong { id: found }) => {
                        assert_eq!(found, id);
                        break;
                    }
                    ServerPacket::Control(ServerMessage::Watching { .. }) => {}
                    ServerPacket::Frame(frame) => {
                        assert!(last < Some(frame.tick()), "{last:?}, then {:?}", frame.tick());
                        last = Some(frame.tick());
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
        last
    });
    while !reader.is_finished() {
        assert!(game.last_tick() < 100_000, "an answer got lost");
        run(&mut game, 20).await;
    }
    assert!(reader.await.unwrap() > Some(Tick(100)));
}

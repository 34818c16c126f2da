//! What hostile or broken clients do ends their own socket, with a code, and nothing else.

use std::time::Duration;

use crate::support;
use crate::support::{eventually, generous, key, wallet_of, End, FakeMatch, Stage, MATCH};
use futures_util::SinkExt;
use protocol::codes::CloseCode;
use protocol::control::{ClientMessage, Rate};
use protocol::MatchKey;
use relay::{Limits, RelayConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test]
async fn malformed_messages_close_that_socket_and_say_what_was_wrong() {
    let stage = Stage::new(generous()).await;
    let _match = FakeMatch::open(&stage.bus, MATCH, 2);
    let mut bystander = stage.connect().await;
    bystander.watch(MATCH, Rate::Every).await;
    let cases: [(&str, Message, CloseCode, &str); 11] = [
        (
            "/ws",
            Message::binary(vec![]),
            CloseCode::Malformed,
            "empty message",
        ),
        (
            "/ws",
            Message::binary(vec![0x13, 200]),
            CloseCode::Malformed,
            "malformed control message",
        ),
        (
            "/ws",
            Message::binary(vec![0x13, 7, 1, 9]),
            CloseCode::Malformed,
            "1 bytes after",
        ),
        (
            "/ws",
            Message::binary(vec![0x10, 0, 0]),
            CloseCode::Malformed,
            "kind 0",
        ),
        (
            "/ws",
            Message::binary(vec![0x23, 7, 1]),
            CloseCode::UnsupportedVersion,
            "version 2",
        ),
        (
            "/ws",
            Message::text("\"unwatch\""),
            CloseCode::Malformed,
            "encoding=json",
        ),
        (
            "/ws?encoding=json",
            Message::binary(vec![0x13, 3]),
            CloseCode::Malformed,
            "encoding=json",
        ),
        (
            "/ws?encoding=json",
            Message::text("{"),
            CloseCode::Malformed,
            "EOF",
        ),
        (
            "/ws?encoding=json",
            Message::text("{\"dance\":{}}"),
            CloseCode::Malformed,
            "dance",
        ),
        (
            "/ws?encoding=json",
            Message::text("{\"watch\":{}}"),
            CloseCode::Malformed,
            "match",
        ),
        (
            "/ws?encoding=json",
            Message::text("{\"watch\":{\"match\":\"0\"}}"),
            CloseCode::Malformed,
            "match address",
        ),
    ];
    for (path, message, code, detail) in cases {
        let mut client = stage.connect_to(path).await;
        client.socket.send(message.clone()).await.unwrap();
        let reason = client.closed(code).await;
        assert!(reason.contains(detail), "{message:?}: {reason}");
    }
    bystander.ping().await;
}

#[tokio::test]
async fn messages_above_the_limit_close_the_socket() {
    let stage = Stage::new(generous()).await;
    for size in [4097, 100_000] {
        let mut client = stage.connect().await;
        let mut message = ClientMessage::Ping { id: 1 }.to_bytes();
        message.resize(size, 0);
        client.send_raw(message).await;
        client.closed(CloseCode::TooLarge).await;
    }
    // In fragments it is as large.
    let mut client = stage.connect().await;
    use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
    use tokio_tungstenite::tungstenite::protocol::frame::Frame;
    for index in 0..5 {
        let code = if index == 0 { Data::Binary } else { Data::Continue };
        let frame = Frame::message(vec![0u8; 1000], OpCode::Data(code), false);
        client.socket.send(Message::Frame(frame)).await.unwrap();
    }
    client.closed(CloseCode::TooLarge).await;
}

#[tokio::test]
async fn broken_websocket_frames_close_the_socket() {
    let stage = Stage::new(generous()).await;
    let client = stage.connect().await;
    let support::Client {
        mut socket,
        json,
        hello,
    } = client;
    // An unmasked frame, which RFC 6455 forbids to clients.
    socket
        .get_mut()
        .write_all(&[0x82, 0x03, 0x13, 0x07, 0x01])
        .await
        .unwrap();
    support::Client { socket, json, hello }
        .closed(CloseCode::Malformed)
        .await;
    let support::Client {
        mut socket,
        json,
        hello,
    } = stage.connect().await;
    // A reserved opcode.
    socket
        .get_mut()
        .write_all(&[0x83, 0x80, 0, 0, 0, 0])
        .await
        .unwrap();
    support::Client { socket, json, hello }
        .closed(CloseCode::Malformed)
        .await;
}

#[tokio::test]
async fn floods_close_the_socket() {
    let limits = Limits {
        messages_per_second: 10,
        messages_burst: 50,
        ..generous()
    };
    let stage = Stage::new(limits).await;
    let mut client = stage.connect().await;
    for id in 0..80 {
        client.send(&ClientMessage::Ping { id }).await;
    }
    client.closed(CloseCode::RateLimited).await;

    // WebSocket pings count too.
    let mut client = stage.connect().await;
    for _ in 0..80 {
        if client.socket.send(Message::Ping(vec![1].into())).await.is_err() {
            break;
        }
    }
    client.closed(CloseCode::RateLimited).await;

    // Empty fragments never make a message: the bytes are counted.
    let stage = Stage::new(Limits {
        bytes_per_second: 1000,
        ..generous()
    })
    .await;
    let mut client = stage.connect().await;
    let fragment = [[0x02, 0x80, 0, 0, 0, 0], [0x00, 0x80, 0, 0, 0, 0]];
    let mut flood = fragment[0].to_vec();
    (0..2000).for_each(|_| flood.extend(fragment[1]));
    client.socket.get_mut().write_all(&flood).await.unwrap();
    client.closed(CloseCode::RateLimited).await;
}

#[tokio::test]
async fn the_flood_of_a_signed_in_wallet_is_a_flag() {
    let limits = Limits {
        messages_per_second: 1,
        messages_burst: 5,
        flags_max: 2,
        ..generous()
    };
    let stage = Stage::new(limits).await;
    for expected in [CloseCode::RateLimited, CloseCode::RateLimited, CloseCode::Banned] {
        let mut client = stage.connect().await;
        let signature = client.challenge().sign_as_wallet(&key(1));
        client
            .send(&ClientMessage::AuthWallet {
                wallet: wallet_of(&key(1)),
                signature,
            })
            .await;
        for id in 0..10 {
            // The last socket is closed at once.
            if client
                .socket
                .send(Message::binary(ClientMessage::Ping { id }.to_bytes()))
                .await
                .is_err()
            {
                break;
            }
        }
        client.closed(expected).await;
    }
}

#[tokio::test]
async fn silent_sockets_are_closed() {
    let limits = Limits {
        first_message_timeout: Duration::from_millis(300),
        idle_timeout: Duration::from_millis(400),
        ..generous()
    };
    let stage = Stage::new(limits).await;
    let _match = FakeMatch::open(&stage.bus, MATCH, 2);
    stage.connect().await.closed(CloseCode::FirstMessageTimeout).await;

    // Answering pings is a sign of life: tungstenite does it while we read.
    let mut alive = stage.connect().await;
    alive.watch(MATCH, Rate::Every).await;
    let still_open = tokio::time::timeout(Duration::from_millis(1800), alive.receive()).await;
    assert!(still_open.is_err(), "{still_open:?}");
    alive.ping().await;

    // Not reading is not.
    let mut dead = stage.connect().await;
    dead.watch(MATCH, Rate::Every).await;
    tokio::time::sleep(Duration::from_millis(1500)).await;
    match dead.receive().await {
        Err(End::Closed(4003, reason)) => assert_eq!(reason, CloseCode::IdleTimeout.reason()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn heads_that_do_not_come_are_cut_off() {
    let limits = Limits {
        first_message_timeout: Duration::from_millis(300),
        ..generous()
    };
    let stage = Stage::new(limits).await;
    for start in ["", "GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: "] {
        let mut stream = TcpStream::connect(stage.address).await.unwrap();
        stream.write_all(start.as_bytes()).await.unwrap();
        let mut answer = vec![];
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await;
        assert!(read.is_ok(), "the connection stays open");
    }
    // A head without an end is refused by its size.
    let mut stream = TcpStream::connect(stage.address).await.unwrap();
    let head = format!("GET /health HTTP/1.1\r\nX-Long: {}", "a".repeat(64 * 1024));
    let _ = stream.write_all(head.as_bytes()).await;
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}

#[tokio::test]
async fn an_address_has_so_many_connections() {
    let limits = Limits {
        connections_per_address_max: 3,
        ..generous()
    };
    let stage = Stage::new(limits).await;
    let mut held = vec![
        stage.connect().await,
        stage.connect().await,
        stage.connect().await,
    ];
    let mut stream = TcpStream::connect(stage.address).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 429") && answer.contains("too many connections"),
        "{answer}"
    );
    held.pop();
    eventually("a place is free", || stage.relay.as_ref().unwrap().sockets() == 2).await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    held.push(stage.connect().await);
    held[0].ping().await;
}

#[tokio::test]
async fn all_together_have_so_many_connections() {
    let stage = Stage::new(Limits {
        connections_max: 2,
        ..generous()
    })
    .await;
    let _held = [stage.connect().await, stage.connect().await];
    let mut stream = TcpStream::connect(stage.address).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
}

#[tokio::test]
async fn an_address_asks_so_often() {
    let limits = Limits {
        requests_per_address_per_second: 1,
        requests_per_address_burst: 10,
        ..Limits::default()
    };
    let stage = Stage::new(limits).await;
    let http = reqwest::Client::new();
    let mut statuses = vec![];
    for _ in 0..12 {
        statuses.push(
            http.get(stage.url("/api/matches"))
                .send()
                .await
                .unwrap()
                .status()
                .as_u16(),
        );
    }
    assert_eq!(
        statuses[..9],
        [200; 9],
        "the connection took one, and each request one"
    );
    assert_eq!(statuses[10..], [429; 2]);
}

#[tokio::test]
async fn behind_a_proxy_the_clients_address_counts() {
    let limits = Limits {
        connections_per_address_max: 1,
        ..generous()
    };
    let stage = Stage::with(RelayConfig {
        limits,
        trust_forwarded: true,
        ..RelayConfig::default()
    })
    .await;
    let connect = |forwarded: &'static str| {
        use tokio_tungstenite::tungstenite::client::IntoClientRequest;
        let mut request = format!("ws://{}/ws", stage.address)
            .into_client_request()
            .unwrap();
        request
            .headers_mut()
            .insert("x-forwarded-for", forwarded.parse().unwrap());
        tokio_tungstenite::connect_async(request)
    };
    let _one = connect("10.0.0.1").await.unwrap();
    let _two = connect("10.0.0.1, 10.0.0.2").await.unwrap();
    let refused = connect("10.9.9.9, 10.0.0.2").await.unwrap_err();
    assert!(refused.to_string().contains("429"), "{refused}");
}

#[tokio::test]
async fn strange_upgrades_are_refused_with_a_reason() {
    let config = RelayConfig {
        cors_origins: vec!["https://play.example".into()],
        limits: generous(),
        ..RelayConfig::default()
    };
    let stage = Stage::with(config).await;
    let http = reqwest::Client::new();
    let answer = http.get(stage.url("/ws")).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("WebSocket upgrades only"));
    for (path, expected) in [
        ("/ws?encoding=xml", "expected `binary` or `json`"),
        ("/ws?encodin=json", "encodin"),
    ] {
        let answer = http.get(stage.url(path)).send().await.unwrap();
        assert_eq!(answer.status(), 400);
        let text = answer.text().await.unwrap();
        assert!(text.contains(expected), "{text}");
    }
    let with_origin = |origin: String| {
        use tokio_tungstenite::tungstenite::client::IntoClientRequest;
        let mut request = format!("ws://{}/ws", stage.address)
            .into_client_request()
            .unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        tokio_tungstenite::connect_async(request)
    };
    assert!(with_origin("https://evil.example".into())
        .await
        .unwrap_err()
        .to_string()
        .contains("403"));
    assert!(with_origin("https://play.example".into()).await.is_ok());
    assert!(
        with_origin(format!("http://{}", stage.address)).await.is_ok(),
        "the page itself may"
    );
}

/// Random bytes and random requests: the relay goes on serving.
#[tokio::test]
async fn noise_ends_nothing_but_itself() {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};
    let limits = Limits {
        connections_per_address_max: 2000,
        ..generous()
    };
    let stage = Stage::new(limits).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    let mut bystander = stage.connect().await;
    bystander.watch(MATCH, Rate::Every).await;
    let mut random = StdRng::seed_from_u64(5);
    for round in 0..60 {
        let mut client = stage
            .connect_to(if round % 3 == 0 {
                "/ws?encoding=json"
            } else {
                "/ws"
            })
            .await;
        for _ in 0..random.gen_range(1..20) {
            let mut bytes: Vec<u8> = (0..random.gen_range(0..200)).map(|_| random.gen()).collect();
            if random.gen() {
                bytes = ClientMessage::Watch {
                    match_key: MatchKey(random.gen()),
                    rate: Rate::Bundled,
                }
                .to_bytes();
                let index = random.gen_range(0..bytes.len());
                bytes[index] ^= 1 << random.gen_range(0..8);
            }
            let sent = if round % 3 == 0 {
                client
                    .socket
                    .send(Message::text(String::from_utf8_lossy(&bytes).into_owned()))
                    .await
            } else if round % 3 == 1 {
                client.socket.send(Message::binary(bytes)).await
            } else {
                client
                    .socket
                    .get_mut()
                    .write_all(&bytes)
                    .await
                    .map_err(Into::into)
            };
            if sent.is_err() {
                break;
            }
        }
        game.tick();
    }
    bystander.ping().await;
    let http = reqwest::get(stage.url("/api/matches")).await.unwrap();
    assert_eq!(http.status(), 200);
}

//! Faults that people reported of services like this one, tried on this relay. The numbers are those of the
//! reports.

use std::time::Duration;

use bus::Bus;
use futures_util::{SinkExt, StreamExt};
use protocol::auth::Challenge;
use protocol::codes::{CloseCode, ErrorCode, RejectReason};
use protocol::control::{ClientMessage, Identity, Rate, ServerMessage};
use protocol::directory::{MatchEvent, MatchStatus};
use protocol::{Hash, Signature, WarriorIndex};
use relay::RelayConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{
    detail, eventually, generous, input, key, player, session_of, wallet_of, Client, FakeMatch, Stage, MATCH,
};

/// A relay with a page of a few files.
async fn with_page() -> (Stage, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("assets")).unwrap();
    for (name, text) in [
        (
            "index.html",
            "<!doctype html><html><head><title>Aurelius</title></head></html>",
        ),
        ("favicon.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        ("site.webmanifest", "{}"),
        ("icon.png", "png"),
        ("assets/index-abc.js", "let x"),
        ("assets/arena-abc.wasm", "wasm"),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let stage = Stage::with(RelayConfig {
        web_dir: Some(folder.path().to_owned()),
        limits: generous(),
        ..RelayConfig::default()
    })
    .await;
    (stage, folder)
}

async fn get(stage: &Stage, path: &str) -> (u16, reqwest::header::HeaderMap, String) {
    let answer = reqwest::get(stage.url(path)).await.unwrap();
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    (status, headers, answer.text().await.unwrap())
}

/// Bytes as they are, because a client's library would not send them.
async fn raw(stage: &Stage, request: &str) -> String {
    let mut stream = TcpStream::connect(stage.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = vec![];
    let reading = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(Duration::from_secs(5), reading).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn report_12_a_missing_asset_is_not_the_page() {
    let (stage, _folder) = with_page().await;
    for path in [
        "/assets/index-doesnotexist.js",
        "/assets/",
        "/assets",
        "/nothing",
        "/match",
        "/match/a/b",
        "/my/x",
        "/index.htm",
    ] {
        let (status, headers, text) = get(&stage, path).await;
        assert_eq!(status, 404, "{path}");
        assert_eq!(headers["content-type"], "application/json", "{path}");
        assert!(!text.contains("<title>Aurelius</title>"), "{path}: {text}");
        assert_ne!(headers["cache-control"], "public, max-age=31536000, immutable");
    }
    // A person who mistypes an address reads a sentence, with the same status.
    let asked = reqwest::Client::new().get(stage.url("/nothing"));
    let answer = asked.header("accept", "text/html,*/*").send().await.unwrap();
    assert_eq!(answer.status(), 404);
    assert!(answer.text().await.unwrap().contains("no page at this"));
}

#[tokio::test]
async fn routes_of_the_page_and_its_files_are_served_with_their_types() {
    let (stage, _folder) = with_page().await;
    for (path, base) in [
        ("/", None),
        ("/leaderboard", None),
        ("/history", None),
        ("/rules", None),
        ("/help", None),
        ("/my", None),
        ("/match/abc", Some("<head><base href=\"../\">")),
        ("/player/abc", Some("<head><base href=\"../\">")),
        ("/help/", Some("<head><base href=\"../\">")),
    ] {
        let (status, headers, text) = get(&stage, path).await;
        assert_eq!(status, 200, "{path}");
        assert!(headers["content-type"].to_str().unwrap().starts_with("text/html"));
        assert_eq!(headers["cache-control"], "no-cache");
        assert!(text.contains("<title>Aurelius</title>"), "{path}");
        assert_eq!(text.contains("<base"), base.is_some(), "{path}");
        assert!(base.is_none_or(|base| text.contains(base)), "{path}");
    }
    for (path, kind) in [
        ("/assets/index-abc.js", "text/javascript"),
        ("/assets/arena-abc.wasm", "application/wasm"),
        ("/site.webmanifest", "application/manifest+json"),
        ("/icon.png", "image/png"),
        ("/favicon.svg", "image/svg+xml"),
        ("/favicon.ico", "image/svg+xml"),
        ("/robots.txt", "text/plain; charset=utf-8"),
    ] {
        let (status, headers, _) = get(&stage, path).await;
        assert_eq!(
            (status, headers["content-type"].to_str().unwrap()),
            (200, kind),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_page_may_connect_to_the_chain_and_to_nothing_else() {
    let chain = protocol::api::ChainInfo {
        chain: "devnet".into(),
        rpc: "https://rpc.example/v1".into(),
        pubsub: Some("wss://rpc.example".into()),
        program: protocol::PublicKey([3; 32]),
        genesis_hash: protocol::PublicKey([4; 32]),
        explorer: Some("https://explorer.example/tx/{signature}".into()),
    };
    let stage = Stage::with(RelayConfig {
        chain: "devnet".into(),
        chain_info: Some(chain.clone()),
        limits: generous(),
        ..RelayConfig::default()
    })
    .await;
    let (status, headers, text) = get(&stage, "/api/chain").await;
    assert_eq!(status, 200);
    let told: protocol::api::ChainInfo = serde_json::from_str(&text).unwrap();
    assert_eq!(told, chain);
    let policy = headers["content-security-policy"].to_str().unwrap();
    for directive in [
        "script-src 'self' 'wasm-unsafe-eval';",
        "connect-src 'self' https://rpc.example wss://rpc.example ws://localhost:*;",
        "frame-ancestors 'none';",
    ] {
        assert!(policy.contains(directive), "{policy}");
    }
    let (status, headers, text) = get(&Stage::new(generous()).await, "/api/chain").await;
    assert_eq!(status, 404, "{text}");
    let policy = headers["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("connect-src 'self' ws: wss: http: https:;"),
        "{policy}"
    );
}

#[tokio::test]
async fn report_75_odd_requests_have_the_right_status_and_a_reason() {
    let (stage, _folder) = with_page().await;
    let long = "a".repeat(256);
    for (path, expected) in [
        (format!("/{long}"), 404),
        (format!("/assets/{long}.js"), 404),
        (format!("/match/{long}/x"), 404),
        (format!("/{}", "a/".repeat(2000)), 414),
        ("/%00".to_owned(), 404),
    ] {
        let (status, _, text) = get(&stage, &path).await;
        assert_eq!(status, expected, "{path:.40}");
        assert!(text.starts_with("{\"error\":"), "{text}");
    }
    let client = reqwest::Client::new();
    for path in [
        "/api/matches",
        "/health",
        "/ws",
        "/",
        "/assets/index-abc.js",
        "/nothing",
    ] {
        let answer = client.post(stage.url(path)).body("x").send().await.unwrap();
        assert_eq!(answer.status(), 405, "{path}");
        assert!(
            answer.headers()["allow"].to_str().unwrap().contains("GET"),
            "{path}"
        );
        let text = answer.text().await.unwrap();
        assert!(
            text.starts_with("{\"error\":\"") && text.len() > 20,
            "{path}: {text}"
        );
    }
    for (sent, expected) in [
        ("x", "HTTP/1.1 400"),
        ("", "HTTP/1.1 400"),
        ("dGhlIHNhbXBsZSBub25jZQ", "HTTP/1.1 400"),
        ("dGhlIHNhbXBsZSBub25jZQ==", "HTTP/1.1 101"),
    ] {
        let request = format!(
            "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {sent}\r\n\r\n"
        );
        let mut stream = TcpStream::connect(stage.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = [0; 12];
        stream.read_exact(&mut head).await.unwrap();
        assert_eq!(&head[..], expected.as_bytes(), "{sent}");
    }
    let answer = raw(
        &stage,
        "GET /api/matches?limit=%FF%FE&limit HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(
        answer.starts_with("HTTP/1.1 400") && answer.contains("{\"error\":"),
        "{answer}"
    );
}

#[tokio::test]
async fn report_74_a_close_is_answered_with_its_code() {
    let stage = Stage::new(generous()).await;
    for (sent, expected) in [
        (Some(1000u16), Some(1000u16)),
        (Some(1001), Some(1001)),
        (Some(4321), Some(4321)),
        (Some(0), Some(1002)),
        (Some(999), Some(1002)),
        (Some(1005), Some(1002)),
        (Some(5000), Some(1002)),
        (None, None),
    ] {
        let mut client = stage.connect().await;
        let stream = client.socket.get_mut();
        // A masked close frame with a mask of zeros.
        let payload = sent.map(u16::to_be_bytes);
        let payload = payload.as_ref().map_or(&[][..], |code| &code[..]);
        let frame = [&[0x88, 0x80 | payload.len() as u8, 0, 0, 0, 0], payload].concat();
        stream.write_all(&frame).await.unwrap();
        let mut answer = vec![];
        let read = tokio::time::timeout(Duration::from_secs(5), stream.read_to_end(&mut answer));
        read.await.expect("the connection ends").unwrap();
        let expected = expected.map_or(vec![0x88, 0], |code| {
            [&[0x88, 2][..], &code.to_be_bytes()].concat()
        });
        assert_eq!(answer, expected, "{sent:?}");
    }
}

#[tokio::test]
async fn report_73_an_answer_that_nobody_reads_is_given_up() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("index.html"), "<head></head>").unwrap();
    std::fs::write(folder.path().join("large.bin"), vec![7; 32 << 20]).unwrap();
    let stage = Stage::with(RelayConfig {
        web_dir: Some(folder.path().to_owned()),
        limits: relay::Limits {
            send_timeout: Duration::from_millis(500),
            connections_per_address_max: 3,
            ..generous()
        },
        ..RelayConfig::default()
    })
    .await;
    let mut held = vec![];
    for _ in 0..3 {
        let mut stream = TcpStream::connect(stage.address).await.unwrap();
        let request = b"GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n";
        stream.write_all(request).await.unwrap();
        held.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let health = "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    let refused = raw(&stage, health).await;
    assert!(
        refused.starts_with("HTTP/1.1 429"),
        "all places are held: {refused}"
    );
    tokio::time::sleep(Duration::from_millis(1500)).await;
    let answer = raw(&stage, health).await;
    assert!(
        answer.starts_with("HTTP/1.1 200"),
        "free again though nobody hung up: {answer}"
    );
    drop(held);
}

#[tokio::test]
async fn report_16_clients_behind_a_proxy_that_writes_ports_have_limits_of_their_own() {
    let stage = Stage::with(RelayConfig {
        limits: relay::Limits {
            connections_per_address_max: 1,
            ..generous()
        },
        trust_forwarded: true,
        ..RelayConfig::default()
    })
    .await;
    let connect = |forwarded: String| {
        let mut request = format!("ws://{}/ws", stage.address)
            .into_client_request()
            .unwrap();
        let headers = request.headers_mut();
        headers.insert("x-forwarded-for", forwarded.parse().unwrap());
        tokio_tungstenite::connect_async(request)
    };
    let mut held = vec![];
    for number in 1..=5 {
        held.push(connect(format!("203.0.113.{number}:5100{number}")).await.unwrap());
        held.push(connect(format!("[2001:db8:0:{number}::7]:51008")).await.unwrap());
    }
    // The same client from another port.
    let refused = connect("203.0.113.1:40000".into()).await.unwrap_err();
    assert!(refused.to_string().contains("429"), "{refused}");
    let refused = connect("[2001:db8:0:1::8]:40000".into()).await.unwrap_err();
    assert!(refused.to_string().contains("429"), "{refused}");
}

#[tokio::test]
async fn report_63_hello_names_the_host_that_the_client_used() {
    let stage = Stage::new(generous()).await;
    let port = stage.address.port();
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}")] {
        let client = Client::new(&format!("ws://{host}/ws")).await;
        assert_eq!(client.challenge().domain, host);
    }
    // A name that is not ours is not repeated.
    let mut request = format!("ws://127.0.0.1:{port}/ws").into_client_request().unwrap();
    request
        .headers_mut()
        .insert("host", "evil.example".parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let Some(Ok(Message::Binary(hello))) = socket.next().await else {
        panic!()
    };
    let ServerMessage::Hello { domain, .. } = ServerMessage::from_bytes(&hello).unwrap() else {
        panic!()
    };
    assert_eq!(domain, format!("localhost:{port}"));
}

#[tokio::test]
async fn report_23_a_wallet_signs_in_with_the_envelope_and_is_told_what_else_works() {
    use ed25519_dalek::Signer;
    let stage = Stage::new(generous()).await;
    let wallet = wallet_of(&key(1));
    let text = |challenge: Challenge<'_>| challenge.wallet_text(&wallet).into_bytes();
    let mut client = stage.connect().await;
    let text_bytes = text(client.challenge());
    let length = (text_bytes.len() as u16).to_le_bytes();
    // Version 0 as hardware wallets have it: no application, UTF-8, one signer.
    let head = [
        b"\xffsolana offchain",
        &[0][..],
        &[0; 32],
        &[1, 1],
        &wallet.0,
        &length,
    ]
    .concat();
    let signature = Signature(key(1).sign(&[head, text_bytes].concat()).to_bytes());
    client
        .send(&ClientMessage::AuthWallet { wallet, signature })
        .await;
    assert!(matches!(client.control().await, ServerMessage::Welcome { .. }));

    let mut client = stage.connect().await;
    let signature = Signature(key(1).sign(b"something else").to_bytes());
    client
        .send(&ClientMessage::AuthWallet { wallet, signature })
        .await;
    let reason = client.closed(CloseCode::AuthenticationFailed).await;
    assert!(reason.contains("session key"), "{reason}");
}

#[tokio::test]
async fn report_61_every_example_of_the_document_is_understood() {
    let examples = include_str!("../../../docs/PROTOCOL-EXAMPLES.md");
    let (client_part, _) = examples.split_once("## From the server").unwrap();
    let stage = Stage::new(generous()).await;
    let mut sent = 0;
    for section in client_part.split("\n### ").skip(1) {
        let block = |kind: &str| {
            let (_, after) = section.split_once(&format!("```{kind}\n")).unwrap();
            after.split_once("\n```").unwrap().0.to_owned()
        };
        let hex = block("hex").replace('\n', "");
        let bytes: Vec<u8> = (0..hex.len() / 2)
            .map(|index| u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).unwrap())
            .collect();
        for (path, message) in [
            ("/ws?encoding=json", Message::text(block("json"))),
            ("/ws", Message::binary(bytes)),
        ] {
            let mut client = stage.connect_to(path).await;
            client.socket.send(message).await.unwrap();
            // Signatures are made up: those of a sign-in end the socket, everything else is answered or
            // taken.
            if section.starts_with("auth_") {
                client.closed(CloseCode::AuthenticationFailed).await;
            } else {
                client.ping().await;
            }
            sent += 1;
        }
    }
    assert!(sent >= 24, "{sent} examples");
}

#[tokio::test]
async fn report_61_a_malformed_shape_never_bans_a_player() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.run_crank();
    for _ in 0..12 {
        let mut client = stage.connect_to("/ws?encoding=json").await;
        client.play_as(0).await;
        // As the document of before described it.
        let text = r#"{"input":{"match":"1","slot":0,"sequence":1}}"#;
        client.socket.send(Message::text(text)).await.unwrap();
        client.closed(CloseCode::Malformed).await;
    }
    let banned = stage.store.bans.current(&wallet_of(&key(1)).0, 0).await.unwrap();
    assert_eq!(banned, None);
    stage.connect().await.play_as(0).await;
}

#[tokio::test]
async fn report_62_a_heading_that_is_held_already_costs_nothing() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    let crank = game.run_crank();
    let mut client = stage.connect().await;
    client.play_as(0).await;
    let first = input(0, 1, Hash::default(), 3).sign(&key(101));
    assert!(matches!(
        client.send_input(first).await,
        ServerMessage::Ack { .. }
    ));
    // Twenty a second for as long as it took to be banned, and longer.
    let again = input(0, 2, first.input.hash(), 3).sign(&key(101));
    for _ in 0..120 {
        let expected = ServerMessage::Reject {
            sequence: 2,
            reason: RejectReason::Unchanged,
            chain: None,
        };
        assert_eq!(client.send_input(again).await, expected);
        tokio::time::sleep(Duration::from_millis(15)).await;
    }
    // Nothing of it used up the changes, and the chain stands where it stood.
    let turn = input(0, 2, first.input.hash(), 4).sign(&key(101));
    assert!(matches!(client.send_input(turn).await, ServerMessage::Ack { .. }));
    // Another warrior has a heading of its own.
    let mut other = input(0, 3, turn.input.hash(), 4);
    other.warrior = WarriorIndex(1);
    assert!(matches!(
        client.send_input(other.sign(&key(101))).await,
        ServerMessage::Ack { .. }
    ));
    stage.bus.remove_match(&MATCH);
    drop(game);
    assert_eq!(crank.await.unwrap().len(), 3);
}

#[tokio::test]
async fn report_62_a_refused_heading_may_be_sent_again() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.run_crank();
    let mut client = stage.connect().await;
    client.play_as(0).await;
    let wrong = input(0, 7, Hash::default(), 3).sign(&key(101));
    assert!(matches!(
        client.send_input(wrong).await,
        ServerMessage::Reject {
            reason: RejectReason::WrongSequence,
            ..
        }
    ));
    let right = input(0, 1, Hash::default(), 3).sign(&key(101));
    assert!(matches!(
        client.send_input(right).await,
        ServerMessage::Ack { .. }
    ));
}

#[tokio::test]
async fn report_62_a_ban_in_a_paid_match_mutes_and_says_so() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    let crank = game.run_crank();
    let mut cheat = stage.connect().await;
    cheat.play_as(0).await;
    for _ in 0..5 {
        let forged = input(0, 1, Hash::default(), 1).sign(&key(55));
        cheat.send(&ClientMessage::Input(forged)).await;
    }
    let mut muted = false;
    let mut rejected = 0;
    while !(muted && rejected == 5) {
        match cheat.control().await {
            ServerMessage::Error {
                code: ErrorCode::Muted,
                ..
            } => muted = true,
            ServerMessage::Reject { .. } => rejected += 1,
            other => panic!("{other:?}"),
        }
    }
    // The socket stays: frames come, inputs do not go.
    game.ticks(3);
    cheat.frame().await;
    let honest = input(0, 1, Hash::default(), 1).sign(&key(101));
    let ServerMessage::Reject { reason, .. } = cheat.send_input(honest).await else {
        panic!()
    };
    assert_eq!(reason, RejectReason::Muted);

    // Whoever comes back is muted from the beginning, however they sign in.
    for by_wallet in [true, false] {
        let mut again = stage.connect().await;
        if by_wallet {
            again.sign_in_as_wallet(&key(1)).await;
        } else {
            again.sign_in_as_session(&key(101)).await;
        }
        again.send(&ClientMessage::Play { match_key: MATCH }).await;
        assert!(matches!(
            again.control().await,
            ServerMessage::Watching { player: Some(_), .. }
        ));
        assert!(matches!(
            again.control().await,
            ServerMessage::Error {
                code: ErrorCode::Muted,
                ..
            }
        ));
        cheat = again;
    }
    // A socket that is muted can still be told to go, by a restart for example.
    let relay = stage.relay.as_ref().unwrap();
    eventually("the old sockets are gone", || relay.sockets() == 1).await;
    // Once the match is over there is nothing left to see through.
    game.publisher
        .update_detail(|detail| detail.summary.status = MatchStatus::Settled);
    let mut late = stage.connect().await;
    let signature = late.challenge().sign_as_wallet(&key(1));
    let wallet = wallet_of(&key(1));
    late.send(&ClientMessage::AuthWallet { wallet, signature }).await;
    late.closed(CloseCode::Banned).await;
    drop(cheat);
    stage.bus.remove_match(&MATCH);
    drop(game);
    assert_eq!(crank.await.unwrap(), []);
}

/// The numbers of the document are those of the code.
#[test]
fn report_62_the_numbers_are_in_the_document() {
    let document = include_str!("../../../docs/PROTOCOL.md");
    let limits = relay::Limits::default();
    let ban = limits.ban.unwrap().as_secs() / 3600;
    let thousands = |number: usize| format!("{},{:03}", number / 1000, number % 1000);
    for line in [
        format!(
            "| messages of one socket | {} a second, {} at once | closed with 4005, a flag |",
            limits.messages_per_second, limits.messages_burst
        ),
        format!(
            "| bytes read from one socket | {} a second | closed with 4005 |",
            thousands(limits.bytes_per_second as usize)
        ),
        format!(
            "| bytes of one message | {} | closed with 4001 |",
            thousands(limits.message_bytes_max)
        ),
        format!(
            "| inputs, for each warrior of the player | {0} a second, {1} at once |",
            limits.inputs_per_warrior_per_second,
            2 * limits.inputs_per_warrior_per_second
        ),
        format!(
            "| inputs of one socket without an answer | {} | `busy` |",
            limits.inputs_in_flight_max
        ),
        format!(
            "| sockets of one wallet or session key | {} | closed with 4006 |",
            limits.sockets_per_wallet_max
        ),
        format!(
            "| connections of one address (IPv6: of one /64) | {} | 429 |",
            limits.connections_per_address_max
        ),
        format!(
            "| connections and requests of one address | {} a second, {} at once | 429 |",
            limits.requests_per_address_per_second, limits.requests_per_address_burst
        ),
        format!(
            "| skips of a slow reader within {} s | {} | closed with 4004 |",
            limits.skip_window.as_secs(),
            limits.skips_max
        ),
        format!(
            "| flags of one wallet within {} s | {} | banned for {ban} hours |",
            limits.flag_window.as_secs(),
            limits.flags_max
        ),
    ] {
        assert!(
            document.lines().any(|found| found.starts_with(&line)),
            "docs/PROTOCOL.md lacks: {line}"
        );
    }
    assert_eq!(limits.entry_patience, Duration::from_secs(3));
    assert!(document.contains("waits up to three seconds"));
    assert_eq!(limits.send_timeout, Duration::from_secs(10));
    assert!(document.contains("given up after 10 seconds without progress"));
}

#[tokio::test]
async fn report_64_every_player_hears_of_their_warriors_at_the_start() {
    let stage = Stage::new(generous()).await;
    let mut before = detail(MATCH, 2);
    before.summary.status = MatchStatus::Locked;
    before
        .players
        .iter_mut()
        .for_each(|player| player.first_warrior = None);
    let (publisher, _queue) = stage.bus.open_match(before).unwrap();
    for path in ["/ws", "/ws?encoding=json"] {
        let mut client = stage.connect_to(path).await;
        client.sign_in_as_session(&key(101)).await;
        client.send(&ClientMessage::Play { match_key: MATCH }).await;
        let ServerMessage::Watching {
            player: Some(found), ..
        } = client.control().await
        else {
            panic!()
        };
        assert_eq!(found.first_warrior, None, "nobody knows before the start");
        if path == "/ws" {
            // Nobody's warrior yet: a client that guesses is refused, and what it guessed is on record as a
            // guess.
            let guess = input(0, 1, Hash::default(), 1).sign(&key(101));
            let ServerMessage::Reject { reason, .. } = client.send_input(guess).await else {
                panic!()
            };
            assert_eq!(reason, RejectReason::NotStarted);
        }
    }
    // The player in slot 0, whose first warrior is 0, hears it like everybody else.
    let mut client = stage.connect().await;
    client.play_before_the_start(0).await;
    for slot in 0..2 {
        publisher.publish_event(MatchEvent::Entered(player(slot)));
    }
    let mut heard = vec![];
    while heard.len() < 2 {
        if let ServerMessage::Event {
            event: MatchEvent::Entered(player),
            ..
        } = client.control().await
        {
            heard.push((player.slot.0, player.first_warrior));
        }
    }
    assert_eq!(heard, [(0, Some(0)), (1, Some(2))]);
}

#[tokio::test]
async fn report_65_play_waits_for_an_entry_that_was_just_confirmed() {
    let stage = Stage::new(generous()).await;
    let mut before = detail(MATCH, 1);
    before.summary.status = MatchStatus::Open;
    let (publisher, _queue) = stage.bus.open_match(before).unwrap();
    let mut client = stage.connect().await;
    client.sign_in_as_session(&key(102)).await;
    client.send(&ClientMessage::Play { match_key: MATCH }).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    publisher.publish_event(MatchEvent::Entered(player(1)));
    let ServerMessage::Watching {
        player: Some(found), ..
    } = client.control().await
    else {
        panic!()
    };
    assert_eq!(found, player(1));
    // Nothing is waited for where nobody can enter any more.
    publisher.update_detail(|detail| detail.summary.status = MatchStatus::Settled);
    let mut stranger = stage.connect().await;
    stranger.sign_in_as_session(&key(99)).await;
    let asked = std::time::Instant::now();
    stranger.send(&ClientMessage::Play { match_key: MATCH }).await;
    assert!(matches!(
        stranger.control().await,
        ServerMessage::Error {
            code: ErrorCode::NotAPlayer,
            ..
        }
    ));
    assert!(asked.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn report_72_a_copied_session_key_does_not_move_the_wrong_warriors() {
    let stage = Stage::new(generous()).await;
    copied_key_match(&stage.bus);
    let session = session_of(&key(102));
    let wallet = wallet_of(&key(2));
    // The key alone does not say whose entry it is.
    let mut client = stage.connect().await;
    client.sign_in_as_session(&key(102)).await;
    client.send(&ClientMessage::Play { match_key: MATCH }).await;
    assert!(matches!(
        client.control().await,
        ServerMessage::Error {
            code: ErrorCode::AmbiguousKey,
            ..
        }
    ));
    for path in ["/ws", "/ws?encoding=json"] {
        let mut client = stage.connect_to(path).await;
        let signature = client.challenge().sign_as_player(&key(102), &wallet);
        let sign_in = ClientMessage::AuthPlayer {
            wallet,
            session,
            signature,
        };
        client.send(&sign_in).await;
        let ServerMessage::Welcome { identity, token, .. } = client.control().await else {
            panic!()
        };
        assert_eq!(identity, Identity::Player { wallet, session });
        client.send(&ClientMessage::Play { match_key: MATCH }).await;
        let ServerMessage::Watching {
            player: Some(found), ..
        } = client.control().await
        else {
            panic!()
        };
        assert_eq!(
            (found.slot.0, found.wallet),
            (1, wallet),
            "not the stranger's entry"
        );
        // The token means the same.
        let mut again = stage.connect_to(path).await;
        again
            .send(&ClientMessage::Resume {
                token: Some(token),
                match_key: Some(MATCH),
                last_tick: None,
                rate: Rate::Every,
            })
            .await;
        assert!(matches!(again.control().await, ServerMessage::Welcome { .. }));
        let ServerMessage::Watching {
            player: Some(found), ..
        } = again.control().await
        else {
            panic!()
        };
        assert_eq!(found.slot.0, 1);
    }
    // A signature for one wallet is none for another, and a wallet without this key has no entry by it.
    let mut client = stage.connect().await;
    let signature = client.challenge().sign_as_player(&key(102), &wallet);
    let wallet = wallet_of(&key(1));
    client
        .send(&ClientMessage::AuthPlayer {
            wallet,
            session,
            signature,
        })
        .await;
    client.closed(CloseCode::AuthenticationFailed).await;
}

/// A match whose first player registered the second's session key.
fn copied_key_match(bus: &Bus) {
    let mut copied = detail(MATCH, 2);
    copied.players[0].session = copied.players[1].session;
    // The match stays open as long as it is on the bus, whoever holds these.
    let (publisher, queue) = bus.open_match(copied).unwrap();
    drop((publisher, queue));
}

#[tokio::test]
async fn report_53_an_archived_match_says_what_the_live_one_said() {
    let stage = Stage::new(generous()).await;
    let live = {
        let mut live = detail(MATCH, 2);
        live.summary.status = MatchStatus::Settled;
        live.summary.symbol = "TOKEN".into();
        live.players
            .iter_mut()
            .for_each(|player| player.place = Some(1 + player.slot.0));
        live
    };
    crate::support::archive(&stage, &live).await;
    let (status, _, text) = get(&stage, &format!("/api/matches/{MATCH}")).await;
    assert_eq!(status, 200);
    let told: protocol::directory::MatchDetail = serde_json::from_str(&text).unwrap();
    assert_eq!(told.summary, live.summary, "decimals, symbol, caps and length");
    assert_eq!(told.rules, live.rules);
    assert_eq!((told.operator, told.drip_root), (live.operator, live.drip_root));
    assert_eq!(told.created_in, Some(Signature([1; 64])));
    assert_eq!(
        told.result.as_ref().unwrap().finalized_in,
        Some(Signature([5; 64]))
    );
    assert_eq!(told.deaths.len(), 3, "{:?}", told.deaths);
    assert_eq!(
        told.deaths[0].by.map(|(warrior, slot)| (warrior, slot.0)),
        Some((2, 1))
    );
    assert_eq!(
        told.players
            .iter()
            .map(|player| player.first_warrior)
            .collect::<Vec<_>>(),
        [Some(0), Some(2)]
    );
}

#[tokio::test]
async fn report_52_health_fails_when_nothing_more_can_be_written() {
    let stage = Stage::new(generous()).await;
    let (status, _, text) = get(&stage, "/health").await;
    assert_eq!(status, 200, "{text}");
    // What the store tries to write cannot be written: a folder is in its place, as no room would be.
    let blocked = stage
        .folder
        .path()
        .join(format!("relay.db.room-{}", std::process::id()));
    std::fs::create_dir(&blocked).unwrap();
    let (status, _, text) = get(&stage, "/health").await;
    assert_eq!(status, 503, "{text}");
    assert!(
        text.contains("\"store\":\"the disk of the database is full\""),
        "{text}"
    );
    std::fs::remove_dir(&blocked).unwrap();
    let (status, _, text) = get(&stage, "/health").await;
    assert_eq!(status, 200, "{text}");
    let left: Vec<_> = std::fs::read_dir(stage.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("room"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

//! Following a match: every tick arrives, in every form, from wherever a client starts.

use crate::support::{detail, generous, Client, FakeMatch, Picture, Stage, MATCH};
use protocol::codes::ErrorCode;
use protocol::control::{ClientMessage, Rate, ServerMessage};
use protocol::directory::{MatchEvent, MatchStatus};
use protocol::packet::ServerPacket;
use protocol::wire::StateFrame;
use protocol::{MatchKey, Tick};

/// The picture is that of the match, and no tick is missing since its first.
#[track_caller]
fn check(picture: &Picture, game: &FakeMatch) {
    assert_eq!(picture.state.as_ref(), Some(game.last()));
    let first = picture.ticks[0];
    assert_eq!(
        picture.ticks,
        (first..first + picture.ticks.len() as u32).collect::<Vec<_>>()
    );
    let expected: Vec<_> = game
        .published
        .iter()
        .filter(|(snapshot, _)| snapshot.tick.0 >= first)
        .flat_map(|(snapshot, events)| events.iter().map(|event| (snapshot.tick, *event)))
        .collect();
    assert_eq!(picture.events, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn whoever_comes_whenever_gets_every_tick() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    let mut clients: Vec<(Client, Picture)> = vec![];
    for turn in 0..12 {
        for (path, rate) in [
            ("/ws", Rate::Every),
            ("/ws", Rate::Bundled),
            ("/ws?encoding=json", Rate::Bundled),
        ] {
            let mut client = stage.connect_to(path).await;
            assert_eq!(client.watch(MATCH, rate).await.summary.match_key, MATCH);
            clients.push((client, Picture::default()));
        }
        game.ticks_paced(13 + turn).await;
    }
    game.end();
    let last = game.last().tick;
    for (client, picture) in &mut clients {
        picture.until(client, last).await;
        check(picture, &game);
    }
    let (_, first) = &clients[0];
    assert_eq!(
        (first.ticks[0], first.ticks.len()),
        (0, last.0 as usize + 1),
        "the first saw all of it"
    );
    let (_, bundled) = &clients[1];
    assert!(
        bundled.messages <= first.messages / 2,
        "{} messages, {} alone",
        bundled.messages,
        first.messages
    );
}

#[tokio::test]
async fn json_says_what_binary_says() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    for rate in [Rate::Every, Rate::Bundled] {
        let mut binary = stage.connect().await;
        let mut json = stage.connect_to("/ws?encoding=json").await;
        assert_eq!(binary.watch(MATCH, rate).await, json.watch(MATCH, rate).await);
        let mut compare = vec![];
        game.ticks_paced(70).await;
        game.publisher.publish_event(MatchEvent::Status {
            status: MatchStatus::Live,
            signature: None,
        });
        let last = game.last().tick;
        for client in [&mut binary, &mut json] {
            let mut packets: Vec<ServerPacket> = vec![];
            let is_event =
                |packet: &ServerPacket| matches!(packet, ServerPacket::Control(ServerMessage::Event { .. }));
            while !(packets.iter().any(is_event)
                && packets
                    .iter()
                    .any(|p| matches!(p, ServerPacket::Frame(f) if f.tick() == last)))
            {
                packets.push(client.packet().await);
            }
            // A bundle may be cut at another place when a client starts at another moment: compare the ticks.
            let mut flat: Vec<StateFrame> = vec![];
            for packet in &packets {
                match packet {
                    ServerPacket::Frame(StateFrame::Bundle(bundle)) => flat.extend(bundle.frames.clone()),
                    ServerPacket::Frame(frame) => flat.push(frame.clone()),
                    ServerPacket::Control(_) => {}
                }
            }
            compare.push((
                flat,
                packets
                    .iter()
                    .filter(|p| is_event(p))
                    .cloned()
                    .collect::<Vec<_>>(),
            ));
        }
        assert_eq!(compare[0], compare[1]);
    }
}

#[tokio::test]
async fn a_return_brings_what_was_missed_in_one_message() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.ticks(100);
    let resume = |last_tick: u32| ClientMessage::Resume {
        token: None,
        match_key: Some(MATCH),
        last_tick: Some(Tick(last_tick)),
        rate: Rate::Every,
    };
    // Let the relay's fan-out start and reach the present.
    let mut watcher = stage.connect().await;
    watcher.watch(MATCH, Rate::Every).await;
    assert_eq!(watcher.frame().await.tick(), Tick(99));

    let ticks = |frame: StateFrame| match frame {
        StateFrame::Bundle(bundle) => bundle
            .frames
            .iter()
            .map(|f| (f.tick().0, matches!(f, StateFrame::Keyframe(_))))
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    // A short absence: deltas alone.
    let mut client = stage.connect().await;
    client.send(&resume(90)).await;
    assert!(matches!(client.control().await, ServerMessage::Watching { .. }));
    assert_eq!(
        ticks(client.frame().await),
        (91..100).map(|tick| (tick, false)).collect::<Vec<_>>()
    );
    // A long one, and one from the future: a keyframe and what followed.
    for last_tick in [0, 5000] {
        game.ticks(100);
        let now = game.last().tick;
        while watcher.frame().await.tick() < now {}
        let mut client = stage.connect().await;
        client.send(&resume(last_tick)).await;
        let found = ticks(client.frame().await);
        let key = now.0 / 60 * 60;
        assert_eq!(
            found,
            (key..=now.0).map(|tick| (tick, tick == key)).collect::<Vec<_>>()
        );
    }
    // Nothing missed: nothing sent, and the next tick continues.
    let now = game.last().tick.0;
    let mut client = stage.connect().await;
    client.send(&resume(now)).await;
    assert!(matches!(client.control().await, ServerMessage::Watching { .. }));
    game.tick();
    assert_eq!(client.frame().await.tick().0, now + 1);
}

#[tokio::test]
async fn events_reach_followers_and_update_the_detail() {
    let stage = Stage::new(generous()).await;
    let game = FakeMatch::open(&stage.bus, MATCH, 2);
    let mut every = stage.connect().await;
    let mut bundled = stage.connect_to("/ws?encoding=json").await;
    let mut stranger = stage.connect().await;
    every.watch(MATCH, Rate::Every).await;
    bundled.watch(MATCH, Rate::Bundled).await;
    let event = MatchEvent::Status {
        status: MatchStatus::Proposed,
        signature: None,
    };
    game.publisher.publish_event(event.clone());
    let expected = ServerMessage::Event {
        match_key: MATCH,
        event,
    };
    assert_eq!(every.control().await, expected);
    assert_eq!(bundled.control().await, expected);
    let detail = stranger.watch(MATCH, Rate::Every).await;
    assert_eq!(detail.summary.status, MatchStatus::Proposed);
}

#[tokio::test]
async fn a_socket_follows_one_match_or_none() {
    let stage = Stage::new(generous()).await;
    let other_key = MatchKey([2; 32]);
    let mut first = FakeMatch::open(&stage.bus, MATCH, 2);
    let mut second = FakeMatch::open(&stage.bus, other_key, 2);
    first.ticks(3);
    second.ticks(70);
    let mut client = stage.connect().await;
    client.watch(MATCH, Rate::Every).await;
    assert_eq!(client.frame().await.tick(), Tick(2));
    assert_eq!(client.watch(other_key, Rate::Every).await, {
        let mut expected = detail(other_key, 2);
        expected.summary.tick = Tick(69);
        expected
    });
    assert_eq!(client.frame().await.tick(), Tick(69));
    first.ticks(5);
    second.tick();
    assert_eq!(
        client.frame().await.tick(),
        Tick(70),
        "nothing of the first match any more"
    );
    client.send(&ClientMessage::Unwatch).await;
    client.ping().await;
    second.ticks(5);
    client.send(&ClientMessage::Ping { id: 1 }).await;
    assert_eq!(
        client.packet().await,
        ServerPacket::Control(ServerMessage::Pong { id: 1 })
    );
    client
        .send(&ClientMessage::Watch {
            match_key: MatchKey([3; 32]),
            rate: Rate::Every,
        })
        .await;
    let ServerMessage::Error { code, .. } = client.control().await else {
        panic!()
    };
    assert_eq!(code, ErrorCode::UnknownMatch);
}

#[tokio::test]
async fn a_large_detail_arrives_whole() {
    let stage = Stage::new(generous()).await;
    let game = FakeMatch::open(&stage.bus, MATCH, 50);
    game.publisher.update_detail(|detail| {
        detail.checkpoints = (0..300)
            .map(|index| protocol::directory::CheckpointInfo {
                index,
                tick: Tick(index * 60),
                digest: protocol::Hash([1; 32]),
                leaf: protocol::Hash([2; 32]),
                posted_in: Some(protocol::Signature([3; 64])),
                slot: Some(u64::MAX),
            })
            .collect();
    });
    for path in ["/ws", "/ws?encoding=json"] {
        let mut client = stage.connect_to(path).await;
        let detail = client.watch(MATCH, Rate::Every).await;
        assert_eq!((detail.players.len(), detail.checkpoints.len()), (50, 300));
        client.ping().await;
    }
}

#[tokio::test]
async fn followers_of_the_directory_hear_of_changes() {
    let stage = Stage::new(generous()).await;
    let mut client = stage.connect_to("/ws?encoding=json").await;
    client.send(&ClientMessage::WatchDirectory).await;
    assert_eq!(
        client.control().await,
        ServerMessage::Directory { matches: vec![] }
    );
    let game = FakeMatch::open(&stage.bus, MATCH, 2);
    let told = client.control().await;
    let opened = ServerMessage::DirectoryChanges {
        changed: vec![game.publisher.detail().summary.clone()],
        gone: vec![],
    };
    assert_eq!(told, opened);
    client.send(&ClientMessage::UnwatchDirectory).await;
    client.ping().await;
}

#[tokio::test]
async fn the_directory_brings_what_changed_and_nothing_else() {
    use protocol::directory::{update_list, MatchStatus};
    let stage = Stage::new(generous()).await;
    let mut games: Vec<FakeMatch> = (1..=20)
        .map(|number| FakeMatch::open(&stage.bus, protocol::MatchKey([number; 32]), 2))
        .collect();
    let mut client = stage.connect().await;
    client.send(&ClientMessage::WatchDirectory).await;
    let ServerMessage::Directory { matches: mut list } = client.control().await else {
        panic!()
    };
    assert_eq!(list.len(), 20);
    // Matches that run change nothing in the list.
    for _ in 0..30 {
        games.iter_mut().for_each(FakeMatch::tick);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    games[4]
        .publisher
        .update_detail(|detail| detail.summary.status = MatchStatus::Settled);
    stage.bus.remove_match(&protocol::MatchKey([9; 32]));
    let ServerMessage::DirectoryChanges { changed, gone } = client.control().await else {
        panic!()
    };
    // Both may come together, or one after the other.
    update_list(&mut list, changed, &gone);
    while list.len() == 20 || list.iter().all(|row| row.status != MatchStatus::Settled) {
        let ServerMessage::DirectoryChanges { changed, gone } = client.control().await else {
            panic!()
        };
        assert!(changed.len() + gone.len() <= 2, "{changed:?} {gone:?}");
        update_list(&mut list, changed, &gone);
    }
    let without_ticks = |mut rows: Vec<protocol::directory::MatchSummary>| {
        rows.iter_mut().for_each(|row| row.tick = Tick(0));
        rows
    };
    assert_eq!(without_ticks(list), without_ticks(stage.bus.summaries()));
}

#[tokio::test]
async fn a_match_that_is_removed_and_opened_again_can_be_followed() {
    let stage = Stage::new(generous()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.ticks(3);
    let mut old = stage.connect().await;
    old.watch(MATCH, Rate::Every).await;
    assert_eq!(old.frame().await.tick(), Tick(2));
    stage.bus.remove_match(&MATCH);
    drop(game);
    let mut client = stage.connect().await;
    client
        .send(&ClientMessage::Watch {
            match_key: MATCH,
            rate: Rate::Every,
        })
        .await;
    assert!(matches!(
        client.control().await,
        ServerMessage::Error {
            code: ErrorCode::UnknownMatch,
            ..
        }
    ));
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.ticks(8);
    client.watch(MATCH, Rate::Every).await;
    assert_eq!(client.frame().await.tick(), Tick(7));
}

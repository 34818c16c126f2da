use cluster::{Cluster, ClusterConfig};
use protocol::wire::FrameKind;
use protocol::MatchKey;

use super::*;
use crate::bridge::state::HistoryWrite;
use crate::bridge::support::detail;
use crate::bridge::wire::{Outcome, Up};

async fn games(prefix: &str) -> GameList {
    let mut config = ClusterConfig::new(test_redis::shared());
    config.prefix = prefix.to_owned();
    let cluster = Cluster::connect(config).await.unwrap();
    GameList::new(cluster)
}

fn frame(tick: u32) -> Frame {
    Frame {
        tick: Tick(tick),
        kind: FrameKind::Key,
        bytes: Bytes::from_static(b"frame"),
    }
}

fn whole(number: u64, tick: u32) -> StateWrite {
    StateWrite {
        number,
        tick: Tick(tick),
        detail: wire::encode(&detail()),
        offer: wire::encode(&None::<SettlementOffer>),
        history: HistoryWrite::Replace(wire::encode_history(&[frame(tick)])),
    }
}

fn addition(number: u64, tick: u32) -> StateWrite {
    StateWrite {
        number,
        tick: Tick(tick),
        detail: None,
        offer: None,
        history: HistoryWrite::Append(wire::encode_history(&[frame(tick)])),
    }
}

fn objection(token: u64) -> Objection {
    Objection {
        token,
        holder: String::new(),
    }
}

const KEY: MatchKey = MatchKey([1; 32]);

#[tokio::test]
async fn the_state_is_the_latest_owners() {
    let game = games("state").await.game(KEY);
    assert_eq!(game.read().await, Ok(None));
    assert_eq!(game.write(5, addition(1, 1)).await, Ok(Written::Incomplete));
    assert_eq!(game.read().await, Ok(None));
    assert_eq!(game.write(5, whole(1, 1)).await, Ok(Written::Done));
    assert_eq!(game.write(5, addition(2, 2)).await, Ok(Written::Done));
    let snapshot = Snapshot {
        version: Version { token: 5, number: 2 },
        tick: Tick(2),
        detail: detail(),
        offer: None,
        history: vec![frame(1), frame(2)],
    };
    assert_eq!(game.read().await, Ok(Some(snapshot.clone())));
    assert_eq!(
        game.write(4, whole(9, 9)).await,
        Ok(Written::Refused(objection(5)))
    );
    assert_eq!(game.read().await, Ok(Some(snapshot)));
    assert_eq!(
        game.write(6, addition(0, 3)).await,
        Ok(Written::Incomplete),
        "a new owner begins with everything"
    );
    assert_eq!(game.write(6, whole(0, 3)).await, Ok(Written::Done));
    let snapshot = game.read().await.unwrap().unwrap();
    assert_eq!((snapshot.version.token, snapshot.history), (6, vec![frame(3)]));
}

#[tokio::test]
async fn who_has_the_lease_is_named_to_whom_it_is_refused() {
    let games = games("named").await;
    let game = games.game(KEY);
    let set = |key: String, value: &'static str| {
        let life = Call::command("SET").key(key).arg(value).arg("PX");
        life.number(600_000)
    };
    let set = [
        set(games.cluster.keys().lease(&KEY), "7:somebody:else"),
        set(games.cluster.keys().fence(&KEY), "7"),
    ];
    assert!(games.cluster.run(&set).await.iter().all(Result::is_ok));
    let refused = Objection {
        token: 7,
        holder: "somebody:else".into(),
    };
    assert_eq!(game.write(6, whole(0, 0)).await, Ok(Written::Refused(refused)));
    assert_eq!(game.write(7, whole(0, 0)).await, Ok(Written::Done));
    // The lease ran out, and was given to nobody else.
    games
        .cluster
        .call::<Value>(Call::command("DEL").key(games.cluster.keys().lease(&KEY)))
        .await
        .unwrap();
    assert_eq!(game.write(7, addition(1, 1)).await, Ok(Written::Done));
    assert_eq!(
        game.write(6, whole(0, 0)).await,
        Ok(Written::Refused(objection(7)))
    );
}

#[tokio::test]
async fn what_was_never_a_token_is_named_and_keeps_no_owner_out() {
    let games = games("unsound").await;
    let game = games.game(KEY);
    let keys = games.cluster.keys();
    let tell = async |name: &'static str, key: String, rest: &[&'static str]| {
        let call = rest
            .iter()
            .fold(Call::command(name).key(key), |call, word| call.arg(*word));
        games.cluster.call::<Value>(call).await.unwrap();
    };
    game.write(5, whole(1, 1)).await.unwrap();
    for value in ["1e300", "-1", "nan", "9007199254740991"] {
        tell("SET", keys.fence(&KEY), &[value]).await;
        let unsound = ClusterError::Unsound {
            match_key: KEY,
            value: value.to_owned(),
        };
        assert_eq!(game.write(5, addition(2, 2)).await, Err(unsound.clone()));
        assert_eq!(game.seal(5, vec!["1-0".to_owned()]).await, Err(unsound));
        tell("DEL", keys.fence(&KEY), &[]).await;
        // In the state itself it counts for nothing: everything is written anew.
        tell("HSET", keys.game(&KEY), &["token", value]).await;
        assert_eq!(game.write(5, addition(2, 2)).await, Ok(Written::Incomplete));
        assert_eq!(game.write(5, whole(2, 2)).await, Ok(Written::Done));
        // So it does in the list.
        tell("DEL", keys.games(), &[]).await;
        let line = Version { token: 5, number: 2 };
        let forged: &[&str] = match value {
            "9007199254740991" => &["9999999999999:9007199254740991:1:1"],
            _ => &["9999999999999:99999999999999999999:1:1"],
        };
        let field = KEY.to_string();
        let call = Call::command("HSET").key(keys.games()).arg(field).arg(forged[0]);
        games.cluster.call::<Value>(call).await.unwrap();
        game.list(line, Tick(2)).await.unwrap();
        let listed = games.read().await.unwrap().matches;
        assert_eq!(
            listed
                .iter()
                .map(|(_, listing)| listing.version)
                .collect::<Vec<_>>(),
            [line]
        );
    }
}

#[tokio::test]
async fn only_the_latest_owner_takes_inputs_out() {
    let game = games("inputs").await.game(KEY);
    assert_eq!(game.waiting(10).await, Ok(vec![]));
    game.send("relay", vec![(1, b"one".to_vec()), (2, b"two".to_vec())])
        .await
        .unwrap();
    let entries = game.waiting(10).await.unwrap();
    let read: Vec<_> = entries
        .iter()
        .map(|entry| (entry.relay.as_str(), entry.number, &entry.payload[..]))
        .collect();
    assert_eq!(read, [("relay", 1, &b"one"[..]), ("relay", 2, b"two")]);
    assert_eq!(game.waiting(1).await.unwrap(), entries[..1]);
    game.write(5, whole(0, 0)).await.unwrap();
    let first = vec![entries[0].id.clone()];
    assert_eq!(
        game.seal(4, first.clone()).await,
        Ok(Sealed::Refused(objection(5)))
    );
    assert_eq!(game.waiting(10).await.unwrap(), entries);
    assert_eq!(game.seal(5, first).await, Ok(Sealed::Done));
    assert_eq!(game.waiting(10).await.unwrap(), entries[1..]);
}

#[tokio::test]
async fn the_list_is_the_latest_owners_and_lines_expire() {
    let games = games("list").await;
    let game = games.game(KEY);
    let listed = |listed: Listed| {
        let line = |(key, listing): (MatchKey, Listing)| {
            assert!(listing.expires_ms > listed.now_ms && listing.expires_ms <= listed.now_ms + 10_000);
            (key, listing.version, listing.tick)
        };
        listed.matches.into_iter().map(line).collect::<Vec<_>>()
    };
    let version = Version { token: 5, number: 3 };
    game.list(version, Tick(60)).await.unwrap();
    let line = (KEY, version, Tick(60));
    assert_eq!(listed(games.read().await.unwrap()), [line]);
    game.list(Version { token: 4, number: 9 }, Tick(90))
        .await
        .unwrap();
    game.unlist(4).await.unwrap();
    assert_eq!(listed(games.read().await.unwrap()), [line]);
    game.unlist(5).await.unwrap();
    assert_eq!(listed(games.read().await.unwrap()), []);
    let gone = Call::command("HSET")
        .key(games.cluster.keys().games())
        .arg(KEY.to_string())
        .arg("1000:5:3:60");
    games.cluster.call::<Value>(gone).await.unwrap();
    // Whoever reads may not write: the next match that comes removes it, and only that.
    let other = MatchKey([9; 32]);
    assert_ne!(other, KEY);
    games.game(other).list(version, Tick(60)).await.unwrap();
    assert_eq!(
        listed(games.read().await.unwrap()),
        [(other, version, Tick(60))],
        "a line that expired long ago is removed"
    );
}

#[tokio::test]
async fn answers_and_messages_reach_who_follows() {
    use cluster::Message;
    let games = games("answers").await;
    let game = games.game(KEY);
    let (mut answers, mut frames) = (games.hear_answers("relay"), game.follow());
    assert_eq!(
        (answers.next().await, frames.next().await),
        (Message::Gap, Message::Gap)
    );
    let answer = Answer {
        number: 3,
        outcome: Outcome::Dropped,
    };
    game.answer("another relay", &[answer]).await.unwrap();
    game.answer("relay", &[answer]).await.unwrap();
    let Message::Data(bytes) = answers.next().await else {
        panic!("no message");
    };
    assert_eq!(wire::decode(&bytes), Some(vec![answer]));
    assert_eq!(wire::decode::<Up>(&bytes), None);
    game.publish(Bytes::from_static(b"message"));
    assert_eq!(frames.next().await, Message::Data(Bytes::from_static(b"message")));
}

//! What holds only between processes: owners that change, relays that come late or are many, and what goes
//! over the network.

use std::process::Command;
use std::time::Duration;

use bus::{Accepted, Bus, Export, Import, InputOutcome, InputQueue, MatchPublisher};
use cluster::{Cluster, SharedLease};
use protocol::directory::{MatchEvent, MatchStatus};
use protocol::input::SignedInput;
use protocol::Tick;
use tokio::task::JoinHandle;

use crate::support::{
    acquire, connect, detail, eventually, frame, key, signed, told, within, Follower, Ticker,
};

/// A crank that owns match 1.
struct Crank {
    lease: SharedLease,
    publisher: MatchPublisher,
    queue: InputQueue,
    export: Export,
    _bus: Bus,
}

impl Crank {
    async fn open(cluster: &Cluster, name: &str) -> Self {
        let bus = Bus::default();
        let (publisher, queue) = bus.open_match(detail(1)).unwrap();
        let lease = acquire(cluster, &key(1), name).await;
        Self {
            export: Export::start(cluster, &bus, lease.clone()),
            lease,
            publisher,
            queue,
            _bus: bus,
        }
    }

    /// Another takes the match over, of which this one knows nothing.
    async fn overtaken(&self, cluster: &Cluster) -> Self {
        cluster.release(&self.lease.current()).await.unwrap();
        Self::open(cluster, "another").await
    }

    async fn next(&mut self) -> bus::InputEnvelope {
        within("an input", self.queue.next()).await.unwrap()
    }
}

async fn relay(cluster: &Cluster) -> (Bus, Import) {
    let bus = Bus::default();
    let import = Import::start(cluster, &bus);
    eventually("the relay has the match", || bus.detail(&key(1)).is_some()).await;
    within("the import says so", import.caught_up()).await;
    assert!(import.stale_for() < crate::support::PATIENCE);
    (bus, import)
}

fn tell(bus: &Bus, signed: SignedInput) -> JoinHandle<InputOutcome> {
    let bus = bus.clone();
    tokio::spawn(async move { told(&bus, signed).await })
}

fn at(tick: u32) -> InputOutcome {
    Ok(Accepted {
        tick: Tick(tick),
        receipt: protocol::Signature([9; 64]),
    })
}

/// What all nodes of the cluster that these tests share answer to a command.
fn ask_all(command: &[&str]) -> Vec<String> {
    let ask = |url: String| {
        let port = url.rsplit(':').next().unwrap().to_owned();
        let out = Command::new("redis-cli")
            .args(["-p", &port])
            .args(command)
            .output();
        String::from_utf8(out.unwrap().stdout).unwrap()
    };
    test_redis::shared().into_iter().map(ask).collect()
}

/// How many connections follow the frames of match 1.
fn followers_of_frames(prefix: &str) -> u32 {
    let channel = format!("{prefix}:game:{{{}}}:frames", key(1));
    let answers = ask_all(&["PUBSUB", "SHARDNUMSUB", &channel]);
    let count = |answer: &String| answer.lines().last()?.trim().parse::<u32>().ok();
    answers.iter().filter_map(count).sum()
}

#[tokio::test]
async fn a_later_owner_goes_on_and_the_earlier_one_is_heard_no_more() {
    let cluster = connect(test_redis::shared(), "take_over").await;
    let first = Crank::open(&cluster, "first").await;
    let (bus, _import) = relay(&cluster).await;
    let mut follower = Follower::new(&bus, &key(1));
    let early = Ticker::start(first.publisher.clone(), 0, 1);
    follower.up_to(70).await;
    assert!(!first.export.is_fenced());

    let second = first.overtaken(&cluster).await;
    assert!(second.lease.token() > first.lease.token());
    second.publisher.publish_event(MatchEvent::Status {
        status: MatchStatus::Live,
        signature: None,
    });
    let late = Ticker::start(second.publisher.clone(), 60, 2);
    within("the first learns of it", first.export.fenced()).await;
    assert!(!second.export.is_fenced());
    follower.up_to(early.now().max(late.now()) + 130).await;
    let marks: Vec<u8> = follower.frames.iter().map(|frame| frame.bytes[4]).collect();
    let change = marks
        .iter()
        .position(|mark| *mark == 2)
        .expect("the second owner's frames");
    assert!(marks[..change].iter().all(|mark| *mark == 1));
    assert!(marks[change..].iter().all(|mark| *mark == 2));
    assert_eq!(follower.ticks[change] % 60, 0, "its first is a keyframe");
    eventually("the second owner's detail", || {
        bus.detail(&key(1)).unwrap().summary.status == MatchStatus::Live
    })
    .await;
}

#[tokio::test]
async fn what_a_crank_left_unanswered_the_next_one_gets_once() {
    let cluster = connect(test_redis::shared(), "unanswered").await;
    let mut first = Crank::open(&cluster, "first").await;
    let (bus, _import) = relay(&cluster).await;
    let answered = tell(&bus, signed(1, 1));
    first.next().await.answer(at(1));
    assert_eq!(answered.await.unwrap(), at(1));
    let mut waiting = Vec::new();
    let mut held = Vec::new();
    for sequence in [2, 3] {
        waiting.push(tell(&bus, signed(1, sequence)));
        held.push(first.next().await);
    }

    // The first one hangs, and says later what nobody wants to hear any more.
    let mut second = first.overtaken(&cluster).await;
    for sequence in [2, 3] {
        let envelope = second.next().await;
        assert_eq!(envelope.signed, signed(1, sequence));
        if sequence == 2 {
            held.drain(..).for_each(|held| held.answer(at(99)));
            within("the first learns that it is late", first.export.fenced()).await;
        }
        envelope.answer(at(sequence));
    }
    for (told, tick) in waiting.into_iter().zip([2, 3]) {
        assert_eq!(told.await.unwrap(), at(tick));
    }
    let last = tell(&bus, signed(1, 4));
    let envelope = second.next().await;
    assert_eq!(envelope.signed, signed(1, 4), "nothing came twice");
    envelope.answer(at(4));
    assert_eq!(last.await.unwrap(), at(4));
}

#[tokio::test]
async fn a_crank_that_closes_its_export_leaves_the_rest_to_the_next() {
    let cluster = connect(test_redis::shared(), "hand_over").await;
    let mut first = Crank::open(&cluster, "first").await;
    let (bus, _import) = relay(&cluster).await;
    let told = tell(&bus, signed(1, 1));
    let held = first.next().await;
    first.publisher.publish_frame(frame(0));
    within("the export closes", first.export.close()).await;
    drop(held);
    cluster.release(&first.lease.current()).await.unwrap();
    let mut second = Crank::open(&cluster, "second").await;
    let envelope = second.next().await;
    assert_eq!(envelope.signed, signed(1, 1));
    envelope.answer(at(5));
    assert_eq!(told.await.unwrap(), at(5));
    assert!(bus.detail(&key(1)).is_some());
}

#[tokio::test]
async fn a_lease_that_was_acquired_anew_goes_on() {
    let cluster = connect(test_redis::shared(), "acquired_anew").await;
    let crank = Crank::open(&cluster, "crank").await;
    let (bus, _import) = relay(&cluster).await;
    let mut follower = Follower::new(&bus, &key(1));
    let ticker = Ticker::start(crank.publisher.clone(), 0, 0);
    follower.up_to(10).await;
    cluster.release(&crank.lease.current()).await.unwrap();
    let anew = acquire(&cluster, &key(1), "crank").await;
    // Writes under the old token are refused for a moment.
    tokio::time::sleep(Duration::from_millis(200)).await;
    crank.lease.raise(anew.token());
    follower.up_to(ticker.now() + 130).await;
    assert!(!crank.export.is_fenced());
}

#[tokio::test]
async fn a_late_follower_gets_what_was_published_before() {
    let cluster = connect(test_redis::shared(), "late_follower").await;
    let crank = Crank::open(&cluster, "crank").await;
    let (bus, _import) = relay(&cluster).await;
    (0..=100).for_each(|tick| crank.publisher.publish_frame(frame(tick)));
    eventually("the list says so", || bus.summaries()[0].tick == Tick(100)).await;
    let mut follower = Follower::new(&bus, &key(1));
    follower.up_to(100).await;
    assert_eq!(follower.ticks, (60..=100).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_match_that_stands_still_shows_its_end_to_who_does_not_follow() {
    let prefix = "still";
    let cluster = connect(test_redis::shared(), prefix).await;
    let crank = Crank::open(&cluster, "crank").await;
    let (bus, _import) = relay(&cluster).await;
    (0..=100).for_each(|tick| crank.publisher.publish_frame(frame(tick)));
    eventually("its frames are here", || {
        bus.latest_keyframe(&key(1)) == Some(frame(60))
    })
    .await;
    assert_eq!(followers_of_frames(prefix), 0);
    crank.publisher.update_detail(|detail| detail.summary.players = 9);
    eventually("a change", || {
        assert_eq!(
            bus.latest_keyframe(&key(1)),
            Some(frame(60)),
            "they stay as long as it stands still"
        );
        bus.detail(&key(1)).unwrap().summary.players == 9
    })
    .await;
    // It goes on: what is here is old.
    (101..=200).for_each(|tick| crank.publisher.publish_frame(frame(tick)));
    eventually("its frames are others", || {
        bus.latest_keyframe(&key(1)) == Some(frame(180))
    })
    .await;
    assert_eq!(followers_of_frames(prefix), 0);
    let mut follower = Follower::new(&bus, &key(1));
    crank.publisher.publish_frame(frame(201));
    follower.up_to(201).await;
    assert_eq!(follower.ticks, (180..=201).collect::<Vec<_>>());
}

#[tokio::test]
async fn frames_cross_the_network_only_while_somebody_follows() {
    let prefix = "interest";
    let cluster = connect(test_redis::shared(), prefix).await;
    let crank = Crank::open(&cluster, "crank").await;
    let (bus, _import) = relay(&cluster).await;
    let ticker = Ticker::start(crank.publisher.clone(), 0, 0);
    eventually("the list shows ticks", || bus.summaries()[0].tick > Tick(60)).await;
    assert_eq!(followers_of_frames(prefix), 0);
    let mut followers = [Follower::new(&bus, &key(1)), Follower::new(&bus, &key(1))];
    for follower in &mut followers {
        follower.up_to(ticker.now() + 10).await;
    }
    assert_eq!(followers_of_frames(prefix), 1);
    drop(followers);
    eventually("the frames end", || followers_of_frames(prefix) == 0).await;
    // Whoever comes back gets nothing that is old.
    let tick = ticker.now();
    let mut again = Follower::new(&bus, &key(1));
    again.up_to(tick + 10).await;
    assert!(again.ticks[0] + 180 >= tick, "{} at {tick}", again.ticks[0]);
    assert_eq!(again.jumps, 0);
}

#[tokio::test]
async fn each_relay_gets_its_own_answers() {
    let cluster = connect(test_redis::shared(), "relays").await;
    let mut crank = Crank::open(&cluster, "crank").await;
    let mut relays = Vec::new();
    for _ in 0..3 {
        // As from another process.
        relays.push(relay(&connect(test_redis::shared(), "relays").await).await);
    }
    let mut waiting = Vec::new();
    for sequence in 0..60 {
        let (bus, _) = &relays[sequence as usize % relays.len()];
        waiting.push((sequence, tell(bus, signed(1, sequence))));
    }
    for _ in 0..waiting.len() {
        let envelope = crank.next().await;
        let tick = envelope.signed.input.sequence;
        envelope.answer(at(tick));
    }
    for (sequence, told) in waiting {
        assert_eq!(told.await.unwrap(), at(sequence));
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_passed_over() {
    let prefix = "unreadable";
    let cluster = connect(test_redis::shared(), prefix).await;
    let mut crank = Crank::open(&cluster, "crank").await;
    let (bus, _import) = relay(&cluster).await;
    let mut follower = Follower::new(&bus, &key(1));
    crank.publisher.publish_frame(frame(0));
    follower.up_to(0).await;
    let game = format!("{prefix}:game:{{{}}}", key(1));
    let inputs = format!("{game}:inputs");
    ask_all(&["XADD", &inputs, "*", "r", "nobody", "n", "1", "p", "no input"]);
    ask_all(&["XADD", &inputs, "*", "what", "else"]);
    ask_all(&["SPUBLISH", &format!("{game}:frames"), "no message"]);
    ask_all(&["HSET", &format!("{prefix}:games"), "no match", "no line"]);
    crank.publisher.publish_frame(frame(1));
    follower.up_to(1).await;
    let told = tell(&bus, signed(1, 1));
    crank.next().await.answer(at(1));
    assert_eq!(told.await.unwrap(), at(1));
    eventually("the stream is empty", || {
        let lengths = ask_all(&["XLEN", &inputs]);
        lengths.iter().any(|length| length.trim() == "0")
    })
    .await;
}

#[tokio::test]
async fn a_match_that_is_not_open_is_not_exported() {
    let cluster = connect(test_redis::shared(), "not_open").await;
    let lease = acquire(&cluster, &key(1), "crank").await;
    let export = Export::start(&cluster, &Bus::default(), lease);
    assert!(!export.is_fenced());
    within("it closes", export.close()).await;
}

#[tokio::test]
async fn an_exporter_that_fell_behind_takes_up_where_the_match_is() {
    let cluster = connect(test_redis::shared(), "behind").await;
    let crank = Crank::open(&cluster, "crank").await;
    let (bus, _import) = relay(&cluster).await;
    let mut follower = Follower::new(&bus, &key(1));
    crank.publisher.publish_frame(frame(0));
    follower.up_to(0).await;
    // In one go, so that no other task of this thread gets its turn: more than all rings hold.
    for tick in 1..=1_000 {
        crank.publisher.publish_frame(frame(tick));
        crank
            .publisher
            .publish_event(MatchEvent::Ended { tick: Tick(tick) });
        crank
            .publisher
            .update_detail(|detail| detail.summary.players_max = (tick % 200) as u8);
    }
    follower.up_to(1_000).await;
    assert!(follower.jumps >= 1 && follower.frames.last() == Some(&frame(1_000)));
    eventually("the detail as it stands", || {
        bus.detail(&key(1)).unwrap().summary == crank.publisher.detail().summary
    })
    .await;
    crank.publisher.publish_frame(frame(1_001));
    follower.up_to(1_001).await;
}

#[tokio::test]
async fn a_match_that_is_over_leaves_with_its_export_and_a_running_one_stays() {
    let cluster = connect(test_redis::shared(), "over").await;
    let crank = Crank::open(&cluster, "crank").await;
    let (bus, import) = relay(&cluster).await;
    drop(crank.export);
    let other = Bus::default();
    let _other_import = Import::start(&cluster, &other);
    eventually("it is still listed", || other.detail(&key(1)).is_some()).await;

    let export = Export::start(&cluster, &crank._bus, crank.lease.clone());
    crank.publisher.publish_event(MatchEvent::Status {
        status: MatchStatus::Settled,
        signature: None,
    });
    eventually("it is over", || {
        bus.detail(&key(1)).unwrap().summary.status == MatchStatus::Settled
    })
    .await;
    drop(export);
    eventually("it is gone", || {
        other.detail(&key(1)).is_none() && bus.detail(&key(1)).is_none()
    })
    .await;
    drop(import);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_match_that_is_left_to_others_stays_on_the_list() {
    let cluster = connect(test_redis::shared(), "left").await;
    for _ in 0..20 {
        let crank = Crank::open(&cluster, "crank").await;
        let (_relay, _import) = relay(&cluster).await;
        // One right after the other: the export may see both at once.
        drop(crank.export);
        crank._bus.remove_match(&key(1));
        tokio::time::sleep(Duration::from_millis(20)).await;
        let games = ask_all(&["HGET", "left:games", &key(1).to_string()]);
        assert!(games.iter().any(|line| line.contains(":0")), "{games:?}");
        cluster.release(&crank.lease.current()).await.unwrap();
    }
}

#[tokio::test]
async fn an_import_that_ends_takes_its_matches_along() {
    let cluster = connect(test_redis::shared(), "import_ends").await;
    let _crank = Crank::open(&cluster, "crank").await;
    let (bus, import) = relay(&cluster).await;
    let mut events = bus.subscribe(&key(1)).unwrap().events;
    drop(import);
    eventually("the match is gone", || bus.detail(&key(1)).is_none()).await;
    assert_eq!(
        within("the end of the events", events.recv()).await,
        Err(bus::RecvError::Closed)
    );
}

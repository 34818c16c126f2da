//! A relay that drains: its clients go on at another with one message each.

use std::time::Duration;

use crate::support::fleet::{prompt, FleetStage, Matches};
use crate::support::{input, key, player, Client, End, FakeMatch, Picture, MATCH};
use protocol::control::{ClientMessage, Rate, ResumeToken, ServerMessage};
use protocol::input::{ChainHead, SignedInput};
use protocol::packet::ServerPacket;
use protocol::wire::StateFrame;
use protocol::Tick;

/// A player with a picture of the match and a chain of inputs.
struct Player {
    client: Client,
    slot: u8,
    token: ResumeToken,
    picture: Picture,
    chain: ChainHead,
    acked: Vec<SignedInput>,
}

/// Where a client was when its socket was closed.
struct Closed {
    retry_after_ms: u32,
}

impl Player {
    async fn sit_down(stage: &FleetStage, relay: usize, slot: u8) -> Self {
        let mut client = stage.connect(relay).await;
        let token = client.sign_in_as_session(&key(slot + 101)).await;
        client.send(&ClientMessage::Play { match_key: MATCH }).await;
        assert!(matches!(client.control().await, ServerMessage::Watching { .. }));
        Self {
            client,
            slot,
            token,
            picture: Picture::default(),
            chain: ChainHead::default(),
            acked: vec![],
        }
    }

    fn next_input(&self) -> SignedInput {
        let ChainHead {
            expected_sequence,
            head,
        } = self.chain;
        let heading = (expected_sequence % 9) as u8;
        input(self.slot, expected_sequence, head, heading).sign(&key(self.slot + 101))
    }

    /// Moves, and reads frames until the ack is there.
    async fn move_once(&mut self) {
        let signed = self.next_input();
        self.client.send(&ClientMessage::Input(signed)).await;
        loop {
            match self.client.packet().await {
                ServerPacket::Frame(frame) => self.picture.apply(&frame),
                ServerPacket::Control(ServerMessage::Ack { sequence, .. }) => {
                    assert_eq!(sequence, signed.input.sequence);
                    break;
                }
                ServerPacket::Control(other) => panic!("{other:?}"),
            }
        }
        self.chain = ChainHead {
            expected_sequence: signed.input.sequence + 1,
            head: signed.input.hash(),
        };
        self.acked.push(signed);
    }

    async fn until_closed(&mut self) -> Closed {
        let mut retry_after_ms = None;
        loop {
            match self.client.receive().await {
                Ok(ServerPacket::Frame(frame)) => self.picture.apply(&frame),
                Ok(ServerPacket::Control(ServerMessage::Restarting { retry_after_ms: told })) => {
                    retry_after_ms = Some(told);
                }
                Ok(ServerPacket::Control(other)) => panic!("{other:?}"),
                Err(End::Closed(1012, _)) => {
                    return Closed {
                        retry_after_ms: retry_after_ms.expect("told before the close"),
                    }
                }
                Err(other) => panic!("{other:?}"),
            }
        }
    }

    fn last_tick(&self) -> Tick {
        self.picture.state.as_ref().unwrap().tick
    }

    /// Goes on at another relay with one message; the one message of state that answers it.
    async fn go_on(&mut self, stage: &FleetStage, relay: usize) -> StateFrame {
        self.client = stage.connect(relay).await;
        let message = ClientMessage::Resume {
            token: Some(self.token),
            match_key: Some(MATCH),
            last_tick: Some(self.last_tick()),
            rate: Rate::Every,
        };
        self.client.send(&message).await;
        let ServerMessage::Welcome { token, .. } = self.client.control().await else {
            panic!("the token does not hold");
        };
        self.token = token;
        match self.client.packet().await {
            ServerPacket::Control(ServerMessage::Watching {
                player: Some(found), ..
            }) => assert_eq!(found, player(self.slot)),
            other => panic!("{other:?}"),
        }
        let ServerPacket::Frame(answer) = self.client.packet().await else {
            panic!("the state comes next");
        };
        self.picture.apply(&answer);
        answer
    }
}

/// Ticks of the match until `done`.
fn run(mut game: FakeMatch, done: tokio::sync::oneshot::Receiver<()>) -> tokio::task::JoinHandle<FakeMatch> {
    tokio::spawn(async move {
        let mut done = done;
        let mut timer = tokio::time::interval(Duration::from_micros(16_667));
        while done.try_recv().is_err() {
            timer.tick().await;
            game.tick();
        }
        game
    })
}

/// Ticks that were not shown: those between each tick and the one before it. Panics where ticks come again.
fn holes(ticks: &[u32]) -> Vec<u32> {
    let hole = |pair: &[u32]| pair[1].checked_sub(pair[0] + 1).expect("a tick comes once");
    ticks.windows(2).map(hole).filter(|hole| *hole > 0).collect()
}

#[tokio::test]
async fn a_player_goes_on_at_another_relay_with_one_message() {
    move_players(Matches::Shared).await;
}

/// The relay that is moved to gets frames of the match only from then on.
#[tokio::test]
async fn a_player_goes_on_at_a_relay_that_nobody_followed_the_match_at() {
    move_players(Matches::Mirrored).await;
}

async fn move_players(matches: Matches) {
    let nodes = test_redis::shared();
    let prompt = |config: &mut relay::RelayConfig| config.limits = prompt();
    let mut stage = FleetStage::with_matches(matches, nodes, 2, prompt).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 3);
    let crank = game.run_crank();
    game.ticks(30);
    let export = match matches {
        Matches::Shared => None,
        Matches::Mirrored => Some(stage.export(&MATCH).await),
    };
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let game = run(game, stopped);
    let mut players = vec![];
    for slot in 0..3 {
        players.push(Player::sit_down(&stage, 0, slot).await);
    }
    for player in &mut players {
        for _ in 0..3 {
            player.move_once().await;
        }
    }

    let drain = tokio::spawn(stage.relays[0].take().unwrap().drain());
    for (index, player) in players.iter_mut().enumerate() {
        let closed = player.until_closed().await;
        assert!(closed.retry_after_ms < 1000, "another relay is there at once");
        tokio::time::sleep(Duration::from_millis(closed.retry_after_ms.into())).await;
        let (before, messages) = (player.last_tick(), player.picture.messages);
        let answer = player.go_on(&stage, 1).await;
        assert_eq!(player.picture.messages, messages + 1);
        let first = match &answer {
            StateFrame::Bundle(bundle) => &bundle.frames[0],
            single => single,
        };
        let gap = first.tick().0 - (before.0 + 1);
        // A relay that begins to follow the match knows it from its last keyframe on.
        let may_be_a_keyframe = matches == Matches::Mirrored && index == 0;
        assert!(
            gap == 0 || may_be_a_keyframe && matches!(first, StateFrame::Keyframe(_)),
            "{gap} ticks are left out, and then comes {first:?}"
        );
        let target = Tick(player.last_tick().0 + 30);
        for _ in 0..3 {
            player.move_once().await;
        }
        let Player { picture, client, .. } = player;
        picture.until(client, target).await;
        assert_eq!(
            holes(&picture.ticks).iter().sum::<u32>(),
            gap,
            "{:?}",
            picture.ticks
        );
        assert_eq!(player.acked.len(), 6);
    }
    drain.await.unwrap();
    stop.send(()).unwrap();
    let game = game.await.unwrap();
    for player in &players {
        let shown = player.picture.state.as_ref().unwrap();
        let (published, _) = &game.published[shown.tick.0 as usize];
        assert_eq!(shown, published);
    }
    // What was acked, and nothing else, is what the crank has.
    stage.bus.remove_match(&MATCH);
    drop((game, export));
    let accepted = crank.await.unwrap();
    for player in &players {
        let of_player: Vec<_> = accepted
            .iter()
            .filter(|signed| signed.input.slot.0 == player.slot)
            .copied()
            .collect();
        assert_eq!(of_player, player.acked);
    }
}

#[tokio::test]
async fn sockets_of_a_fleet_leave_one_after_the_other() {
    let spread = Duration::from_secs(1);
    let mut stage = FleetStage::with(test_redis::shared(), 2, |config| {
        config.limits.drain_spread = spread;
    })
    .await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 2);
    game.tick();
    let mut readers = vec![];
    for _ in 0..20 {
        let mut client = stage.connect(0).await;
        client.watch(MATCH, Rate::Bundled).await;
        readers.push(tokio::spawn(async move {
            while client.receive().await.is_ok() {}
            std::time::Instant::now()
        }));
    }
    stage.relays[0].take().unwrap().drain().await;
    let mut ends = vec![];
    for reader in readers {
        ends.push(reader.await.unwrap());
    }
    ends.sort();
    let (first, last) = (ends[0], ends[ends.len() - 1]);
    assert!(last - first > spread / 2, "{:?}", last - first);
}

#[tokio::test]
async fn an_input_on_its_way_during_the_move_is_known_by_its_successor() {
    let mut stage = FleetStage::with(test_redis::shared(), 2, |config| config.limits = prompt()).await;
    let mut game = FakeMatch::open(&stage.bus, MATCH, 1);
    game.tick();
    // The crank answers nobody until the player has moved to the other relay.
    let mut queue = game.queue.take().unwrap();
    let mut player = Player::sit_down(&stage, 0, 0).await;
    player.picture.until(&mut player.client, Tick(0)).await;
    let lost = player.next_input();
    player.client.send(&ClientMessage::Input(lost)).await;
    let envelope = queue.next().await.unwrap();
    stage.relays[0].take().unwrap().drain().await;
    player.until_closed().await;
    envelope.answer(Ok(bus::Accepted {
        tick: Tick(3),
        receipt: protocol::Signature([9; 64]),
    }));

    game.tick();
    player.go_on(&stage, 1).await;
    // The client does not know whether it was accepted, and says it again: the answer says where the chain
    // stands.
    player.client.send(&ClientMessage::Input(lost)).await;
    let chain = ChainHead {
        expected_sequence: 2,
        head: lost.input.hash(),
    };
    let again = queue.next().await.unwrap();
    assert_eq!(again.signed, lost);
    again.answer(Err(bus::Rejected {
        reason: protocol::codes::RejectReason::WrongSequence,
        chain: Some(chain),
    }));
    let answer = player.client.control().await;
    assert!(
        matches!(answer, ServerMessage::Reject { chain: Some(told), .. } if told == chain),
        "{answer:?}"
    );
}

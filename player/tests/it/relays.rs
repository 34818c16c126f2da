//! Clients of several relays: when one drains, a player goes on at the next with one message, a token or a
//! new signature.

use std::time::Duration;

use bus::{Bus, MatchPublisher};
use cluster::{Cluster, ClusterConfig};
use ed25519_dalek::SigningKey;
use player::following::{Directory, Follower, Role, Update};
use player::relays::Relays;
use protocol::directory::{Amount, MatchDetail, MatchStatus, MatchSummary, Mode, PlayerInfo};
use protocol::wire::{Effect, Encoder, Snapshot, Warrior};
use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, Tick, WalletKey};
use relay::{Relay, RelayConfig, RelayHandle};
use reqwest::Url;
use store::Store;
use tokio::time::timeout;

const MATCH: MatchKey = MatchKey([1; 32]);
const PATIENCE: Duration = Duration::from_secs(20);

fn session() -> SigningKey {
    SigningKey::from_bytes(&[7; 32])
}

fn detail() -> MatchDetail {
    let player = PlayerInfo {
        slot: PlayerSlot(0),
        wallet: WalletKey([3; 32]),
        session: SessionKey(session().verifying_key().to_bytes()),
        warriors: 1,
        first_warrior: Some(0),
        late: false,
        paid: Amount(1),
        payout: None,
        refunded: false,
        place: None,
        entered_in: None,
        claimed_in: None,
    };
    MatchDetail {
        summary: MatchSummary {
            match_key: MATCH,
            match_id: 1,
            mode: Mode::Blitz,
            status: MatchStatus::Live,
            mint: PublicKey([9; 32]),
            decimals: 6,
            symbol: "TEST".into(),
            stake_per_warrior: Amount(1),
            players: 1,
            players_max: 20,
            warriors: 1,
            warriors_max: 20,
            pot: Amount(1),
            tick: Tick(0),
            length_ticks: 5400,
            created_at_ms: 1,
            starts_at_ms: None,
        },
        operator: PublicKey([8; 32]),
        rules_hash: Hash([7; 32]),
        rules: vec![0; 96],
        drip_root: Hash([6; 32]),
        seed: None,
        genesis_leaf: None,
        players: vec![player],
        checkpoints: vec![],
        result: None,
        created_in: None,
        locked_in: None,
        started_in: None,
        deaths: Vec::new(),
    }
}

/// Ticks of a match in which one warrior stands still.
fn run(publisher: MatchPublisher) -> tokio::task::JoinHandle<()> {
    let warrior = Warrior {
        owner: PlayerSlot(0),
        hp: 100,
        x: 5,
        y: 5,
        heading: 0,
        effect: Effect::None,
        kills: 0,
        streak: 0,
    };
    let mut snapshot = Snapshot {
        side: 32,
        capacity: 20,
        warriors: vec![warrior],
        power_ups: vec![None; 8],
        ..Snapshot::default()
    };
    tokio::spawn(async move {
        let mut encoder = Encoder::new();
        let mut timer = tokio::time::interval(Duration::from_micros(16_667));
        loop {
            timer.tick().await;
            publisher.publish_frame(encoder.frame_of_snapshot(&snapshot, &[]).into());
            snapshot.tick.0 += 1;
        }
    })
}

/// Whether relays know each other's tokens.
#[derive(Debug, Clone, Copy)]
enum Tokens {
    Shared,
    Apart,
}

struct Stage {
    relays: Vec<Option<RelayHandle>>,
    urls: Vec<Url>,
    _bus: Bus,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// Two relays.
    async fn new(tokens: Tokens) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("relay.db")).await.unwrap();
        let bus = Bus::default();
        let (publisher, _queue) = bus.open_match(detail()).unwrap();
        run(publisher);
        let (mut relays, mut urls) = (vec![], vec![]);
        for number in 0..2 {
            let owner = match tokens {
                Tokens::Shared => 0,
                Tokens::Apart => number,
            };
            let mut cluster = ClusterConfig::new(test_redis::shared());
            cluster.prefix = format!("clients-{}-{tokens:?}-{owner}", std::process::id());
            let mut config = RelayConfig {
                fleet: Some(relay::Fleet {
                    cluster: Cluster::connect(cluster).await.unwrap(),
                    name: format!("relay-{number}"),
                }),
                ..RelayConfig::default()
            };
            config.limits.drain_spread = Duration::from_millis(100);
            config.listen.set_port(0);
            let relay = Relay::start(config, bus.clone(), store.clone()).await.unwrap();
            urls.push(Url::parse(&format!("http://{}", relay.addr)).unwrap());
            relays.push(Some(relay));
        }
        Self {
            relays,
            urls,
            _bus: bus,
            _folder: folder,
        }
    }

    fn addresses(&self) -> Relays {
        Relays::of(self.urls.clone()).unwrap()
    }

    /// Ends the relay that has sockets.
    fn drain_the_busy_one(&mut self) -> tokio::task::JoinHandle<()> {
        let busy = |relay: &&mut Option<RelayHandle>| relay.as_ref().is_some_and(|relay| relay.sockets() > 0);
        let relay = self.relays.iter_mut().find(busy).unwrap().take().unwrap();
        tokio::spawn(relay.drain())
    }
}

/// Ticks the follower saw until it had so many, and how often it lost its connection.
async fn follow(follower: &mut Follower, ticks: usize) -> (Vec<u32>, u32) {
    let (mut seen, mut losses) = (vec![], 0);
    while seen.len() < ticks {
        match timeout(PATIENCE, follower.next()).await.unwrap().unwrap() {
            Update::Ticks(_) => seen.push(follower.snapshot.as_ref().unwrap().tick.0),
            Update::Lost(_) => losses += 1,
            _ => {}
        }
    }
    (seen, losses)
}

async fn goes_on(tokens: Tokens) {
    let mut stage = Stage::new(tokens).await;
    let mut follower = Follower::new(stage.addresses(), MATCH, Role::Player(Box::new(session())));
    let (before, losses) = follow(&mut follower, 30).await;
    assert_eq!(losses, 0);
    let drained = stage.drain_the_busy_one();
    let (after, losses) = follow(&mut follower, 90).await;
    assert_eq!(losses, 1, "it goes on at the first attempt");
    let mut last = before[29];
    let mut leaps = 0;
    for tick in after {
        assert!(tick > last, "{tick} after {last}");
        // A bundle shows as its last tick.
        leaps += u32::from(tick > last + 1);
        last = tick;
    }
    assert!(leaps <= 2, "{leaps}");
    timeout(PATIENCE, drained).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_player_goes_on_with_its_token() {
    goes_on(Tokens::Shared).await;
}

#[tokio::test]
async fn a_player_whose_token_is_not_known_signs_in_again() {
    goes_on(Tokens::Apart).await;
}

#[tokio::test]
async fn the_list_of_matches_is_followed_at_whichever_relay_is_there() {
    let mut stage = Stage::new(Tokens::Shared).await;
    let nobody = Url::parse("http://127.0.0.1:1").unwrap();
    let relays = Relays::of([nobody].into_iter().chain(stage.urls.clone())).unwrap();
    let directory = Directory::follow(relays).await.unwrap();
    let has = |matches: &[MatchSummary]| matches.iter().find(|found| found.match_key == MATCH).cloned();
    directory.find(PATIENCE, has).await.unwrap();
    let drained = stage.drain_the_busy_one();
    timeout(PATIENCE, drained).await.unwrap().unwrap();
    let left = stage.relays.iter().flatten().next().unwrap();
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while left.sockets() == 0 {
        assert!(tokio::time::Instant::now() < deadline, "it does not come back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

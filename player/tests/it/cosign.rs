//! A bot, a relay and an offer: what it saw and what is on chain it signs, anything else it does not.

use anyhow::Result;
use arena::{genesis, step_segment, HostSha256, Rules, Scratch, SegmentInputs, StateBuf};
use bus::{Bus, Cosignatures, MatchPublisher};
use client::view::MatchStatus as ChainStatus;
use ed25519_dalek::SigningKey;
use player::bots::cosign::{agree, OnChain, Refusal, Signer, Witness};
use player::following::{Follower, Role, Update};
use protocol::cosign::SettlementOffer;
use protocol::directory::{Amount, MatchDetail, MatchStatus, MatchSummary, Mode, PlayerInfo};
use protocol::wire::{Encoder, Ending};
use protocol::{Cluster, Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, Tick, WalletKey};
use relay::{Relay, RelayConfig, RelayHandle};
use reqwest::Url;
use store::Store;

const MATCH: MatchKey = MatchKey([1; 32]);
const SEED: [u8; 32] = [4; 32];
const OWNERS: [u8; 2] = [0, 1];
const RULES: Rules = Rules {
    length_ticks: 600,
    shrink_start_ticks: 300,
    ..Rules::BLITZ
};

fn session() -> SigningKey {
    SigningKey::from_bytes(&[9; 32])
}

fn public() -> SessionKey {
    SessionKey(session().verifying_key().to_bytes())
}

/// Nobody moves until the time is over.
fn ended() -> StateBuf {
    let mut state = genesis::<HostSha256>(&RULES, &OWNERS, OWNERS.len(), &SEED).unwrap();
    let mut scratch = Scratch::new();
    while !state.view().ended() {
        step_segment::<HostSha256>(
            &RULES,
            &mut state.view_mut(),
            &mut scratch,
            &[5; 32],
            &SegmentInputs::empty(),
            &OWNERS,
            &mut (),
        )
        .unwrap();
    }
    state
}

fn honest() -> SettlementOffer {
    SettlementOffer {
        match_key: MATCH,
        final_state: ended().as_bytes().to_vec(),
        expires_slot: 9,
        cluster: Cluster([2; 32]),
        program: PublicKey([3; 32]),
    }
}

fn detail() -> MatchDetail {
    MatchDetail {
        summary: MatchSummary {
            match_key: MATCH,
            match_id: 1,
            mode: Mode::Blitz,
            status: MatchStatus::Live,
            mint: PublicKey::default(),
            decimals: 6,
            symbol: "TEST".into(),
            stake_per_warrior: Amount(1),
            players: 1,
            players_max: 20,
            warriors: 1,
            warriors_max: 20,
            pot: Amount(1),
            tick: Tick(0),
            length_ticks: 600,
            created_at_ms: 1,
            starts_at_ms: None,
        },
        operator: PublicKey::default(),
        rules_hash: Hash([6; 32]),
        rules: vec![],
        drip_root: Hash([7; 32]),
        seed: Some(Hash(SEED)),
        genesis_leaf: Some(Hash([8; 32])),
        players: vec![PlayerInfo {
            slot: PlayerSlot(1),
            wallet: WalletKey([5; 32]),
            session: public(),
            warriors: 1,
            first_warrior: Some(1),
            late: false,
            paid: Amount(1),
            payout: None,
            refunded: false,
            place: None,
            entered_in: None,
            claimed_in: None,
        }],
        checkpoints: vec![],
        result: None,
        created_in: None,
        locked_in: None,
        started_in: None,
        deaths: Vec::new(),
    }
}

/// A chain that holds this leaf, in this status, and everything else as the relay tells it.
struct Chain(Hash, ChainStatus);

impl Witness for Chain {
    async fn read(&self, match_key: MatchKey) -> Result<Option<OnChain>> {
        assert_eq!(match_key, MATCH);
        Ok(Some(OnChain {
            program: PublicKey([3; 32]),
            cluster: Cluster([2; 32]),
            pinned_cluster: Cluster([2; 32]),
            status: self.1,
            last_leaf: self.0,
            seed: Hash(SEED),
            drip_root: Hash([7; 32]),
            rules_hash: Hash([6; 32]),
            genesis_leaf: Hash([8; 32]),
        }))
    }
}

struct Stage {
    publisher: MatchPublisher,
    follower: Follower,
    _relay: RelayHandle,
    _folder: tempfile::TempDir,
}

impl Stage {
    /// A player has seen the last frame.
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(&folder.path().join("relay.db")).await.unwrap();
        let bus = Bus::default();
        let mut config = RelayConfig::default();
        config.listen.set_port(0);
        let relay = Relay::start(config, bus.clone(), store).await.unwrap();
        let (publisher, _inputs) = bus.open_match(detail()).unwrap();
        let frame = Encoder::new().frame(&ended().view(), &[]);
        publisher.publish_frame(frame.into());
        let url = Url::parse(&format!("http://{}", relay.addr)).unwrap();
        let mut follower = Follower::new(url, MATCH, Role::Player(Box::new(session())));
        while !matches!(follower.next().await.unwrap(), Update::Ticks(_)) {}
        assert_eq!(follower.snapshot.as_ref().unwrap().ending, Ending::Over);
        Self {
            publisher,
            follower,
            _relay: relay,
            _folder: folder,
        }
    }

    async fn agree(&mut self, offer: SettlementOffer, chain: &Chain) -> (Result<bool>, Cosignatures) {
        let collected = self.publisher.offer_settlement(offer);
        let signer = Signer {
            slot: PlayerSlot(1),
            session: &session(),
            rules: &RULES,
        };
        (agree(&mut self.follower, &signer, None, chain).await, collected)
    }
}

#[tokio::test]
async fn an_honest_offer_is_signed() {
    let mut stage = Stage::new().await;
    let chain = Chain(honest().leaf(), ChainStatus::Live);
    let (signed, mut collected) = stage.agree(honest(), &chain).await;
    assert!(signed.unwrap());
    let cosignature = collected.try_next().unwrap();
    assert_eq!(cosignature.slot, PlayerSlot(1));
    assert!(honest().is_signed_by(&public(), &cosignature.signature));
}

#[tokio::test]
async fn another_end_than_was_seen_is_not_signed() {
    let mut stage = Stage::new().await;
    // The last byte of a warrior is its eliminations: the other player's gets one more.
    let mut tampered = honest();
    tampered.final_state[arena::HEADER_LEN + arena::WARRIOR_LEN - 1] += 1;
    let chain = Chain(tampered.leaf(), ChainStatus::Proposed);
    let (refused, mut collected) = stage.agree(tampered, &chain).await;
    let error = refused.unwrap_err();
    let refusal = error.downcast_ref::<Refusal>().unwrap();
    assert!(matches!(refusal, Refusal::NotWhatWasSeen(_)), "{refusal}");
    assert_eq!(collected.try_next(), None);
}

#[tokio::test]
async fn another_end_than_is_on_chain_is_not_signed() {
    let mut stage = Stage::new().await;
    let chain = Chain(Hash([1; 32]), ChainStatus::Proposed);
    let (refused, mut collected) = stage.agree(honest(), &chain).await;
    let error = refused.unwrap_err();
    let refusal = error.downcast_ref::<Refusal>().unwrap();
    assert!(matches!(refusal, Refusal::NotWhatIsOnChain { .. }), "{refusal}");
    assert_eq!(collected.try_next(), None);
}

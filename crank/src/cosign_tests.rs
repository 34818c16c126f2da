//! Which signatures count, and how collecting ends.

use arena::{genesis, step_segment, HostSha256, Rules, Scratch, SegmentInputs, StateBuf};
use bus::Bus;
use ed25519_dalek::SigningKey;
use protocol::directory::{Amount, MatchDetail, MatchEvent, MatchStatus, MatchSummary, Mode};
use protocol::{Hash, MatchKey, Tick, WalletKey};

use super::*;

/// A minute of slots of 400 ms.
const WINDOW_SLOTS: u64 = 150;

const MATCH: MatchKey = MatchKey([1; 32]);
const TERMS: Terms = Terms {
    cluster: Cluster([2; 32]),
    program: PublicKey([3; 32]),
    slot: 1_000,
    window_slots: WINDOW_SLOTS,
};
/// Players 0, 3 and 7; 9 entered late and was never admitted.
const OWNERS: [u8; 4] = [0, 3, 3, 7];
const RULES: Rules = Rules {
    length_ticks: 600,
    shrink_start_ticks: 300,
    ..Rules::BLITZ
};

fn key(slot: u8) -> SigningKey {
    SigningKey::from_bytes(&[slot + 1; 32])
}

fn running() -> StateBuf {
    genesis::<HostSha256>(&RULES, &OWNERS, OWNERS.len(), &[4; 32]).unwrap()
}

/// Nobody moves until the time is over.
fn ended() -> Vec<u8> {
    let mut state = running();
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
    state.as_bytes().to_vec()
}

fn player(slot: u8) -> PlayerInfo {
    PlayerInfo {
        slot: PlayerSlot(slot),
        wallet: WalletKey([slot; 32]),
        session: SessionKey(key(slot).verifying_key().to_bytes()),
        warriors: 1,
        first_warrior: Some(0),
        late: false,
        paid: Amount(1),
        payout: None,
        refunded: false,
        place: None,
        entered_in: None,
        claimed_in: None,
    }
}

fn players() -> Vec<PlayerInfo> {
    [0, 3, 7, 9].map(player).to_vec()
}

fn offer() -> SettlementOffer {
    SettlementOffer {
        match_key: MATCH,
        final_state: ended(),
        expires_slot: 1_000 + WINDOW_SLOTS,
        cluster: TERMS.cluster,
        program: TERMS.program,
    }
}

fn signed(slot: u8) -> Cosignature {
    offer().sign(PlayerSlot(slot), &key(slot))
}

fn open(bus: &Bus) -> MatchPublisher {
    let detail = MatchDetail {
        summary: MatchSummary {
            match_key: MATCH,
            match_id: 1,
            mode: Mode::Blitz,
            status: MatchStatus::Live,
            mint: PublicKey::default(),
            decimals: 6,
            symbol: "TEST".into(),
            stake_per_warrior: Amount(1),
            players: 4,
            players_max: 20,
            warriors: 4,
            warriors_max: 20,
            pot: Amount(4),
            tick: Tick(0),
            length_ticks: 600,
            created_at_ms: 1,
            starts_at_ms: None,
        },
        operator: PublicKey::default(),
        rules_hash: Hash::default(),
        rules: vec![],
        drip_root: Hash::default(),
        seed: None,
        genesis_leaf: None,
        players: players(),
        checkpoints: vec![],
        result: None,
        created_in: None,
        locked_in: None,
        started_in: None,
        deaths: Vec::new(),
    };
    bus.open_match(detail).unwrap().0
}

#[test]
fn every_admitted_player_has_to_sign_once() {
    let mut collection = Collection::new(offer(), &players()).unwrap();
    assert_eq!(collection.missing(), [0, 3, 7].map(PlayerSlot));
    let forged = offer().sign(PlayerSlot(3), &key(0));
    let mut stale = signed(3);
    stale.expires_slot -= 1;
    let elsewhere = Cosignature {
        match_key: MatchKey([8; 32]),
        ..signed(3)
    };
    for (cosignature, expected) in [
        (signed(7), Taken::Counted),
        (forged, Taken::Forged),
        (stale, Taken::Other),
        (elsewhere, Taken::Other),
        (signed(9), Taken::Stranger),
        (signed(7), Taken::Known),
        (signed(3), Taken::Counted),
    ] {
        assert_eq!(collection.take(&cosignature), expected, "{cosignature:?}");
        assert_eq!(collection.complete(), None);
    }
    assert_eq!(collection.missing(), [PlayerSlot(0)]);
    assert_eq!(collection.take(&signed(0)), Taken::Counted);
    let cosigned = collection.complete().unwrap();
    assert_eq!(cosigned.expires_slot, 1_150);
    let expected = [0, 3, 7].map(|slot| {
        let session = SessionKey(key(slot).verifying_key().to_bytes());
        (PlayerSlot(slot), session, signed(slot).signature)
    });
    assert_eq!(cosigned.of(3), Some((expected[1].1, expected[1].2)));
    assert_eq!(cosigned.of(1), None);
    assert_eq!(cosigned.signatures, expected);
}

#[test]
fn only_the_end_of_the_match_is_offered() {
    let bus = Bus::default();
    let publisher = open(&bus);
    let begin = |state: Vec<u8>, players: &[PlayerInfo]| {
        Offering::begin(&publisher, state, players, TERMS).map(|_| ())
    };
    let live = running().as_bytes().to_vec();
    assert_eq!(begin(live, &players()), Err(OfferError::Running(0)));
    assert!(matches!(begin(vec![0; 9], &players()), Err(OfferError::State(_))));
    let unknown = Err(OfferError::UnknownSession(PlayerSlot(3)));
    assert_eq!(begin(ended(), &[player(0), player(7)]), unknown);
    assert_eq!(*bus.follow_settlement(&MATCH).unwrap().borrow(), None);
}

#[tokio::test]
async fn collecting_ends_with_the_last_signature() {
    let bus = Bus::default();
    let publisher = open(&bus);
    let offering = Offering::begin(&publisher, ended(), &players(), TERMS).unwrap();
    let offers = bus.follow_settlement(&MATCH).unwrap();
    assert_eq!(offers.borrow().as_deref(), Some(&offer()));
    let collecting = tokio::spawn(offering.collect(PATIENCE));
    let forged = offer().sign(PlayerSlot(0), &key(9));
    for cosignature in [signed(3), signed(9), forged, signed(3), signed(0), signed(7)] {
        bus.submit_cosignature(cosignature).unwrap();
    }
    let Outcome::Complete(cosigned) = collecting.await.unwrap() else {
        panic!("three signatures are all")
    };
    assert_eq!(cosigned.signatures.len(), 3);
    assert_eq!(*offers.borrow(), None, "nobody is asked any more");
}

#[tokio::test]
async fn after_the_patience_the_window_applies() {
    let bus = Bus::default();
    let publisher = open(&bus);
    let offering = Offering::begin(&publisher, ended(), &players(), TERMS).unwrap();
    bus.submit_cosignature(signed(3)).unwrap();
    let start = tokio::time::Instant::now();
    let patience = Duration::from_millis(50);
    let missing = [0, 7].map(PlayerSlot).to_vec();
    assert_eq!(offering.collect(patience).await, Outcome::Incomplete { missing });
    assert!(start.elapsed() >= patience);
    assert!(bus.submit_cosignature(signed(0)).is_err());
}

#[tokio::test]
async fn a_newer_offer_or_the_end_of_the_match_ends_it() {
    let bus = Bus::default();
    let publisher = open(&bus);
    let begin = || Offering::begin(&publisher, ended(), &players(), TERMS).unwrap();
    let older = begin();
    let newer = begin();
    assert_eq!(older.collect(PATIENCE).await, Outcome::Withdrawn);
    assert!(bus.follow_settlement(&MATCH).unwrap().borrow().is_some());
    publisher.publish_event(MatchEvent::Status {
        status: MatchStatus::Voided,
        signature: None,
    });
    assert_eq!(newer.collect(PATIENCE).await, Outcome::Withdrawn);
}

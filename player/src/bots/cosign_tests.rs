//! A bot signs an honest offer and nothing else.

use arena::{genesis, step_segment, HostSha256, Scratch, SegmentInputs, StateBuf};
use protocol::directory::{Amount, MatchStatus as Status, MatchSummary, Mode};
use protocol::Tick;

use super::*;

const MATCH: MatchKey = MatchKey([1; 32]);
const SEED: [u8; 32] = [4; 32];
const OWNERS: [u8; 4] = [0, 3, 3, 7];
const RULES: Rules = Rules {
    length_ticks: 600,
    shrink_start_ticks: 300,
    ..Rules::BLITZ
};

/// Nobody moves; the match stands still at its end or at `ticks`.
fn stepped(rules: &Rules, seed: &[u8; 32], ticks: u32) -> StateBuf {
    let mut state = genesis::<HostSha256>(rules, &OWNERS, OWNERS.len(), seed).unwrap();
    let mut scratch = Scratch::new();
    while !state.view().ended() && state.view().tick() < ticks {
        step_segment::<HostSha256>(
            rules,
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

fn ended() -> StateBuf {
    stepped(&RULES, &SEED, u32::MAX)
}

fn offer_of(state: &StateBuf) -> SettlementOffer {
    SettlementOffer {
        match_key: MATCH,
        final_state: state.as_bytes().to_vec(),
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
            status: Status::Live,
            mint: PublicKey::default(),
            decimals: 6,
            symbol: "TEST".into(),
            stake_per_warrior: Amount(1),
            players: 3,
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
        rules_hash: Hash([6; 32]),
        rules: vec![],
        drip_root: Hash([7; 32]),
        seed: Some(Hash(SEED)),
        genesis_leaf: Some(Hash([8; 32])),
        players: vec![],
        checkpoints: vec![],
        result: None,
        created_in: None,
        locked_in: None,
        started_in: None,
        deaths: Vec::new(),
    }
}

/// What an honest chain holds.
fn on_chain() -> OnChain {
    OnChain {
        program: PublicKey([3; 32]),
        cluster: Cluster([2; 32]),
        pinned_cluster: Cluster([2; 32]),
        status: MatchStatus::Live,
        last_leaf: offer_of(&ended()).leaf(),
        seed: Hash(SEED),
        drip_root: Hash([7; 32]),
        rules_hash: Hash([6; 32]),
        genesis_leaf: Hash([8; 32]),
    }
}

fn verdict(offer: &SettlementOffer, snapshot: Option<&Snapshot>) -> Result<(), Refusal> {
    let detail = detail();
    let rules = &RULES;
    judge(
        offer,
        &Seen {
            detail: &detail,
            rules,
            snapshot,
        },
    )
}

#[test]
fn what_was_seen_is_agreed_with() {
    let state = ended();
    let snapshot = Snapshot::from_state(&state.view());
    assert_eq!(verdict(&offer_of(&state), Some(&snapshot)), Ok(()));
}

#[test]
fn what_was_not_seen_is_refused_with_its_reason() {
    let state = ended();
    let honest = offer_of(&state);
    let seen = Snapshot::from_state(&state.view());
    let refused = |offer: &SettlementOffer| verdict(offer, Some(&seen)).unwrap_err();

    let elsewhere = SettlementOffer {
        match_key: MatchKey([9; 32]),
        ..honest.clone()
    };
    assert_eq!(refused(&elsewhere), Refusal::OtherMatch(MatchKey([9; 32])));
    let cut = SettlementOffer {
        final_state: honest.final_state[1..].to_vec(),
        ..honest.clone()
    };
    assert!(matches!(refused(&cut), Refusal::State(ArenaError::Length { .. })));
    let other_arena = Rules {
        length_ticks: 1_200,
        ..RULES
    };
    let longer = offer_of(&stepped(&other_arena, &SEED, u32::MAX));
    assert!(matches!(
        refused(&longer),
        Refusal::State(ArenaError::State { .. })
    ));
    let early = offer_of(&stepped(&RULES, &SEED, 60));
    assert_eq!(refused(&early), Refusal::Running(60));
    let stranger = offer_of(&stepped(&RULES, &[5; 32], u32::MAX));
    assert_eq!(refused(&stranger), Refusal::Seed);
    for unseen in [
        None,
        Some(Snapshot::from_state(&stepped(&RULES, &SEED, 60).view())),
    ] {
        assert_eq!(verdict(&honest, unseen.as_ref()), Err(Refusal::EndUnseen));
    }
}

#[test]
fn every_thing_that_frames_show_counts() {
    let state = ended();
    let offer = offer_of(&state);
    let honest = Snapshot::from_state(&state.view());
    type Change = fn(&mut Snapshot);
    let changes: [(Change, &str); 8] = [
        (|s| s.tick.0 -= 1, "the tick"),
        (|s| s.capacity += 1, "warrior slots"),
        (|s| s.warriors.truncate(3), "the number of warriors"),
        (|s| s.warriors[0].x += 1, "warrior 0"),
        (|s| s.warriors[1].hp += 1, "warrior 1"),
        (|s| s.warriors[3].hp = 0, "warrior 3"),
        (|s| s.warriors[3].owner.0 += 1, "warrior 3"),
        (|s| s.zone += 1, "the arena"),
    ];
    for (change, what) in changes {
        let mut seen = honest.clone();
        change(&mut seen);
        let refusal = verdict(&offer, Some(&seen)).unwrap_err();
        assert!(refusal.to_string().contains(what), "{refusal}, expected {what}");
        assert!(matches!(refusal, Refusal::NotWhatWasSeen(_)), "{refusal:?}");
    }
}

#[test]
fn a_result_that_the_chain_does_not_hold_is_refused() {
    let offer = offer_of(&ended());
    type Change = fn(&mut OnChain);
    let changes: [(Change, &str); 8] = [
        (|c| c.program.0[0] ^= 1, "the program"),
        (|c| c.cluster.0[0] ^= 1, "the cluster"),
        (|c| c.pinned_cluster.0[0] ^= 1, "the cluster of the match"),
        (|c| c.seed.0[0] ^= 1, "the seed"),
        (|c| c.drip_root.0[0] ^= 1, "the drip root"),
        (|c| c.rules_hash.0[0] ^= 1, "the rules' hash"),
        (|c| c.genesis_leaf.0[0] ^= 1, "the genesis leaf"),
        (
            |c| {
                c.last_leaf.0[0] ^= 1;
                c.status = MatchStatus::Proposed;
            },
            "the last leaf",
        ),
    ];
    for (change, expected) in changes {
        let mut found = on_chain();
        change(&mut found);
        match found.agrees(&offer, &detail()) {
            Err(Refusal::NotWhatIsOnChain { what, .. }) => assert_eq!(what, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
}

#[test]
fn the_last_checkpoint_is_waited_for() {
    let offer = offer_of(&ended());
    assert_eq!(on_chain().agrees(&offer, &detail()), Ok(true));
    let mut on_its_way = on_chain();
    on_its_way.last_leaf = Hash([1; 32]);
    assert_eq!(on_its_way.agrees(&offer, &detail()), Ok(false));
}

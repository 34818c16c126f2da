use super::*;

fn player(slot: u8, warriors: u8) -> PlayerInfo {
    PlayerInfo {
        slot: PlayerSlot(slot),
        wallet: WalletKey([slot; 32]),
        session: SessionKey([slot + 100; 32]),
        warriors,
        first_warrior: Some(slot),
        late: false,
        paid: Amount(u64::from(warriors) * 10),
        payout: None,
        refunded: false,
        place: None,
        entered_in: None,
        claimed_in: None,
    }
}

fn detail() -> MatchDetail {
    MatchDetail {
        summary: MatchSummary {
            match_key: MatchKey([1; 32]),
            match_id: u64::MAX,
            mode: Mode::Blitz,
            status: MatchStatus::Open,
            mint: PublicKey([2; 32]),
            decimals: 6,
            symbol: "TEST".into(),
            stake_per_warrior: Amount(10),
            players: 0,
            players_max: 20,
            warriors: 0,
            warriors_max: 20,
            pot: Amount(0),
            tick: Tick(0),
            length_ticks: 5400,
            created_at_ms: 1,
            starts_at_ms: None,
        },
        operator: PublicKey([3; 32]),
        rules_hash: Hash([4; 32]),
        rules: vec![1, 2, 3],
        drip_root: Hash([5; 32]),
        seed: None,
        genesis_leaf: None,
        players: vec![],
        checkpoints: vec![],
        result: None,
        created_in: None,
        locked_in: None,
        started_in: None,
        deaths: Vec::new(),
    }
}

#[test]
fn events_bring_the_detail_up_to_date() {
    let mut detail = detail();
    for slot in [3, 0, 2] {
        detail.apply(&MatchEvent::Entered(player(slot, 2)));
        detail.apply(&MatchEvent::Entered(player(slot, 2)));
    }
    assert_eq!(
        detail.players.iter().map(|p| p.slot.0).collect::<Vec<_>>(),
        [0, 2, 3]
    );
    assert_eq!(
        (
            detail.summary.players,
            detail.summary.warriors,
            detail.summary.pot
        ),
        (3, 6, Amount(60))
    );
    detail.apply(&MatchEvent::Left {
        slot: PlayerSlot(2),
        wallet: WalletKey([2; 32]),
    });
    assert_eq!(
        (
            detail.summary.players,
            detail.summary.warriors,
            detail.summary.pot
        ),
        (2, 4, Amount(40))
    );

    let signature = Signature([8; 64]);
    detail.apply(&MatchEvent::Status {
        status: MatchStatus::Live,
        signature: Some(signature),
    });
    detail.apply(&MatchEvent::Status {
        status: MatchStatus::Live,
        signature: None,
    });
    assert_eq!(
        (detail.summary.status, detail.started_in),
        (MatchStatus::Live, Some(signature))
    );

    let mut checkpoint = CheckpointInfo {
        index: 0,
        tick: Tick(120),
        digest: Hash([1; 32]),
        leaf: Hash([2; 32]),
        posted_in: None,
        slot: None,
    };
    detail.apply(&MatchEvent::Checkpoint(checkpoint.clone()));
    checkpoint.posted_in = Some(signature);
    detail.apply(&MatchEvent::Checkpoint(checkpoint.clone()));
    assert_eq!(detail.checkpoints, [checkpoint]);

    detail.apply(&MatchEvent::Paid {
        slot: PlayerSlot(3),
        amount: Amount(38),
        refund: false,
        signature,
    });
    assert_eq!(detail.player_in(PlayerSlot(3)).unwrap().payout, Some(Amount(38)));
    assert_eq!(
        detail.player_of_session(&SessionKey([103; 32])).unwrap().slot,
        PlayerSlot(3)
    );
    assert!(detail.player_of_wallet(&WalletKey([9; 32])).is_none());
}

#[test]
fn owning_is_a_range() {
    let mut owner = player(4, 3);
    assert_eq!((0..9).filter(|&w| owner.owns(w)).collect::<Vec<_>>(), [4, 5, 6]);
    owner.first_warrior = Some(255);
    assert!(owner.owns(255) && !owner.owns(0));
}

#[test]
fn json_and_postcard_round_trip() {
    let mut detail = detail();
    detail.apply(&MatchEvent::Entered(player(1, 5)));
    let json = serde_json::to_value(&detail).unwrap();
    assert_eq!(json["summary"]["match"], detail.summary.match_key.to_string());
    assert_eq!(json["players"][0]["paid"], "50");
    assert_eq!(serde_json::from_value::<MatchDetail>(json).unwrap(), detail);
    assert_eq!(
        postcard::from_bytes::<MatchDetail>(&postcard::to_stdvec(&detail).unwrap()).unwrap(),
        detail
    );
    assert!(serde_json::from_str::<Amount>("\"-1\"")
        .unwrap_err()
        .to_string()
        .contains("not an amount"));
}

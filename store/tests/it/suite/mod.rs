//! How a store must behave, whatever is behind it: every backend runs [`run`] on an empty store.

mod fences;
pub(crate) mod history;

use store::{
    Attempt, Ban, IntentCounts, IntentKind, IntentState, Key, MatchPhase, MatchRecord, Store, StoreError,
};

/// The whole suite. `store` must be empty.
pub(crate) async fn run(store: &Store) {
    intents_are_written_once(store).await;
    intents_move_only_forward(store).await;
    intents_move_together_or_not_at_all(store).await;
    intents_at_the_same_moment_are_written_once(store).await;
    matches_keep_their_start(store).await;
    amounts_beyond_the_column_are_refused_by_name(store).await;
    bans_begin_and_end(store).await;
    flags_at_the_same_moment_all_count(store).await;
    history::run(store).await;
    fences::run(store).await;
}

/// A key that differs from those of other numbers.
pub(crate) fn key(number: u8) -> Key {
    let mut key = [0x5a; 32];
    key[0] = number;
    key
}

/// A match of operator 200, identified by a number.
pub(crate) fn match_record(number: u8) -> MatchRecord {
    MatchRecord {
        match_key: key(number),
        operator: key(200),
        match_id: number.into(),
        mode: store::Mode::Siege,
        mint: key(201),
        rules: vec![1, 2, 3],
        stake_per_warrior: 1_000_000,
        players_max: 20,
        warriors_max: 100,
        scheduled_slot: 77,
        phase: MatchPhase::Creating,
        created_at_ms: 1_000 + i64::from(number),
        start_unix_us: None,
    }
}

fn attempt(number: u8) -> Attempt {
    Attempt {
        signature: [number; 64],
        last_valid_block_height: 1_000 + u64::from(number),
        transaction: vec![number; 300],
    }
}

const KINDS: [IntentKind; 23] = [
    IntentKind::Create,
    IntentKind::InitRandomness,
    IntentKind::Lock,
    IntentKind::Start,
    IntentKind::Checkpoint(299),
    IntentKind::OpenUpload,
    IntentKind::WriteUpload(1_600),
    IntentKind::SubmitResult,
    IntentKind::CloseUpload,
    IntentKind::Cosign(7),
    IntentKind::Finalize,
    IntentKind::Claim(99),
    IntentKind::SweepFee,
    IntentKind::Burn,
    IntentKind::Cancel,
    IntentKind::Void,
    IntentKind::Refund(3),
    IntentKind::CollectSlash,
    IntentKind::Compensate(3),
    IntentKind::PayAward,
    IntentKind::CloseEntry(4),
    IntentKind::CloseRandomness,
    IntentKind::CloseMatch,
];

async fn intents_are_written_once(store: &Store) {
    for (index, kind) in KINDS.into_iter().enumerate() {
        assert_eq!(IntentKind::from_parts(kind.name(), kind.ordinal()), Some(kind));
        let first = store.intents.enqueue(&key(1), kind, 10).await.unwrap();
        assert_eq!((first.kind, first.match_key, first.attempts), (kind, key(1), 0));
        assert_eq!(first.state, IntentState::Queued);
        let again = store.intents.enqueue(&key(1), kind, 99).await.unwrap();
        assert_eq!(first, again, "a second request for {kind:?} made a second intent");
        assert_eq!(store.intents.of_match(&key(1)).await.unwrap().len(), index + 1);
    }
    let other = store
        .intents
        .enqueue(&key(2), IntentKind::Create, 11)
        .await
        .unwrap();
    let open = store.intents.open().await.unwrap();
    assert_eq!(open.len(), KINDS.len() + 1);
    assert_eq!(open.last(), Some(&other), "open intents are not oldest first");
    for intent in open {
        let landed = IntentState::Landed {
            signature: None,
            slot: 1,
        };
        store.intents.advance(&[intent.id], &landed, 12).await.unwrap();
    }
    assert!(store.intents.open().await.unwrap().is_empty());
    let counts = store.intents.counts().await.unwrap();
    assert_eq!(
        counts,
        IntentCounts {
            landed: KINDS.len() as u64 + 1,
            ..Default::default()
        }
    );
}

async fn intents_move_only_forward(store: &Store) {
    let intents = &store.intents;
    let id = intents.enqueue(&key(3), IntentKind::Create, 1).await.unwrap().id;
    let landed = IntentState::Landed {
        signature: Some([2; 64]),
        slot: 42,
    };
    let path = [
        IntentState::Sent(attempt(1)),
        IntentState::Unknown(attempt(1)),
        IntentState::Queued,
        IntentState::Sent(attempt(2)),
        IntentState::Failed {
            reason: "custom error 6001".into(),
        },
        IntentState::Queued,
        IntentState::Sent(attempt(3)),
        landed.clone(),
    ];
    for (step, state) in path.iter().enumerate() {
        intents.advance(&[id], state, 100 + step as i64).await.unwrap();
        let stored = intents.of_match(&key(3)).await.unwrap().remove(0);
        assert_eq!(&stored.state, state);
        assert_eq!(
            (stored.created_at_ms, stored.updated_at_ms),
            (1, 100 + step as i64)
        );
    }
    assert_eq!(intents.of_match(&key(3)).await.unwrap()[0].attempts, 3);
    for refused in [
        IntentState::Unknown(attempt(3)),
        IntentState::Sent(attempt(4)),
        IntentState::Failed {
            reason: String::new(),
        },
    ] {
        let error = intents.advance(&[id], &refused, 200).await.unwrap_err();
        assert!(matches!(error, StoreError::Transition { .. }), "{error:?}");
    }
    assert_eq!(intents.of_match(&key(3)).await.unwrap()[0].state, landed);
    intents.advance(&[id], &IntentState::Queued, 201).await.unwrap();
    assert_eq!(
        intents.open().await.unwrap().len(),
        1,
        "what a fork took back is open again"
    );
    intents.advance(&[id], &landed, 202).await.unwrap();
}

async fn intents_move_together_or_not_at_all(store: &Store) {
    let intents = &store.intents;
    let a = intents
        .enqueue(&key(4), IntentKind::Claim(0), 1)
        .await
        .unwrap()
        .id;
    let b = intents
        .enqueue(&key(4), IntentKind::Claim(1), 1)
        .await
        .unwrap()
        .id;
    intents
        .advance(&[a, b], &IntentState::Sent(attempt(5)), 2)
        .await
        .unwrap();
    intents
        .advance(
            &[a],
            &IntentState::Landed {
                signature: Some([5; 64]),
                slot: 9,
            },
            3,
        )
        .await
        .unwrap();
    let error = intents
        .advance(&[b, a], &IntentState::Unknown(attempt(5)), 4)
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::Transition { id, .. } if id == a),
        "{error:?}"
    );
    let states: Vec<_> = intents
        .of_match(&key(4))
        .await
        .unwrap()
        .into_iter()
        .map(|i| i.state)
        .collect();
    assert_eq!(
        states[1],
        IntentState::Sent(attempt(5)),
        "half of a refused step was kept"
    );
    let missing = store::IntentId(1 << 40);
    let error = intents
        .advance(&[missing], &IntentState::Queued, 4)
        .await
        .unwrap_err();
    assert!(
        matches!(error, StoreError::NoIntent(id) if id == missing),
        "{error:?}"
    );
}

async fn intents_at_the_same_moment_are_written_once(store: &Store) {
    let mut tasks = Vec::new();
    for _ in 0..16 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let intent = store.intents.enqueue(&key(6), IntentKind::Lock, 1).await.unwrap();
            let sent = IntentState::Sent(attempt(6));
            let is_first = store.intents.advance(&[intent.id], &sent, 2).await.is_ok();
            (intent.id, is_first)
        }));
    }
    let mut told = Vec::new();
    for task in tasks {
        told.push(task.await.unwrap());
    }
    assert!(
        told.iter().all(|(id, _)| *id == told[0].0),
        "one request made two intents"
    );
    assert_eq!(
        told.iter().filter(|(_, is_first)| *is_first).count(),
        1,
        "one intent was sent by two"
    );
    // A stranger's words, with what PostgreSQL's text cannot hold.
    let refused = IntentState::Failed {
        reason: "log: \0 ü".into(),
    };
    store.intents.advance(&[told[0].0], &refused, 3).await.unwrap();
    let stored = store.intents.of_match(&key(6)).await.unwrap().remove(0);
    assert_eq!(
        stored.state,
        IntentState::Failed {
            reason: "log: \u{fffd} ü".into()
        }
    );
}

async fn matches_keep_their_start(store: &Store) {
    let matches = &store.matches;
    assert_eq!(matches.last_match_id(&key(200)).await.unwrap(), None);
    for number in [7, 5] {
        matches.insert(&match_record(number)).await.unwrap();
    }
    let twice = matches.insert(&match_record(7)).await.unwrap_err();
    assert!(!twice.is_transient(), "one key twice, and to be tried again");
    let same_id = MatchRecord {
        match_key: key(8),
        ..match_record(7)
    };
    assert!(
        matches.insert(&same_id).await.is_err(),
        "one operator's match id twice"
    );
    assert_eq!(matches.last_match_id(&key(200)).await.unwrap(), Some(7));
    assert_eq!(matches.last_match_id(&key(199)).await.unwrap(), None);
    assert_eq!(matches.get(&key(7)).await.unwrap(), Some(match_record(7)));
    assert_eq!(matches.get(&key(6)).await.unwrap(), None);

    assert_eq!(matches.set_start(&key(7), 1_234_567).await.unwrap(), 1_234_567);
    assert_eq!(
        matches.set_start(&key(7), 9_999_999).await.unwrap(),
        1_234_567,
        "a start was moved"
    );
    assert!(
        matches!(matches.set_start(&key(6), 1).await.unwrap_err(), StoreError::NoMatch(k) if k == key(6))
    );

    for phase in MatchPhase::ALL {
        matches.set_phase(&key(7), phase).await.unwrap();
        let stored = matches.get(&key(7)).await.unwrap().unwrap();
        assert_eq!((stored.phase, stored.start_unix_us), (phase, Some(1_234_567)));
        let listed = matches
            .unfinished()
            .await
            .unwrap()
            .iter()
            .any(|m| m.match_key == key(7));
        assert_eq!(listed, !phase.is_final(), "{phase:?}");
    }
    assert!(matches!(
        matches.set_phase(&key(6), MatchPhase::Open).await.unwrap_err(),
        StoreError::NoMatch(_)
    ));
    matches.set_phase(&key(7), MatchPhase::Live).await.unwrap();
    let order: Vec<_> = matches
        .unfinished()
        .await
        .unwrap()
        .iter()
        .map(|m| m.match_id)
        .collect();
    assert_eq!(order, [5, 7], "unfinished matches are not oldest first");
}

async fn amounts_beyond_the_column_are_refused_by_name(store: &Store) {
    let mut record = match_record(1);
    record.stake_per_warrior = u64::MAX;
    let error = store.matches.insert(&record).await.unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::TooLarge {
                field: "stake per warrior",
                ..
            }
        ),
        "{error:?}"
    );
    let state = IntentState::Landed {
        signature: None,
        slot: u64::MAX,
    };
    let intent = store
        .intents
        .enqueue(&key(10), IntentKind::Create, 0)
        .await
        .unwrap();
    let error = store.intents.advance(&[intent.id], &state, 0).await.unwrap_err();
    assert!(
        matches!(error, StoreError::TooLarge { field: "slot", .. }),
        "{error:?}"
    );
}

async fn bans_begin_and_end(store: &Store) {
    let bans = &store.bans;
    let ban = |number: u8, since_ms, until_ms| Ban {
        wallet: key(number),
        reason: "five flags".into(),
        since_ms,
        until_ms,
    };
    assert_eq!(bans.current(&key(1), 0).await.unwrap(), None);
    bans.ban(&ban(1, 100, Some(200))).await.unwrap();
    bans.ban(&ban(2, 150, None)).await.unwrap();
    assert_eq!(
        bans.current(&key(1), 199).await.unwrap(),
        Some(ban(1, 100, Some(200)))
    );
    assert_eq!(
        bans.current(&key(1), 200).await.unwrap(),
        None,
        "a ban outlived its end"
    );
    assert_eq!(
        bans.current(&key(2), i64::MAX).await.unwrap(),
        Some(ban(2, 150, None))
    );
    assert_eq!(
        bans.all(199).await.unwrap(),
        [ban(2, 150, None), ban(1, 100, Some(200))]
    );
    assert_eq!(bans.all(200).await.unwrap(), [ban(2, 150, None)]);
    bans.ban(&ban(1, 300, None)).await.unwrap();
    assert_eq!(bans.current(&key(1), 301).await.unwrap(), Some(ban(1, 300, None)));

    for (flag, expected) in (0..5).zip(1u32..) {
        assert_eq!(
            bans.flag(&key(1), "bad_signature", 1_000 + flag, 500)
                .await
                .unwrap(),
            expected
        );
    }
    assert_eq!(
        bans.flag(&key(2), "bad_signature", 1_005, 500).await.unwrap(),
        1,
        "another wallet's flags counted"
    );
    assert_eq!(
        bans.flag(&key(1), "replay", 2_000, 1_003).await.unwrap(),
        3,
        "flags before the window counted"
    );
    assert!(bans.unban(&key(1)).await.unwrap());
    assert!(!bans.unban(&key(1)).await.unwrap());
    assert_eq!(bans.current(&key(1), 301).await.unwrap(), None);
    assert_eq!(
        bans.flag(&key(1), "replay", 2_001, 0).await.unwrap(),
        1,
        "an unban kept the flags"
    );
}

async fn flags_at_the_same_moment_all_count(store: &Store) {
    let mut tasks = Vec::new();
    for _ in 0..10 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            store.bans.flag(&key(9), "replay", 5_000, 4_000).await.unwrap()
        }));
    }
    let mut most = 0;
    for task in tasks {
        most = most.max(task.await.unwrap());
    }
    assert_eq!(most, 10, "nobody saw all the flags, so nobody would ban");
}

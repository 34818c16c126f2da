//! How a store must keep a crank from writing about a match that another one owns.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;

use store::{
    Attempt, Ban, Intent, IntentKind, IntentState, Key, MatchHistory, MatchPhase, MatchRecord, PlayerStats,
    Store, StoreError, UnfinishedMatch, REPLAY_BYTES_MAX,
};

use super::{history, key, match_record};

pub(super) async fn run(store: &Store) {
    fences_only_grow(store).await;
    matches_are_made_with_their_owner(store).await;
    a_handle_writes_in_every_room_while_it_owns_the_match_and_in_none_afterwards(store).await;
    a_handle_writes_about_its_own_match_only(store).await;
    a_token_that_is_raised_with_the_fence_writes_again(store).await;
    nothing_is_written_after_a_raise(store).await;
    replays_come_back_as_they_were(store).await;
}

async fn fences_only_grow(store: &Store) {
    let matches = &store.matches;
    let absent = matches.raise_fence(&key(60), 1, "a").await.unwrap_err();
    assert!(
        matches!(absent, StoreError::NoMatch(k) if k == key(60)),
        "{absent:?}"
    );
    let absent = matches.fence(&key(60)).await.unwrap_err();
    assert!(
        matches!(absent, StoreError::NoMatch(k) if k == key(60)),
        "{absent:?}"
    );
    matches.insert(&match_record(60)).await.unwrap();
    assert_eq!(matches.fence(&key(60)).await.unwrap(), 0);
    for (to, holder, owns, fence) in [
        (0, "a", false, 0),
        (5, "a", true, 5),
        (5, "a", true, 5), // asked again, because the first answer was lost
        (5, "b", false, 5),
        (4, "a", false, 5),
        (4, "b", false, 5),
        (6, "b", true, 6),
        (5, "a", false, 6),
        (i64::MAX as u64, "c", true, i64::MAX as u64),
        (7, "b", false, i64::MAX as u64),
    ] {
        let told = matches.raise_fence(&key(60), to, holder).await.unwrap();
        assert_eq!(told, owns, "{to} for {holder}");
        assert_eq!(matches.fence(&key(60)).await.unwrap(), fence, "{to} for {holder}");
    }
    let error = matches.raise_fence(&key(60), u64::MAX, "d").await.unwrap_err();
    assert!(
        matches!(error, StoreError::TooLarge { field: "token", .. }),
        "{error:?}"
    );
    let listed = unfinished(store, 60).await.unwrap();
    assert_eq!(
        (listed.fence, listed.holder.as_deref()),
        (i64::MAX as u64, Some("c"))
    );

    // Of several at the same moment, each with a token of its own, the highest stays; equal ones have one
    // owner.
    matches.insert(&match_record(61)).await.unwrap();
    let mut tasks = Vec::new();
    for number in 0..16u64 {
        let store = store.clone();
        tasks.push(tokio::spawn(async move {
            let holder = format!("crank {number}");
            let to = 1 + number / 2;
            (
                to,
                store.matches.raise_fence(&key(61), to, &holder).await.unwrap(),
            )
        }));
    }
    let mut owners = 0;
    for task in tasks {
        let (to, owns) = task.await.unwrap();
        owners += u32::from(owns && to == 8);
    }
    assert_eq!(
        (owners, matches.fence(&key(61)).await.unwrap()),
        (1, 8),
        "one token, two owners"
    );
}

async fn unfinished(store: &Store, number: u8) -> Option<UnfinishedMatch> {
    let all = store.matches.unfinished_keys().await.unwrap();
    all.into_iter().find(|other| other.match_key == key(number))
}

async fn matches_are_made_with_their_owner(store: &Store) {
    let matches = &store.matches;
    matches
        .insert_owned(&match_record(62), 9, "crank one")
        .await
        .unwrap();
    let MatchRecord {
        match_key,
        operator,
        match_id,
        mode,
        mint,
        rules,
        stake_per_warrior,
        players_max,
        warriors_max,
        scheduled_slot,
        phase,
        created_at_ms,
        start_unix_us: _,
    } = match_record(62);
    let expected = UnfinishedMatch {
        match_key,
        operator,
        match_id,
        mode,
        mint,
        rules,
        stake_per_warrior,
        players_max,
        warriors_max,
        scheduled_slot,
        phase,
        created_at_ms,
        fence: 9,
        holder: Some("crank one".into()),
    };
    assert_eq!(unfinished(store, 62).await, Some(expected));
    assert_eq!(matches.get(&key(62)).await.unwrap(), Some(match_record(62)));
    // Two cranks of one operator took the same number.
    let same_number = MatchRecord {
        match_key: key(63),
        ..match_record(62)
    };
    for record in [same_number, match_record(62)] {
        let error = matches.insert_owned(&record, 10, "crank two").await.unwrap_err();
        assert!(
            matches!(error, StoreError::Taken { match_id: 62 }) && !error.is_transient(),
            "{error:?}"
        );
    }
    assert_eq!(
        matches.fence(&key(62)).await.unwrap(),
        9,
        "a refused match changed the one that is there"
    );
    let numbers = |all: Vec<Key>| all.into_iter().map(|key| key[0]).collect::<Vec<_>>();
    let whole = matches.unfinished().await.unwrap();
    let keys = matches.unfinished_keys().await.unwrap();
    assert_eq!(
        numbers(keys.into_iter().map(|other| other.match_key).collect()),
        numbers(whole.into_iter().map(|other| other.match_key).collect())
    );
    matches.set_phase(&key(62), MatchPhase::Closed).await.unwrap();
    assert_eq!(
        unfinished(store, 62).await,
        None,
        "what is closed is listed as unfinished"
    );
}

/// Everything that can be written about a match, or about anybody.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Write {
    Insert,
    InsertOwned,
    SetPhase,
    SetStart,
    Enqueue,
    Advance,
    UpsertMatch,
    RecordEntry,
    RemoveEntry,
    RecordCheckpoint,
    RecordResult,
    RecordClaim,
    RecordReplay,
    Ban,
    Unban,
    Flag,
}

impl Write {
    const ALL: [Write; 16] = [
        Write::Insert,
        Write::InsertOwned,
        Write::SetPhase,
        Write::SetStart,
        Write::Enqueue,
        Write::Advance,
        Write::UpsertMatch,
        Write::RecordEntry,
        Write::RemoveEntry,
        Write::RecordCheckpoint,
        Write::RecordResult,
        Write::RecordClaim,
        Write::RecordReplay,
        Write::Ban,
        Write::Unban,
        Write::Flag,
    ];

    /// Does it, so that each `turn` changes something.
    async fn run(self, store: &Store, number: u8, turn: u8) -> Result<(), StoreError> {
        let (matches, history, bans) = (&store.matches, &store.history, &store.bans);
        let match_key = key(number);
        let ordinal = u32::from(turn);
        match self {
            Write::Insert => matches.insert(&match_record(number)).await,
            Write::InsertOwned => matches.insert_owned(&match_record(number), 99, "thief").await,
            Write::SetPhase => {
                let phase = MatchPhase::ALL[usize::from(turn)];
                matches.set_phase(&match_key, phase).await
            }
            Write::SetStart => matches
                .set_start(&match_key, 1_000 + i64::from(turn))
                .await
                .map(drop),
            Write::Enqueue => {
                let kind = IntentKind::Checkpoint(ordinal);
                store.intents.enqueue(&match_key, kind, 1).await.map(drop)
            }
            Write::Advance => {
                let intent = store.intents.of_match(&match_key).await?.remove(0);
                let attempt = Attempt {
                    signature: [turn; 64],
                    last_valid_block_height: 1,
                    transaction: vec![turn],
                };
                let next = match intent.state {
                    IntentState::Queued => IntentState::Sent(attempt),
                    _ => IntentState::Queued,
                };
                store.intents.advance(&[intent.id], &next, turn.into()).await
            }
            Write::UpsertMatch => {
                let row = history::row(number, store::MatchStatus::ALL[usize::from(turn)]);
                history.upsert_match(&row).await
            }
            Write::RecordEntry => history.record_entry(&match_key, &history::entry(turn, 70)).await,
            Write::RemoveEntry => history.remove_entry(&match_key, turn).await,
            Write::RecordCheckpoint => {
                let row = store::CheckpointRow {
                    index: ordinal,
                    tick: 120,
                    digest: key(turn),
                    signature: None,
                    posted_at_ms: None,
                    leaf: None,
                    slot: None,
                };
                history.record_checkpoint(&match_key, &row).await
            }
            Write::RecordResult => {
                let result = store::ResultRecord {
                    match_key,
                    mint: key(240),
                    placements: vec![history::placement(0, number, 1)],
                    eliminations: vec![],
                };
                history.record_result(&result).await.map(drop)
            }
            Write::RecordClaim => history.record_claim(&match_key, 0, &[turn; 64]).await,
            Write::RecordReplay => history.record_replay(&match_key, &[turn; 9]).await,
            Write::Ban => bans.ban(&ban(number, turn)).await,
            Write::Unban => bans.unban(&key(number)).await.map(drop),
            Write::Flag => bans
                .flag(&key(number), "replay", i64::from(turn), 0)
                .await
                .map(drop),
        }
    }
}

fn ban(number: u8, turn: u8) -> Ban {
    Ban {
        wallet: key(number),
        reason: format!("turn {turn}"),
        since_ms: turn.into(),
        until_ms: None,
    }
}

/// All that is kept of a match and of the player of the same number. Flags are not told without adding one.
#[derive(Debug, PartialEq)]
struct Kept {
    record: Option<MatchRecord>,
    owner: Option<UnfinishedMatch>,
    intents: Vec<Intent>,
    history: Option<MatchHistory>,
    replay: Option<Vec<u8>>,
    stats: Vec<PlayerStats>,
    ban: Option<Ban>,
}

impl Kept {
    async fn of(store: &Store, number: u8) -> Kept {
        let match_key = key(number);
        Kept {
            record: store.matches.get(&match_key).await.unwrap(),
            owner: unfinished(store, number).await,
            intents: store.intents.of_match(&match_key).await.unwrap(),
            history: store.history.match_history(&match_key).await.unwrap(),
            replay: store.history.replay(&match_key).await.unwrap(),
            stats: store.history.player_stats(&match_key).await.unwrap(),
            ban: store.bans.current(&match_key, 0).await.unwrap(),
        }
    }
}

async fn a_handle_writes_in_every_room_while_it_owns_the_match_and_in_none_afterwards(store: &Store) {
    let token = Arc::new(AtomicU64::new(5));
    let mine = store.fenced(key(64), token.clone());
    for write in Write::ALL {
        // There is nothing to be owned yet. An intent is looked for before it is moved.
        if write != Write::Advance {
            let error = write.run(&mine, 64, 1).await.unwrap_err();
            assert!(
                matches!(error, StoreError::NoMatch(k) if k == key(64)),
                "{write:?}: {error:?}"
            );
        }
    }
    store.matches.insert(&match_record(64)).await.unwrap();
    assert!(store.matches.raise_fence(&key(64), 5, "me").await.unwrap());
    let fresh = Kept::of(store, 64).await;
    for write in Write::ALL {
        let done = write.run(&mine, 64, 1).await;
        match write {
            // It is there: it was not the fence that refused it.
            Write::Insert | Write::InsertOwned => {
                assert!(matches!(done, Err(StoreError::Taken { .. })), "{done:?}");
            }
            _ => done.unwrap_or_else(|error| panic!("{write:?}: {error}")),
        }
    }
    let written = Kept::of(store, 64).await;
    assert!(written.record != fresh.record && written.intents != fresh.intents);
    assert!(
        written.history != fresh.history && written.replay != fresh.replay && written.stats != fresh.stats
    );
    let flags = store.bans.flag(&key(64), "replay", 1, 0).await.unwrap();
    assert_eq!(flags, 2);
    store.bans.ban(&ban(64, 1)).await.unwrap();

    let before = Kept::of(store, 64).await;
    assert!(store.matches.raise_fence(&key(64), 7, "another").await.unwrap());
    for stale in [5, 6, 8] {
        token.store(stale, Ordering::SeqCst);
        for write in Write::ALL {
            let error = write.run(&mine, 64, 2).await.unwrap_err();
            match &error {
                StoreError::Fenced {
                    match_key,
                    token,
                    fence: 7,
                } => assert_eq!((match_key, token), (&key(64), &stale)),
                other => panic!("{write:?}: {other:?}"),
            }
            assert!(!error.is_transient());
            let text = error.to_string();
            let expected = if stale < 7 {
                "another crank owns match 40"
            } else {
                "must be raised before"
            };
            assert!(text.contains(expected), "{text}");
        }
    }
    let after = Kept::of(store, 64).await;
    let expected = Kept {
        owner: before.owner.clone().map(|owner| UnfinishedMatch {
            fence: 7,
            holder: Some("another".into()),
            ..owner
        }),
        ..before
    };
    assert_eq!(after, expected, "a handle that lost its match wrote about it");
    let flags = store.bans.flag(&key(64), "replay", 1, 0).await.unwrap();
    assert_eq!(flags, 3, "a handle that lost its match flagged a player");
    // One that is not fenced writes as ever.
    for write in Write::ALL {
        let done = write.run(store, 64, 3).await;
        assert!(
            done.is_ok() || matches!(done, Err(StoreError::Taken { .. })),
            "{write:?}: {done:?}"
        );
    }
}

async fn a_handle_writes_about_its_own_match_only(store: &Store) {
    store
        .matches
        .insert_owned(&match_record(65), 1, "me")
        .await
        .unwrap();
    store
        .matches
        .insert_owned(&match_record(66), 1, "me")
        .await
        .unwrap();
    store
        .intents
        .enqueue(&key(66), IntentKind::Create, 1)
        .await
        .unwrap();
    let mine = store.fenced(key(65), Arc::new(AtomicU64::new(1)));
    let before = Kept::of(store, 66).await;
    for write in Write::ALL {
        if matches!(write, Write::Ban | Write::Unban | Write::Flag) {
            continue;
        }
        let error = write.run(&mine, 66, 1).await.unwrap_err();
        assert!(
            matches!(error, StoreError::OtherMatch { handle, written } if (handle, written) == (key(65), key(66))),
            "{write:?}: {error:?}"
        );
        assert!(!error.is_transient());
    }
    let error = mine.matches.raise_fence(&key(66), 2, "me").await.unwrap_err();
    assert!(matches!(error, StoreError::OtherMatch { .. }), "{error:?}");
    // Nor together with its own.
    let own = mine
        .intents
        .enqueue(&key(65), IntentKind::Create, 1)
        .await
        .unwrap();
    let ids = [own.id, before.intents[0].id];
    let landed = IntentState::Landed {
        signature: None,
        slot: 1,
    };
    let error = mine.intents.advance(&ids, &landed, 2).await.unwrap_err();
    assert!(matches!(error, StoreError::OtherMatch { .. }), "{error:?}");
    assert_eq!(store.intents.of_match(&key(65)).await.unwrap(), [own]);
    assert_eq!(Kept::of(store, 66).await, before);
}

async fn a_token_that_is_raised_with_the_fence_writes_again(store: &Store) {
    store
        .matches
        .insert_owned(&match_record(67), 3, "me")
        .await
        .unwrap();
    let token = Arc::new(AtomicU64::new(3));
    let mine = store.fenced(key(67), token.clone());
    mine.matches.set_phase(&key(67), MatchPhase::Open).await.unwrap();
    // The lease was lost and taken again, by the same crank.
    assert!(mine.matches.raise_fence(&key(67), 4, "me").await.unwrap());
    let error = mine
        .matches
        .set_phase(&key(67), MatchPhase::Locked)
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Fenced {
                token: 3,
                fence: 4,
                ..
            }
        ),
        "{error:?}"
    );
    token.store(4, Ordering::SeqCst);
    mine.matches
        .set_phase(&key(67), MatchPhase::Locked)
        .await
        .unwrap();
    let again = mine.fenced(key(67), Arc::new(AtomicU64::new(9)));
    let error = again
        .matches
        .set_phase(&key(67), MatchPhase::Live)
        .await
        .unwrap_err();
    assert!(matches!(error, StoreError::Fenced { token: 9, .. }), "{error:?}");
}

/// A crank that writes as fast as it can, and one that takes the match away from it.
async fn nothing_is_written_after_a_raise(store: &Store) {
    store
        .matches
        .insert_owned(&match_record(68), 1, "one")
        .await
        .unwrap();
    let mut writers = Vec::new();
    for writer in 0..4u32 {
        let mine = store.fenced(key(68), Arc::new(AtomicU64::new(1)));
        writers.push(tokio::spawn(async move {
            for index in 0.. {
                let kind = IntentKind::Checkpoint(writer * 1_000_000 + index);
                match mine.intents.enqueue(&key(68), kind, 1).await {
                    Ok(_) => {}
                    Err(StoreError::Fenced {
                        token: 1, fence: 2, ..
                    }) => return index,
                    Err(error) => panic!("{error}"),
                }
            }
            unreachable!("it writes until it is stopped")
        }));
    }
    while store.intents.of_match(&key(68)).await.unwrap().len() < 20 {
        tokio::task::yield_now().await;
    }
    assert!(store.matches.raise_fence(&key(68), 2, "two").await.unwrap());
    let at_the_raise = store.intents.of_match(&key(68)).await.unwrap().len();
    let mut written = 0;
    for writer in writers {
        written += writer.await.unwrap() as usize;
    }
    let at_the_end = store.intents.of_match(&key(68)).await.unwrap().len();
    assert_eq!(
        (at_the_raise, at_the_raise),
        (at_the_end, written),
        "written after the raise"
    );
}

async fn replays_come_back_as_they_were(store: &Store) {
    let history = &store.history;
    assert_eq!(history.replay(&key(69)).await.unwrap(), None);
    let largest: Vec<u8> = (0..REPLAY_BYTES_MAX)
        .map(|index| ((index * 31) >> 7) as u8)
        .collect();
    for bytes in [b"first".as_slice(), b"", b"second", &largest, &largest] {
        history.record_replay(&key(69), bytes).await.unwrap();
        let kept = history.replay(&key(69)).await.unwrap();
        assert!(kept.as_deref() == Some(bytes), "{} bytes", bytes.len());
    }
    let error = history
        .record_replay(&key(69), &[largest.as_slice(), b"!"].concat())
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::TooLarge {
                value: 16_777_217,
                max: 16_777_216,
                ..
            }
        ),
        "{error:?}"
    );
    assert!(error.to_string().contains("bytes"), "{error}");
    let kept = history.replay(&key(69)).await.unwrap();
    assert!(
        kept.as_ref() == Some(&largest),
        "a refused file took the place of another"
    );
    assert_eq!(
        history.replay_file(&key(69)).await.unwrap(),
        None,
        "the index is of headings"
    );
    history.record_replay(&key(69), b"").await.unwrap();
}

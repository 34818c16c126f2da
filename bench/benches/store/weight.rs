//! What a match occupies: rows and bytes, by table, indexes included.
//!
//! The matches are made up, but written as a crank writes them: each intent goes from queued over sent to landed, and the
//! heading is written again with each checkpoint. Everything that can happen happens: every place is taken by a player of
//! their own, every warrior but one falls, everybody is paid.

use arena::Rules;
use bench::sample::Table;
use store::{
    Attempt, CheckpointRow, DatabaseUrl, EliminationRow, EntryRow, IntentKind, IntentState, Key, MatchPhase,
    MatchRecord, MatchRow, MatchStatus, PlacementRow, ResultRecord, Store,
};
use test_postgres::Cluster;

/// Cranks write several matches at once.
const AT_ONCE: u32 = 8;
/// A transaction of ours has about as many bytes.
const TRANSACTION_BYTES: usize = 800;
/// An input in a replay file: once with its signature, once as posted.
const INPUT_BYTES: u32 = 150;
/// A checkpoint in a replay file with its segments.
const CHECKPOINT_BYTES: u32 = 200;
/// A player in a replay file, and their warriors in the last state.
const PLAYER_BYTES: u32 = 350;
/// Inputs of a player: half of the changes that they may make.
const INPUTS: u32 = 5;

/// A kind of match.
pub(crate) struct Mode {
    name: &'static str,
    rules: Rules,
}

pub(crate) const BLITZ: Mode = Mode {
    name: "Blitz",
    rules: Rules::BLITZ,
};
const SIEGE: Mode = Mode {
    name: "Siege",
    rules: Rules::SIEGE,
};

impl Mode {
    fn players(&self) -> u8 {
        self.rules.warriors_max
    }

    fn ticks(&self) -> u32 {
        self.rules.length_ticks.into()
    }

    fn checkpoints(&self) -> u32 {
        self.ticks() / (u32::from(self.rules.segment_ticks) * u32::from(self.rules.segments_per_checkpoint))
    }

    fn replay_bytes(&self) -> u32 {
        self.checkpoints() * CHECKPOINT_BYTES
            + u32::from(self.players()) * (PLAYER_BYTES + INPUTS * INPUT_BYTES)
    }
}

/// Prints what matches of each mode occupy.
pub(crate) async fn measure(matches: u32) {
    let mut table = Table::new(&[
        "mode",
        "table",
        "rows a match",
        "bytes a match",
        "the same, compacted",
    ]);
    for mode in [BLITZ, SIEGE] {
        let cluster = Cluster::start();
        let url: DatabaseUrl = cluster.database().parse().unwrap();
        let store = Store::open(&url).await.unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 1..=matches {
            if number > AT_ONCE {
                tasks.join_next().await.unwrap().unwrap();
            }
            let (store, rules) = (store.clone(), mode.rules);
            let mode = Mode { rules, ..mode };
            tasks.spawn(async move { play(&store, &mode, number).await });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        weigh(&cluster, &mode, matches, &mut table);
    }
    table.print(&format!(
        "What a match occupies in PostgreSQL ({matches} matches; Blitz: {} players, {} checkpoints; Siege: {} and {})",
        BLITZ.players(),
        BLITZ.checkpoints(),
        SIEGE.players(),
        SIEGE.checkpoints(),
    ));
}

fn weigh(cluster: &Cluster, mode: &Mode, matches: u32, table: &mut Table) {
    cluster.sql("test_0", "VACUUM ANALYZE");
    let sizes = "SELECT c.relname, c.reltuples::bigint, pg_total_relation_size(c.oid) FROM pg_class c
                 JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public' AND c.relkind = 'r'
                 AND c.relname NOT LIKE '\\_%' ORDER BY c.relname";
    let read = || -> Vec<(String, f64, f64)> {
        let text = cluster.sql("test_0", sizes);
        let lines = text.lines().map(|line| {
            let cells: Vec<&str> = line.split('|').collect();
            let per_match = |cell: &str| cell.parse::<f64>().unwrap() / f64::from(matches);
            (cells[0].to_owned(), per_match(cells[1]), per_match(cells[2]))
        });
        lines.collect()
    };
    let written = read();
    cluster.sql("test_0", "VACUUM FULL");
    let compacted = read();
    let mut sums = [0.0; 3];
    for ((name, rows, bytes), (_, _, least)) in written.iter().zip(&compacted) {
        if *rows > 0.0 {
            line(table, mode, name, [*rows, *bytes, *least]);
            for (sum, value) in sums.iter_mut().zip([rows, bytes, least]) {
                *sum += value;
            }
        }
    }
    line(table, mode, "all", sums);
}

fn line(table: &mut Table, mode: &Mode, name: &str, [rows, bytes, least]: [f64; 3]) {
    table.line([
        mode.name.to_owned(),
        name.to_owned(),
        format!("{rows:.1}"),
        format!("{bytes:.0}"),
        format!("{least:.0}"),
    ]);
}

/// Thirty-two bytes that nothing can compress.
fn key(domain: u8, number: u32, of: u32) -> Key {
    let mut state =
        (u64::from(domain) << 56) ^ (u64::from(number) << 24) ^ u64::from(of) ^ 0x9e37_79b9_7f4a_7c15;
    let mut key = [0; 32];
    for chunk in key.chunks_exact_mut(8) {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        chunk.copy_from_slice(&(mixed ^ (mixed >> 27)).to_le_bytes());
    }
    key
}

fn signature(domain: u8, number: u32, of: u32) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&key(domain, number, of));
    signature[32..].copy_from_slice(&key(domain + 1, number, of));
    signature
}

/// A match as its operator keeps it.
pub(crate) fn record(mode: &Mode, number: u32) -> MatchRecord {
    MatchRecord {
        match_key: key(0, number, 0),
        operator: key(1, 0, 0),
        match_id: number.into(),
        mode: mode.rules.mode(),
        mint: key(2, 0, 0),
        rules: mode.rules.as_bytes().to_vec(),
        stake_per_warrior: 1_000_000,
        players_max: mode.players(),
        warriors_max: mode.rules.warriors_max,
        scheduled_slot: 0,
        phase: MatchPhase::Creating,
        created_at_ms: 1_700_000_000_000 + i64::from(number),
        start_unix_us: None,
    }
}

fn heading(mode: &Mode, number: u32, status: MatchStatus, ticks: u32) -> MatchRow {
    let players = mode.players();
    MatchRow {
        match_key: key(0, number, 0),
        match_id: number.into(),
        mode: mode.rules.mode(),
        status,
        mint: key(2, 0, 0),
        stake_per_warrior: 1_000_000,
        rules_hash: key(4, 0, 0),
        players,
        warriors: players,
        pot: 1_000_000 * u64::from(players),
        fee: 30_000,
        burn: 20_000,
        seed: Some(key(5, number, 0)),
        genesis_leaf: Some(key(6, number, 0)),
        winner: Some(key(7, number, 0)),
        ticks,
        created_at_ms: 1_700_000_000_000,
        started_at_ms: Some(1_700_000_010_000),
        ended_at_ms: Some(1_700_000_400_000),
        replay_file: (status == MatchStatus::Settled).then(|| "1".repeat(44) + ".replay"),
        final_leaf: None,
        terms: None,
        steps: store::MatchSteps::default(),
    }
}

/// Records one match from its making to its end.
async fn play(store: &Store, mode: &Mode, number: u32) {
    let record = record(mode, number);
    let match_key = record.match_key;
    let players = mode.players();
    store.matches.insert_owned(&record, 1, "crank-1").await.unwrap();
    for kind in [IntentKind::Create, IntentKind::InitRandomness] {
        land(store, &match_key, number, &[kind]).await;
    }
    let open = heading(mode, number, MatchStatus::Open, 0);
    store.history.upsert_match(&open).await.unwrap();
    for slot in 0..players {
        let entry = EntryRow {
            slot,
            // Of a thousand players, each plays again and again.
            player: player(number, slot),
            session_key: key(9, number, slot.into()),
            warriors: 1,
            paid: 1_000_000,
            late: false,
            signature: Some(signature(10, number, slot.into())),
        };
        store.history.record_entry(&match_key, &entry).await.unwrap();
    }
    for kind in [IntentKind::Lock, IntentKind::Start] {
        land(store, &match_key, number, &[kind]).await;
    }
    let start = 1_700_000_010_000_000;
    store.matches.set_start(&match_key, start).await.unwrap();
    store
        .matches
        .set_phase(&match_key, MatchPhase::Live)
        .await
        .unwrap();
    let ticks = mode.ticks() / mode.checkpoints();
    for index in 0..mode.checkpoints() {
        land(store, &match_key, number, &[IntentKind::Checkpoint(index)]).await;
        let row = CheckpointRow {
            index,
            tick: (index + 1) * ticks,
            digest: key(12, number, index),
            signature: Some(signature(13, number, index)),
            posted_at_ms: None,
            leaf: None,
            slot: None,
        };
        store.history.record_checkpoint(&match_key, &row).await.unwrap();
        let live = heading(mode, number, MatchStatus::Live, row.tick);
        store.history.upsert_match(&live).await.unwrap();
    }
    end(store, mode, number).await;
}

fn player(number: u32, slot: u8) -> Key {
    key(8, 0, (number * 7 + u32::from(slot)) % 1000)
}

/// Result, payments and what is left of it.
async fn end(store: &Store, mode: &Mode, number: u32) {
    let match_key = key(0, number, 0);
    let players = mode.players();
    land(store, &match_key, number, &[IntentKind::SubmitResult]).await;
    land(store, &match_key, number, &[IntentKind::Finalize]).await;
    let result = ResultRecord {
        match_key,
        mint: key(2, 0, 0),
        placements: (0..players).map(|slot| placement(number, slot)).collect(),
        eliminations: (1..players)
            .map(|victim| EliminationRow {
                tick: u32::from(victim) * 50,
                victim_warrior: victim,
                victim_slot: victim,
                attacker: Some((0, 0)),
            })
            .collect(),
    };
    assert!(store.history.record_result(&result).await.unwrap());
    for slot in 0..players {
        land(store, &match_key, number, &[IntentKind::Claim(slot)]).await;
        let paid = signature(15, number, slot.into());
        store.history.record_claim(&match_key, slot, &paid).await.unwrap();
    }
    let closing: Vec<_> = (0..players).map(IntentKind::CloseEntry).collect();
    land(store, &match_key, number, &closing).await;
    for kind in [
        IntentKind::SweepFee,
        IntentKind::Burn,
        IntentKind::CloseRandomness,
        IntentKind::CloseMatch,
    ] {
        land(store, &match_key, number, &[kind]).await;
    }
    let over = heading(mode, number, MatchStatus::Settled, mode.ticks());
    store.history.upsert_match(&over).await.unwrap();
    let replay: Vec<u8> = (0..mode.replay_bytes() / 32)
        .flat_map(|index| key(17, number, index))
        .collect();
    store.history.record_replay(&match_key, &replay).await.unwrap();
    store
        .matches
        .set_phase(&match_key, MatchPhase::Closed)
        .await
        .unwrap();
}

fn placement(number: u32, slot: u8) -> PlacementRow {
    PlacementRow {
        slot,
        player: player(number, slot),
        place: slot + 1,
        paid: 1_000_000,
        payout: 0,
        refunded: false,
        warriors: 1,
        warriors_alive: u8::from(slot == 0),
        hp_centi: 0,
        eliminations: 1,
        damage_centi: 10_000,
        claim_signature: None,
    }
}

/// Intents that share a transaction, from their writing to the chain.
async fn land(store: &Store, match_key: &Key, number: u32, kinds: &[IntentKind]) {
    let mut ids = Vec::new();
    for kind in kinds {
        let intent = store.intents.enqueue(match_key, *kind, 1).await.unwrap();
        ids.push(intent.id);
    }
    let signature = signature(18, number, ids[0].0 as u32);
    let sent = IntentState::Sent(Attempt {
        signature,
        last_valid_block_height: 300_000_000,
        transaction: (0..TRANSACTION_BYTES as u32 / 32)
            .flat_map(|index| key(20, number, index))
            .collect(),
    });
    let landed = IntentState::Landed {
        signature: Some(signature),
        slot: 300_000_000,
    };
    for state in [sent, landed] {
        store.intents.advance(&ids, &state, 2).await.unwrap();
    }
}

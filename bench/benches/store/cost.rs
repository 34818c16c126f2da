//! A write with the check of the fence, beside the same write without.

use std::sync::atomic::AtomicU64;
use std::sync::Arc;
use std::time::Instant;

use bench::sample::{Sample, Table};
use store::{DatabaseUrl, IntentKind, MatchPhase, Store};
use test_postgres::Cluster;

use crate::weight;

/// Prints the medians and their ratio, on each database.
pub(crate) async fn measure(writes: u32) {
    let mut table = Table::new(&["database", "write", "unfenced, µs", "fenced, µs", "ratio"]);
    let folder = tempfile::tempdir().unwrap();
    let file = DatabaseUrl::Sqlite(folder.path().join("bench.db"));
    compare("SQLite", &file, writes, &mut table).await;

    let cluster = Cluster::start();
    let url = cluster.database().parse().unwrap();
    compare("PostgreSQL, no wait for the disk", &url, writes, &mut table).await;
    for setting in ["fsync = on", "full_page_writes = on"] {
        cluster.sql("postgres", &format!("ALTER SYSTEM SET {setting}"));
    }
    cluster.sql("postgres", "SELECT pg_reload_conf()");
    let url = cluster.database().parse().unwrap();
    compare("PostgreSQL", &url, writes, &mut table).await;
    table.print("Cost of the fence");
}

async fn compare(name: &str, url: &DatabaseUrl, writes: u32, table: &mut Table) {
    let store = Store::open(url).await.unwrap();
    let record = weight::record(&weight::BLITZ, 1);
    store.matches.insert_owned(&record, 1, "bench").await.unwrap();
    let fenced = store.fenced(record.match_key, Arc::new(AtomicU64::new(1)));
    let handles = [&store, &fenced];
    let mut enqueued = [Sample::default(), Sample::default()];
    let mut phased = [Sample::default(), Sample::default()];
    for index in 0..writes {
        for (side, handle) in handles.iter().enumerate() {
            let kind = IntentKind::Checkpoint(2 * index + side as u32);
            let before = Instant::now();
            handle.intents.enqueue(&record.match_key, kind, 1).await.unwrap();
            enqueued[side].push(before.elapsed().as_secs_f64() * 1e6);
            let phase = MatchPhase::ALL[(2 * index as usize + side) % 8];
            let before = Instant::now();
            handle.matches.set_phase(&record.match_key, phase).await.unwrap();
            phased[side].push(before.elapsed().as_secs_f64() * 1e6);
        }
    }
    for (what, [unfenced, fenced]) in [("an intent, read back", enqueued), ("a phase", phased)] {
        table.line([
            name.to_owned(),
            what.to_owned(),
            format!("{:.0}", unfenced.median()),
            format!("{:.0}", fenced.median()),
            format!("{:.2}", fenced.median() / unfenced.median()),
        ]);
    }
}

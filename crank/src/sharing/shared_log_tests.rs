//! What counts when the log is in two places. The shipper is tested against a real cluster in
//! `tests/system-tests/tests/it/cranks.rs`.

use super::*;
use protocol::Hash;

const KEY: MatchKey = MatchKey([7; 32]);

fn records(leaves: &[u8]) -> Vec<Bytes> {
    let framed = leaves.iter().enumerate().map(|(segment, leaf)| {
        let mut bytes = Vec::new();
        let record = LogRecord::Sealed {
            segment: u32::try_from(segment).unwrap(),
            leaf: Hash([*leaf; 32]),
        };
        log::append(&record, &mut bytes);
        Bytes::from(bytes)
    });
    framed.collect()
}

/// What the file holds, and how many records count as shipped, after a file with `file` met a shared log with
/// `shared_log`.
fn after(file: &[u8], shared_log: &[u8], alone: bool) -> (Vec<Bytes>, u64) {
    let folder = tempfile::tempdir().unwrap();
    if !file.is_empty() {
        journal::replace(folder.path(), &KEY, &records(file)).unwrap();
    }
    let shipped = reconcile(folder.path(), &KEY, &records(shared_log), alone).unwrap();
    (raw(folder.path(), &KEY).unwrap(), shipped)
}

#[test]
fn the_ledger_counts() {
    let expected = (records(&[1, 2]), 2);
    assert_eq!(
        after(&[], &[1, 2], false),
        expected,
        "taken over by another machine"
    );
    assert_eq!(after(&[1], &[1, 2], true), expected, "the others went on");
    assert_eq!(
        after(&[1, 2, 3], &[1, 2], false),
        expected,
        "the third was never acked"
    );
    assert_eq!(
        after(&[1, 9], &[1, 2], true),
        expected,
        "the second was never acked"
    );
}

#[test]
fn a_cluster_that_lost_its_data_loses_nothing() {
    let expected = (records(&[1, 2, 3]), 1);
    assert_eq!(after(&[1, 2, 3], &[1], true), expected, "it lost the end");
    let expected = (records(&[1, 2, 3]), 0);
    assert_eq!(after(&[1, 2, 3], &[], true), expected, "it lost everything");
    assert_eq!(
        after(&[1, 2, 3], &[], false),
        expected,
        "better than nothing: the chain is compared"
    );
    assert_eq!(after(&[], &[], false), (Vec::new(), 0), "a new match");
}

#[test]
fn a_replaced_log_can_be_opened_and_appended_to() {
    let folder = tempfile::tempdir().unwrap();
    reconcile(folder.path(), &KEY, &records(&[1, 2]), false).unwrap();
    let opened = Journal::open(folder.path(), &KEY, crate::SyncPolicy::Never).unwrap();
    assert_eq!(opened.records.len(), 2);
    let mut log = opened.journal;
    log.append(&opened.records[0]).unwrap();
    assert_eq!(raw(folder.path(), &KEY).unwrap().len(), 3);
}

//! Logs that were cut, swapped, damaged, and read back.

use super::*;
use protocol::Hash;

const KEY: MatchKey = MatchKey([3; 32]);

fn record(segment: u32) -> LogRecord {
    LogRecord::Sealed {
        segment,
        leaf: Hash([segment as u8; 32]),
    }
}

fn open(folder: &Path) -> Opened {
    Journal::open(folder, &KEY, SyncPolicy::default()).unwrap()
}

#[test]
fn what_was_appended_is_read_back_by_the_next_process() {
    for policy in [SyncPolicy::Never, SyncPolicy::Checkpoint, SyncPolicy::Input] {
        let folder = tempfile::tempdir().unwrap();
        let mut opened = Journal::open(folder.path(), &KEY, policy).unwrap();
        assert!(opened.records.is_empty());
        opened.journal.append(&record(0)).unwrap();
        opened.journal.append(&record(1)).unwrap();
        opened.journal.syncer().unwrap().force().unwrap();
        // No destructor runs when a process is killed.
        std::mem::forget(opened.journal);
        let mut again = open(folder.path());
        assert_eq!(again.records, [record(0), record(1)]);
        again.journal.append(&record(2)).unwrap();
        assert_eq!(
            read(folder.path(), &KEY).unwrap().unwrap(),
            [record(0), record(1), record(2)]
        );
    }
}

#[test]
fn a_log_cut_at_any_byte_gives_its_whole_records_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file_name(&KEY));
    let mut journal = open(folder.path()).journal;
    let mut ends = vec![HEADER_LENGTH as u64];
    for segment in 0..4 {
        journal.append(&record(segment)).unwrap();
        ends.push(journal.length);
    }
    let whole = std::fs::read(&path).unwrap();
    for cut in 0..=whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let mut opened = open(folder.path());
        let records = ends
            .iter()
            .filter(|&&end| end <= cut as u64)
            .count()
            .saturating_sub(1);
        assert_eq!(
            opened.records,
            (0..records as u32).map(record).collect::<Vec<_>>(),
            "cut at {cut}"
        );
        opened.journal.append(&record(9)).unwrap();
        assert_eq!(open(folder.path()).records.len(), records + 1, "cut at {cut}");
    }
}

#[test]
fn a_file_that_is_not_this_matchs_log_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let other = MatchKey([4; 32]);
    drop(open(folder.path()));
    std::fs::rename(
        folder.path().join(file_name(&KEY)),
        folder.path().join(file_name(&other)),
    )
    .unwrap();
    let refused = Journal::open(folder.path(), &other, SyncPolicy::Never).unwrap_err();
    assert!(
        matches!(refused, JournalError::OtherMatch { found: KEY, .. }),
        "{refused}"
    );
    let path = folder.path().join(file_name(&KEY));
    std::fs::write(&path, vec![b'x'; 500]).unwrap();
    let refused = Journal::open(folder.path(), &KEY, SyncPolicy::Never).unwrap_err();
    assert!(matches!(refused, JournalError::Content { .. }), "{refused}");
    assert_eq!(
        std::fs::read(&path).unwrap().len(),
        500,
        "a damaged log was changed"
    );
    assert_eq!(read(folder.path(), &MatchKey([5; 32])).unwrap(), None);
}

#[test]
fn a_missing_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let refused = Journal::open(&folder.path().join("absent"), &KEY, SyncPolicy::Never).unwrap_err();
    assert!(refused.to_string().contains("absent"), "{refused}");
}

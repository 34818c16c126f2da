use ed25519_dalek::SigningKey;

use super::*;
use crate::input::Input;
use crate::key::{PlayerSlot, WarriorIndex};

fn records() -> Vec<LogRecord> {
    let signed = |sequence| {
        Input {
            match_key: MatchKey([3; 32]),
            slot: PlayerSlot(255),
            sequence,
            previous: Hash([0xff; 32]),
            tick: Tick(u32::MAX),
            warrior: WarriorIndex(255),
            heading: 8,
        }
        .sign(&SigningKey::from_bytes(&[1; 32]))
    };
    vec![
        LogRecord::Started {
            starts_at_ms: u64::MAX,
            seed: Hash([1; 32]),
            genesis_leaf: Hash([2; 32]),
        },
        LogRecord::Input {
            tick: Tick(1),
            signed: signed(1),
        },
        LogRecord::Admitted {
            segment: 3,
            warriors: 2,
        },
        LogRecord::Sealed {
            segment: 0,
            leaf: Hash([4; 32]),
        },
        LogRecord::Input {
            tick: Tick(u32::MAX),
            signed: signed(u32::MAX),
        },
    ]
}

fn file(records: &[LogRecord]) -> Vec<u8> {
    let mut bytes = header(&MatchKey([3; 32])).to_vec();
    records.iter().for_each(|record| append(record, &mut bytes));
    bytes
}

#[test]
fn the_longest_record_fits() {
    for record in records() {
        assert!(postcard::to_stdvec(&record).unwrap().len() <= 200);
    }
}

#[test]
fn what_is_written_is_read() {
    let bytes = file(&records());
    let log = read(&bytes).unwrap();
    assert_eq!(
        log,
        Log {
            match_key: MatchKey([3; 32]),
            records: records(),
            valid_length: bytes.len(),
            torn_length: 0
        }
    );
}

#[test]
fn cut_anywhere_it_is_a_prefix_with_a_torn_tail() {
    let bytes = file(&records());
    let mut whole_before = 0;
    for length in 0..bytes.len() {
        match read(&bytes[..length]) {
            Err(LogError::TornHeader(found)) => assert!(found == length && length < HEADER_LENGTH),
            Ok(log) => {
                assert_eq!(log.records, records()[..log.records.len()]);
                assert_eq!(log.valid_length + log.torn_length, length);
                assert!(log.records.len() >= whole_before && log.records.len() <= whole_before + 1);
                whole_before = log.records.len();
            }
            Err(error) => panic!("{error} at {length}"),
        }
    }
    assert_eq!(whole_before, records().len() - 1);
}

#[test]
fn zeros_after_a_crash_are_a_torn_tail() {
    let mut bytes = file(&records());
    let valid_length = bytes.len();
    bytes.extend([0; 4096]);
    let log = read(&bytes).unwrap();
    assert_eq!(
        (log.records.len(), log.valid_length, log.torn_length),
        (5, valid_length, 4096)
    );
}

#[test]
fn every_flipped_bit_in_the_middle_is_reported_with_its_place() {
    let bytes = file(&records());
    let last = file(&records()[..4]).len();
    let mut starts: Vec<usize> = (0..=4).map(|count| file(&records()[..count]).len()).collect();
    starts.push(bytes.len());
    for index in 0..bytes.len() {
        for bit in 0..8 {
            let mut damaged = bytes.clone();
            damaged[index] ^= 1 << bit;
            match read(&damaged) {
                Err(LogError::Magic(_)) => assert!(index < 8),
                Err(LogError::Header) => assert!((8..HEADER_LENGTH).contains(&index)),
                Err(LogError::Corrupt { offset, next }) => {
                    let record = starts.iter().rposition(|start| *start <= index).unwrap();
                    assert_eq!((offset, next), (starts[record], starts[record + 1]));
                }
                Ok(log) => {
                    assert!(index >= last, "damage at {index} went unseen");
                    assert_eq!((log.records.len(), log.valid_length), (4, last));
                }
                Err(error) => panic!("{error}"),
            }
        }
    }
}

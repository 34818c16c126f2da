//! Packed inputs: the form, what is refused, round trips.

use std::vec;
use std::vec::Vec;

use super::*;
use crate::rules::Rules;

fn change(slot: u8, warrior: u8, heading: u8) -> TickChange {
    TickChange {
        slot,
        change: Change { warrior, heading },
    }
}

fn pack(rules: &Rules, capacity: usize, admit: u8, changes: &[TickChange]) -> Result<Vec<u8>, ArenaError> {
    let mut out = vec![0xAA; MAX_INPUTS_LEN];
    let len = pack_inputs(rules, capacity, admit, changes, &mut out)?;
    out.truncate(len);
    Ok(out)
}

fn must(result: Result<impl Sized, ArenaError>) -> &'static str {
    match result {
        Err(ArenaError::Inputs { must, .. }) => must,
        Err(other) => panic!("another refusal: {other}"),
        Ok(_) => panic!("not refused"),
    }
}

#[test]
fn the_form_is_as_documented() {
    // 12 warriors: two mask bytes a slot, 20 slots in Siege.
    let changes = [change(0, 0, 5), change(0, 11, 8), change(19, 9, 3)];
    let bytes = pack(&Rules::SIEGE, 12, 2, &changes).unwrap();
    let mut expected = vec![0u8; 1 + 20 * 2 + 2];
    expected[0] = 2;
    (expected[1], expected[2]) = (0b0000_0001, 0b0000_1000);
    expected[1 + 19 * 2 + 1] = 0b0000_0010;
    (expected[41], expected[42]) = (0x85, 0x03);
    assert_eq!(bytes, expected);
    let inputs = SegmentInputs::parse(&Rules::SIEGE, 12, &bytes).unwrap();
    assert_eq!(inputs.admit(), 2);
    assert_eq!(inputs.changes().collect::<Vec<_>>(), changes);
}

#[test]
fn a_segment_without_changes_is_one_byte() {
    assert_eq!(pack(&Rules::BLITZ, 20, 0, &[]).unwrap(), [0]);
    assert_eq!(pack(&Rules::SIEGE, 20, 3, &[]).unwrap(), [3]);
    assert_eq!(
        SegmentInputs::parse(&Rules::BLITZ, 20, &[0])
            .unwrap()
            .changes()
            .count(),
        0
    );
    let long = vec![0; 1 + 60 * 3];
    assert_eq!(
        must(SegmentInputs::parse(&Rules::BLITZ, 20, &long)),
        "a segment without changes is its first byte alone"
    );
}

#[test]
fn the_longest_inputs_are_281_and_761_bytes() {
    let all = |rules: &Rules, warriors: u8| {
        let slots = rules.slots_per_segment() as u8;
        let of_slot = |slot: u8| (0..warriors).map(move |warrior| change(slot, warrior, 1 + warrior % 8));
        let changes: Vec<TickChange> = (0..slots)
            .filter(|slot| slot % (slots / 10) == 0)
            .flat_map(of_slot)
            .collect();
        pack(rules, usize::from(warriors), 0, &changes).unwrap().len()
    };
    assert_eq!((all(&Rules::BLITZ, 20), all(&Rules::SIEGE, 100)), (281, 761));
}

#[test]
fn slots_come_back_one_by_one() {
    let changes = [
        change(0, 3, 1),
        change(0, 4, 2),
        change(7, 0, 3),
        change(59, 19, 4),
    ];
    let bytes = pack(&Rules::BLITZ, 20, 0, &changes).unwrap();
    let inputs = SegmentInputs::parse(&Rules::BLITZ, 20, &bytes).unwrap();
    let mut buffer = [Change::default(); MAX_WARRIORS];
    let mut earlier = 0;
    let mut found = Vec::new();
    for slot in 0..60 {
        let count = inputs.slot(slot, earlier, &mut buffer);
        found.extend(buffer[..count].iter().map(|&change| TickChange {
            slot: slot as u8,
            change,
        }));
        earlier += count;
    }
    assert_eq!(found, changes);
}

#[test]
fn eleven_changes_of_one_warrior_are_refused() {
    let changes: Vec<TickChange> = (0..11).map(|slot| change(slot, 5, slot % 8)).collect();
    pack(&Rules::BLITZ, 20, 0, &changes[..10]).unwrap();
    assert!(must(pack(&Rules::BLITZ, 20, 0, &changes)).contains("changes_per_warrior_max"));
}

#[test]
fn every_malformed_packing_is_refused_by_name() {
    let parse = |bytes: &[u8]| SegmentInputs::parse(&Rules::BLITZ, 20, bytes).map(|_| ());
    let good = pack(&Rules::BLITZ, 20, 0, &[change(0, 0, 8)]).unwrap();
    assert_eq!(parse(&good), Ok(()));
    let with = |at: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[at] = value;
        must(parse(&bytes))
    };
    assert_eq!(must(parse(&[])), "the number of late entries comes first");
    assert_eq!(with(0, 21), "no more late entries than warrior slots");
    assert_eq!(
        must(parse(&good[..100])),
        "one mask a slot, or nothing after the first byte"
    );
    assert_eq!(must(parse(&good[..181])), "4 bits for each bit of the masks");
    assert_eq!(
        must(parse(&[good.as_slice(), &[0]].concat())),
        "4 bits for each bit of the masks"
    );
    assert_eq!(with(181, 0x09), "a heading is 0 to 8");
    assert_eq!(with(181, 0x18), "the last half byte is padding and zero");
    assert_eq!(with(3, 0x10), "a mask has bits of the match's warrior slots only");
    assert_eq!(with(6, 0x80), "a mask has bits of the match's warrior slots only");
    assert!(SegmentInputs::parse(&Rules::SIEGE, 101, &[0]).is_err());
}

#[test]
fn packing_refuses_disorder_strangers_and_small_buffers() {
    let twice = [change(0, 1, 1), change(0, 1, 2)];
    assert!(must(pack(&Rules::BLITZ, 20, 0, &twice)).contains("sorted"));
    assert!(must(pack(&Rules::BLITZ, 20, 0, &[change(1, 0, 1), change(0, 0, 1)])).contains("sorted"));
    assert!(must(pack(&Rules::BLITZ, 20, 0, &[change(60, 0, 1)])).contains("slot"));
    assert!(must(pack(&Rules::BLITZ, 20, 0, &[change(0, 20, 1)])).contains("warrior"));
    assert!(must(pack(&Rules::BLITZ, 20, 0, &[change(0, 0, 9)])).contains("heading"));
    let mut small = [0; 100];
    assert!(must(pack_inputs(&Rules::BLITZ, 20, 0, &[change(0, 0, 1)], &mut small)).contains("room"));
}

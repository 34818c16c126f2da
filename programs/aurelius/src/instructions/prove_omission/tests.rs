#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

use arena::{pack_inputs, Change, Rules, TickChange, MAX_INPUTS_LEN};
use bytemuck::Zeroable;

use super::*;

fn header(rules: Rules) -> Match {
    let mut header = Match::zeroed();
    header.version = crate::state::ACCOUNT_VERSION;
    header.rules[..arena::RULES_LEN].copy_from_slice(rules.as_bytes());
    header.rules_len = arena::RULES_LEN as u16;
    header.capacity = 20;
    header.checkpoint_ticks = rules.checkpoint_ticks();
    header.segments_per_checkpoint = rules.segments_per_checkpoint;
    header.slots_per_segment = (rules.segment_ticks / rules.slot_ticks) as u8;
    header
}

fn receipt(warrior: u8, heading: u8) -> Receipt {
    Receipt {
        slot: 1,
        sequence: 7,
        input_hash: [5; 32],
        tick: 3,
        warrior,
        heading,
    }
}

fn code<T: core::fmt::Debug>(result: Result<T>) -> AureliusError {
    let Err(Error::AnchorError(error)) = result else {
        panic!("not refused by this program")
    };
    AureliusError::from_code(error.error_code_number).unwrap()
}

#[test]
fn a_receipt_is_the_stated_table() {
    let receipt = Receipt {
        slot: 2,
        sequence: 9,
        input_hash: [4; 32],
        tick: 0x0102_0304,
        warrior: 7,
        heading: 5,
    };
    let message = receipt.message(&[3; 32]);
    assert_eq!(message.len(), 94);
    assert_eq!(&message[..19], b"aurelius:receipt:v1");
    assert_eq!(message[19..51], [3; 32]);
    assert_eq!(message[51..56], [2, 9, 0, 0, 0]);
    assert_eq!(message[56..88], [4; 32]);
    assert_eq!(message[88..], [4, 3, 2, 1, 7, 5]);
}

#[test]
fn a_tick_has_one_place() {
    let blitz = header(Rules::BLITZ);
    let at = |tick: u32| {
        let place = place(&blitz, tick).unwrap();
        (place.index, place.segment, place.slot)
    };
    assert_eq!(at(1), (0, 0, 0));
    assert_eq!(at(60), (0, 0, 59));
    assert_eq!(at(61), (0, 1, 0));
    assert_eq!(at(121), (1, 0, 0));
    assert_eq!(code(place(&blitz, 0)), AureliusError::ReceiptTickInvalid);
    let siege = header(Rules::SIEGE);
    assert_eq!(place(&siege, 4).unwrap().slot, 1);
    assert_eq!(
        place(&siege, 118).unwrap(),
        Place {
            index: 1,
            segment: 0,
            slot: 19
        }
    );
    for between in [2, 3, 5, u32::MAX] {
        assert_eq!(code(place(&siege, between)), AureliusError::ReceiptTickInvalid);
    }
}

#[test]
fn only_the_very_change_keeps_a_receipt() {
    let header = header(Rules::BLITZ);
    let change = |slot, warrior, heading| TickChange {
        slot,
        change: Change { warrior, heading },
    };
    let mut bytes = [0; MAX_INPUTS_LEN];
    let changes = [change(1, 4, 6), change(2, 4, 3), change(2, 5, 1), change(3, 4, 7)];
    let len = pack_inputs(&Rules::BLITZ, 20, 0, &changes, &mut bytes).unwrap();
    let judge = |receipt: Receipt| judge(&header, &bytes[..len], 2, &receipt);
    assert_eq!(code(judge(receipt(4, 3))), AureliusError::ReceiptKept);
    assert_eq!(code(judge(receipt(5, 1))), AureliusError::ReceiptKept);
    assert_eq!(judge(receipt(4, 6)).unwrap(), 3, "another heading");
    assert_eq!(judge(receipt(6, 3)).unwrap(), NOTHING, "another warrior");
}

/// The program reads packed inputs for itself: as the rules do, for all that the rules take.
#[test]
fn every_change_is_found_where_the_rules_find_it() {
    let mut random = 58u32;
    let mut below = |bound: u32| {
        random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (random >> 16) % bound
    };
    for (rules, capacity) in [(Rules::BLITZ, 2), (Rules::BLITZ, 20), (Rules::SIEGE, 100)] {
        let mut header = header(rules);
        header.capacity = capacity;
        let slots = header.slots_per_segment;
        for _ in 0..50 {
            let mut changes = Vec::new();
            for slot in 0..slots {
                for warrior in 0..capacity {
                    if below(30) > 0 {
                        continue;
                    }
                    let heading = below(9) as u8;
                    changes.push(TickChange {
                        slot,
                        change: Change { warrior, heading },
                    });
                }
            }
            let mut bytes = [0; MAX_INPUTS_LEN];
            let Ok(len) = pack_inputs(&rules, capacity.into(), 0, &changes, &mut bytes) else {
                continue;
            };
            for slot in 0..=slots {
                for warrior in 0..=capacity {
                    let expected = changes
                        .iter()
                        .find(|posted| posted.slot == slot && posted.change.warrior == warrior)
                        .map(|posted| posted.change.heading);
                    assert_eq!(heading_at(&header, &bytes[..len], slot, warrior), expected);
                }
            }
        }
    }
}

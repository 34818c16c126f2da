//! Leaves, digests, inputs and admissions.

use super::*;

#[test]
fn checkpoints() {
    // A lie about a leaf begins where it was told, whatever else it breaks.
    check(
        blitz(),
        |r| r.checkpoints[2].segments[1].leaf[0] ^= 1,
        "checkpoints",
        at(2, 0, 240),
        "digest",
    );
    check(
        blitz(),
        |r| {
            // As above, by an operator who keeps their digests in order: only the simulation can tell.
            r.checkpoints[2].segments[1].leaf[0] ^= 1;
            for checkpoint in &mut r.checkpoints {
                checkpoint.digest = None;
            }
            r.trace = None;
        },
        "checkpoints",
        at(2, 1, 300),
        "leaf after the segment",
    );
    check(
        blitz(),
        |r| r.checkpoints[1].digest = Some([1; 32]),
        "digests",
        at(1, 0, 120),
        "digest of what was posted",
    );
    check(
        blitz(),
        |r| r.trace.as_mut().unwrap()[3] = [1; 32],
        "digests",
        at(3, 0, 360),
        "digest in the trace account",
    );
    check(
        blitz(),
        |r| r.checkpoints[3].index = 4,
        "checkpoints",
        at(3, 0, 360),
        "the checkpoint's index",
    );
    check(
        blitz(),
        |r| {
            r.checkpoints[3].segments.pop();
        },
        "checkpoints",
        at(3, 0, 360),
        "",
    );
    check(
        blitz(),
        |r| {
            r.checkpoints.remove(0);
        },
        "checkpoints",
        at(0, 0, 0),
        "index",
    );
}

/// Makes an operator's lie hang together: no digests, no signatures, nothing but the simulation in the way.
pub(super) fn without_cross_checks(record: &mut MatchRecord) {
    record.trace = None;
    record.signed_inputs = None;
    record
        .checkpoints
        .iter_mut()
        .for_each(|checkpoint| checkpoint.digest = None);
}

#[test]
fn inputs_that_the_rules_refuse() {
    let garbled = |bytes: Vec<u8>| {
        move |r: &mut MatchRecord| {
            without_cross_checks(r);
            r.checkpoints[1].segments[0].inputs = bytes;
        }
    };
    check(blitz(), garbled(vec![]), "inputs", at(1, 0, 120), "packed inputs");
    check(
        blitz(),
        garbled(vec![1]),
        "inputs",
        at(1, 0, 120),
        "packed inputs",
    );
    check(
        blitz(),
        garbled(vec![0, 0xff]),
        "inputs",
        at(1, 0, 120),
        "packed inputs",
    );
    // Inputs that are valid but not those of the leaf.
    check(
        blitz(),
        garbled(vec![0]),
        "checkpoints",
        at(1, 0, 120),
        "leaf after the segment",
    );
}

#[test]
fn late_entries_must_come_before_their_admission() {
    let falsify = |r: &mut MatchRecord| r.players[3].late.as_mut().unwrap().checkpoints_before = Some(3);
    check(
        siege(),
        falsify,
        "inputs",
        at(2, 0, 120),
        "player 3 was admitted before having entered",
    );
    // Admitting after the cut-off.
    let falsify = |r: &mut MatchRecord| {
        without_cross_checks(r);
        r.checkpoints[5].segments[0].inputs[0] = 1;
    };
    check(siege(), falsify, "inputs", at(5, 0, 300), "packed inputs");
    // Half an entry.
    let falsify = |r: &mut MatchRecord| {
        without_cross_checks(r);
        r.checkpoints[2].segments[0].inputs[0] = 1;
    };
    check(siege(), falsify, "inputs", at(2, 0, 120), "packed inputs");
}

//! Signed inputs: forged, changed, left out.

use super::*;

#[test]
fn signatures() {
    let first_tick = |r: &MatchRecord, index: usize| r.signed_inputs.as_ref().unwrap()[index].tick.0;
    let place = |tick: u32| at(tick / 120, tick % 120 / 60, tick);
    let tick = first_tick(&blitz(), 10);
    let input = |change: fn(&mut protocol::replay::ReplayInput)| {
        move |r: &mut MatchRecord| change(&mut r.signed_inputs.as_mut().unwrap()[10])
    };
    check(
        blitz(),
        input(|i| i.signed.signature = Signature([1; 64])),
        "signatures",
        place(tick),
        "signature of input",
    );
    check(
        blitz(),
        input(|i| i.signed.input.heading = (i.signed.input.heading + 1) % 9),
        "signatures",
        place(tick),
        "",
    );
    check(
        blitz(),
        input(|i| i.signed.input.match_key = MatchKey([5; 32])),
        "signatures",
        place(tick),
        "the match of input",
    );
    check(
        blitz(),
        input(|i| i.signed.input.slot = PlayerSlot(99)),
        "signatures",
        place(tick),
        "owner of the warrior",
    );
    // A tick beyond the end: what was posted for it is left without a signature.
    check(
        blitz(),
        input(|i| i.tick = Tick(5400)),
        "signatures",
        place(tick),
        "without a signed input",
    );
    // Signed again by somebody else.
    let forged = |r: &mut MatchRecord| {
        let input = &mut r.signed_inputs.as_mut().unwrap()[10].signed;
        *input = input.input.sign(&session(77));
    };
    check(blitz(), forged, "signatures", place(tick), "signature of input");
}

#[test]
fn accepted_inputs_are_all_posted_and_nothing_else_is() {
    // Left out of the posted inputs by an operator who then simulated honestly: only the ack's signature tells.
    let mut record = blitz();
    let inputs = record.signed_inputs.as_mut().unwrap();
    let last = inputs.last().unwrap().clone();
    let mut extra = last.signed.input;
    extra.sequence += 1;
    extra.previous = last.signed.input.hash();
    extra.warrior = last.signed.input.warrior;
    // One slot on, where nothing was posted for this warrior.
    let free = (1..60).map(|add| last.tick.0 + add).find(|tick| {
        tick % 60 != 0
            && !inputs
                .iter()
                .any(|i| i.tick.0 == *tick && i.signed.input.warrior == extra.warrior)
    });
    let tick = free.unwrap().min(599);
    inputs.push(protocol::replay::ReplayInput {
        tick: Tick(tick),
        signed: extra.sign(&session(extra.slot.0)),
    });
    check(
        record,
        |_| {},
        "signatures",
        at(tick / 120, tick % 120 / 60, tick),
        "missing from what was posted",
    );

    // Posted without a signature: the last input of a player disappears from the file.
    let mut record = blitz();
    let gone = record.signed_inputs.as_mut().unwrap().pop().unwrap();
    let verdict = judge(&record);
    let difference = verdict.first_difference.unwrap();
    let tick = gone.tick.0;
    assert_eq!(difference.place, at(tick / 120, tick % 120 / 60, tick));
    assert!(difference.what.contains("posted"), "{}", difference.what);
}

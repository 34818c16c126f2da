//! Players' signatures: every accepted input is the player's own, and exactly the accepted inputs were posted.

use std::collections::BTreeMap;

use arena::{Change, Rules, SegmentInputs};
use protocol::input::{ChainHead, SignedInput};
use protocol::replay::ReplayInput;
use protocol::SessionKey;

use super::progress::Progress;
use super::report::Report;
use crate::record::{MatchRecord, PlayerRecord, StartRecord};
use crate::verdict::Place;

const NAME: &str = "signatures";

/// Signatures are spread over threads in pieces of this size; fewer are checked in place.
const PIECE_LEN: usize = 256;

pub(super) fn check(
    record: &MatchRecord,
    rules: &Rules,
    start: &StartRecord,
    owners: &[u8],
    report: &mut Report,
    progress: &mut dyn FnMut(Progress),
) {
    let Some(inputs) = &record.signed_inputs else {
        report.skip(
            NAME,
            "no replay file at hand; the posted inputs were checked without their signatures",
        );
        return;
    };
    let context = Context {
        record,
        rules,
        owners,
    };
    let placed: Vec<Option<Slot>> = inputs
        .iter()
        .map(|input| context.check_input(input, report))
        .collect();
    context.check_chains(inputs, report);
    context.check_signatures(inputs, report, progress);
    context.check_posted(inputs, &placed, usize::from(start.capacity), report);
    let players = record.players.iter().filter(|player| {
        inputs
            .iter()
            .any(|input| input.signed.input.slot.0 == player.index)
    });
    let detail = format!(
        "{} inputs of {} players, all posted as signed",
        inputs.len(),
        players.count()
    );
    report.pass_unless_failed(NAME, detail);
}

/// Where an input takes effect.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    /// Segment of the match.
    segment: u32,
    /// Slot within it.
    slot: u8,
}

struct Context<'a> {
    record: &'a MatchRecord,
    rules: &'a Rules,
    owners: &'a [u8],
}

impl Context<'_> {
    /// The checkpoint and segment that begin with or hold `tick`.
    fn place(&self, tick: u32) -> Place {
        let segment_ticks = u32::from(self.rules.segment_ticks).max(1);
        let per_checkpoint = u32::from(self.rules.segments_per_checkpoint).max(1);
        let segment = tick / segment_ticks;
        Place::Checkpoint {
            checkpoint: segment / per_checkpoint,
            segment: segment % per_checkpoint,
            tick,
        }
    }

    fn player(&self, index: u8) -> Option<&PlayerRecord> {
        self.record.players.iter().find(|player| player.index == index)
    }

    /// What can be said of one input without its neighbours; gives its slot if it has one.
    fn check_input(&self, input: &ReplayInput, report: &mut Report) -> Option<Slot> {
        let place = self.place(input.tick.0);
        let signed = input.signed.input;
        let who = format!("input {} of player {}", signed.sequence, signed.slot.0);
        if signed.match_key.0 != self.record.match_ref.key.to_bytes() {
            let found = signed.match_key.to_string();
            report.fail(
                NAME,
                place,
                format!("the match of {who}"),
                &self.record.match_ref.key.to_string(),
                &found,
            );
        }
        let owner = self.owners.get(usize::from(signed.warrior.0));
        if owner != Some(&signed.slot.0) {
            let found = owner.map_or("nobody".to_owned(), |owner| format!("player {owner}"));
            let expected = format!("player {}", signed.slot.0);
            report.fail(
                NAME,
                place,
                format!("the owner of the warrior that {who} moves"),
                &expected,
                &found,
            );
        }
        let slot_ticks = u32::from(self.rules.slot_ticks).max(1);
        let length = u32::from(self.rules.length_ticks);
        if !input.tick.0.is_multiple_of(slot_ticks) || input.tick.0 >= length {
            let expected = format!("a multiple of {slot_ticks} below {length}");
            report.fail(
                NAME,
                place,
                format!("the tick of {who}"),
                &expected,
                &input.tick.to_string(),
            );
            return None;
        }
        let segment_ticks = u32::from(self.rules.segment_ticks).max(1);
        let segment = input.tick.0 / segment_ticks;
        // At most 60 slots a segment: the rules table was validated.
        Some(Slot {
            segment,
            slot: (input.tick.0 % segment_ticks / slot_ticks) as u8,
        })
    }

    /// Each player's inputs form one chain without gaps, in the order of acceptance and of effect.
    fn check_chains(&self, inputs: &[ReplayInput], report: &mut Report) {
        let mut chains: BTreeMap<u8, (ChainHead, u32)> = BTreeMap::new();
        for input in inputs {
            let signed = input.signed.input;
            let (head, last_tick) = chains.entry(signed.slot.0).or_default();
            let place = self.place(input.tick.0);
            let who = format!("input {} of player {}", signed.sequence, signed.slot.0);
            if signed.sequence != head.expected_sequence {
                let expected = head.expected_sequence.to_string();
                report.fail(
                    NAME,
                    place,
                    format!("the number of {who}"),
                    &expected,
                    &signed.sequence.to_string(),
                );
            } else if signed.previous != head.head {
                let expected = head.head.to_string();
                report.fail(
                    NAME,
                    place,
                    format!("the predecessor of {who}"),
                    &expected,
                    &signed.previous.to_string(),
                );
            }
            if input.tick.0 < *last_tick {
                let what = format!("{who} takes effect before an earlier one");
                report.fail(
                    NAME,
                    place,
                    what,
                    &format!("tick {last_tick} or later"),
                    &input.tick.to_string(),
                );
            }
            *head = ChainHead {
                expected_sequence: signed.sequence.saturating_add(1),
                head: signed.hash(),
            };
            *last_tick = input.tick.0;
        }
    }

    fn check_signatures(
        &self,
        inputs: &[ReplayInput],
        report: &mut Report,
        progress: &mut dyn FnMut(Progress),
    ) {
        let keyed: Vec<(&SignedInput, Option<SessionKey>)> = inputs
            .iter()
            .map(|input| {
                let player = self.player(input.signed.input.slot.0);
                (&input.signed, player.map(|player| SessionKey(player.session_key)))
            })
            .collect();
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut done = 0;
        for round in keyed.chunks(PIECE_LEN * threads) {
            for (offset, valid) in validity(round).into_iter().enumerate() {
                if let (false, Some(input)) = (valid, inputs.get(done + offset)) {
                    let signed = input.signed.input;
                    let what = format!(
                        "the signature of input {} of player {}",
                        signed.sequence, signed.slot.0
                    );
                    let place = self.place(input.tick.0);
                    report.fail(
                        NAME,
                        place,
                        what,
                        "one by the player's session key",
                        &input.signed.signature.to_string(),
                    );
                }
            }
            done += round.len();
            progress(Progress::Signatures {
                done,
                total: inputs.len(),
            });
        }
    }

    /// The posted inputs are the accepted ones: nothing invented, nothing left out.
    fn check_posted(
        &self,
        inputs: &[ReplayInput],
        placed: &[Option<Slot>],
        capacity: usize,
        report: &mut Report,
    ) {
        // The last accepted input of a warrior in a slot is the one that counts.
        let mut accepted: BTreeMap<(Slot, u8), u8> = BTreeMap::new();
        for (input, slot) in inputs.iter().zip(placed) {
            if let Some(slot) = slot {
                accepted.insert((*slot, input.signed.input.warrior.0), input.signed.input.heading);
            }
        }
        let (posted, count) = self.posted(capacity);
        for ((slot, warrior), heading) in &posted {
            match accepted.get(&(*slot, *warrior)) {
                None => self.fail_posted(
                    *slot,
                    *warrior,
                    "was posted without a signed input",
                    "no input",
                    *heading,
                    report,
                ),
                Some(signed) if signed != heading => {
                    let expected = format!("heading {signed}");
                    self.fail_posted(
                        *slot,
                        *warrior,
                        "was posted with another heading than signed",
                        &expected,
                        *heading,
                        report,
                    );
                }
                Some(_) => {}
            }
        }
        for ((slot, warrior), heading) in &accepted {
            // What was accepted for segments that were never posted is no difference yet.
            if slot.segment < count && !posted.contains_key(&(*slot, *warrior)) {
                let place = self.place(self.tick(*slot));
                let what = format!(
                    "a signed and accepted input of warrior {warrior} is missing from what was posted"
                );
                report.fail(NAME, place, what, &format!("heading {heading}"), "no input");
            }
        }
    }

    /// The headings in what was posted, and in how many segments.
    fn posted(&self, capacity: usize) -> (BTreeMap<(Slot, u8), u8>, u32) {
        let segments = self
            .record
            .checkpoints
            .iter()
            .flat_map(|checkpoint| &checkpoint.segments);
        let mut posted: BTreeMap<(Slot, u8), u8> = BTreeMap::new();
        let mut count = 0u32;
        for (segment, number) in segments.zip(0u32..) {
            count = number + 1;
            // Inputs that do not parse have been reported by the simulation.
            let Ok(parsed) = SegmentInputs::parse(self.rules, capacity, &segment.inputs) else {
                continue;
            };
            for change in parsed.changes() {
                let Change { warrior, heading } = change.change;
                posted.insert(
                    (
                        Slot {
                            segment: number,
                            slot: change.slot,
                        },
                        warrior,
                    ),
                    heading,
                );
            }
        }
        (posted, count)
    }

    fn fail_posted(
        &self,
        slot: Slot,
        warrior: u8,
        what: &str,
        expected: &str,
        heading: u8,
        report: &mut Report,
    ) {
        let place = self.place(self.tick(slot));
        report.fail(
            NAME,
            place,
            format!("a move of warrior {warrior} {what}"),
            expected,
            &format!("heading {heading}"),
        );
    }

    fn tick(&self, slot: Slot) -> u32 {
        slot.segment * u32::from(self.rules.segment_ticks)
            + u32::from(slot.slot) * u32::from(self.rules.slot_ticks)
    }
}

/// Whether each input is signed by its key, in order. Uses all cores for long lists.
fn validity(inputs: &[(&SignedInput, Option<SessionKey>)]) -> Vec<bool> {
    let one =
        |(signed, key): &(&SignedInput, Option<SessionKey>)| key.is_some_and(|key| signed.is_signed_by(&key));
    if inputs.len() <= PIECE_LEN {
        return inputs.iter().map(one).collect();
    }
    std::thread::scope(|scope| {
        let pieces: Vec<_> = inputs
            .chunks(PIECE_LEN)
            .map(|piece| {
                (
                    piece.len(),
                    scope.spawn(move || piece.iter().map(one).collect::<Vec<bool>>()),
                )
            })
            .collect();
        // A thread that died has verified nothing.
        pieces
            .into_iter()
            .flat_map(|(len, piece)| piece.join().unwrap_or_else(|_| vec![false; len]))
            .collect()
    })
}

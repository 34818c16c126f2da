//! Every tick again: inputs, leaves and digests of each checkpoint.

use arena::{HostSha256, Rules, Sha256, StateBuf};

use super::end::End;
use super::place::checkpoint_place;
use super::progress::Progress;
use super::report::Report;
use crate::record::{CheckpointRecord, LateEntry, MatchRecord, SegmentRecord, Standing, StartRecord};
use crate::resimulation::{Outcome, Resimulation};
use crate::verdict::Place;

/// What recomputing the checkpoints gave.
#[derive(Default)]
pub(super) struct Simulated {
    /// The state they end with, unless something on the way differs.
    pub(super) end: Option<End>,
    /// The first segment that is not what the rules make of its inputs.
    pub(super) wrong: Option<WrongSegment>,
}

/// A segment that is not what the rules make of its inputs.
pub(super) struct WrongSegment {
    pub(super) checkpoint: u32,
    pub(super) segment: u32,
    /// The leaf that was posted.
    pub(super) claimed: [u8; 32],
    /// The leaf that it should have; none when the rules refuse the inputs.
    pub(super) computed: Option<[u8; 32]>,
}

/// Recomputes all checkpoints.
pub(super) fn check(
    record: &MatchRecord,
    rules: &Rules,
    start: &StartRecord,
    owners: &[u8],
    genesis: StateBuf,
    report: &mut Report,
    progress: &mut dyn FnMut(Progress),
) -> Simulated {
    check_order(record, rules, report);
    check_digests(record, rules, start, report);
    let mut run = Run {
        record,
        match_so_far: Resimulation::new(*rules, owners.to_vec(), genesis),
        segments: 0,
        wrong: None,
    };
    let total = record.checkpoints.len();
    for (index, checkpoint) in record.checkpoints.iter().enumerate() {
        if !run.checkpoint(checkpoint, report) {
            // A differing leaf has its line already; nothing after it can be told apart any more.
            report.pass_unless_failed("checkpoints", "recomputed up to the difference");
            return Simulated {
                end: None,
                wrong: run.wrong,
            };
        }
        progress(Progress::Checkpoints {
            done: index + 1,
            total,
        });
    }
    let end = End {
        leaf: run.match_so_far.leaf(),
        state: run.match_so_far.state().clone(),
    };
    let state = end.view();
    let detail = format!(
        "{total} checkpoints, {} segments, {} ticks recomputed{}",
        run.segments,
        state.tick(),
        if state.ended() {
            "; the match has ended"
        } else {
            ""
        }
    );
    report.pass_unless_failed("checkpoints", detail);
    check_end(record, &end, report);
    Simulated {
        end: Some(end),
        wrong: None,
    }
}

/// Indexes without gaps, as many segments as the rules say, no more checkpoints than the match has.
fn check_order(record: &MatchRecord, rules: &Rules, report: &mut Report) {
    const NAME: &str = "checkpoints";
    let segments = usize::from(rules.segments_per_checkpoint);
    for (checkpoint, index) in record.checkpoints.iter().zip(0u32..) {
        let place = checkpoint_place(rules, index);
        if checkpoint.index != index {
            report.fail(
                NAME,
                place,
                "the checkpoint's index",
                &index.to_string(),
                &checkpoint.index.to_string(),
            );
        }
        if checkpoint.segments.len() != segments {
            let found = checkpoint.segments.len().to_string();
            report.fail(
                NAME,
                place,
                "segments of the checkpoint",
                &segments.to_string(),
                &found,
            );
        }
    }
    let most = rules.checkpoint_count() as usize;
    if record.checkpoints.len() > most {
        let place = checkpoint_place(rules, rules.checkpoint_count());
        let found = record.checkpoints.len().to_string();
        report.fail(
            NAME,
            place,
            "checkpoints of the match",
            &format!("at most {most}"),
            &found,
        );
    }
}

/// Digests follow from what was posted; they need no simulation.
fn check_digests(record: &MatchRecord, rules: &Rules, start: &StartRecord, report: &mut Report) {
    const NAME: &str = "digests";
    let mut previous = start.genesis_leaf;
    let mut traced = 0usize;
    for checkpoint in &record.checkpoints {
        let segments: Vec<([u8; 32], [u8; 32])> = checkpoint
            .segments
            .iter()
            .map(|segment| (sha256(&segment.inputs), segment.leaf))
            .collect();
        let digest = arena::checkpoint_digest::<HostSha256>(
            checkpoint.index,
            &previous,
            &checkpoint.mixed_key(),
            &segments,
        );
        let place = checkpoint_place(rules, checkpoint.index);
        if let Some(stated) = &checkpoint.digest {
            report.equal(NAME, place, "the digest of what was posted", &digest, stated);
        }
        let stored = record
            .trace
            .as_ref()
            .and_then(|trace| trace.get(checkpoint.index as usize));
        if let Some(stored) = stored {
            report.equal(NAME, place, "the digest in the trace account", &digest, stored);
            traced += 1;
        }
        previous = checkpoint
            .segments
            .last()
            .map_or(previous, |segment| segment.leaf);
    }
    let beyond = record.trace.as_ref().and_then(|trace| {
        let unposted = trace.iter().zip(0u32..).skip(record.checkpoints.len());
        unposted.clone().find(|(digest, _)| **digest != [0; 32])
    });
    if let Some((digest, checkpoint)) = beyond {
        let place = checkpoint_place(rules, checkpoint);
        report.equal(
            NAME,
            place,
            "the trace has a digest of a checkpoint that was not posted",
            &[0; 32],
            digest,
        );
    }
    let detail = match &record.trace {
        Some(_) => format!(
            "{} as the program stated them, {traced} as the trace account holds them",
            record.checkpoints.len()
        ),
        None => format!(
            "{} as stated; the trace account is not at hand",
            record.checkpoints.len()
        ),
    };
    report.pass_unless_failed(NAME, detail);
}

/// One run through the match.
struct Run<'a> {
    record: &'a MatchRecord,
    match_so_far: Resimulation,
    segments: usize,
    wrong: Option<WrongSegment>,
}

impl Run<'_> {
    /// Steps through one checkpoint; false at the first thing that does not agree.
    fn checkpoint(&mut self, checkpoint: &CheckpointRecord, report: &mut Report) -> bool {
        if self.match_so_far.state().view().ended() {
            let place = self.place(checkpoint, 0);
            report.fail(
                "checkpoints",
                place,
                "a checkpoint after the end of the match",
                "none",
                "one",
            );
            return false;
        }
        let seed = *self.match_so_far.state().view().seed();
        let key = arena::checkpoint_key::<HostSha256>(&seed, &checkpoint.mixed_key());
        for (segment, posted) in (0u32..).zip(&checkpoint.segments) {
            if !self.segment(checkpoint, segment, posted, &key, report) {
                return false;
            }
        }
        true
    }

    fn segment(
        &mut self,
        checkpoint: &CheckpointRecord,
        segment: u32,
        posted: &SegmentRecord,
        key: &[u8; 32],
        report: &mut Report,
    ) -> bool {
        let place = self.place(checkpoint, segment);
        // The number of late entries is the first byte of the packed inputs.
        let admit = posted.inputs.first().copied().unwrap_or(0);
        if !self.check_admission(checkpoint, place, admit, report) {
            return false;
        }
        let wrong = |computed| WrongSegment {
            checkpoint: checkpoint.index,
            segment,
            claimed: posted.leaf,
            computed,
        };
        let computed = match self.match_so_far.segment(key, posted) {
            Outcome::Agrees => posted.leaf,
            Outcome::Differs { computed } => {
                self.wrong = Some(wrong(Some(computed)));
                computed
            }
            Outcome::Refused(error) => {
                self.wrong = Some(wrong(None));
                report.fail(
                    "inputs",
                    place,
                    "the packed inputs",
                    "inputs that the rules accept",
                    &error.to_string(),
                );
                return false;
            }
        };
        self.segments += 1;
        report.equal(
            "checkpoints",
            place,
            "the leaf after the segment",
            &computed,
            &posted.leaf,
        );
        computed == posted.leaf
    }

    /// Late warriors may be admitted only by checkpoints posted after their entry.
    fn check_admission(
        &self,
        checkpoint: &CheckpointRecord,
        place: Place,
        admit: u8,
        report: &mut Report,
    ) -> bool {
        let present = self.match_so_far.state().view().present();
        let admitted = self
            .match_so_far
            .owners()
            .get(present..present + usize::from(admit))
            .unwrap_or_default();
        for owner in admitted {
            let player = self.record.players.iter().find(|player| player.index == *owner);
            let late = player.and_then(|player| player.late);
            let Some(LateEntry {
                checkpoints_before: Some(before),
                ..
            }) = late
            else {
                continue;
            };
            if before > checkpoint.index {
                let what = format!("player {owner} was admitted before having entered");
                let expected = format!("checkpoint {before} or later");
                report.fail(
                    "inputs",
                    place,
                    what,
                    &expected,
                    &format!("checkpoint {}", checkpoint.index),
                );
                return false;
            }
        }
        true
    }

    fn place(&self, checkpoint: &CheckpointRecord, segment: u32) -> Place {
        Place::Checkpoint {
            checkpoint: checkpoint.index,
            segment,
            tick: self.match_so_far.state().view().tick(),
        }
    }
}

/// A result is of the last state, and that state is an end.
fn check_end(record: &MatchRecord, end: &End, report: &mut Report) {
    const NAME: &str = "final state";
    let Some(result) = &record.result else {
        let why = match record.standing {
            Standing::Cancelled | Standing::Voided => "the match ended without a result",
            _ => "no result yet",
        };
        report.skip(NAME, why);
        return;
    };
    if !end.view().ended() {
        let found = format!("a state at tick {}", end.view().tick());
        report.fail(
            NAME,
            Place::Settlement,
            "the result is of a match that goes on",
            "an ended match",
            &found,
        );
    }
    if let Some(stated) = &result.final_leaf {
        report.equal(
            NAME,
            Place::Settlement,
            "the leaf of the result",
            &end.leaf,
            stated,
        );
    }
    if let Some(state) = &result.state {
        report.equal(
            NAME,
            Place::Settlement,
            "the hash of the submitted state",
            &end.leaf,
            &sha256(state),
        );
    }
    report.pass_unless_failed(
        NAME,
        format!(
            "as recomputed, {} of {} warriors alive",
            end.view().alive(),
            end.view().present()
        ),
    );
}

/// SHA-256 of one byte string.
fn sha256(bytes: &[u8]) -> [u8; 32] {
    HostSha256::sha256(&[bytes])
}

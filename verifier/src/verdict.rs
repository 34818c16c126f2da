//! What was checked, what came out, and where the first difference is.

use std::fmt;

use client::history::PassedOver;

use crate::record::{Evidence, Standing};

/// More unread transactions than these are counted, not listed.
const UNREAD_SHOWN_MAX: usize = 5;

/// How a check went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckResult {
    /// Everything agrees.
    Passed,
    /// Something does not.
    Failed,
    /// Not made; the detail says why.
    Skipped,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// What was found, or why it was skipped.
    pub detail: String,
    /// How it went.
    pub result: CheckResult,
}

/// Where in a match something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Before the first tick.
    Setup,
    /// In a checkpoint.
    Checkpoint {
        /// Its index.
        checkpoint: u32,
        /// Segment within it.
        segment: u32,
        /// The first tick that can be wrong, by ticks made before it. A leaf tells no more than its segment.
        tick: u32,
    },
    /// After the last tick: result and money.
    Settlement,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Where.
    pub place: Place,
    /// What.
    pub what: String,
    /// What it should be.
    pub expected: String,
    /// What it is.
    pub found: String,
}

impl Difference {
    /// The checkpoint concerned.
    pub fn checkpoint(&self) -> Option<u32> {
        self.segment_place().map(|(checkpoint, _, _)| checkpoint)
    }

    /// The segment concerned, within its checkpoint.
    pub fn segment(&self) -> Option<u32> {
        self.segment_place().map(|(_, segment, _)| segment)
    }

    /// The first tick that can be wrong.
    pub fn tick(&self) -> Option<u32> {
        self.segment_place().map(|(_, _, tick)| tick)
    }

    fn segment_place(&self) -> Option<(u32, u32, u32)> {
        match self.place {
            Place::Checkpoint {
                checkpoint,
                segment,
                tick,
            } => Some((checkpoint, segment, tick)),
            Place::Setup | Place::Settlement => None,
        }
    }
}

/// What a verdict comes to: that something is wrong, and that something could not be seen, are two things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conclusion {
    /// Everything that was checked agrees.
    Agrees,
    /// Something is wrong.
    Differs,
    /// Something does not agree, and transactions that could not be read may be why. Not a segment: what was posted is
    /// wrong or right by itself.
    Unseen,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// No check failed. Says nothing about checks that were skipped, or about a match that is not over.
    pub ok: bool,
    /// Where the evidence came from.
    pub evidence: Evidence,
    /// How the match stands.
    pub standing: Standing,
    /// All checks, in the order of the match.
    pub checks: Vec<Check>,
    /// The earliest difference of all failed checks.
    pub first_difference: Option<Difference>,
    /// The payouts as recomputed, by player index; empty where the match has no end.
    pub payouts: Vec<u64>,
    /// What the operator's bond was slashed of, for a reason that holds. [`Self::ok`] speaks of the operator; this of
    /// what the program made of it: a lie that was punished is not ok, and slashed.
    pub slashed: Option<u64>,
    /// A segment was posted that is not what the rules make of its inputs.
    pub wrong_segment: bool,
    /// Transactions of the match's history that could not be read: what they did is not known.
    pub unread: Vec<PassedOver>,
}

impl Verdict {
    /// What it comes to.
    pub fn conclusion(&self) -> Conclusion {
        match self.ok {
            true => Conclusion::Agrees,
            false if self.wrong_segment || self.unread.is_empty() => Conclusion::Differs,
            false => Conclusion::Unseen,
        }
    }

    /// The check with this name.
    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Setup => f.write_str("before the first tick"),
            Self::Checkpoint {
                checkpoint,
                segment,
                tick,
            } => {
                write!(f, "checkpoint {checkpoint}, segment {segment}, from tick {tick}")
            }
            Self::Settlement => f.write_str("settlement"),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "first difference: {}", self.what)?;
        writeln!(f, "  where     {}", self.place)?;
        writeln!(f, "  expected  {}", self.expected)?;
        write!(f, "  found     {}", self.found)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let evidence = match self.evidence {
            Evidence::Ledger => "the ledger",
            Evidence::LedgerAndReplay => "the ledger and a replay file",
            Evidence::Replay => "a replay file alone: nothing here says that the match was ever on a chain",
        };
        writeln!(f, "evidence: {evidence}")?;
        let standing = match self.standing {
            Standing::Open => "open: the match is not over",
            Standing::Locked => "locked: the match is not over",
            Standing::Live => "live: the match is not over",
            Standing::Proposed => "proposed: the result can still be challenged",
            Standing::Settled => "settled",
            Standing::Cancelled => "cancelled",
            Standing::Voided => "voided",
        };
        writeln!(f, "standing: {standing}")?;
        let width = self
            .checks
            .iter()
            .map(|check| check.name.len())
            .max()
            .unwrap_or(0);
        for Check { name, detail, result } in &self.checks {
            let mark = match result {
                CheckResult::Passed => "ok     ",
                CheckResult::Failed => "FAILED ",
                CheckResult::Skipped => "skipped",
            };
            writeln!(f, "  {mark}  {name:width$}  {detail}")?;
        }
        if let Some(difference) = &self.first_difference {
            writeln!(f, "{difference}")?;
        }
        if let Some(slashed) = self.slashed {
            let fault = if self.ok { "fell silent" } else { "lied" };
            writeln!(
                f,
                "the operator {fault}, and its bond was slashed of {slashed} for it"
            )?;
        }
        for PassedOver {
            signature, reason, ..
        } in self.unread.iter().take(UNREAD_SHOWN_MAX)
        {
            writeln!(f, "not read: transaction {signature}: {reason}")?;
        }
        if let more @ 1.. = self.unread.len().saturating_sub(UNREAD_SHOWN_MAX) {
            writeln!(f, "not read: {more} more transactions")?;
        }
        let conclusion = match self.conclusion() {
            Conclusion::Agrees => "ok",
            Conclusion::Differs => "FAILED",
            Conclusion::Unseen => {
                "UNSEEN: what could not be read may be what is missing; try another endpoint"
            }
        };
        write!(f, "verify: {conclusion}")
    }
}

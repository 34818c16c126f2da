//! The instructions of the program by name, and how often each was tried and landed.

use std::collections::BTreeMap;

use anchor_lang::Discriminator;

macro_rules! kinds {
    ($($kind:ident),* $(,)?) => {
        /// An instruction of the program.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "the program says what each does")]
        pub enum Kind { $($kind),* }

        impl Kind {
            /// All instructions.
            pub const ALL: &[Kind] = &[$(Kind::$kind),*];

            /// The instruction with this data.
            pub fn of(data: &[u8]) -> Option<Kind> {
                $(if data.starts_with(aurelius::instruction::$kind::DISCRIMINATOR) {
                    return Some(Kind::$kind);
                })*
                None
            }
        }
    };
}

kinds! {
    InitializeConfig, UpdateConfig, ProposeAuthority, AcceptAuthority, SetPaused, AllowMint, DisallowMint, AllowRules,
    DisallowRules, RegisterOperator, SetOperatorActive, SetCrankKey, DepositBond, RequestBondWithdrawal, WithdrawBond, CreateMatch,
    InitRandomness, Enter, RotateSessionKey, Leave, LockMatch, StartMatch, PostCheckpoint, OpenUpload, WriteUpload,
    CloseUpload, SubmitResult, CosignResult, ProveFraud, ProveOmission, Finalize, Claim, SweepFee, Burn, Cancel, VoidMatch,
    CollectSlash, HandOverMatch, ClaimAward, Refund, CloseEntry, CloseRandomness, CloseMatch,
    WithdrawHolding,
}

/// What was tried and what came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Per instruction: sent, landed.
    pub instructions: BTreeMap<Kind, (usize, usize)>,
    /// Changes of status that were seen.
    pub edges: BTreeMap<(u8, u8), usize>,
    /// Transactions that were changed before they were sent: sent, landed.
    pub mutated: (usize, usize),
    /// Steps made.
    pub steps: usize,
}

impl Tally {
    /// Adds another run's.
    pub fn add(&mut self, other: &Tally) {
        for (kind, (sent, landed)) in &other.instructions {
            let sum = self.instructions.entry(*kind).or_default();
            *sum = (sum.0 + sent, sum.1 + landed);
        }
        for (edge, count) in &other.edges {
            *self.edges.entry(*edge).or_default() += count;
        }
        self.mutated = (self.mutated.0 + other.mutated.0, self.mutated.1 + other.mutated.1);
        self.steps += other.steps;
    }

    /// How often `kind` landed.
    pub fn landed(&self, kind: Kind) -> usize {
        self.instructions.get(&kind).map_or(0, |(_, landed)| *landed)
    }
}

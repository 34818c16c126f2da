//! Which action is next: mostly one that the state of the chain calls for, sometimes any at all.

use aurelius::state::{MatchStatus, PlayerSlot};
use rand::Rng;
use solana_instruction::Instruction;

use super::{Fuzz, Kind, MATCHES_MAX};

/// Tries to find something that can be done before any instruction is taken.
const TRIES: usize = 40;

impl Fuzz {
    /// The next transaction.
    pub(super) fn draw(&mut self) -> Vec<Instruction> {
        for _ in 0..TRIES {
            let target = match self.matches.len() {
                0 => None,
                count => Some(self.below(count)),
            };
            let kind = if self.rng.gen_bool(0.2) {
                Kind::ALL[self.below(Kind::ALL.len())]
            } else if self.rng.gen_bool(0.15) || target.is_none() {
                self.wanted_of_all()
            } else {
                self.wanted_of(target.unwrap_or_default())
            };
            if let Some(instructions) = self.instructions(kind, target) {
                return instructions;
            }
        }
        self.govern(Kind::SetPaused).expect("always possible")
    }

    fn instructions(&mut self, kind: Kind, target: Option<usize>) -> Option<Vec<Instruction>> {
        if let Some(instructions) = self.govern(kind) {
            return Some(instructions);
        }
        if kind == Kind::CreateMatch && self.matches.len() >= MATCHES_MAX {
            return None;
        }
        self.apart(kind)
            .or_else(|| self.play(kind, target?))
            .or_else(|| self.settlement(kind, target?))
    }

    fn pick(&mut self, weighted: &[(Kind, u32)]) -> Kind {
        let total: u32 = weighted.iter().map(|(_, weight)| weight).sum();
        let mut at = self.rng.gen_range(0..total.max(1));
        for (kind, weight) in weighted {
            if at < *weight {
                return *kind;
            }
            at -= weight;
        }
        Kind::CreateMatch
    }

    /// What the chain as a whole needs.
    fn wanted_of_all(&mut self) -> Kind {
        let Some(config) = self.config() else {
            return Kind::InitializeConfig;
        };
        if config.is_paused() && self.rng.gen_bool(0.5) {
            return Kind::SetPaused;
        }
        if config.mints_count < 2 && self.rng.gen_bool(0.3) {
            return Kind::AllowMint;
        }
        if config.rules_count < 2 && self.rng.gen_bool(0.3) {
            return Kind::AllowRules;
        }
        if self.world.bonded.len() < 4 && self.rng.gen_bool(0.4) {
            return Kind::RegisterOperator;
        }
        self.pick(&[
            (Kind::CreateMatch, 40),
            (Kind::SetOperatorActive, 5),
            (Kind::SetCrankKey, 5),
            (Kind::DepositBond, 10),
            (Kind::RequestBondWithdrawal, 4),
            (Kind::WithdrawBond, 4),
            (Kind::UpdateConfig, 2),
            (Kind::ProposeAuthority, 2),
            (Kind::AcceptAuthority, 2),
            (Kind::SetPaused, 1),
            (Kind::DisallowMint, 1),
            (Kind::DisallowRules, 1),
            (Kind::OpenUpload, 2),
            (Kind::WriteUpload, 2),
            (Kind::CloseUpload, 3),
        ])
    }

    /// What a match needs to get on.
    fn wanted_of(&mut self, target: usize) -> Kind {
        let tracked = &self.matches[target];
        let header = tracked.last.header;
        let has_randomness = header.randomness != Default::default();
        let now = self.world.slot();
        let after = |deadline: u64, weight: u32| if now > deadline { weight } else { 0 };
        let entered = tracked
            .last
            .slots
            .iter()
            .any(|slot| slot.has(PlayerSlot::ENTERED));
        match MatchStatus::try_from(header.status) {
            Ok(MatchStatus::Open) => self.pick(&[
                (Kind::Enter, 14),
                (Kind::InitRandomness, if has_randomness { 0 } else { 10 }),
                (
                    Kind::LockMatch,
                    if has_randomness && header.players_count >= 2 {
                        4
                    } else {
                        0
                    },
                ),
                (Kind::Leave, u32::from(entered)),
                (Kind::RotateSessionKey, u32::from(entered)),
                (Kind::Cancel, 1),
                (Kind::HandOverMatch, 2),
            ]),
            Ok(MatchStatus::Locked) => self.pick(&[
                (Kind::StartMatch, 4),
                (Kind::VoidMatch, 1 + after(header.entropy_deadline, 12)),
            ]),
            Ok(MatchStatus::Live) => self.pick(&[
                (Kind::PostCheckpoint, 14),
                (Kind::Enter, if header.late_entry_ticks > 0 { 4 } else { 0 }),
                (Kind::SubmitResult, 8),
                (Kind::ProveFraud, 2),
                (Kind::ProveOmission, 1),
                (Kind::VoidMatch, 1 + after(header.progress_deadline, 15)),
                (Kind::CloseRandomness, 1),
            ]),
            Ok(MatchStatus::Proposed) => self.pick(&[
                (Kind::CosignResult, 2),
                (Kind::Finalize, 2 + after(header.challenge_deadline, 60)),
                (Kind::ProveFraud, 6),
                (Kind::ProveOmission, 2),
                (Kind::CloseRandomness, 1),
            ]),
            Ok(MatchStatus::Settled) => self.pick(&[
                (Kind::Claim, 8),
                (Kind::WithdrawHolding, 1),
                (Kind::SweepFee, 3),
                (Kind::Burn, 3),
                (Kind::CloseEntry, 10),
                (Kind::CloseRandomness, 3),
                (Kind::CloseMatch, 4),
            ]),
            _ => self.pick(&[
                (Kind::CollectSlash, if header.slash_outstanding() { 6 } else { 1 }),
                (Kind::Refund, 12),
                (Kind::WithdrawHolding, 1),
                (Kind::ClaimAward, if header.slash > 0 { 4 } else { 1 }),
                (Kind::CloseEntry, 10),
                (Kind::CloseRandomness, 3),
                (Kind::CloseMatch, 4),
            ]),
        }
    }

    /// A few slots, or as many as some deadline is away.
    pub(super) fn pass_time(&mut self) {
        let few = self.rng.gen_range(1..=4);
        if self.rng.gen_bool(0.75) || self.matches.is_empty() {
            self.world.pass_slots(few);
            return;
        }
        let target = self.below(self.matches.len());
        let header = self.matches[target].last.header;
        let deadline = match MatchStatus::try_from(header.status) {
            Ok(MatchStatus::Open) => header.lock_deadline,
            Ok(MatchStatus::Locked) => header.entropy_deadline,
            Ok(MatchStatus::Live) => header.progress_deadline,
            Ok(MatchStatus::Proposed) => header.challenge_deadline,
            // A day later what is left may be held.
            _ if self.rng.gen_bool(0.1) => header.hold_deadline() + 1,
            _ => header.slash_payable_slot,
        };
        // Just before, at, and just after it.
        let slot = deadline
            .saturating_add(self.rng.gen_range(0..=2))
            .saturating_sub(1);
        self.world.go_to_slot(slot.max(self.world.slot() + few));
    }
}

//! One operator brought before the program: the proof, the bond, the award, the refunds.
//!
//! A case reads the match, does the one thing that the chain says is next, and reads again. It keeps nothing that the
//! chain does not have, but for the proof, so it can be taken up at any point, by anybody, any number of times.
//! Invariants: an endpoint's failure is waited out, for as long as it takes; a payment that is refused again and again
//! (a frozen account, say) is left alone and holds up no other.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use client::aurelius::error::AureliusError;
use client::error::Error;
use client::instruction::{self, MatchRef};
use client::rpc::Backoff;
use client::token::create_token_account;
use client::view::{fetch, MatchStatus, MatchView};
use client::Pubkey;
use solana_instruction::Instruction;
use solana_signer::Signer;
use verifier::FraudProof;

use crate::config::Prover;
use crate::proof;
use crate::report::{Report, Reporter};

/// A payment is tried this often before it is left alone.
const REFUSALS_MAX: u32 = 5;

/// Why there is a case.
#[derive(Debug, Clone)]
pub(crate) enum Ground {
    /// A wrong segment.
    Wrong(Box<FraudProof>),
    /// Silence beyond the deadline.
    Silent,
    /// An earlier run has voided the match; payments are left.
    Unfinished,
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Everything is paid that can be.
    Closed,
    /// Somebody else was first.
    Elsewhere,
    /// The match was settled first.
    TooLate,
    /// The program says that there is no fault.
    Refuted,
}

/// What a case works with.
#[derive(Clone)]
pub(crate) struct Court {
    pub(crate) prover: Prover,
    pub(crate) reporter: Arc<Reporter>,
    pub(crate) backoff: Backoff,
}

/// Pursues a case to its end.
pub(crate) async fn pursue(court: Court, match_key: Pubkey, ground: Ground) -> (Pubkey, Verdict) {
    let mut case = Case {
        court,
        match_key,
        ground,
        voided_by_us: false,
        refused: BTreeMap::new(),
        refusal: "the match was not under way any more".to_owned(),
    };
    let mut failures = 0;
    loop {
        let wait = match case.advance().await {
            Ok(Some(verdict)) => return (match_key, verdict),
            Ok(None) => {
                failures = 0;
                continue;
            }
            Err(error) => {
                let what = error.to_string();
                case.report(Report::Trouble {
                    match_key: Some(match_key),
                    what,
                });
                case.court.backoff.wait(failures)
            }
        };
        failures = failures.saturating_add(1);
        tokio::time::sleep(wait).await;
    }
}

struct Case {
    court: Court,
    match_key: Pubkey,
    ground: Ground,
    voided_by_us: bool,
    /// Refusals by payment.
    refused: BTreeMap<Payment, u32>,
    /// Why there was no fault.
    refusal: String,
}

/// A payment out of a voided match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Payment {
    /// The bond, into the vault.
    Slash,
    /// The challenger's share.
    Award,
    /// What a player is owed.
    Refund(Pubkey),
}

impl Case {
    fn report(&self, report: Report) {
        self.court.reporter.report(report);
    }

    fn challenger(&self) -> Pubkey {
        self.court.prover.keypair.pubkey()
    }

    /// Does the next thing; gives the verdict when there is none.
    async fn advance(&mut self) -> Result<Option<Verdict>, Error> {
        let rpc = self.court.prover.sender.rpc();
        let Some(view) = fetch::match_account(rpc, self.match_key).await? else {
            let done = self.voided_by_us || matches!(self.ground, Ground::Unfinished);
            let verdict = if done { Verdict::Closed } else { Verdict::TooLate };
            return self.end(verdict, 0).await.map(Some);
        };
        match view.status {
            MatchStatus::Live | MatchStatus::Proposed => self.void(&view).await,
            MatchStatus::Voided if view.header.challenger == self.challenger() => self.pay(&view).await,
            MatchStatus::Voided => self.end(Verdict::Elsewhere, 0).await.map(Some),
            MatchStatus::Settled => self.end(Verdict::TooLate, 0).await.map(Some),
            MatchStatus::Open | MatchStatus::Locked | MatchStatus::Cancelled => {
                self.end(Verdict::Refuted, 0).await.map(Some)
            }
        }
    }

    /// Has the program void the match.
    async fn void(&mut self, view: &MatchView) -> Result<Option<Verdict>, Error> {
        let sent = match &self.ground {
            Ground::Wrong(proof) => proof::file(&self.court.prover, self.match_key, &proof.args).await,
            Ground::Silent => {
                let void = instruction::void_match(&view.reference(), self.challenger());
                self.send(&[void]).await
            }
            Ground::Unfinished => return self.end(Verdict::Refuted, 0).await.map(Some),
        };
        match sent {
            Ok(confirmed) => {
                self.voided_by_us = true;
                self.report(Report::Proven {
                    match_key: self.match_key,
                    signature: confirmed.signature,
                });
                Ok(None)
            }
            Err(error) => match error.aurelius() {
                Some(refusal) if refutes(refusal) => {
                    self.refusal = format!("the program refused: {error}");
                    self.end(Verdict::Refuted, 0).await.map(Some)
                }
                // Another status than a moment ago: the next look tells.
                Some(AureliusError::NotProvable | AureliusError::NotVoidable) => Ok(None),
                _ => Err(error),
            },
        }
    }

    /// Makes the next payment.
    async fn pay(&mut self, view: &MatchView) -> Result<Option<Verdict>, Error> {
        // The transaction that voided it may have landed although its fate was unknown.
        if !self.voided_by_us && !matches!(self.ground, Ground::Unfinished) {
            self.voided_by_us = true;
            self.report(Report::Proven {
                match_key: self.match_key,
                signature: Default::default(),
            });
        }
        let slot = self.court.prover.sender.rpc().slot().await?;
        let open = |payment: &Payment| self.refused.get(payment).copied().unwrap_or(0) < REFUSALS_MAX;
        let Some(payment) = due(view, slot).into_iter().find(open) else {
            let later = due(view, u64::MAX);
            if !later.iter().any(open) {
                return self.end(Verdict::Closed, later.len()).await.map(Some);
            }
            tokio::time::sleep(until(view.header.slash_payable_slot, slot)).await;
            return Ok(None);
        };
        match self.send(&self.instructions(&view.reference(), payment)).await {
            Ok(_) => {
                self.paid(view, payment);
                Ok(None)
            }
            // Paid by somebody else a moment ago: the next look tells, and a bound keeps it from looking for ever.
            Err(error) if error.transaction().is_some() && !error.is_transient() => {
                *self.refused.entry(payment).or_default() += 1;
                Err(error)
            }
            Err(error) => Err(error),
        }
    }

    fn instructions(&self, of: &MatchRef, payment: Payment) -> Vec<Instruction> {
        let caller = self.challenger();
        match payment {
            Payment::Slash => instruction::collect_slash_steps(of, &caller),
            Payment::Award => vec![
                create_token_account(&caller, &caller, &of.mint, &of.token_program),
                instruction::claim_award(of, caller, &caller),
            ],
            Payment::Refund(player) => vec![instruction::refund(of, caller, &player)],
        }
    }

    fn paid(&self, view: &MatchView, payment: Payment) {
        let match_key = self.match_key;
        self.report(match payment {
            Payment::Slash => Report::Collected {
                match_key,
                amount: view.header.slash,
            },
            Payment::Award => Report::Awarded {
                match_key,
                amount: view.header.award,
            },
            Payment::Refund(player) => Report::Refunded { match_key, player },
        });
    }

    async fn send(&self, instructions: &[Instruction]) -> Result<client::sender::Confirmed, Error> {
        let Prover { keypair, sender } = &self.court.prover;
        sender.send_and_confirm(instructions, keypair, &[]).await
    }

    /// Leaves nothing of ours on the chain, and says how it ended.
    async fn end(&self, verdict: Verdict, unpaid: usize) -> Result<Verdict, Error> {
        proof::clean_up(&self.court.prover, &self.match_key).await?;
        let match_key = self.match_key;
        match verdict {
            Verdict::Closed => self.report(Report::CaseClosed { match_key, unpaid }),
            Verdict::Elsewhere if !matches!(self.ground, Ground::Unfinished) => {
                self.report(Report::ProvenByOthers { match_key })
            }
            Verdict::TooLate if !matches!(self.ground, Ground::Unfinished) => {
                self.report(Report::TooLate { match_key })
            }
            Verdict::Refuted if !matches!(self.ground, Ground::Unfinished) => {
                self.report(Report::Withdrawn {
                    match_key,
                    reason: self.refusal.clone(),
                })
            }
            Verdict::Elsewhere | Verdict::TooLate | Verdict::Refuted => {}
        }
        Ok(verdict)
    }
}

/// Whether the program's answer means that what was read of the chain was not so.
fn refutes(refusal: AureliusError) -> bool {
    matches!(
        refusal,
        AureliusError::ProofSegmentCorrect
            | AureliusError::ProofNotOfTrace
            | AureliusError::ProofBeyondTrace
            | AureliusError::ProofSegmentInvalid
            | AureliusError::ProofHashesWrong
            | AureliusError::ProofStateInvalid
            | AureliusError::ProgressDeadlineNotPassed
    )
}

/// When to look again for shares that are paid from `payable` on: half of the time there, within bounds.
fn until(payable: u64, slot: u64) -> Duration {
    let nominal_ms = payable.saturating_sub(slot).saturating_mul(400);
    Duration::from_millis((nominal_ms / 2).clamp(500, 60_000))
}

/// What a voided match has to pay in `slot`, in the order in which it can.
fn due(view: &MatchView, slot: u64) -> Vec<Payment> {
    let header = &view.header;
    let collected = header.slash_collected != 0;
    let payable = view.slash_payable(slot);
    let mut due = Vec::new();
    if header.slash > 0 && !collected {
        due.push(Payment::Slash);
    }
    if header.award > 0 && payable && header.award_paid == 0 {
        due.push(Payment::Award);
    }
    let owed = view.players().filter(|player| {
        let compensated = player.compensated || !payable || view.compensation(player) == 0;
        !player.refunded || !compensated
    });
    due.extend(owed.map(|player| Payment::Refund(player.wallet)));
    due
}

/// Whether a voided match has something left for the challenger to see to.
pub(crate) fn is_unfinished(view: &MatchView, challenger: &Pubkey) -> bool {
    view.status == MatchStatus::Voided
        && view.header.challenger == *challenger
        && !due(view, u64::MAX).is_empty()
}

//! Plausible instructions from the result of a match to its end, and every way out.

use anchor_lang::prelude::Pubkey;
use arena::{Change, Rules, SegmentInputs, TickChange};
use aurelius::state::{MatchStatus, PlayerSlot};
use client::instruction::{self, CloseMatch, Cosignature, MatchRef, COSIGNATURES_MAX};
use rand::Rng;
use solana_instruction::Instruction;
use solana_signer::Signer;

use super::play::cosign_message;
use super::{Fuzz, Kind};
use crate::cheats::Watcher;

/// Chance that bytes go through an upload although they would fit a transaction.
const BY_UPLOAD: f64 = 0.2;

impl Fuzz {
    /// An instruction of this kind about a match.
    pub(super) fn settlement(&mut self, kind: Kind, target: usize) -> Option<Vec<Instruction>> {
        let caller = self.player();
        let tracked = &self.matches[target];
        let (of, header) = (tracked.of, tracked.last.header);
        let source = self.world.source;
        Some(vec![match kind {
            Kind::SubmitResult => return self.submit_result(target),
            Kind::ProveFraud => return self.prove_fraud(target, caller),
            Kind::ProveOmission => return self.prove_omission(target, caller),
            Kind::CosignResult => return self.cosign_result(target),
            Kind::Finalize => instruction::finalize(&of),
            Kind::Cancel => {
                let by_operator = self.rng.gen_bool(0.3);
                let authority = header.crank;
                instruction::cancel(&of, if by_operator { authority } else { caller })
            }
            Kind::VoidMatch => instruction::void_match(&of, caller),
            Kind::HandOverMatch => instruction::hand_over_match(&of),
            Kind::CollectSlash => instruction::collect_slash(&of),
            Kind::ClaimAward => {
                let challenger = if header.slash > 0 {
                    header.challenger
                } else {
                    caller
                };
                instruction::claim_award(&of, caller, &challenger)
            }
            Kind::Claim => {
                let player = self.owed(target, PlayerSlot::CLAIMED)?;
                return Some(
                    self.held_or(&of, &player, |to| instruction::claim_to(&of, caller, &player, to)),
                );
            }
            Kind::Refund => {
                let player = self.owed(target, PlayerSlot::REFUNDED | PlayerSlot::COMPENSATED)?;
                return Some(self.held_or(&of, &player, |to| {
                    instruction::refund_to(&of, caller, &player, to)
                }));
            }
            Kind::WithdrawHolding => {
                let held = self.holder_of_something(&of);
                let player = held.or_else(|| self.entered(target))?;
                instruction::withdraw_holding(caller, player, of.mint, of.token_program)
            }
            Kind::SweepFee => instruction::sweep_fee(&of, &self.treasury()),
            Kind::Burn => instruction::burn(&of, &self.treasury()),
            Kind::CloseEntry => {
                let player = self.open_entry(target)?;
                let rent_payer = self.rent_payer(target, &player);
                instruction::close_entry(of.key, &player, rent_payer)
            }
            Kind::CloseRandomness => {
                let recent = self.matches[target].recent_slot.unwrap_or_default();
                instruction::close_randomness(
                    &source,
                    of.key,
                    header.randomness,
                    header.randomness_rent_payer,
                    recent,
                )
            }
            Kind::CloseMatch => {
                let surplus = self.world.token_amount(&of.vault()) > header.owed;
                let close = CloseMatch {
                    caller,
                    rent_payer: header.rent_payer,
                    treasury_of_surplus: surplus.then(|| self.treasury()),
                };
                instruction::close_match(&of, &close)
            }
            _ => return None,
        }])
    }

    /// A payment to `owner`: into their own token account, or, sometimes, into a holding that is made for it.
    fn held_or(
        &mut self,
        of: &MatchRef,
        owner: &Pubkey,
        pay: impl Fn(Pubkey) -> Instruction,
    ) -> Vec<Instruction> {
        if self.rng.gen_bool(0.7) {
            return vec![pay(of.token_account(owner))];
        }
        let (payer, holder) = (self.world.payer.pubkey(), client::address::holder(owner));
        let make = client::token::create_token_account(&payer, &holder, &of.mint, &of.token_program);
        vec![make, pay(of.holding(owner))]
    }

    /// Somebody for whom something is held in a match's mint.
    fn holder_of_something(&self, of: &MatchRef) -> Option<Pubkey> {
        let slots = self.matches.iter().flat_map(|tracked| &tracked.last.slots);
        let mut players = slots.filter(|slot| slot.has(PlayerSlot::ENTERED));
        let held = players.find(|slot| self.world.account(&of.holding(&slot.player)).is_some())?;
        Some(held.player)
    }

    /// A player with one of `flags` missing, or, sometimes, any.
    fn owed(&mut self, target: usize, flags: u8) -> Option<Pubkey> {
        if self.rng.gen_bool(0.15) {
            return self.entered(target);
        }
        let unpaid: Vec<Pubkey> = self.matches[target]
            .last
            .slots
            .iter()
            .filter(|slot| slot.has(PlayerSlot::ENTERED) && !slot.has(flags))
            .map(|slot| slot.player)
            .collect();
        let at = self.below(unpaid.len().max(1));
        unpaid.get(at).copied()
    }

    /// A player whose entry account exists.
    fn open_entry(&mut self, target: usize) -> Option<Pubkey> {
        for _ in 0..8 {
            let player = self.entered(target)?;
            if self.entry_of(target, &player).is_some() {
                return Some(player);
            }
        }
        None
    }

    fn submit_result(&mut self, target: usize) -> Option<Vec<Instruction>> {
        let tracked = &self.matches[target];
        let key = tracked.of.key;
        let Some(crank) = &tracked.crank else {
            let garbage = (0..416).map(|_| self.rng.gen()).collect();
            return Some(vec![instruction::submit_result(key, garbage)]);
        };
        if !crank.ended() && self.rng.gen_bool(0.9) {
            return None;
        }
        let state = self.matches[target].crank.as_ref()?.state().as_bytes().to_vec();
        if self.rng.gen_bool(BY_UPLOAD) {
            let last = |_, upload| instruction::submit_uploaded_result(key, upload);
            return Some(self.by_upload(&state, last));
        }
        Some(vec![instruction::submit_result(key, state)])
    }

    /// The proof that a watcher finds; where there is nothing to prove, sometimes a vain attempt.
    fn prove_fraud(&mut self, target: usize, challenger: Pubkey) -> Option<Vec<Instruction>> {
        let tracked = &self.matches[target];
        let started = tracked.last.header.started_slot > 0;
        let proof = started
            .then(|| Watcher::new(&tracked.last).first_wrong(&tracked.ledger))
            .flatten();
        let key = tracked.of.key;
        let args = match proof {
            Some(proof) => proof.args,
            None if self.rng.gen_bool(0.2) => self.vain_proof(target)?,
            None => return None,
        };
        if self.rng.gen_bool(BY_UPLOAD) {
            let bytes = [args.state.as_slice(), &args.inputs].concat();
            let last = |owner, upload| instruction::prove_uploaded_fraud(key, owner, upload, args);
            return Some(self.by_upload(&bytes, last));
        }
        Some(vec![instruction::prove_fraud(key, challenger, args)])
    }

    /// A receipt for the newest checkpoint: one that a liar did not keep, or one that was kept.
    fn prove_omission(&mut self, target: usize, challenger: Pubkey) -> Option<Vec<Instruction>> {
        let tracked = &self.matches[target];
        let rules = Rules::from_bytes(tracked.last.header.rules.get(..arena::RULES_LEN)?).ok()?;
        let posted = tracked.ledger.last()?.clone();
        let previous = match tracked.ledger.len() {
            1 => tracked.last.header.genesis_leaf,
            count => tracked.ledger[count - 2].segments.last()?.leaf,
        };
        let (liar, key, capacity) = (tracked.liar, tracked.of.key, tracked.last.header.capacity);
        let segment = self.below(posted.segments.len());
        let inputs = &posted.segments[segment].inputs;
        let kept = SegmentInputs::parse(&rules, usize::from(capacity), inputs)
            .ok()
            .and_then(|inputs| inputs.changes().next());
        let change = match (liar, kept) {
            (true, _) => TickChange {
                slot: self.below(rules.slots_per_segment()) as u8,
                change: Change {
                    warrior: self.below(capacity.into()) as u8,
                    heading: self.below(9) as u8,
                },
            },
            (false, kept) => kept?,
        };
        let made = posted.index * rules.checkpoint_ticks()
            + segment as u32 * u32::from(rules.segment_ticks)
            + u32::from(change.slot) * u32::from(rules.slot_ticks);
        let receipt = instruction::Receipt {
            slot: 0,
            sequence: self.rng.gen(),
            input_hash: self.rng.gen(),
            tick: made + 1,
            warrior: change.change.warrior,
            heading: change.change.heading,
        };
        let message = receipt.message(&key.to_bytes());
        let omission = instruction::Omission {
            match_key: key,
            receipt_key: self.world.receipts.pubkey(),
            receipt,
            signature: self.world.receipts.sign_message(&message).into(),
            mixed_key: posted.mixed_key(),
            others: verifier::omission::others(&previous, &posted, segment),
            inputs: posted.segments[segment].inputs.clone(),
        };
        Some(omission.prove(challenger).to_vec())
    }

    /// A challenge of the newest checkpoint with the state after it.
    fn vain_proof(&mut self, target: usize) -> Option<instruction::ProveFraudArgs> {
        let tracked = &self.matches[target];
        let posted = tracked.ledger.last()?;
        let state = tracked.crank.as_ref()?.state();
        let leaf = arena::leaf::<arena::HostSha256>(state.as_bytes());
        Some(instruction::ProveFraudArgs {
            index: posted.index,
            segment: 0,
            mixed_key: posted.mixed_key(),
            others: verifier::resimulation::others(&leaf, posted, 0),
            state: state.as_bytes().to_vec(),
            inputs: posted.segments[0].inputs.clone(),
        })
    }

    /// Signatures of some of the players who have not signed.
    fn cosign_result(&mut self, target: usize) -> Option<Vec<Instruction>> {
        let expires = (self.world.slot() + self.rng.gen_range(0..50)).saturating_sub(3);
        let tracked = &self.matches[target];
        let header = tracked.last.header;
        if header.status != MatchStatus::Proposed as u8 && self.rng.gen_bool(0.8) {
            return None;
        }
        let tracked = &self.matches[target];
        let (of, message) = (
            tracked.of,
            cosign_message(&tracked.last, &tracked.of.key, expires),
        );
        let signatures: Vec<Cosignature> = tracked
            .last
            .slots
            .iter()
            .filter(|slot| slot.has(PlayerSlot::ENTERED) && !slot.has(PlayerSlot::COSIGNED))
            .filter(|slot| slot.first_warrior < header.warriors_admitted)
            .filter_map(|slot| {
                let entry = self.entry_of(target, &slot.player)?;
                let key = self.keys.get(&entry.session_key)?;
                Some(Cosignature {
                    player: slot.player,
                    session_key: entry.session_key,
                    signature: key.sign_message(&message).into(),
                })
            })
            .take(COSIGNATURES_MAX)
            .collect();
        let count = self.rng.gen_range(1..=COSIGNATURES_MAX).min(signatures.len());
        (count > 0).then(|| instruction::cosign_result(&of, &message, expires, &signatures[..count]))
    }
}

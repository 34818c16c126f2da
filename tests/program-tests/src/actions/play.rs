//! Plausible instructions from the creation of a match to its last checkpoint, and uploads.

use anchor_lang::prelude::Pubkey;
use arena::HostSha256;
use aurelius::state::{Entry, MatchStatus, PlayerSlot};
use client::address;
use client::entropy::Reveal;
use client::instruction::{self, Continues, CreateMatch, CreateMatchArgs, Enter, EnterArgs, Leave};
use rand::seq::SliceRandom;
use rand::Rng;
use solana_instruction::Instruction;
use solana_signer::Signer;

use super::{Fuzz, Kind, Upload};
use crate::cheats::{posted, random_inputs, Cheat, CheatingCrank};
use crate::game::SLOT_US;
use crate::{slots, Game, MatchState};

/// Chance that a liar lies about a checkpoint.
const LIE: f64 = 0.4;

impl Fuzz {
    /// An instruction of this kind, if it needs no match.
    pub(super) fn apart(&mut self, kind: Kind) -> Option<Vec<Instruction>> {
        Some(vec![match kind {
            Kind::CreateMatch => self.create_match(),
            Kind::OpenUpload => {
                let owner = self.player();
                let len = self.rng.gen_range(0..400);
                self.next_upload += 1;
                instruction::open_upload(owner, self.next_upload, len)
            }
            Kind::WriteUpload => {
                let Upload { owner, id } = *self.uploads.choose(&mut self.rng)?;
                let (offset, len) = (self.rng.gen_range(0..300), self.rng.gen_range(0..200));
                let bytes = (0..len).map(|_| self.rng.gen()).collect();
                instruction::write_upload(owner, id, offset, bytes)
            }
            Kind::CloseUpload => {
                let Upload { owner, id } = *self.uploads.choose(&mut self.rng)?;
                instruction::close_upload(owner, id)
            }
            _ => return None,
        }])
    }

    /// An instruction of this kind about a match that has no result yet.
    pub(super) fn play(&mut self, kind: Kind, target: usize) -> Option<Vec<Instruction>> {
        let tracked = &self.matches[target];
        let (of, crank) = (tracked.of, tracked.last.header.crank);
        let (payer, source, oracle) = (self.world.payer.pubkey(), self.world.source, self.world.oracle);
        Some(vec![match kind {
            Kind::InitRandomness => {
                let recent = self.world.slot() - 1;
                instruction::init_randomness(&source, crank, payer, of.key, recent)
            }
            Kind::LockMatch => {
                let randomness = tracked.last.header.randomness;
                instruction::lock_match(&source, crank, of.key, randomness, oracle)
            }
            Kind::StartMatch => {
                let header = tracked.last.header;
                let value =
                    mock_switchboard::oracle_value(&slots::hash_of(header.seed_slot), &header.randomness);
                let reveal = Reveal {
                    signature: mock_switchboard::oracle_signature(&value),
                    recovery_id: 0,
                    value,
                };
                instruction::start_match(&source, payer, of.key, header.randomness, oracle, &reveal)
            }
            Kind::Enter => self.enter(target),
            Kind::Leave => {
                let player = self.entered(target)?;
                let rent_payer = self.rent_payer(target, &player);
                instruction::leave(&of, &Leave { player, rent_payer })
            }
            Kind::RotateSessionKey => {
                let player = self.entered(target)?;
                let session = self.session();
                instruction::rotate_session_key(&of, player, session)
            }
            Kind::PostCheckpoint => self.post_checkpoint(target)?,
            _ => return None,
        }])
    }

    fn create_match(&mut self) -> Instruction {
        let mint = self.mints[self.below(2)];
        let authority = self.an_operator();
        let operator = Self::operator_address(&authority, &mint);
        let (next, crank) = self.operator(&operator).map_or((0, authority), |operator| {
            (operator.next_match_id, operator.crank)
        });
        let skipped = if self.rng.gen_bool(0.1) {
            self.rng.gen_range(0..3)
        } else {
            0
        };
        let create = CreateMatch {
            authority,
            crank,
            payer: if self.rng.gen_bool(0.5) {
                self.world.payer.pubkey()
            } else {
                self.player()
            },
            mint,
            token_program: anchor_spl::token::ID,
            match_id: next + skipped,
        };
        let rules = self.rules();
        let warriors_max = self.rng.gen_range(2..=20);
        let scheduled_slot = match self.below(6) {
            0 => self.world.slot() + self.rng.gen_range(0..20),
            _ => 0,
        };
        let args = CreateMatchArgs {
            rules: rules.as_bytes().to_vec(),
            stake_per_warrior: self.rng.gen_range(1..2_000_000),
            players_max: self.rng.gen_range(2..=8).min(warriors_max),
            warriors_max,
            drip_root: Game::new(rules, create.match_ref().key.to_bytes()).drip_root(),
            receipt_key: self.world.receipts.pubkey(),
            scheduled_slot,
            expect_terms: [0; 32],
            slot_us: SLOT_US,
        };
        let args = if self.rng.gen_bool(0.95) {
            self.world.agreed(args)
        } else {
            args
        };
        instruction::create_match(&create, args)
    }

    fn enter(&mut self, target: usize) -> Instruction {
        let player = self.player();
        let session_key = self.session();
        let header = self.matches[target].last.header;
        let of = self.matches[target].of;
        let payer = if self.rng.gen_bool(0.5) {
            player
        } else {
            self.world.payer.pubkey()
        };
        let accounts = Enter {
            payer,
            ..Enter::own(player, &of)
        };
        let args = EnterArgs {
            warriors: self.rng.gen_range(1..=3),
            session_key,
            expect_stake: header.stake_per_warrior,
            expect_rules_hash: header.rules_hash,
            expect_terms: header.terms_hash,
            expect_late: (header.status == MatchStatus::Live as u8) != self.rng.gen_bool(0.02),
        };
        instruction::enter(&of, &accounts, args)
    }

    /// One of the keys that sign moves.
    fn session(&mut self) -> Pubkey {
        let at = self.below(self.keys.len());
        *self.keys.keys().nth(at).expect("a key")
    }

    /// A player of a match, if it has one.
    pub(super) fn entered(&mut self, target: usize) -> Option<Pubkey> {
        let players: Vec<Pubkey> = self.matches[target]
            .last
            .slots
            .iter()
            .filter(|slot| slot.has(PlayerSlot::ENTERED))
            .map(|slot| slot.player)
            .collect();
        players.choose(&mut self.rng).copied()
    }

    /// A player's entry, while it is open.
    pub(super) fn entry_of(&self, target: usize, player: &Pubkey) -> Option<Entry> {
        let of = &self.matches[target].of;
        self.world.account(&of.entry(player))?;
        Some(self.world.entry(of, player))
    }

    pub(super) fn rent_payer(&self, target: usize, player: &Pubkey) -> Pubkey {
        self.entry_of(target, player)
            .map_or(*player, |entry| entry.rent_payer)
    }

    /// The next checkpoint as its operator computes it, now and then with a lie.
    fn post_checkpoint(&mut self, target: usize) -> Option<Instruction> {
        let Fuzz {
            world, matches, rng, ..
        } = self;
        let tracked = &mut matches[target];
        let header = tracked.last.header;
        if header.status != MatchStatus::Live as u8 {
            // Too early or too late, whatever it says.
            let segments = usize::from(header.segments_per_checkpoint);
            let (leaves, inputs) = (vec![rng.gen(); segments], vec![vec![0]; segments]);
            let index = header.checkpoints_posted;
            return Some(instruction::post_checkpoint(
                tracked.last.header.crank,
                tracked.of.key,
                index,
                Continues::from_leaf(&header.last_leaf, header.warriors_admitted),
                rng.gen(),
                rng.gen(),
                leaves,
                inputs,
            ));
        }
        let owners = owners(&tracked.last);
        if tracked.ledger.is_empty() && tracked.crank.is_none() {
            let rules = header.rules().ok()?;
            let drip = Game::new(rules, tracked.of.key.to_bytes()).drip;
            let at_start = &owners[..usize::from(header.warriors_at_start)];
            tracked.crank = Some(CheatingCrank::new(rules, drip, &header, at_start));
        }
        let mut crank = tracked.crank.clone()?;
        crank.know(owners);
        let rules = *crank.rules();
        let segments = usize::from(rules.segments_per_checkpoint);
        let admit = if rng.gen_bool(0.6) {
            next_entry(&tracked.last, crank.state().view().present())
        } else {
            0
        };
        let in_time = crank.state().view().tick() <= header.late_entry_ticks;
        let inputs: Vec<Vec<u8>> = (0..segments)
            .map(|segment| {
                let admit = if segment == 0 && in_time { admit } else { 0 };
                let changes = rng.gen_range(0..12);
                random_inputs(rng, &rules, usize::from(header.capacity), admit, changes)
            })
            .collect();
        let lie = (tracked.liar && rng.gen_bool(LIE)).then(|| {
            (
                rng.gen_range(0..segments),
                *Cheat::ALL.choose(rng).expect("a lie"),
            )
        });
        let due = crank.beacon_slot();
        let checkpoint = crank
            .checkpoint(&inputs, lie)
            .or_else(|| crank.checkpoint(&inputs, None))?;
        let continues = if rng.gen_bool(0.97) {
            Continues::from_leaf(&header.last_leaf, header.warriors_admitted)
        } else {
            Continues::from_leaf(&rng.gen(), header.warriors_admitted)
        };
        // Now and then before its slot has passed.
        if rng.gen_bool(0.8) {
            let slot = world.slot().max(due + 1);
            world.go_to_slot(slot);
        }
        let post = instruction::post_checkpoint(
            tracked.last.header.crank,
            tracked.of.key,
            checkpoint.index,
            continues,
            checkpoint.drip_key,
            instruction::beacon_prefix(&checkpoint.beacon),
            checkpoint.leaves,
            checkpoint.inputs,
        );
        tracked.pending = Some((posted(&post, checkpoint.beacon)?, crank));
        Some(post)
    }

    /// Bytes in an upload of somebody's, then `last` with its address, then its end.
    pub(super) fn by_upload(
        &mut self,
        bytes: &[u8],
        last: impl FnOnce(Pubkey, Pubkey) -> Instruction,
    ) -> Vec<Instruction> {
        let owner = self.player();
        self.next_upload += 1;
        let id = self.next_upload;
        let open = instruction::open_upload(owner, id, bytes.len() as u32);
        for write in instruction::write_upload_chunks(owner, id, bytes) {
            self.queue.push_back(vec![write]);
        }
        self.queue
            .push_back(vec![last(owner, address::upload(&owner, id))]);
        self.queue.push_back(vec![instruction::close_upload(owner, id)]);
        vec![open]
    }
}

/// The roster in warrior order, as it is on chain now.
fn owners(state: &MatchState) -> Vec<u8> {
    (0u8..)
        .zip(&state.slots)
        .filter(|(_, slot)| slot.has(PlayerSlot::ENTERED))
        .flat_map(|(player, slot)| std::iter::repeat_n(player, usize::from(slot.warriors)))
        .collect()
}

/// Warriors of the late entry that is next, when `present` are in play.
fn next_entry(state: &MatchState, present: usize) -> u8 {
    state
        .slots
        .iter()
        .find(|slot| slot.has(PlayerSlot::ENTERED) && usize::from(slot.first_warrior) == present)
        .map_or(0, |slot| slot.warriors)
}

/// The hash of a result that all players sign.
pub(super) fn cosign_message(
    state: &MatchState,
    key: &Pubkey,
    expires_slot: u64,
) -> [u8; arena::COSIGN_MESSAGE_LEN] {
    arena::cosign_message::<HostSha256>(
        &state.header.cluster,
        &aurelius::ID.to_bytes(),
        &key.to_bytes(),
        &state.header.last_leaf,
        expires_slot,
    )
}

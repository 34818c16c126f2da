//! The live match: ticks of inputs, commitments, and recovery at every point of its log.

use std::collections::BTreeMap;

use arena::{Digest, HostSha256, Rules, Scratch, SegmentInputs};
use ed25519_dalek::SigningKey;
use protocol::codes::RejectReason;
use protocol::input::{Input, SignedInput};
use protocol::log::LogRecord;
use protocol::{Hash, MatchKey, PlayerSlot, SessionKey, Tick, WarriorIndex};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::*;
use crate::drip::DripChain;

pub(super) const BLITZ: Rules = Rules {
    length_ticks: 600,
    shrink_start_ticks: 300,
    ..Rules::BLITZ
};
pub(super) const SIEGE: Rules = Rules {
    length_ticks: 900,
    late_entry_ticks: 360,
    shrink_start_ticks: 480,
    ..Rules::SIEGE
};
const KEY: MatchKey = MatchKey([9; 32]);

pub(super) fn setup(rules: Rules, owners: &[u8], capacity: u8) -> MatchSetup {
    MatchSetup {
        match_key: KEY,
        rules,
        capacity,
        owners: owners.to_vec(),
        seed: [3; 32],
        drip: DripChain::new([4; 32], rules.checkpoint_count()),
        window: InputWindow::default(),
        cheat: None,
    }
}

/// The hash of a checkpoint's slot: any fixed function does.
pub(crate) fn beacon(checkpoint: u32) -> Digest {
    [checkpoint as u8 ^ 0x5a; 32]
}

/// The match with all its beacons known.
pub(crate) fn revealed(mut live: LiveMatch) -> LiveMatch {
    for checkpoint in 0..live.setup().rules.checkpoint_count() {
        live.reveal(checkpoint, beacon(checkpoint));
    }
    live
}

/// What a log says of all beacons, followed by `records`.
fn with_beacons(rules: &Rules, records: &[LogRecord]) -> Vec<LogRecord> {
    let beacons = (0..rules.checkpoint_count()).map(|checkpoint| LogRecord::Beacon {
        checkpoint,
        hash: Hash(beacon(checkpoint)),
    });
    beacons.chain(records.iter().cloned()).collect()
}

/// A player who signs.
pub(super) struct Player {
    pub(super) slot: u8,
    pub(super) key: SigningKey,
    pub(super) sequence: u32,
    pub(super) previous: Hash,
}

impl Player {
    pub(super) fn new(slot: u8) -> Self {
        Self {
            slot,
            key: SigningKey::from_bytes(&[slot + 1; 32]),
            sequence: 0,
            previous: Hash::default(),
        }
    }

    pub(super) fn session(&self) -> SessionKey {
        SessionKey(self.key.verifying_key().to_bytes())
    }

    /// The next input, signed; [`Player::advance`] makes it the last.
    pub(super) fn next(&self, tick: u32, warrior: u8, heading: u8) -> SignedInput {
        let input = Input {
            match_key: KEY,
            slot: PlayerSlot(self.slot),
            sequence: self.sequence + 1,
            previous: self.previous,
            tick: Tick(tick),
            warrior: WarriorIndex(warrior),
            heading,
        };
        input.sign(&self.key)
    }

    fn advance(&mut self, signed: &SignedInput) {
        self.sequence += 1;
        self.previous = signed.input.hash();
    }

    pub(super) fn send(
        &mut self,
        live: &mut LiveMatch,
        tick: u32,
        warrior: u8,
        heading: u8,
    ) -> Result<Tick, RejectReason> {
        let signed = self.next(tick, warrior, heading);
        let input = VerifiedInput::verify(signed, &self.session())?;
        let tick = live.judge(&input)?;
        live.accept(&input, tick);
        self.advance(&signed);
        Ok(tick)
    }
}

/// The keys of players 0 to 15.
fn sessions() -> Sessions {
    (0..16)
        .map(|slot| (PlayerSlot(slot), Player::new(slot).session()))
        .collect()
}

/// Restores what was played as far as `records` tell.
fn restore(
    setup: MatchSetup,
    late: &[LateEntry],
    records: &[LogRecord],
    tick: Tick,
) -> Result<Restored, RestoreError> {
    let sessions = sessions();
    let past = Past {
        late,
        sessions: &sessions,
        records,
    };
    LiveMatch::restore(setup, past, tick)
}

/// A match played at random with everything that happened in its log.
struct Played {
    setup: MatchSetup,
    late: Vec<LateEntry>,
    records: Vec<LogRecord>,
    /// The tick made when each record was written.
    made: Vec<u32>,
    checkpoints: Vec<Checkpoint>,
    final_state: Vec<u8>,
    eliminations: Vec<Elimination>,
}

fn play(setup: MatchSetup, late: &[(u32, LateEntry)], seed: u64) -> Played {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut live = LiveMatch::new(setup.clone()).unwrap();
    let mut players: BTreeMap<u8, Player> = setup
        .owners
        .iter()
        .map(|&owner| (owner, Player::new(owner)))
        .collect();
    let mut records = vec![LogRecord::Started {
        starts_at_ms: 0,
        seed: Hash(setup.seed),
        genesis_leaf: Hash(live.genesis_leaf()),
    }];
    let mut made = vec![0];
    let mut checkpoints = Vec::new();
    while !live.ended() {
        let now = live.tick().0;
        if !live.is_revealed() {
            let checkpoint = live.unrevealed();
            assert!(
                live.step(0, &mut ()).is_err(),
                "no tick is made without its beacon"
            );
            live.reveal(checkpoint, beacon(checkpoint));
            records.push(LogRecord::Beacon {
                checkpoint,
                hash: Hash(beacon(checkpoint)),
            });
            made.push(now);
        }
        for (_, entry) in late.iter().filter(|(tick, _)| *tick == now) {
            live.announce(*entry);
            players.insert(entry.slot.0, Player::new(entry.slot.0));
        }
        let warriors = live.intake.owners().len();
        for warrior in 0..warriors {
            if !rng.gen_bool(0.12) {
                continue;
            }
            let owner = live.intake.owners()[warrior];
            let player = players.get_mut(&owner).unwrap();
            let seen = live.tick().0;
            let signed = player.next(seen, warrior as u8, rng.gen_range(0..=8));
            let input = VerifiedInput::verify(signed, &player.session()).unwrap();
            if let Ok(tick) = live.judge(&input) {
                records.push(LogRecord::Input { tick, signed });
                made.push(seen);
                live.accept(&input, tick);
                player.advance(&signed);
            }
        }
        let admit = live.admissible();
        if admit > 0 {
            records.push(LogRecord::Admitted {
                segment: live.segment(),
                warriors: admit,
            });
            made.push(live.tick().0);
        }
        let outcome = live.step(admit, &mut ()).unwrap();
        for sealed in &outcome.sealed {
            records.push(LogRecord::Sealed {
                segment: sealed.index,
                leaf: Hash(sealed.leaf),
            });
            made.push(live.tick().0);
        }
        checkpoints.extend(outcome.checkpoint);
    }
    Played {
        setup,
        late: late.iter().map(|(_, entry)| *entry).collect(),
        records,
        made,
        checkpoints,
        final_state: live.state().as_bytes().to_vec(),
        eliminations: live.eliminations().to_vec(),
    }
}

fn blitz(seed: u64) -> Played {
    play(setup(BLITZ, &[0, 0, 1, 1, 2, 5, 5, 5], 8), &[], seed)
}

fn siege(seed: u64) -> Played {
    let late = [
        (
            10,
            LateEntry {
                slot: PlayerSlot(7),
                warriors: 2,
            },
        ),
        (
            130,
            LateEntry {
                slot: PlayerSlot(8),
                warriors: 5,
            },
        ),
        (
            150,
            LateEntry {
                slot: PlayerSlot(9),
                warriors: 1,
            },
        ),
        (
            700,
            LateEntry {
                slot: PlayerSlot(10),
                warriors: 1,
            },
        ),
    ];
    play(setup(SIEGE, &[0, 0, 0, 1, 1, 6, 6], 30), &late, seed)
}

/// Replays the posted bytes as a stranger would: packed inputs and keys alone.
fn recompute(played: &Played) -> Vec<u8> {
    let rules = &played.setup.rules;
    let capacity = usize::from(played.setup.capacity);
    let mut owners = played.setup.owners.clone();
    for entry in &played.late {
        owners.extend(std::iter::repeat_n(entry.slot.0, entry.warriors.into()));
    }
    let mut state =
        arena::genesis::<HostSha256>(rules, &played.setup.owners, capacity, &played.setup.seed).unwrap();
    let mut scratch = Box::new(Scratch::new());
    let mut drip_last = played.setup.drip.root();
    let mut prev_leaf = arena::leaf::<HostSha256>(state.as_bytes());
    for (index, checkpoint) in played.checkpoints.iter().enumerate() {
        assert_eq!(checkpoint.index as usize, index);
        assert_eq!(arena::drip_parent::<HostSha256>(&checkpoint.drip_key), drip_last);
        drip_last = checkpoint.drip_key;
        assert_eq!(checkpoint.beacon, beacon(checkpoint.index));
        let mixed = arena::mixed_key::<HostSha256>(&checkpoint.drip_key, &checkpoint.beacon);
        let key = arena::checkpoint_key::<HostSha256>(&played.setup.seed, &mixed);
        let mut segments = Vec::new();
        for (inputs, leaf) in checkpoint.inputs.iter().zip(&checkpoint.leaves) {
            let parsed = SegmentInputs::parse(rules, capacity, inputs).unwrap();
            arena::step_segment::<HostSha256>(
                rules,
                &mut state.view_mut(),
                &mut scratch,
                &key,
                &parsed,
                &owners,
                &mut (),
            )
            .unwrap();
            assert_eq!(
                arena::leaf::<HostSha256>(state.as_bytes()),
                *leaf,
                "checkpoint {index}"
            );
            segments.push((<HostSha256 as arena::Sha256>::sha256(&[inputs]), *leaf));
        }
        let digest = arena::checkpoint_digest::<HostSha256>(checkpoint.index, &prev_leaf, &mixed, &segments);
        assert_eq!(digest, checkpoint.digest);
        prev_leaf = checkpoint.leaf();
    }
    state.as_bytes().to_vec()
}

#[test]
fn what_is_posted_recomputes_to_the_same_end() {
    for seed in 0..6 {
        for played in [blitz(seed), siege(seed)] {
            assert_eq!(recompute(&played), played.final_state);
            let last = played.checkpoints.last().unwrap();
            assert!(last.last && played.checkpoints.iter().rev().skip(1).all(|c| !c.last));
            assert_eq!(last.leaf(), arena::leaf::<HostSha256>(&played.final_state));
        }
    }
}

#[test]
fn late_entries_are_admitted_at_segment_starts_and_not_after_the_cut_off() {
    let played = siege(1);
    let admitted: Vec<_> = played
        .records
        .iter()
        .filter_map(|record| match record {
            LogRecord::Admitted { segment, warriors } => Some((*segment, *warriors)),
            _ => None,
        })
        .collect();
    assert_eq!(
        admitted,
        [(1, 2), (3, 6)],
        "tick 10 → segment 1, ticks 130 and 150 → segment 3, tick 700 never"
    );
}

#[test]
fn a_match_restored_from_any_prefix_of_its_log_ends_the_same() {
    for played in [blitz(7), siege(7)] {
        // The record at `cut` was being written when the power went: the crank knows all before it, and as
        // many ticks as the wall clock says. Nothing accepted later reaches it unless its player sends it
        // again, so the uninterrupted run to compare with is one that had the same accepted inputs.
        for cut in (1..=played.records.len()).step_by(23) {
            let known = &played.records[..cut];
            let (late, now) = (&played.late, Tick(played.made[cut - 1]));
            let restored = restore(played.setup.clone(), late, known, now).unwrap();
            let rest = finish(restored);
            let uninterrupted = restore(played.setup.clone(), late, known, Tick(0)).unwrap();
            assert_eq!(rest, finish(uninterrupted), "cut at record {cut}");
        }
    }
}

#[test]
fn a_match_restored_with_its_whole_log_is_the_match() {
    for played in [blitz(11), siege(11)] {
        for tick in [0, 1, 59, 60, 61, 119, 120, 121, 240, 599, 10_000] {
            let restored = restore(played.setup.clone(), &played.late, &played.records, Tick(tick)).unwrap();
            let (checkpoints, state, eliminations) = finish(restored);
            assert_eq!(checkpoints, played.checkpoints, "from tick {tick}");
            assert_eq!(state, played.final_state);
            assert_eq!(eliminations, played.eliminations);
        }
    }
}

/// Runs a restored match to its end without new inputs.
fn finish(restored: Restored) -> (Vec<Checkpoint>, Vec<u8>, Vec<Elimination>) {
    let Restored {
        live,
        mut checkpoints,
    } = restored;
    let mut live = revealed(live);
    while !live.ended() {
        checkpoints.extend(live.step(0, &mut ()).unwrap().checkpoint);
    }
    (
        checkpoints,
        live.state().as_bytes().to_vec(),
        live.eliminations().to_vec(),
    )
}

#[test]
fn inputs_continue_their_chain_after_a_restore() {
    let mut live = revealed(LiveMatch::new(setup(BLITZ, &[0, 1], 2)).unwrap());
    let mut player = Player::new(0);
    let signed = player.next(0, 0, 3);
    player.advance(&signed);
    let record = LogRecord::Input {
        tick: Tick(1),
        signed,
    };
    let restored = restore(
        live.setup().clone(),
        &[],
        &with_beacons(&BLITZ, &[record]),
        Tick(30),
    )
    .unwrap()
    .live;
    live = restored;
    assert_eq!(live.chain(PlayerSlot(0)).unwrap().expected_sequence, 2);
    assert_eq!(player.send(&mut live, 30, 0, 5), Ok(Tick(31)));
    let mut forgetful = Player::new(0);
    assert_eq!(
        forgetful.send(&mut live, 30, 0, 5),
        Err(RejectReason::WrongSequence)
    );
}

/// Whoever takes a match over may have a clock that is behind the one that wrote the log.
#[test]
fn after_a_restore_no_input_takes_effect_before_an_earlier_one() {
    let setup = setup(BLITZ, &[0, 1], 2);
    let mut player = Player::new(0);
    let signed = player.next(90, 0, 3);
    player.advance(&signed);
    let record = LogRecord::Input {
        tick: Tick(91),
        signed,
    };
    let mut live = restore(setup, &[], &with_beacons(&BLITZ, &[record]), Tick(30))
        .unwrap()
        .live;
    assert_eq!(live.tick(), Tick(90));
    let next = player.send(&mut live, 90, 0, 5).unwrap();
    assert!(next >= Tick(91), "{next:?}");
}

#[test]
fn a_log_of_another_match_or_another_program_is_refused() {
    let played = blitz(3);
    let other_seed = MatchSetup {
        seed: [8; 32],
        ..played.setup.clone()
    };
    let refused = restore(other_seed, &[], &played.records, Tick(0)).unwrap_err();
    assert!(matches!(refused, RestoreError::OtherMatch), "{refused}");
    let mut changed = played.records.clone();
    let sealed = changed.iter_mut().find_map(|record| match record {
        LogRecord::Sealed { segment: 2, leaf } => Some(leaf),
        _ => None,
    });
    sealed.unwrap().0[0] ^= 1;
    let refused = restore(played.setup.clone(), &[], &changed, Tick(0)).unwrap_err();
    assert!(
        matches!(refused, RestoreError::OtherLeaf { segment: 2 }),
        "{refused}"
    );
    let stranger = [LogRecord::Admitted {
        segment: 0,
        warriors: 3,
    }];
    let refused = restore(
        played.setup.clone(),
        &[],
        &with_beacons(&played.setup.rules, &stranger),
        Tick(10),
    )
    .unwrap_err();
    assert!(
        matches!(
            refused,
            RestoreError::Admission {
                segment: 0,
                warriors: 3
            }
        ),
        "{refused}"
    );
}

/// Who can write to where a log lies can still not move anybody's warriors.
#[test]
fn a_log_with_an_input_that_no_crank_accepted_is_refused() {
    let played = siege(5);
    let inputs: Vec<usize> = (0..played.records.len())
        .filter(|&at| matches!(played.records[at], LogRecord::Input { .. }))
        .collect();
    type Forgery = fn(&mut Tick, &mut SignedInput);
    let forgeries: [(Forgery, RejectReason); 8] = [
        (
            |_, signed| signed.input.heading = (signed.input.heading + 1) % 9,
            RejectReason::BadSignature,
        ),
        (
            |_, signed| signed.signature.0[40] ^= 1,
            RejectReason::BadSignature,
        ),
        (|_, signed| signed.input.heading = 9, RejectReason::BadHeading),
        (
            |_, signed| signed.input.match_key = MatchKey([1; 32]),
            RejectReason::UnknownMatch,
        ),
        (
            |_, signed| signed.input.warrior = WarriorIndex(99),
            RejectReason::NotYourWarrior,
        ),
        (
            |_, signed| signed.input.slot = PlayerSlot(99),
            RejectReason::NotYourWarrior,
        ),
        (|tick, _| tick.0 += 1, RejectReason::TickInFuture),
        (|tick, _| tick.0 = 0, RejectReason::TickInFuture),
    ];
    for (number, (forge, expected)) in forgeries.into_iter().enumerate() {
        let at = inputs[inputs.len() / 2 + number];
        let mut records = played.records.clone();
        if let LogRecord::Input { tick, signed } = &mut records[at] {
            forge(tick, signed);
        }
        let refused = restore(played.setup.clone(), &played.late, &records, Tick(0)).unwrap_err();
        assert!(
            matches!(refused, RestoreError::ForgedInput { reason, .. } if reason == expected),
            "forgery {number}: {refused}"
        );
    }
    // Left out, repeated, or in another order: the player's chain tells.
    let mut gap = played.records.clone();
    gap.remove(inputs[0]);
    let mut twice = played.records.clone();
    twice.insert(inputs[0], twice[inputs[0]].clone());
    for records in [gap, twice] {
        let refused = restore(played.setup.clone(), &played.late, &records, Tick(0)).unwrap_err();
        assert!(
            matches!(
                refused,
                RestoreError::ForgedInput {
                    reason: RejectReason::WrongSequence,
                    ..
                }
            ),
            "{refused}"
        );
    }
    let past = Past {
        late: &played.late,
        sessions: &Sessions::new(),
        records: &played.records,
    };
    let refused = LiveMatch::restore(played.setup.clone(), past, Tick(0)).unwrap_err();
    assert!(
        matches!(
            refused,
            RestoreError::ForgedInput {
                reason: RejectReason::UnknownPlayer,
                ..
            }
        ),
        "{refused}"
    );
}

/// An ack is a promise: what was promised for ticks that the end of the match cut off is posted all the same.
#[test]
fn inputs_for_ticks_after_the_end_are_posted_as_far_as_checkpoints_reach() {
    let rules = Rules {
        length_ticks: 600,
        shrink_start_ticks: 60,
        environment_ticks: 50,
        environment_damage_centi: 5_000,
        ..BLITZ
    };
    let setup = setup(rules, &[0, 1], 2);
    let mut live = revealed(LiveMatch::new(setup.clone()).unwrap());
    let mut player = Player::new(0);
    let mut records = Vec::new();
    let mut promised = Vec::new();
    let mut last = None;
    while !live.ended() {
        let made = live.tick().0;
        for heading in [1, 2, 3, 4].into_iter().filter(|_| made.is_multiple_of(49)) {
            let signed = player.next(made, 0, heading);
            let input = VerifiedInput::verify(signed, &player.session()).unwrap();
            if let Ok(tick) = live.judge(&input) {
                live.accept(&input, tick);
                player.advance(&signed);
                records.push(LogRecord::Input { tick, signed });
                promised.push((tick.0, heading));
            }
        }
        last = live.step(0, &mut ()).unwrap().checkpoint.or(last);
    }
    let last = last.unwrap();
    assert!(last.last);
    let first_tick = last.index * rules.checkpoint_ticks();
    let after_end = promised.iter().filter(|(tick, _)| *tick > live.tick().0);
    assert!(
        after_end.count() >= 2,
        "nothing was promised beyond the end at {}",
        live.tick()
    );
    let mut posted = Vec::new();
    for (segment, bytes) in last.inputs.iter().enumerate() {
        let inputs = SegmentInputs::parse(&rules, 2, bytes).unwrap();
        let start = first_tick + segment as u32 * u32::from(rules.segment_ticks);
        posted.extend(
            inputs
                .changes()
                .map(|change| (start + u32::from(change.slot) + 1, change.change.heading)),
        );
    }
    let reach = first_tick + rules.checkpoint_ticks();
    promised.retain(|(tick, _)| (first_tick + 1..=reach).contains(tick));
    assert_eq!(posted, promised);
    let restored = restore(setup, &[], &records, Tick(0)).unwrap();
    assert_eq!(
        finish(restored).0.last(),
        Some(&last),
        "a restored match posts the same"
    );
}

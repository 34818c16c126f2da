//! A crank that lies is caught: for each way to lie, in the first segment of a match, the second of a checkpoint, the
//! first of a later checkpoint and the last, while the match runs and after the result.
//!
//! The program takes the lying checkpoints. An observer who has the match account and the posted instructions, and
//! nothing else, finds the proof; the program voids the match, the players get their stakes and their shares of the
//! bond, the challenger their award, all to the last unit.

use aurelius::state::{MatchStatus, Operator};
use client::instruction;
use program_tests::cheats::{busy_blitz, busy_siege, posted, random_inputs, Cheat, CheatingCrank, Watcher};
use program_tests::{MatchOptions, Played, World, BOND_TERMS, TRANSACTION_BYTES_MAX};
use rand::rngs::StdRng;
use rand::SeedableRng;
use solana_keypair::Keypair;
use solana_signer::Signer;
use verifier::record::CheckpointRecord;

/// Of keys and inputs.
const SEED: u64 = 8;
const STAKE: u64 = 1_000_003;
const WARRIORS_MAX: u8 = 20;
/// Not a divisor in sight: remainders must go somewhere.
const ROSTER: [u8; 4] = [5, 4, 3, 1];
/// Late entries of a Siege; one is admitted by each of the first checkpoints.
const LATE: [u8; 3] = [2, 1, 1];
const CHANGES_PER_SEGMENT: usize = 24;

/// Checkpoint and segment of the lie.
#[derive(Clone, Copy, Debug)]
struct Place {
    index: u32,
    segment: usize,
}

const BLITZ: [Place; 4] = [
    Place { index: 0, segment: 0 },
    Place { index: 0, segment: 1 },
    Place { index: 1, segment: 0 },
    Place { index: 1, segment: 1 },
];
const SIEGE: [Place; 3] = [
    Place { index: 0, segment: 0 },
    Place { index: 2, segment: 0 },
    Place { index: 3, segment: 0 },
];

/// When the observer acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Moment {
    /// As soon as the lie is posted.
    AtOnce,
    /// When the liar has posted everything and, where the program takes it, the result.
    AfterTheResult,
}

/// A liar's match on its way.
struct Liar {
    played: Played,
    crank: CheatingCrank,
    /// What everybody can read on the ledger.
    ledger: Vec<CheckpointRecord>,
    /// Warriors of each player.
    warriors: Vec<u8>,
}

impl Liar {
    fn start(world: &mut World, siege: bool) -> Liar {
        let rules = if siege { busy_siege() } else { busy_blitz() };
        let options = MatchOptions {
            rules,
            stake_per_warrior: STAKE,
            players_max: 8,
            warriors_max: WARRIORS_MAX,
            ..MatchOptions::default()
        };
        let mut played = world.live_as(options, &ROSTER);
        let header = world.match_state(&played.of).header;
        let owners: Vec<u8> = (0u8..)
            .zip(ROSTER)
            .flat_map(|(player, warriors)| std::iter::repeat_n(player, usize::from(warriors)))
            .collect();
        let drip = played.game.drip.clone();
        let mut crank = CheatingCrank::new(rules, drip, &header, &owners);
        let mut warriors = ROSTER.to_vec();
        if siege {
            for late in LATE {
                world.enter(&mut played, late);
                crank.late(warriors.len() as u8, usize::from(late));
                warriors.push(late);
            }
        }
        Liar {
            played,
            crank,
            ledger: Vec::new(),
            warriors,
        }
    }

    /// Computes and posts the next checkpoint. False when the lie cannot be told.
    fn post(&mut self, world: &mut World, rng: &mut StdRng, lie: Option<(usize, Cheat)>) -> bool {
        let rules = *self.crank.rules();
        let admit = match self.crank.computed() as usize {
            index if self.warriors.len() > ROSTER.len() => LATE.get(index).copied().unwrap_or(0),
            _ => 0,
        };
        let capacity = self.crank.state().view().capacity();
        let inputs: Vec<Vec<u8>> = (0..rules.segments_per_checkpoint)
            .map(|segment| {
                let admit = if segment == 0 { admit } else { 0 };
                random_inputs(rng, &rules, capacity, admit, CHANGES_PER_SEGMENT)
            })
            .collect();
        let Some(checkpoint) = self.crank.checkpoint(&inputs, lie) else {
            return false;
        };
        let post = world.checkpoint_instruction(&self.played, &checkpoint);
        let operator = world.operator.insecure_clone();
        world.send(std::slice::from_ref(&post), &[&operator]);
        self.ledger
            .push(posted(&post, checkpoint.beacon).expect("a checkpoint"));
        true
    }

    fn status(&self, world: &World) -> u8 {
        world.match_state(&self.played.of).header.status
    }
}

/// Lies at `place`, and is caught. False when this lie cannot be told there.
fn caught(
    world: &mut World,
    rng: &mut StdRng,
    cheat: Cheat,
    siege: bool,
    place: Place,
    moment: Moment,
) -> bool {
    let mut liar = Liar::start(world, siege);
    while liar.crank.computed() < place.index {
        assert!(liar.post(world, rng, None), "an honest checkpoint");
        assert!(!liar.crank.ended(), "the match must last to its last segment");
    }
    if !liar.post(world, rng, Some((place.segment, cheat))) {
        return false;
    }
    if moment == Moment::AfterTheResult {
        while !liar.crank.ended() && liar.post(world, rng, None) {}
        let result = instruction::submit_result(liar.played.of.key, liar.crank.state().as_bytes().to_vec());
        let taken = world.try_send(&[result], &[]).is_ok();
        let told_in_the_state = !matches!(
            cheat,
            Cheat::SwappedLeaves | Cheat::ForeignLeaf | Cheat::Owner | Cheat::SkippedAdmission
        );
        assert!(
            taken || !told_in_the_state,
            "the program cannot know that the result is a lie"
        );
    }
    let reached = liar.status(world);
    assert!(
        reached == MatchStatus::Live as u8 || moment == Moment::AfterTheResult,
        "nothing but the lie was posted"
    );

    let proof = Watcher::new(&world.match_state(&liar.played.of))
        .first_wrong(&liar.ledger)
        .expect("a lie");
    let shown = if cheat == Cheat::SwappedLeaves {
        0
    } else {
        place.segment
    };
    assert_eq!(
        (proof.args.index, usize::from(proof.args.segment)),
        (place.index, shown),
        "the lie was told there"
    );
    let challenger = world.player(0);
    let prove = instruction::prove_fraud(liar.played.of.key, challenger.pubkey(), proof.args.clone());
    assert!(world.transaction_bytes(&prove, &[&challenger]) <= TRANSACTION_BYTES_MAX);
    let operator_before = world.operator_state(&liar.played.of.operator);
    world.send(&[prove], &[&challenger]);
    check_money(world, &liar, &operator_before, &challenger);
    true
}

/// The match is voided and everybody gets exactly what they should.
fn check_money(world: &mut World, liar: &Liar, before: &Operator, challenger: &Keypair) {
    let of = &liar.played.of;
    let slash = (u128::from(STAKE) * u128::from(WARRIORS_MAX) * u128::from(BOND_TERMS.factor_bps))
        .div_ceil(10_000) as u64;
    let state = world.match_state(of);
    // Late entries that no posted checkpoint admitted share nothing.
    let shares: Vec<bool> = state
        .slots
        .iter()
        .map(|slot| slot.first_warrior < state.header.warriors_admitted)
        .collect();
    let of_admitted = liar.warriors.iter().zip(&shares).filter(|(_, shares)| **shares);
    let warriors: u64 = of_admitted.map(|(count, _)| u64::from(*count)).sum();
    assert_eq!(warriors, u64::from(state.header.warriors_admitted));
    let award = slash * u64::from(BOND_TERMS.reporter_bps) / 10_000;
    let kept = slash * (10_000 - u64::from(BOND_TERMS.burn_bps)) / 10_000;
    let per_warrior = (kept - award) / warriors;
    let burnt = slash - award - per_warrior * warriors;

    assert_eq!(state.header.status, MatchStatus::Voided as u8);
    assert_eq!(state.header.slash, slash);
    assert_eq!(state.header.slash_burn, burnt);
    assert_eq!(state.header.award, award);
    assert_eq!(state.header.compensation_per_warrior, per_warrior);
    assert_eq!(state.header.challenger, challenger.pubkey());
    assert!(state.slots.iter().all(|slot| slot.payout == 0), "nobody has won");

    world.collect(of);
    let payer = world.payer.pubkey();
    let players = liar.played.players.iter().zip(&liar.warriors).zip(&shares);
    for ((player, &count), &shares) in players {
        world.send(&[instruction::refund(of, payer, &player.pubkey())], &[]);
        let share = if shares { per_warrior } else { 0 };
        assert_eq!(
            world.tokens(&player.pubkey()),
            (STAKE + share) * u64::from(count),
            "stake and share of the bond"
        );
    }
    world.send(&[instruction::claim_award(of, payer, &challenger.pubkey())], &[]);
    assert_eq!(world.tokens(&challenger.pubkey()), award);
    assert_eq!(world.token_amount(&of.vault()), 0, "nothing is left");
    let operator = world.operator_state(&of.operator);
    assert_eq!(operator.bond, before.bond - slash);
    assert_eq!(operator.reserved_bond, before.reserved_bond - slash);
    assert_eq!(operator.slashed, before.slashed + slash);
}

/// Tells the lie in every place and at every moment; `untold` names the places where it cannot be told.
fn check(cheat: Cheat, untold: &[(bool, u32, usize)]) {
    let mut world = World::seeded(SEED, &[busy_blitz(), busy_siege()]);
    let places = BLITZ.map(|place| (false, place));
    let places = places.into_iter().chain(SIEGE.map(|place| (true, place)));
    let mut not_told = Vec::new();
    for (seed, (siege, place)) in (0..).zip(places) {
        for moment in [Moment::AtOnce, Moment::AfterTheResult] {
            let mut rng = StdRng::seed_from_u64(SEED + seed);
            if !caught(&mut world, &mut rng, cheat, siege, place, moment) {
                not_told.push((siege, place.index, place.segment));
            }
        }
    }
    not_told.dedup();
    assert_eq!(not_told, untold, "{cheat:?} can be told everywhere else");
}

/// Every place of a Siege.
const IN_A_SIEGE: [(bool, u32, usize); 3] = [(true, 0, 0), (true, 2, 0), (true, 3, 0)];
/// Every place of a Blitz.
const IN_A_BLITZ: [(bool, u32, usize); 4] = [(false, 0, 0), (false, 0, 1), (false, 1, 0), (false, 1, 1)];

macro_rules! lies {
    ($($name:ident: $cheat:ident $(, untold $untold:expr)?;)*) => {
        $(#[test]
        fn $name() {
            #[allow(unused_mut, unused_assignments, reason = "most lies can be told everywhere")]
            let mut untold: Vec<(bool, u32, usize)> = Vec::new();
            $(untold = $untold.to_vec();)?
            check(Cheat::$cheat, &untold);
        })*

        #[test]
        fn every_lie_is_tried() {
            let tried = [$(Cheat::$cheat),*];
            assert!(Cheat::ALL.iter().all(|cheat| tried.contains(cheat)));
        }
    };
}

lies! {
    hit_points_made_up: HitPoints;
    // Nobody has fallen at the end of that first segment.
    a_dead_warrior_raised: Resurrection, untold [(false, 0, 0)];
    a_warrior_displaced: Position;
    damage_rolled_again: DamageRoll;
    an_elimination_credited_to_another: KillCredit;
    an_input_skipped: SkippedInput;
    an_input_invented: InventedInput;
    an_input_in_another_slot: MovedInput;
    a_late_entry_not_admitted: SkippedAdmission, untold [&IN_A_BLITZ[..], &[(true, 3, 0)]].concat();
    a_power_up_made_up: PowerUp;
    an_effect_made_up: Effect;
    another_zone: Zone;
    a_special_event_made_up: SpecialEvent;
    the_ranking_changed: Ranking;
    a_warrior_given_to_another_player: Owner;
    an_early_end: EarlyEnd;
    another_drip_key: WrongDripKey;
    leaves_swapped: SwappedLeaves, untold IN_A_SIEGE;
    a_leaf_of_no_state: ForeignLeaf;
    inputs_that_the_rules_refuse: RefusedInputs;
}

/// The other half of the wrong drip key: one that is not of the chain is refused when it is posted.
#[test]
fn a_drip_key_that_is_not_of_the_chain_is_refused() {
    use aurelius::error::AureliusError as E;
    let mut world = World::new();
    let mut played = world.live(&[2, 2]);
    let mut checkpoint = played.game.checkpoint(&[]);
    checkpoint.drip_key[0] ^= 1;
    let post = world.checkpoint_instruction(&played, &checkpoint);
    let operator = world.operator.insecure_clone();
    world.refuse(&[post], &[&operator], E::DripKeyWrong);
}

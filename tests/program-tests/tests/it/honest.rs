//! An honest trace cannot be challenged: random matches, every segment of them, the honest proof and every way to
//! tamper with it. Each attempt is refused by the error that names the reason, and no account that holds money or
//! commitments changes by a byte.

use aurelius::error::AureliusError as E;
use aurelius::state::MatchStatus;
use client::address;
use client::instruction::{self, ProveFraudArgs};
use program_tests::cheats::{busy_blitz, busy_siege, posted, random_inputs, CheatingCrank, Watcher};
use program_tests::{MatchOptions, Played, World};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use solana_account_4::Account;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;
use verifier::record::CheckpointRecord;
use verifier::resimulation::others;

/// Attempts that one run makes at least.
const ATTEMPTS_MIN: usize = 2_000;
const MATCHES: usize = 24;
/// Of each way to tamper, on each segment.
const ROUNDS: usize = 2;
const SEED: u64 = 0x000a_7e57;

/// Ways to tamper with the proof of a segment.
#[derive(Clone, Copy, Debug)]
enum Tampering {
    Nothing,
    StateBit,
    StateShorter,
    StateLonger,
    StateMissing,
    StateOfAnotherSegment,
    InputsByte,
    InputsOfAnotherSegment,
    InputsMissing,
    DripKeyBit,
    DripKeyOfAnotherCheckpoint,
    HashBit,
    HashesSwapped,
    HashMissing,
    HashTooMany,
    AnotherIndex,
    IndexNotPosted,
    AnotherSegment,
    SegmentBeyond,
    ProofOfAnotherMatch,
    AnotherTrace,
}

const TAMPERINGS: [Tampering; 21] = [
    Tampering::Nothing,
    Tampering::StateBit,
    Tampering::StateShorter,
    Tampering::StateLonger,
    Tampering::StateMissing,
    Tampering::StateOfAnotherSegment,
    Tampering::InputsByte,
    Tampering::InputsOfAnotherSegment,
    Tampering::InputsMissing,
    Tampering::DripKeyBit,
    Tampering::DripKeyOfAnotherCheckpoint,
    Tampering::HashBit,
    Tampering::HashesSwapped,
    Tampering::HashMissing,
    Tampering::HashTooMany,
    Tampering::AnotherIndex,
    Tampering::IndexNotPosted,
    Tampering::AnotherSegment,
    Tampering::SegmentBeyond,
    Tampering::ProofOfAnotherMatch,
    Tampering::AnotherTrace,
];

/// An honest match, all of it posted.
struct Honest {
    played: Played,
    /// What `prove_fraud` would take for each segment.
    proofs: Vec<ProveFraudArgs>,
    segments_per_checkpoint: u8,
    final_state: Vec<u8>,
}

impl Honest {
    fn play(world: &mut World, rng: &mut StdRng, siege: bool) -> Honest {
        let rules = if siege { busy_siege() } else { busy_blitz() };
        let options = MatchOptions {
            rules,
            players_max: 10,
            ..MatchOptions::default()
        };
        let mut left = 18u8;
        let mut roster = vec![rng.gen_range(1..=5)];
        left -= roster[0];
        while roster.len() < 7 && left > 0 && (roster.len() < 2 || rng.gen_bool(0.8)) {
            let warriors = rng.gen_range(1..=left.min(5));
            left -= warriors;
            roster.push(warriors);
        }
        let mut played = world.live_as(options, &roster);
        let header = world.match_state(&played.of).header;
        let owners: Vec<u8> = (0u8..)
            .zip(&roster)
            .flat_map(|(player, warriors)| std::iter::repeat_n(player, usize::from(*warriors)))
            .collect();
        let drip = played.game.drip.clone();
        let mut crank = CheatingCrank::new(rules, drip, &header, &owners);
        if siege {
            for player in roster.len() as u8..roster.len() as u8 + 2 {
                world.enter(&mut played, 1);
                crank.late(player, 1);
            }
        }
        let mut ledger = Vec::new();
        let mut proofs = Vec::new();
        while !crank.ended() {
            let before = crank.clone();
            let posted = post(world, rng, &played, &mut crank);
            proofs.extend(honest_proofs(&before, &posted));
            ledger.push(posted);
        }
        assert!(
            Watcher::new(&world.match_state(&played.of))
                .first_wrong(&ledger)
                .is_none(),
            "the match is honest"
        );
        Honest {
            played,
            proofs,
            segments_per_checkpoint: rules.segments_per_checkpoint,
            final_state: crank.state().as_bytes().to_vec(),
        }
    }

    /// All accounts that a successful challenge would change.
    fn accounts(&self, world: &World) -> Vec<Option<Account>> {
        let of = &self.played.of;
        [
            of.key,
            of.trace(),
            of.vault(),
            of.operator,
            address::bond_vault(&of.operator),
        ]
        .iter()
        .map(|address| world.account(address))
        .collect()
    }
}

/// Computes and posts the next honest checkpoint with random inputs; a late warrior enters with each of the first ones.
fn post(world: &mut World, rng: &mut StdRng, played: &Played, crank: &mut CheatingCrank) -> CheckpointRecord {
    let rules = *crank.rules();
    let capacity = crank.state().view().capacity();
    let admits = crank.waiting() > 0 && crank.computed() < 2;
    let inputs: Vec<Vec<u8>> = (0..rules.segments_per_checkpoint)
        .map(|_| {
            let changes = rng.gen_range(0..20);
            random_inputs(rng, &rules, capacity, u8::from(admits), changes)
        })
        .collect();
    let checkpoint = crank.checkpoint(&inputs, None).expect("an honest checkpoint");
    let post = world.checkpoint_instruction(played, &checkpoint);
    let operator = world.operator.insecure_clone();
    world.send(std::slice::from_ref(&post), &[&operator]);
    posted(&post, checkpoint.beacon).expect("a checkpoint")
}

/// What `prove_fraud` would take for each segment of a checkpoint that begins where `before` stands.
fn honest_proofs(before: &CheatingCrank, posted: &CheckpointRecord) -> Vec<ProveFraudArgs> {
    let previous = arena::leaf::<arena::HostSha256>(before.state().as_bytes());
    let mut proofs = Vec::new();
    for (segment, shown) in posted.segments.iter().enumerate() {
        // The crank's state after the segments before this one.
        let earlier: Vec<Vec<u8>> = posted.segments[..segment]
            .iter()
            .map(|segment| segment.inputs.clone())
            .collect();
        let mut crank = before.clone();
        if !earlier.is_empty() {
            crank.checkpoint(&earlier, None).expect("an honest checkpoint");
        }
        proofs.push(ProveFraudArgs {
            index: posted.index,
            segment: segment as u8,
            mixed_key: posted.mixed_key(),
            others: others(&previous, posted, segment),
            state: crank.state().as_bytes().to_vec(),
            inputs: shown.inputs.clone(),
        });
    }
    proofs
}

/// The tampered arguments and the error that they must meet; none where this cannot be done to the segment.
fn tampered(
    rng: &mut StdRng,
    of: &Honest,
    other: &Honest,
    at: usize,
    tampering: Tampering,
) -> Option<(ProveFraudArgs, E)> {
    let mut args = of.proofs[at].clone();
    let elsewhere = of
        .proofs
        .iter()
        .filter(|proof| (proof.index, proof.segment) != (args.index, args.segment))
        .collect::<Vec<_>>()
        .choose(rng)
        .copied()?;
    let error = match tampering {
        Tampering::Nothing => E::ProofSegmentCorrect,
        Tampering::AnotherTrace => E::TraceMismatch,
        Tampering::StateBit => {
            let bit = rng.gen_range(0..8 * args.state.len());
            args.state[bit / 8] ^= 1 << (bit % 8);
            E::ProofNotOfTrace
        }
        Tampering::StateShorter => {
            args.state.pop();
            E::ProofNotOfTrace
        }
        Tampering::StateLonger => {
            args.state.push(0);
            E::ProofNotOfTrace
        }
        Tampering::StateMissing => {
            args.state.clear();
            E::ProofMissing
        }
        Tampering::StateOfAnotherSegment => {
            args.state.clone_from(&elsewhere.state);
            E::ProofNotOfTrace
        }
        Tampering::InputsByte => {
            let byte = rng.gen_range(0..args.inputs.len());
            args.inputs[byte] ^= rng.gen_range(1..=255);
            E::ProofNotOfTrace
        }
        Tampering::InputsOfAnotherSegment => {
            if args.inputs == elsewhere.inputs {
                return None;
            }
            args.inputs.clone_from(&elsewhere.inputs);
            E::ProofNotOfTrace
        }
        Tampering::InputsMissing => {
            args.inputs.clear();
            E::ProofMissing
        }
        Tampering::DripKeyBit => {
            args.mixed_key[rng.gen_range(0..32)] ^= 1 << rng.gen_range(0..8);
            E::ProofNotOfTrace
        }
        Tampering::DripKeyOfAnotherCheckpoint => {
            if args.index == elsewhere.index {
                return None;
            }
            args.mixed_key = elsewhere.mixed_key;
            E::ProofNotOfTrace
        }
        // The claimed leaf is among the hashes: this is also the attempt to claim that another was posted.
        Tampering::HashBit => {
            let hash = args.others.choose_mut(rng)?;
            hash[rng.gen_range(0..32)] ^= 1 << rng.gen_range(0..8);
            E::ProofNotOfTrace
        }
        Tampering::HashesSwapped => {
            if args.others.len() < 2 || args.others[0] == args.others[1] {
                return None;
            }
            args.others.swap(0, 1);
            E::ProofNotOfTrace
        }
        Tampering::HashMissing => {
            args.others.remove(rng.gen_range(0..args.others.len()));
            E::ProofHashesWrong
        }
        Tampering::HashTooMany => {
            args.others.push(rng.gen());
            E::ProofHashesWrong
        }
        Tampering::AnotherIndex => {
            if args.index == elsewhere.index {
                return None;
            }
            args.index = elsewhere.index;
            E::ProofNotOfTrace
        }
        Tampering::IndexNotPosted => {
            args.index = *[of.proofs.last()?.index + 1, u32::MAX].choose(rng)?;
            E::ProofBeyondTrace
        }
        Tampering::AnotherSegment => {
            if of.segments_per_checkpoint < 2 {
                return None;
            }
            args.segment = 1 - args.segment;
            E::ProofNotOfTrace
        }
        Tampering::SegmentBeyond => {
            args.segment = *[of.segments_per_checkpoint, u8::MAX].choose(rng)?;
            E::ProofSegmentInvalid
        }
        Tampering::ProofOfAnotherMatch => {
            let foreign = other.proofs.get(at)?;
            if foreign.others.len() != args.others.len() {
                return None;
            }
            args = foreign.clone();
            E::ProofNotOfTrace
        }
    };
    Some((args, error))
}

struct Challenger {
    wallet: Keypair,
    uploads: u64,
    attempts: usize,
}

impl Challenger {
    /// The attempt must be refused with `error` and leave everything as it was.
    fn refused(&mut self, world: &mut World, of: &Honest, prove: Instruction, error: E) {
        let before = of.accounts(world);
        world.refuse(&[prove], &[&self.wallet], error);
        assert!(
            before == of.accounts(world),
            "a refused challenge changed something"
        );
        self.attempts += 1;
    }

    /// Every way to tamper with arguments, on every segment.
    fn challenge(&mut self, world: &mut World, rng: &mut StdRng, of: &Honest, other: &Honest) {
        for at in 0..of.proofs.len() {
            for (tampering, _) in TAMPERINGS
                .iter()
                .flat_map(|one| (0..ROUNDS).map(move |round| (one, round)))
            {
                let Some((args, error)) = tampered(rng, of, other, at, *tampering) else {
                    continue;
                };
                let mut prove = instruction::prove_fraud(of.played.of.key, self.wallet.pubkey(), args);
                if matches!(tampering, Tampering::AnotherTrace) {
                    prove = program_tests::swapped(prove, &of.played.of.trace(), &other.played.of.trace());
                }
                self.refused(world, of, prove, error);
            }
        }
    }

    /// The same through an upload: as it should be, with a byte changed, too short, and with arguments beside it.
    fn challenge_by_upload(&mut self, world: &mut World, rng: &mut StdRng, of: &Honest) {
        let args = of.proofs.choose(rng).expect("a segment").clone();
        let owner = self.wallet.pubkey();
        let bytes = [args.state.as_slice(), &args.inputs].concat();
        self.uploads += 1;
        let upload = address::upload(&owner, self.uploads);
        let open = instruction::open_upload(owner, self.uploads, bytes.len() as u32);
        world.send(&[open], &[&self.wallet]);
        let byte = rng.gen_range(0..bytes.len());
        for (change, error) in [
            (0, E::ProofSegmentCorrect),
            (rng.gen_range(1..=255), E::ProofNotOfTrace),
        ] {
            let mut bytes = bytes.clone();
            bytes[byte] ^= change;
            for write in instruction::write_upload_chunks(owner, self.uploads, &bytes) {
                world.send(&[write], &[&self.wallet]);
            }
            let prove = instruction::prove_uploaded_fraud(of.played.of.key, owner, upload, args.clone());
            self.refused(world, of, prove, error);
        }
        let both = {
            let mut both = instruction::prove_fraud(of.played.of.key, owner, args.clone());
            let uploaded = instruction::prove_uploaded_fraud(of.played.of.key, owner, upload, args.clone());
            both.accounts = uploaded.accounts;
            both
        };
        self.refused(world, of, both, E::ProofTwice);
        world.send(&[instruction::close_upload(owner, self.uploads)], &[&self.wallet]);

        self.uploads += 1;
        let short = address::upload(&owner, self.uploads);
        let open = instruction::open_upload(owner, self.uploads, args.state.len() as u32 - 1);
        world.send(&[open], &[&self.wallet]);
        let prove = instruction::prove_uploaded_fraud(of.played.of.key, owner, short, args);
        self.refused(world, of, prove, E::ProofMissing);
        world.send(&[instruction::close_upload(owner, self.uploads)], &[&self.wallet]);
    }
}

#[test]
fn an_honest_trace_cannot_be_challenged() {
    println!("seed {SEED}");
    let mut rng = StdRng::seed_from_u64(SEED);
    let mut world = World::seeded(SEED, &[busy_blitz(), busy_siege()]);
    let mut challenger = Challenger {
        wallet: world.player(0),
        uploads: 0,
        attempts: 0,
    };
    let mut others: [Option<Honest>; 2] = [None, None];
    for round in 0..MATCHES + 2 {
        let siege = round % 2 == 1;
        let of = Honest::play(&mut world, &mut rng, siege);
        // The first of each kind only lends its proofs to the challenges of the next.
        if let Some(other) = &others[usize::from(siege)] {
            // Half of them while the match runs, half after the result.
            if round % 4 >= 2 {
                let submit = instruction::submit_result(of.played.of.key, of.final_state.clone());
                world.send(&[submit], &[]);
            }
            challenger.challenge(&mut world, &mut rng, &of, other);
            challenger.challenge_by_upload(&mut world, &mut rng, &of);
            let status = world.match_state(&of.played.of).header.status;
            let expected = if round % 4 >= 2 {
                MatchStatus::Proposed
            } else {
                MatchStatus::Live
            };
            assert_eq!(status, expected as u8);
        }
        others[usize::from(siege)] = Some(of);
    }
    assert!(
        challenger.attempts >= ATTEMPTS_MIN,
        "{} attempts",
        challenger.attempts
    );
    println!("{} challenges refused", challenger.attempts);
}

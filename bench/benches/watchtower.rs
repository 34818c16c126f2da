//! What a watchtower costs: finding and building the proof of a wrong segment, and following 200 live Blitz matches.
//!
//! The second measures what one core does with a checkpoint between the endpoint's answer and its verdict: reading the
//! JSON of `getTransaction`, the transaction, the program's instruction and event in it, and stepping 120 ticks. 200 live
//! Blitz matches post 100 checkpoints a second.
//!
//! Budgets: a proof within 1 s, for a full Siege whose last segment is wrong; 200 Blitz matches at 1 x real time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot run may panic"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use arena::{Change, Digest, HostSha256, Rules, Scratch, SegmentInputs, Sha256, TickChange, MAX_INPUTS_LEN};
use base64::Engine;
use client::history::items_of;
use client::instruction::MatchRef;
use client::{instruction, Pubkey};
use criterion::{criterion_group, criterion_main, Criterion, Throughput};
use serde_json::json;
use solana_message::{Message, VersionedMessage};
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use verifier::record::{
    CheckpointRecord, Evidence, MatchRecord, SegmentRecord, Standing, StartRecord, Terms,
};
use watchtower::{Beginning, Stepped, Watched};

const MATCHES: u64 = 200;
/// Checkpoints that this many live Blitz matches post in a second.
const POSTED_PER_SECOND: f64 = MATCHES as f64 / 2.0;
const PROOF_BUDGET: Duration = Duration::from_secs(1);

/// A generator for made-up moves: SplitMix64.
struct Lot(u64);

impl Lot {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % n
    }
}

/// A match of one warrior a player, who change their minds twice a second, played until it ends.
fn play(rules: Rules, warriors: u8, number: u64) -> (Beginning, Vec<CheckpointRecord>) {
    let mut lot = Lot(number);
    let owners: Vec<u8> = (0..warriors).collect();
    let beginning = Beginning {
        rules,
        owners: owners.clone(),
        capacity: owners.len(),
        seed: HostSha256::sha256(&[b"seed", &number.to_le_bytes()]),
    };
    let mut state = arena::genesis::<HostSha256>(&rules, &owners, owners.len(), &beginning.seed).unwrap();
    let mut scratch = Box::new(Scratch::new());
    let mut checkpoints = Vec::new();
    let one_in = 30 / u64::from(rules.slot_ticks);
    while !state.view().ended() {
        let index = checkpoints.len() as u32;
        let drip_key: Digest = HostSha256::sha256(&[b"drip", &index.to_le_bytes()]);
        let key = arena::checkpoint_key::<HostSha256>(
            &beginning.seed,
            &arena::mixed_key::<HostSha256>(&drip_key, &[7; 32]),
        );
        let segments = (0..rules.segments_per_checkpoint).map(|_| {
            let mut changes = Vec::new();
            let mut counts = vec![0; owners.len()];
            for slot in 0..rules.slots_per_segment() as u8 {
                for warrior in 0..warriors {
                    let count = &mut counts[usize::from(warrior)];
                    if *count < rules.changes_per_warrior_max && lot.below(one_in) == 0 {
                        *count += 1;
                        let heading = lot.below(9) as u8;
                        let change = Change { warrior, heading };
                        changes.push(TickChange { slot, change });
                    }
                }
            }
            let mut inputs = [0; MAX_INPUTS_LEN];
            let len = arena::pack_inputs(&rules, owners.len(), 0, &changes, &mut inputs).unwrap();
            let inputs = inputs[..len].to_vec();
            let parsed = SegmentInputs::parse(&rules, owners.len(), &inputs).unwrap();
            let mut view = state.view_mut();
            arena::step_segment::<HostSha256>(
                &rules,
                &mut view,
                &mut scratch,
                &key,
                &parsed,
                &owners,
                &mut (),
            )
            .unwrap();
            let leaf = arena::leaf::<HostSha256>(state.as_bytes());
            SegmentRecord { inputs, leaf }
        });
        let segments: Vec<SegmentRecord> = segments.collect();
        checkpoints.push(CheckpointRecord {
            index,
            drip_key,
            beacon: [7; 32],
            slot: None,
            segments,
            digest: None,
            transaction: None,
        });
    }
    (beginning, checkpoints)
}

fn match_key(number: u64) -> Pubkey {
    Pubkey::new_from_array(HostSha256::sha256(&[b"match", &number.to_le_bytes()]))
}

/// A Siege of 100 whose operator lied about its very last segment. Blows hardly hurt, so that it lasts to full time.
fn lying_siege() -> MatchRecord {
    let harmless = Rules {
        damage_min_centi: 1,
        damage_max_centi: 2,
        environment_damage_centi: 1,
        zone_damage_centi: 1,
        ..Rules::SIEGE
    };
    let (beginning, mut checkpoints) = play(harmless, 100, 1);
    assert_eq!(checkpoints.len() as u32, harmless.checkpoint_count());
    checkpoints.last_mut().unwrap().segments[0].leaf[0] ^= 1;
    let Beginning {
        rules,
        owners,
        capacity,
        seed,
    } = beginning;
    MatchRecord {
        evidence: Evidence::Ledger,
        match_ref: MatchRef {
            key: match_key(0),
            mint: Pubkey::default(),
            token_program: Pubkey::default(),
            operator: Pubkey::default(),
        },
        terms: Terms {
            rules: rules.as_bytes().to_vec(),
            rules_hash: None,
            stake_per_warrior: None,
            drip_root: [0; 32],
            slot_us: None,
            players_max: None,
            warriors_max: None,
            pledge: None,
        },
        players: Vec::new(),
        start: Some(StartRecord {
            value: [0; 32],
            seed,
            genesis_leaf: [0; 32],
            owners,
            capacity: capacity as u8,
            slot: None,
        }),
        checkpoints,
        trace: None,
        result: None,
        standing: Standing::Live,
        payments: Vec::new(),
        signed_inputs: None,
        contradictions: Vec::new(),
        void: None,
        finality: None,
        irregularities: Vec::new(),
        unread: Vec::new(),
    }
}

fn proofs(criterion: &mut Criterion) {
    let record = lying_siege();
    let last = record.checkpoints.len() as u32 - 1;
    let started = Instant::now();
    let proof = verifier::proof::find(&record).expect("the lie is found");
    let took = started.elapsed();
    assert_eq!(proof.args.index, last);
    println!(
        "proof of the last of {} checkpoints of a Siege of 100: {took:.1?}, budget {PROOF_BUDGET:?}",
        last + 1
    );
    assert!(took <= PROOF_BUDGET, "{took:?}");
    let mut group = criterion.benchmark_group("watchtower/proof");
    group.sample_size(20);
    group.bench_function("last segment of a Siege of 100", |bencher| {
        bencher.iter(|| verifier::proof::find(black_box(&record)))
    });
    group.finish();
}

/// A match as an endpoint has it: each checkpoint as the answer to `getTransaction`.
struct Recorded {
    match_key: Pubkey,
    beginning: Beginning,
    answers: Vec<String>,
}

fn recorded(number: u64) -> Recorded {
    let (beginning, checkpoints) = play(Rules::BLITZ, 20, number);
    let match_key = match_key(number);
    let answers = checkpoints
        .iter()
        .map(|posted| answer(match_key, posted))
        .collect();
    Recorded {
        match_key,
        beginning,
        answers,
    }
}

fn answer(match_key: Pubkey, posted: &CheckpointRecord) -> String {
    let payer = Pubkey::new_from_array([9; 32]);
    let (inputs, leaves) = posted
        .segments
        .iter()
        .map(|segment| (segment.inputs.clone(), segment.leaf))
        .unzip();
    // What it goes on from, which no reader of the ledger needs.
    let continues = instruction::Continues::from_leaf(&[0; 32], 0);
    let post = instruction::post_checkpoint(
        payer,
        match_key,
        posted.index,
        continues,
        posted.drip_key,
        [7; 8],
        leaves,
        inputs,
    );
    let accounts = post.accounts.len();
    let message = Message::new(&[post], Some(&payer));
    // The event comes back through the program itself; its body is match, index, digest and beacon.
    let event = [
        &[0xe4, 0x45, 0xa5, 0x2e, 0x51, 0xcb, 0x9a, 0x1d][..],
        &HostSha256::sha256(&[b"event:CheckpointPosted"])[..8],
        match_key.as_ref(),
        &posted.index.to_le_bytes(),
        &[7; 32],
        &[7; 32],
    ]
    .concat();
    let inner = json!([{ "index": 0, "instructions": [{
        "programIdIndex": message.instructions[0].program_id_index,
        "accounts": [message.instructions[0].accounts[accounts - 2]],
        "data": bs58::encode(event).into_string(), "stackHeight": 2
    }]}]);
    let transaction = VersionedTransaction {
        signatures: vec![Signature::default()],
        message: VersionedMessage::Legacy(message),
    };
    let bytes = bincode::serialize(&transaction).unwrap();
    let logs: Vec<String> = (0..12)
        .map(|line| {
            format!("Program log: line {line} of about eighty characters, as nodes add them to each answer")
        })
        .collect();
    json!({
        "slot": 1, "blockTime": 1_700_000_000, "version": "legacy",
        "transaction": [base64::prelude::BASE64_STANDARD.encode(bytes), "base64"],
        "meta": {
            "err": null, "status": { "Ok": null }, "fee": 5000, "preBalances": [1, 2, 3, 4, 5, 6],
            "postBalances": [1, 2, 3, 4, 5, 6], "innerInstructions": inner, "logMessages": logs,
            "loadedAddresses": { "writable": [], "readonly": [] }, "computeUnitsConsumed": 9000
        }
    })
    .to_string()
}

/// Follows all matches side by side to their ends; gives the number of checkpoints.
fn follow(matches: &[Recorded]) -> u64 {
    let mut watched: Vec<Watched> = matches
        .iter()
        .map(|recorded| Watched::new(recorded.match_key, &recorded.beginning).unwrap())
        .collect();
    let longest = matches
        .iter()
        .map(|recorded| recorded.answers.len())
        .max()
        .unwrap_or(0);
    let mut checked = 0;
    for round in 0..longest {
        for (recorded, watched) in matches.iter().zip(&mut watched) {
            let Some(answer) = recorded.answers.get(round) else {
                continue;
            };
            let transaction: serde_json::Value = serde_json::from_str(answer).unwrap();
            for item in items_of(Signature::default(), &transaction, &recorded.match_key).unwrap() {
                let posted = CheckpointRecord::posted_by(&item).unwrap();
                assert_eq!(watched.step(&posted), Ok(Stepped::Agrees));
                checked += 1;
            }
        }
    }
    checked
}

fn following(criterion: &mut Criterion) {
    let matches: Vec<Recorded> = (0..MATCHES).map(recorded).collect();
    let total: usize = matches.iter().map(|recorded| recorded.answers.len()).sum();
    let started = Instant::now();
    let checked = follow(&matches);
    let per_second = checked as f64 / started.elapsed().as_secs_f64();
    assert_eq!(checked, total as u64);
    println!(
        "{checked} checkpoints of {MATCHES} Blitz matches: {per_second:.0} a second on one core, {:.1} x real time, budget 1 x",
        per_second / POSTED_PER_SECOND
    );
    assert!(per_second >= POSTED_PER_SECOND);
    let mut group = criterion.benchmark_group("watchtower/follow");
    group.sample_size(10);
    group.throughput(Throughput::Elements(checked));
    group.bench_function("200 Blitz matches", |bencher| {
        bencher.iter(|| follow(black_box(&matches)))
    });
    group.finish();
}

criterion_group!(benches, proofs, following);
criterion_main!(benches);

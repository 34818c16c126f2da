//! Every builder: its data reads back, its match account stands where history looks for it, its largest case fits.

use anchor_lang::prelude::Pubkey;
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_signer::Signer;

use super::*;
use crate::call::Call;
use crate::entropy::Reveal;
use crate::sender::{sign, Budget, Format, TRANSACTION_BYTES_MAX};

fn key() -> Pubkey {
    Pubkey::new_unique()
}

fn create() -> CreateMatch {
    CreateMatch {
        authority: key(),
        crank: key(),
        payer: key(),
        mint: key(),
        token_program: anchor_spl::token::ID,
        match_id: u64::MAX,
    }
}

fn source() -> RandomnessSource {
    RandomnessSource {
        program: key(),
        queue: key(),
    }
}

fn create_args() -> CreateMatchArgs {
    CreateMatchArgs {
        rules: arena::Rules::SIEGE.as_bytes().to_vec(),
        stake_per_warrior: u64::MAX,
        players_max: 100,
        warriors_max: 100,
        receipt_key: key(),
        drip_root: [1; 32],
        scheduled_slot: 5,
        expect_terms: [7; 32],
        slot_us: 420_000,
    }
}

fn enter_args() -> EnterArgs {
    EnterArgs {
        warriors: 5,
        session_key: key(),
        expect_stake: 1,
        expect_rules_hash: [2; 32],
        expect_terms: [7; 32],
        expect_late: true,
    }
}

fn reveal() -> Reveal {
    Reveal {
        signature: [3; 64],
        recovery_id: 1,
        value: [4; 32],
    }
}

/// The most inputs a segment of these rules can have: every warrior changes as often as it may.
fn fullest_inputs(rules: &arena::Rules) -> Vec<u8> {
    let capacity = usize::from(rules.warriors_max);
    let slots = rules.slots_per_segment();
    let masks = 1 + slots * capacity.div_ceil(8);
    vec![0; masks + (usize::from(rules.changes_per_warrior_max).min(slots) * capacity).div_ceil(2)]
}

fn checkpoint(rules: &arena::Rules) -> Instruction {
    let segments = usize::from(rules.segments_per_checkpoint);
    post_checkpoint(
        key(),
        key(),
        1,
        continues(),
        [5; 32],
        [4; 8],
        vec![[6; 32]; segments],
        vec![fullest_inputs(rules); segments],
    )
}

fn continues() -> Continues {
    Continues::from_leaf(&[8; 32], 100)
}

fn bond() -> BondRef {
    BondRef {
        authority: key(),
        mint: key(),
        token_program: anchor_spl::token::ID,
    }
}

/// The largest proof of these rules.
fn proof(rules: &arena::Rules) -> ProveFraudArgs {
    ProveFraudArgs {
        index: u32::MAX,
        segment: 1,
        mixed_key: [7; 32],
        others: vec![[8; 32]; 2 * usize::from(rules.segments_per_checkpoint) - 1],
        state: vec![9; arena::state_len(usize::from(rules.warriors_max))],
        inputs: fullest_inputs(rules),
    }
}

/// The largest proof of an omission in a Blitz.
fn omission(match_key: Pubkey) -> Omission {
    let rules = arena::Rules::BLITZ;
    Omission {
        match_key,
        receipt_key: key(),
        receipt: Receipt {
            slot: 1,
            sequence: u32::MAX,
            input_hash: [2; 32],
            tick: 5,
            warrior: 3,
            heading: 4,
        },
        signature: [5; 64],
        mixed_key: [7; 32],
        others: vec![[8; 32]; 2 * usize::from(rules.segments_per_checkpoint)],
        inputs: fullest_inputs(&rules),
    }
}

/// The verification stands in the same transaction.
#[test]
fn the_largest_proof_of_an_omission_in_a_blitz_fits_one_transaction() {
    let challenger = Keypair::new();
    let instructions = omission(key()).prove(challenger.pubkey());
    let budget = Budget {
        compute_limit: 1_400_000,
        price_micro_lamports: u64::MAX,
    };
    let transaction = sign(
        &instructions,
        budget,
        Format::Legacy,
        &challenger,
        &[&challenger],
        Default::default(),
    )
    .unwrap();
    let bytes = bincode::serialize(&transaction).unwrap().len();
    assert!(bytes <= TRANSACTION_BYTES_MAX, "{bytes}");
}

/// All instructions that name a match, with that match.
fn of_matches() -> Vec<(Instruction, Pubkey)> {
    let create = create();
    let of = create.match_ref();
    let other = key();
    vec![
        (create_match(&create, create_args()), of.key),
        (init_randomness(&source(), key(), key(), of.key, 7), of.key),
        (enter(&of, &Enter::own(key(), &of), enter_args()), of.key),
        (
            leave(
                &of,
                &Leave {
                    player: key(),
                    rent_payer: key(),
                },
            ),
            of.key,
        ),
        (lock_match(&source(), key(), of.key, other, key()), of.key),
        (
            start_match(&source(), key(), of.key, other, key(), &reveal()),
            of.key,
        ),
        (
            post_checkpoint(key(), of.key, 0, continues(), [0; 32], [0; 8], vec![], vec![]),
            of.key,
        ),
        (submit_result(of.key, vec![1; 416]), of.key),
        (submit_uploaded_result(of.key, other), of.key),
        (finalize(&of), of.key),
        (claim(&of, key(), &other), of.key),
        (sweep_fee(&of, &other), of.key),
        (burn(&of, &other), of.key),
        (cancel(&of, key()), of.key),
        (void_match(&of, key()), of.key),
        (collect_slash(&of), of.key),
        (claim_award(&of, key(), &other), of.key),
        (rotate_session_key(&of, key(), key()), of.key),
        (prove_fraud(of.key, key(), proof(&arena::Rules::BLITZ)), of.key),
        (omission(of.key).prove(key())[1].clone(), of.key),
        (omission(of.key).prove_uploaded(key(), other)[1].clone(), of.key),
        (
            prove_uploaded_fraud(of.key, key(), other, proof(&arena::Rules::SIEGE)),
            of.key,
        ),
        (cosign_result(&of, &[0; 48], u64::MAX, &[]).remove(0), of.key),
        (refund(&of, key(), &other), of.key),
        (close_entry(of.key, &other, key()), of.key),
        (close_randomness(&source(), of.key, other, key(), 7), of.key),
        (
            close_match(
                &of,
                &CloseMatch {
                    caller: key(),
                    rent_payer: key(),
                    treasury_of_surplus: Some(other),
                },
            ),
            of.key,
        ),
    ]
}

#[test]
fn matches_stand_where_history_looks_for_them() {
    for (instruction, match_key) in of_matches() {
        let call = Call::decode(&instruction.data).unwrap();
        let index = call.match_account_index().unwrap();
        assert_eq!(instruction.accounts[index].pubkey, match_key, "{call:?}");
    }
}

#[test]
fn arguments_read_back() {
    let Call::PostCheckpoint {
        index,
        continues: _,
        drip_key,
        beacon_prefix,
        leaves,
        inputs,
    } = Call::decode(&checkpoint(&arena::Rules::BLITZ).data).unwrap()
    else {
        panic!("another instruction")
    };
    assert_eq!((index, drip_key, beacon_prefix), (1, [5; 32], [4; 8]));
    assert_eq!(leaves, vec![[6; 32]; 2]);
    assert_eq!(inputs, vec![fullest_inputs(&arena::Rules::BLITZ); 2]);

    let Call::CreateMatch { match_id, args } =
        Call::decode(&create_match(&create(), create_args()).data).unwrap()
    else {
        panic!("another instruction")
    };
    assert_eq!(match_id, u64::MAX);
    assert_eq!(
        (args.rules, args.players_max, args.scheduled_slot),
        (create_args().rules, 100, 5)
    );

    let of = create().match_ref();
    let Call::Enter(args) = Call::decode(&enter(&of, &Enter::own(key(), &of), enter_args()).data).unwrap()
    else {
        panic!("another instruction")
    };
    assert_eq!((args.warriors, args.expect_rules_hash), (5, [2; 32]));
    for instruction in [
        initialize_config(
            key(),
            key(),
            InitializeConfigArgs {
                authority: key(),
                treasury: key(),
                randomness_program: key(),
                randomness_queue: key(),
                windows: Default::default(),
                cluster: [3; 32],
                bond: Default::default(),
            },
        ),
        update_config(key(), UpdateConfigArgs::default()),
        propose_authority(key(), key()),
        accept_authority(key()),
        set_paused(key(), true),
        allow_mint(key(), key()),
        disallow_mint(key(), key()),
        allow_rules(key(), [1; 32]),
        disallow_rules(key(), [1; 32]),
        register_operator(key(), key(), key(), key()),
        deposit_bond(&bond(), key(), 1),
        request_bond_withdrawal(&bond(), 1),
        withdraw_bond(&bond()),
        set_operator_active(key(), key(), true),
        open_upload(key(), 1, 2),
        close_upload(key(), 1),
    ] {
        assert_eq!(
            Call::decode(&instruction.data).unwrap().match_account_index(),
            None
        );
        assert_eq!(instruction.program_id, aurelius::ID);
    }
}

#[test]
fn damaged_data_is_refused_by_name() {
    let whole = checkpoint(&arena::Rules::BLITZ).data;
    for length in 0..whole.len() {
        assert!(Call::decode(&whole[..length]).is_err(), "{length}");
    }
    let error = Call::decode(&whole[..20]).unwrap_err().to_string();
    assert!(error.contains("PostCheckpoint"), "{error}");
    let error = Call::decode(&[7; 9]).unwrap_err().to_string();
    assert!(error.contains("unknown instruction"), "{error}");
    // A length that claims gigabytes allocates nothing of the kind.
    let mut liar = whole[..8 + 4 + 32].to_vec();
    liar.extend([0xff; 4]);
    assert!(Call::decode(&liar).is_err());
}

#[test]
fn an_upload_is_cut_into_chunks_that_cover_it() {
    let owner = key();
    let bytes: Vec<u8> = (0..1728u32).map(|index| index as u8).collect();
    let mut written = vec![0; bytes.len()];
    for instruction in write_upload_chunks(owner, 9, &bytes) {
        let Call::WriteUpload {
            upload_id: 9,
            offset,
            bytes,
        } = Call::decode(&instruction.data).unwrap()
        else {
            panic!("another instruction")
        };
        written[offset as usize..][..bytes.len()].copy_from_slice(&bytes);
    }
    assert_eq!(written, bytes);
    assert!(write_upload_chunks(owner, 9, &[]).is_empty());
}

/// Signs with a real key for every signer and compares the size with the packet.
#[test]
fn the_largest_case_of_every_instruction_fits_one_packet() {
    let mut all: Vec<Instruction> = of_matches()
        .into_iter()
        .map(|(instruction, _)| instruction)
        .collect();
    all.push(checkpoint(&arena::Rules::BLITZ));
    all.push(checkpoint(&arena::Rules::SIEGE));
    // As many signatures of a result as the builder allows, in one transaction with a payer of its own.
    let signature = Cosignature {
        player: key(),
        session_key: key(),
        signature: [3; 64],
    };
    let signatures = [signature; COSIGNATURES_MAX].map(|signature| Cosignature {
        player: key(),
        ..signature
    });
    let cosign = cosign_result(&create().match_ref(), &[0; 48], u64::MAX, &signatures);
    let bytes = crate::sender::transaction_size(&cosign, Format::Legacy, &key()).unwrap();
    assert!(bytes <= TRANSACTION_BYTES_MAX, "{bytes}");
    all.push(write_upload(
        key(),
        u64::MAX,
        u32::MAX,
        vec![1; UPLOAD_CHUNK_BYTES],
    ));
    let mut largest = (0, String::new());
    for mut instruction in all {
        let mut signers = Vec::new();
        for account in instruction
            .accounts
            .iter_mut()
            .filter(|account| account.is_signer)
        {
            let keypair = Keypair::new();
            account.pubkey = keypair.pubkey();
            signers.push(keypair);
        }
        let call = Call::decode(&instruction.data).unwrap();
        // A payer in addition to all signers, as when somebody sponsors a player. The operator pays for its own checkpoints:
        // the fullest one of a Siege has no room for a second signature, nor has the largest proof.
        let payer = match (&call, signers.first()) {
            (Call::PostCheckpoint { .. } | Call::ProveFraud(_), Some(signer)) => signer.insecure_clone(),
            _ => Keypair::new(),
        };
        let signers: Vec<&Keypair> = signers.iter().collect();
        let name = format!("{call:?}");
        let budget = Budget {
            compute_limit: 1_400_000,
            price_micro_lamports: u64::MAX,
        };
        let transaction = sign(
            &[instruction],
            budget,
            Format::Legacy,
            &payer,
            &signers,
            Default::default(),
        );
        let bytes = match transaction {
            Ok(transaction) => bincode::serialize(&transaction).unwrap().len(),
            Err(error) => panic!("{}: {error}", &name[..40]),
        };
        assert!(bytes <= TRANSACTION_BYTES_MAX);
        largest = largest.max((bytes, name.chars().take(40).collect()));
    }
    // The fullest Siege checkpoint must be in there, or the test has lost its point.
    assert!(largest.0 > 1100, "{largest:?}");
}

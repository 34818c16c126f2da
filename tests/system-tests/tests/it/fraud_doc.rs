//! The worked example of `docs/FRAUD-PROOF.md` is what the code computes.
//!
//! `UPDATE_DOCS=1 cargo test -p system-tests fraud_doc` writes it anew.

use std::fmt::Write as _;

use arena::{Digest, HostSha256, Rules, Sha256};
use verifier::record::{CheckpointRecord, SegmentRecord};
use verifier::{Outcome, Resimulation};

const BEGIN: &str = "<!-- example: begin -->\n```text\n";
const END: &str = "```\n<!-- example: end -->";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Two players with one warrior each, one checkpoint, and an operator who gives a warrior a hit point in its second
/// segment.
fn example() -> String {
    let rules = Rules::BLITZ;
    let seed = arena::match_seed::<HostSha256>(&[1; 32], &[2; 32]);
    let genesis = arena::genesis::<HostSha256>(&rules, &[0, 1], 2, &seed).unwrap();
    let genesis_leaf = arena::leaf::<HostSha256>(genesis.as_bytes());
    let (drip_key, beacon): (Digest, Digest) = ([3; 32], [4; 32]);
    let mixed = arena::mixed_key::<HostSha256>(&drip_key, &beacon);
    let key = arena::checkpoint_key::<HostSha256>(&seed, &mixed);

    let mut honest = Resimulation::new(rules, vec![0, 1], genesis.clone());
    let idle = SegmentRecord {
        inputs: vec![0],
        leaf: [0; 32],
    };
    let Outcome::Differs { computed: first } = honest.segment(&key, &idle) else {
        unreachable!("no leaf is zero")
    };
    let before = honest.state().as_bytes().to_vec();
    let Outcome::Differs { computed: second } = honest.segment(&key, &idle) else {
        unreachable!("no leaf is zero")
    };
    let mut lie = honest.state().as_bytes().to_vec();
    let hp = u16::from_le_bytes([lie[66], lie[67]]) + 100;
    lie[66..68].copy_from_slice(&hp.to_le_bytes());
    let claimed = arena::leaf::<HostSha256>(&lie);

    let posted = CheckpointRecord {
        index: 0,
        drip_key,
        beacon,
        slot: None,
        segments: [first, claimed]
            .map(|leaf| SegmentRecord {
                inputs: vec![0],
                leaf,
            })
            .to_vec(),
        digest: None,
        transaction: None,
    };
    let inputs_hash = HostSha256::sha256(&[&[0]]);
    let digest = arena::checkpoint_digest::<HostSha256>(
        0,
        &genesis_leaf,
        &mixed,
        &[(inputs_hash, first), (inputs_hash, claimed)],
    );
    let proof = Resimulation::new(rules, vec![0, 1], genesis)
        .checkpoint(&posted)
        .expect_err("the second segment is wrong");
    assert_eq!((proof.args.segment, &proof.args.state), (1, &before));
    assert_eq!(proof.outcome, Outcome::Differs { computed: second });

    let mut text = String::new();
    for (name, value) in [
        ("seed", hex(&seed)),
        ("genesis leaf", hex(&genesis_leaf)),
        ("drip key", hex(&drip_key)),
        ("beacon", hex(&beacon)),
        ("mixed key", hex(&mixed)),
        ("tick key", hex(&key)),
        ("inputs hash (both)", hex(&inputs_hash)),
        ("leaf 0", hex(&first)),
        ("leaf 1, claimed", hex(&claimed)),
        ("leaf 1, computed", hex(&second)),
        ("digest in the trace", hex(&digest)),
        ("others[0]", hex(&proof.args.others[0])),
        ("others[1]", hex(&proof.args.others[1])),
        ("others[2]", hex(&proof.args.others[2])),
        ("inputs", hex(&proof.args.inputs)),
    ] {
        let _ = writeln!(text, "{name:<20} {value}");
    }
    let _ = writeln!(text, "state before");
    for line in before.chunks(32) {
        let _ = writeln!(text, "  {}", hex(line));
    }
    text
}

#[test]
fn the_example_is_what_the_code_computes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/FRAUD-PROOF.md");
    let document = std::fs::read_to_string(path).unwrap();
    let (head, rest) = document.split_once(BEGIN).expect("the example's begin mark");
    let (found, tail) = rest.split_once(END).expect("the example's end mark");
    let example = example();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, format!("{head}{BEGIN}{example}{END}{tail}")).unwrap();
        return;
    }
    assert_eq!(
        found, example,
        "docs/FRAUD-PROOF.md is stale: run with UPDATE_DOCS=1"
    );
}

//! Replay files, alone and against the ledger.

use super::*;

fn replay_of(record: &MatchRecord) -> Replay {
    let start = record.start.as_ref().unwrap();
    let result = record.result.as_ref().unwrap();
    let late = record.players.iter().filter(|player| player.late.is_some());
    let owners = start
        .owners
        .iter()
        .copied()
        .chain(late.flat_map(|p| vec![p.index; usize::from(p.warriors)]));
    Replay {
        program: PublicKey([1; 32]),
        match_key: MatchKey(record.match_ref.key.to_bytes()),
        match_id: 1,
        operator: PublicKey([2; 32]),
        mode: Mode::Siege,
        rules: record.terms.rules.clone(),
        capacity: start.capacity,
        warriors_at_start: start.owners.len() as u8,
        owners: owners.map(PlayerSlot).collect(),
        players: record
            .players
            .iter()
            .map(|player| ReplayPlayer {
                slot: PlayerSlot(player.index),
                wallet: WalletKey(player.wallet),
                session: SessionKey(player.session_key),
                warriors: player.warriors,
                late: player.late.is_some(),
                paid: Amount(player.paid),
                payout: Amount(result.payouts[usize::from(player.index)]),
            })
            .collect(),
        randomness: Hash(start.value),
        seed: Hash(start.seed),
        drip_root: Hash(record.terms.drip_root),
        genesis_leaf: Hash(start.genesis_leaf),
        checkpoints: record
            .checkpoints
            .iter()
            .map(|checkpoint| ReplayCheckpoint {
                drip_key: Hash(checkpoint.drip_key),
                beacon: Hash(checkpoint.beacon),
                digest: Hash(checkpoint.digest.unwrap()),
                posted_in: None,
                segments: checkpoint
                    .segments
                    .iter()
                    .map(|segment| ReplaySegment {
                        inputs: segment.inputs.clone(),
                        leaf: Hash(segment.leaf),
                    })
                    .collect(),
            })
            .collect(),
        inputs: record.signed_inputs.clone().unwrap(),
        final_state: result.state.clone().unwrap(),
    }
}

#[test]
fn a_replay_alone_is_verified_and_says_what_it_does_not_prove() {
    for record in [blitz(), siege()] {
        let replay = Replay::read(&replay_of(&record).write().unwrap()).unwrap();
        let verdict = assert_ok(&MatchRecord::from_replay(&replay));
        assert_eq!(verdict.evidence, Evidence::Replay);
        assert_eq!(verdict.check("transfers").unwrap().result, CheckResult::Skipped);
        assert!(verdict.to_string().contains("nothing here says"));
        let mut liar = replay;
        liar.players[0].payout.0 += 1;
        assert!(!judge(&MatchRecord::from_replay(&liar)).ok);
    }
}

#[test]
fn a_replay_that_contradicts_the_ledger_is_told() {
    let record = siege();
    let replay = replay_of(&record);
    let attach = |change: fn(&mut Replay)| {
        let mut ledger = MatchRecord {
            signed_inputs: None,
            evidence: Evidence::Ledger,
            ..record.clone()
        };
        let mut replay = replay.clone();
        change(&mut replay);
        ledger.attach_replay(&replay);
        ledger
    };
    assert_ok(&attach(|_| {}));
    check(
        attach(|r| r.seed.0[0] ^= 1),
        |_| {},
        "replay file",
        Place::Setup,
        "the seed",
    );
    check(
        attach(|r| r.players[0].session.0[0] ^= 1),
        |_| {},
        "replay file",
        Place::Setup,
        "the session key of player 0",
    );
    check(
        attach(|r| r.checkpoints[4].segments[0].leaf.0[0] ^= 1),
        |_| {},
        "replay file",
        at(4, 0, 240),
        "the leaf of segment 0",
    );
    check(
        attach(|r| {
            r.checkpoints.pop();
        }),
        |_| {},
        "replay file",
        Place::Setup,
        "number of checkpoints",
    );
}

//! What is fixed before the first tick: terms, entries, roster, seed, genesis, drip chain.

use super::*;

#[test]
fn terms_and_entries() {
    let setup = Place::Setup;
    check(
        blitz(),
        |r| r.terms.rules[0] = 9,
        "rules",
        setup,
        "rules table is not valid",
    );
    check(
        blitz(),
        |r| r.terms.rules.truncate(10),
        "rules",
        setup,
        "rules table is not valid",
    );
    check(
        blitz(),
        |r| r.terms.rules_hash = Some([1; 32]),
        "rules",
        setup,
        "hash of the rules table",
    );
    check(
        blitz(),
        |r| r.players[1].paid += 1,
        "entries",
        setup,
        "what player 1 paid",
    );
    check(
        blitz(),
        |r| r.players[2].warriors = 6,
        "entries",
        setup,
        "warriors of player 3",
    );
    check(
        blitz(),
        |r| r.players[1].index = 0,
        "entries",
        setup,
        "two players in slot 0",
    );
    check(
        blitz(),
        |r| r.terms.players_max = Some(2),
        "entries",
        setup,
        "players",
    );
    check(
        blitz(),
        |r| r.terms.warriors_max = Some(5),
        "entries",
        setup,
        "warriors",
    );
    check(
        blitz(),
        |r| r.start.as_mut().unwrap().owners[5] = 1,
        "entries",
        setup,
        "roster at the start",
    );
    check(
        siege(),
        |r| r.players[3].late.as_mut().unwrap().first_warrior = Some(9),
        "entries",
        setup,
        "first warrior of late player 3",
    );
}

#[test]
fn seed_genesis_and_drip() {
    let setup = Place::Setup;
    check(
        blitz(),
        |r| r.start.as_mut().unwrap().value[0] ^= 1,
        "seed",
        setup,
        "seed made of the randomness",
    );
    check(
        blitz(),
        |r| r.start.as_mut().unwrap().seed[0] ^= 1,
        "seed",
        setup,
        "seed made of the randomness",
    );
    check(
        blitz(),
        |r| r.start.as_mut().unwrap().genesis_leaf[0] ^= 1,
        "genesis",
        setup,
        "genesis leaf",
    );
    check(
        blitz(),
        |r| r.start.as_mut().unwrap().capacity = 1,
        "genesis",
        setup,
        "",
    );
    check(
        blitz(),
        |r| r.terms.drip_root[0] ^= 1,
        "drip chain",
        at(0, 0, 0),
        "hash of the drip key",
    );
    check(
        blitz(),
        |r| r.checkpoints[2].drip_key[0] ^= 1,
        "drip chain",
        at(2, 0, 240),
        "hash of the drip key",
    );
}

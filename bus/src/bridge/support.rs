//! What tests of this module publish.

use protocol::directory::{Amount, MatchDetail, MatchStatus, MatchSummary, Mode};
use protocol::{Hash, MatchKey, PublicKey, Tick};

/// A match that nobody has entered.
pub(super) fn detail() -> MatchDetail {
    MatchDetail {
        summary: MatchSummary {
            match_key: MatchKey([1; 32]),
            match_id: 1,
            mode: Mode::Blitz,
            status: MatchStatus::Open,
            mint: PublicKey::default(),
            decimals: 6,
            symbol: "TEST".into(),
            stake_per_warrior: Amount(1),
            players: 0,
            players_max: 20,
            warriors: 0,
            warriors_max: 20,
            pot: Amount(0),
            tick: Tick(0),
            length_ticks: 5400,
            created_at_ms: 1,
            starts_at_ms: None,
        },
        operator: PublicKey::default(),
        rules_hash: Hash::default(),
        rules: vec![],
        drip_root: Hash::default(),
        seed: None,
        genesis_leaf: None,
        players: vec![],
        checkpoints: vec![],
        result: None,
        created_in: None,
        locked_in: None,
        started_in: None,
        deaths: Vec::new(),
    }
}

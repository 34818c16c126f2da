//! Records made of a replay file, and replay files held against the ledger.
//!
//! A replay file is the operator's word. With the ledger at hand it adds signatures and nothing else, and whatever it
//! says differently is a [`Contradiction`]; alone it shows that a match is consistent in itself.

use client::instruction::MatchRef;
use client::Pubkey;
use protocol::replay::{Replay, ReplayPlayer};

use crate::record::{
    CheckpointRecord, Contradiction, Evidence, Key, LateEntry, MatchRecord, PlayerRecord, ResultRecord,
    SegmentRecord, Standing, StartRecord, Terms,
};

impl MatchRecord {
    /// A record of a replay file alone.
    pub fn from_replay(replay: &Replay) -> Self {
        let start = StartRecord {
            slot: None,
            value: replay.randomness.0,
            seed: replay.seed.0,
            genesis_leaf: replay.genesis_leaf.0,
            owners: replay
                .owners
                .iter()
                .take(usize::from(replay.warriors_at_start))
                .map(|owner| owner.0)
                .collect(),
            capacity: replay.capacity,
        };
        let mut players: Vec<PlayerRecord> = replay.players.iter().map(player).collect();
        players.sort_by_key(|player| player.index);
        let slots = players.last().map_or(0, |player| usize::from(player.index) + 1);
        let mut payouts = vec![0; slots];
        for player in &replay.players {
            if let Some(payout) = payouts.get_mut(usize::from(player.slot.0)) {
                *payout = player.payout.0;
            }
        }
        let result = (!replay.final_state.is_empty()).then(|| ResultRecord {
            final_leaf: None,
            state: Some(replay.final_state.clone()),
            books: None,
            payouts,
        });
        Self {
            evidence: Evidence::Replay,
            match_ref: MatchRef {
                key: Pubkey::new_from_array(replay.match_key.0),
                mint: Pubkey::default(),
                token_program: Pubkey::default(),
                operator: Pubkey::default(),
            },
            terms: Terms {
                slot_us: None,
                rules: replay.rules.clone(),
                rules_hash: None,
                stake_per_warrior: None,
                drip_root: replay.drip_root.0,
                players_max: None,
                warriors_max: None,
                pledge: None,
            },
            players,
            start: Some(start),
            checkpoints: checkpoints(replay),
            trace: None,
            standing: if result.is_some() {
                Standing::Settled
            } else {
                Standing::Live
            },
            result,
            payments: Vec::new(),
            signed_inputs: Some(replay.inputs.clone()),
            contradictions: Vec::new(),
            void: None,
            finality: None,
            irregularities: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// Adds a replay file's signatures to a record of the ledger, and notes where the two disagree.
    pub fn attach_replay(&mut self, replay: &Replay) {
        let mut compare = Compare { found: Vec::new() };
        compare.facts(self, replay);
        compare.players(self, replay);
        compare.checkpoints(self, replay);
        self.contradictions.extend(compare.found);
        self.signed_inputs = Some(replay.inputs.clone());
        self.evidence = Evidence::LedgerAndReplay;
    }
}

fn player(player: &ReplayPlayer) -> PlayerRecord {
    PlayerRecord {
        index: player.slot.0,
        wallet: player.wallet.0,
        session_key: player.session.0,
        warriors: player.warriors,
        paid: player.paid.0,
        late: player.late.then_some(LateEntry {
            first_warrior: None,
            checkpoints_before: None,
        }),
    }
}

fn checkpoints(replay: &Replay) -> Vec<CheckpointRecord> {
    let checkpoints = replay.checkpoints.iter().zip(0u32..);
    checkpoints
        .map(|(checkpoint, index)| CheckpointRecord {
            index,
            drip_key: checkpoint.drip_key.0,
            beacon: checkpoint.beacon.0,
            slot: None,
            segments: checkpoint
                .segments
                .iter()
                .map(|segment| SegmentRecord {
                    inputs: segment.inputs.clone(),
                    leaf: segment.leaf.0,
                })
                .collect(),
            digest: Some(checkpoint.digest.0),
            transaction: checkpoint.posted_in.map(|signature| signature.to_string()),
        })
        .collect()
}

/// Collects what the two say differently. Values are compared as the texts that people will read.
struct Compare {
    found: Vec<Contradiction>,
}

impl Compare {
    fn check(&mut self, checkpoint: Option<u32>, what: &str, ledger: String, replay: String) {
        if ledger != replay {
            self.found.push(Contradiction {
                checkpoint,
                what: what.to_owned(),
                ledger,
                replay,
            });
        }
    }

    fn facts(&mut self, record: &MatchRecord, replay: &Replay) {
        self.check(
            None,
            "the match's address",
            key(&record.match_ref.key.to_bytes()),
            key(&replay.match_key.0),
        );
        self.check(
            None,
            "the rules table",
            hex::encode(&record.terms.rules),
            hex::encode(&replay.rules),
        );
        self.check(
            None,
            "the drip root",
            hex::encode(record.terms.drip_root),
            hex::encode(replay.drip_root.0),
        );
        if let Some(start) = &record.start {
            self.check(
                None,
                "the randomness",
                hex::encode(start.value),
                hex::encode(replay.randomness.0),
            );
            self.check(
                None,
                "the seed",
                hex::encode(start.seed),
                hex::encode(replay.seed.0),
            );
            self.check(
                None,
                "the genesis leaf",
                hex::encode(start.genesis_leaf),
                hex::encode(replay.genesis_leaf.0),
            );
            self.check(
                None,
                "the warrior slots",
                start.capacity.to_string(),
                replay.capacity.to_string(),
            );
            let theirs = MatchRecord::from_replay(replay).start.map(|start| start.owners);
            self.check(
                None,
                "the roster at the start",
                format!("{:?}", start.owners),
                format!("{:?}", theirs.unwrap_or_default()),
            );
        }
    }

    fn players(&mut self, record: &MatchRecord, replay: &Replay) {
        let theirs = MatchRecord::from_replay(replay);
        let count = |players: &[PlayerRecord]| players.len().to_string();
        self.check(
            None,
            "the number of players",
            count(&record.players),
            count(&theirs.players),
        );
        for (ours, theirs) in record.players.iter().zip(&theirs.players) {
            let of = |what: &str| format!("{what} of player {}", ours.index);
            self.check(
                None,
                &of("the slot"),
                ours.index.to_string(),
                theirs.index.to_string(),
            );
            self.check(None, &of("the wallet"), key(&ours.wallet), key(&theirs.wallet));
            self.check(
                None,
                &of("the session key"),
                key(&ours.session_key),
                key(&theirs.session_key),
            );
            self.check(
                None,
                &of("the warriors"),
                ours.warriors.to_string(),
                theirs.warriors.to_string(),
            );
            self.check(
                None,
                &of("the stake"),
                ours.paid.to_string(),
                theirs.paid.to_string(),
            );
            let when = |player: &PlayerRecord| {
                if player.late.is_some() {
                    "late"
                } else {
                    "at the start"
                }
            };
            self.check(
                None,
                &of("the entry"),
                when(ours).to_owned(),
                when(theirs).to_owned(),
            );
        }
    }

    fn checkpoints(&mut self, record: &MatchRecord, replay: &Replay) {
        let theirs = checkpoints(replay);
        self.check(
            None,
            "the number of checkpoints",
            record.checkpoints.len().to_string(),
            theirs.len().to_string(),
        );
        for (ours, theirs) in record.checkpoints.iter().zip(&theirs) {
            let at = Some(ours.index);
            self.check(
                at,
                "the drip key",
                hex::encode(ours.drip_key),
                hex::encode(theirs.drip_key),
            );
            self.check(
                at,
                "the beacon",
                hex::encode(ours.beacon),
                hex::encode(theirs.beacon),
            );
            let digest = |checkpoint: &CheckpointRecord| checkpoint.digest.map(hex::encode);
            self.check(
                at,
                "the digest",
                digest(ours).unwrap_or_default(),
                digest(theirs).unwrap_or_default(),
            );
            for (segment, (ours, theirs)) in ours.segments.iter().zip(&theirs.segments).enumerate() {
                let of = |what: &str| format!("{what} of segment {segment}");
                self.check(
                    at,
                    &of("the leaf"),
                    hex::encode(ours.leaf),
                    hex::encode(theirs.leaf),
                );
                self.check(
                    at,
                    &of("the inputs"),
                    hex::encode(&ours.inputs),
                    hex::encode(&theirs.inputs),
                );
            }
        }
    }
}

fn key(bytes: &Key) -> String {
    Pubkey::new_from_array(*bytes).to_string()
}

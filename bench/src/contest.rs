//! A match of one warrior a player: keys, detail, live match, signed inputs.
//!
//! It was never on a chain; from the tick thread on everything about it is real.

use std::path::Path;
use std::sync::Arc;

use arena::{HostSha256, Rules};
use crank::drip::DripChain;
use crank::journal::Journal;
use crank::live::{InputWindow, LiveMatch, MatchSetup, VerifiedInput};
use crank::receipts::{LocalLog, Notary};
use crank::SyncPolicy;
use ed25519_dalek::SigningKey;
use protocol::directory::{Amount, MatchDetail, MatchStatus, MatchSummary, PlayerInfo};
use protocol::input::{ChainHead, Input, SignedInput};
use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, Tick, WalletKey, WarriorIndex};
use solana_keypair::Keypair;
use tokio::runtime::Runtime;

/// A match, and the session keys of its players.
#[derive(Clone)]
pub struct Contest {
    /// Its address, made up.
    pub match_key: MatchKey,
    /// Its rules.
    pub rules: Rules,
    /// Session key by player slot.
    pub keys: Vec<SigningKey>,
}

impl Contest {
    /// A match with a number of its own.
    pub fn new(number: u32, rules: Rules, warriors: u8) -> Self {
        let key = |domain: &[u8], of: u32| digest(&[domain, &number.to_le_bytes(), &of.to_le_bytes()]);
        let keys = (0..u32::from(warriors)).map(|slot| SigningKey::from_bytes(&key(b"session", slot)));
        Self {
            match_key: MatchKey(key(b"match", 0)),
            rules,
            keys: keys.collect(),
        }
    }

    /// The session key's public half.
    pub fn session(&self, slot: u8) -> SessionKey {
        SessionKey(self.keys[usize::from(slot)].verifying_key().to_bytes())
    }

    /// Its input log in `folder`, whose acks are signed by a task on `runtime`.
    pub fn log(&self, folder: &Path, runtime: &Runtime) -> LocalLog {
        let journal = Journal::open(folder, &self.match_key, SyncPolicy::default())
            .expect("a new log")
            .journal;
        let sync = Arc::new(journal.syncer().expect("a second handle of the log"));
        let notary = Notary::of(&Keypair::new());
        let _guard = runtime.enter();
        LocalLog::follow(journal, sync, notary)
    }

    /// What the crank would publish about it.
    pub fn detail(&self) -> MatchDetail {
        let players = self.keys.len() as u8;
        MatchDetail {
            summary: MatchSummary {
                match_key: self.match_key,
                match_id: 1,
                mode: self.rules.mode(),
                status: MatchStatus::Live,
                mint: PublicKey([0; 32]),
                decimals: 6,
                symbol: "TEST".into(),
                stake_per_warrior: Amount(1),
                players,
                players_max: players,
                warriors: players,
                warriors_max: players,
                pot: Amount(players.into()),
                tick: Tick(0),
                length_ticks: self.rules.length_ticks.into(),
                created_at_ms: 0,
                starts_at_ms: None,
            },
            operator: PublicKey([0; 32]),
            rules_hash: Hash(self.rules.hash::<HostSha256>()),
            rules: self.rules.as_bytes().to_vec(),
            drip_root: Hash::default(),
            seed: None,
            genesis_leaf: None,
            players: (0..players).map(|slot| self.player(slot)).collect(),
            checkpoints: Vec::new(),
            result: None,
            created_in: None,
            locked_in: None,
            started_in: None,
            deaths: Vec::new(),
        }
    }

    fn player(&self, slot: u8) -> PlayerInfo {
        PlayerInfo {
            slot: PlayerSlot(slot),
            wallet: WalletKey(digest(&[b"wallet", &self.match_key.0, &[slot]])),
            session: self.session(slot),
            warriors: 1,
            first_warrior: Some(slot),
            late: false,
            paid: Amount(1),
            payout: None,
            refunded: false,
            place: None,
            entered_in: None,
            claimed_in: None,
        }
    }

    /// The match before its first tick. Players may be any time behind, because a benchmark signs ahead.
    pub fn live(&self) -> LiveMatch {
        let window = InputWindow {
            future_ticks: 60,
            past_ticks: self.rules.length_ticks.into(),
        };
        let owners: Vec<u8> = (0..self.keys.len() as u8).collect();
        let mut live = LiveMatch::new(MatchSetup {
            match_key: self.match_key,
            rules: self.rules,
            capacity: owners.len() as u8,
            owners,
            seed: digest(&[b"seed", &self.match_key.0]),
            drip: DripChain::new(
                digest(&[b"drip", &self.match_key.0]),
                self.rules.checkpoint_count(),
            ),
            window,
            cheat: None,
        })
        .expect("a contest follows the rules");
        for checkpoint in 0..self.rules.checkpoint_count() {
            live.reveal(checkpoint, digest(&[b"slot", &checkpoint.to_le_bytes()]));
        }
        live
    }

    /// The next move of a player's only warrior; the chain goes on from it.
    pub fn sign(&self, slot: u8, chain: &mut ChainHead, tick: Tick, heading: u8) -> SignedInput {
        let input = Input {
            match_key: self.match_key,
            slot: PlayerSlot(slot),
            sequence: chain.expected_sequence,
            previous: chain.head,
            tick,
            warrior: WarriorIndex(slot),
            heading,
        };
        *chain = ChainHead {
            expected_sequence: chain.expected_sequence + 1,
            head: input.hash(),
        };
        input.sign(&self.keys[usize::from(slot)])
    }

    /// `count` moves of one player, signed and verified before anything is measured.
    pub fn moves(&self, slot: u8, count: u32) -> Vec<VerifiedInput> {
        let (session, mut chain) = (self.session(slot), ChainHead::default());
        let mut moves = Vec::new();
        for number in 0..count {
            let heading = heading(slot, number);
            let signed = self.sign(slot, &mut chain, Tick(0), heading);
            moves.push(VerifiedInput::verify(signed, &session).expect("signed by the session key"));
        }
        moves
    }
}

/// Another heading each time: 1–8.
pub fn heading(slot: u8, number: u32) -> u8 {
    ((u32::from(slot) * 3 + number * 5) % 8) as u8 + 1
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    <HostSha256 as arena::Sha256>::sha256(parts)
}

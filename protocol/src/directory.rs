//! What a match looks like from outside: in lists, in detail, and as it changes.
//!
//! Shared by the crank that publishes it, the relay that serves it as JSON, and everything that reads that.
//! Money is in the mint's smallest unit. As JSON, keys and signatures are base58, hashes hex, and amounts are
//! strings, because a JavaScript number ends at 2⁵³.

pub use arena::{MatchStatus, Mode};
use serde::{Deserialize, Serialize};

use crate::key::{Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, Signature, Tick, WalletKey};

/// A token amount in the mint's smallest unit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Amount(pub u64);

impl Serialize for Amount {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(&self.0)
        } else {
            serializer.serialize_u64(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let text = String::deserialize(deserializer)?;
            text.parse().map(Amount).map_err(|_| {
                serde::de::Error::custom(format_args!(
                    "not an amount: {text:.40}; expected decimal digits below 2^64"
                ))
            })
        } else {
            u64::deserialize(deserializer).map(Amount)
        }
    }
}

/// One line of the list of matches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchSummary {
    /// Address of the match account.
    #[serde(rename = "match")]
    pub match_key: MatchKey,
    /// The operator's own number of it.
    pub match_id: u64,
    /// Blitz or Siege.
    #[serde(with = "crate::word")]
    pub mode: Mode,
    /// As on chain.
    #[serde(with = "crate::word")]
    pub status: MatchStatus,
    /// The token that is played for.
    pub mint: PublicKey,
    /// Decimals of the mint: how amounts are shown.
    pub decimals: u8,
    /// What people call the token, at most 16 bytes.
    pub symbol: String,
    /// Price of one warrior.
    pub stake_per_warrior: Amount,
    /// Players entered.
    pub players: u8,
    /// Player slots.
    pub players_max: u8,
    /// Warriors entered.
    pub warriors: u8,
    /// Warrior cap.
    pub warriors_max: u8,
    /// Everything paid in so far.
    pub pot: Amount,
    /// The tick the match stands at; 0 before it is live. In lists it may lag by a second.
    pub tick: Tick,
    /// The tick at which it ends at the latest.
    pub length_ticks: u32,
    /// When it was opened, milliseconds since 1970.
    pub created_at_ms: u64,
    /// When it is expected to start, or did, milliseconds since 1970.
    pub starts_at_ms: Option<u64>,
}

/// One player of a match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlayerInfo {
    /// Index of the slot in the match account.
    pub slot: PlayerSlot,
    /// Who paid, and is paid.
    pub wallet: WalletKey,
    /// The key that signs this player's inputs.
    pub session: SessionKey,
    /// How many warriors.
    pub warriors: u8,
    /// Index of the first of them; they are consecutive. None before the start, when nobody knows.
    pub first_warrior: Option<u8>,
    /// Entered after the start.
    pub late: bool,
    /// What was paid for the entry.
    pub paid: Amount,
    /// Payout or refund, once it is decided.
    pub payout: Option<Amount>,
    /// Whether `payout` is a refund.
    pub refunded: bool,
    /// Final place, 1 is the best; equal on a tie.
    pub place: Option<u8>,
    /// Transaction of the entry.
    pub entered_in: Option<Signature>,
    /// Transaction of the claim or refund.
    pub claimed_in: Option<Signature>,
}

impl PlayerInfo {
    /// Whether this warrior is the player's.
    pub const fn owns(&self, warrior: u8) -> bool {
        match self.first_warrior {
            Some(first) => warrior >= first && (warrior - first) < self.warriors,
            None => false,
        }
    }
}

/// One checkpoint, as posted or about to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckpointInfo {
    /// From 0.
    pub index: u32,
    /// The first tick after it.
    pub tick: Tick,
    /// What the program stored.
    pub digest: Hash,
    /// Hash of the state after its last segment.
    pub leaf: Hash,
    /// The transaction; none while it is under way.
    pub posted_in: Option<Signature>,
    /// The slot it landed in.
    pub slot: Option<u64>,
}

/// The outcome, once it is on chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultInfo {
    /// Hash of the final state.
    pub leaf: Hash,
    /// What is paid out: Σ payouts + fee + burn.
    pub pot: Amount,
    /// The treasury's share.
    pub fee: Amount,
    /// What is burned.
    pub burn: Amount,
    /// Transaction of `submit_result`.
    pub proposed_in: Option<Signature>,
    /// Transaction of `finalize`.
    pub finalized_in: Option<Signature>,
}

/// Everything about one match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatchDetail {
    /// The line of the list.
    pub summary: MatchSummary,
    /// Who runs it.
    pub operator: PublicKey,
    /// Hash of the rules table.
    pub rules_hash: Hash,
    /// The rules table's bytes, in JSON as an array of numbers.
    pub rules: Vec<u8>,
    /// First key of the drip chain.
    pub drip_root: Hash,
    /// The seed, once revealed.
    pub seed: Option<Hash>,
    /// Hash of the genesis state, once the match is live.
    pub genesis_leaf: Option<Hash>,
    /// Players by slot; free slots are left out.
    pub players: Vec<PlayerInfo>,
    /// Checkpoints by index.
    pub checkpoints: Vec<CheckpointInfo>,
    /// The outcome.
    pub result: Option<ResultInfo>,
    /// Transaction that created the match.
    pub created_in: Option<Signature>,
    /// Transaction that locked it.
    pub locked_in: Option<Signature>,
    /// Transaction that started it.
    pub started_in: Option<Signature>,
    /// Who fell, in order, in a match that is over. Of one that runs there are none here: whoever has no hit
    /// points in the keyframe has fallen.
    pub deaths: Vec<DeathInfo>,
}

/// One warrior's death.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeathInfo {
    /// The tick of the death.
    pub tick: Tick,
    /// Index of the warrior that died.
    pub warrior: u8,
    /// The owner's slot.
    pub slot: PlayerSlot,
    /// Warrior and owner's slot of who did it; none for the environment and the zone.
    pub by: Option<(u8, PlayerSlot)>,
}

/// Brings a list of matches up to date with changes of it: rows that are new or different, and those that are
/// gone. The list stays newest first.
pub fn update_list(list: &mut Vec<MatchSummary>, changed: Vec<MatchSummary>, gone: &[MatchKey]) {
    list.retain(|row| {
        let is_replaced = changed.iter().any(|new| new.match_key == row.match_key);
        !is_replaced && !gone.contains(&row.match_key)
    });
    list.extend(changed);
    list.sort_by_key(|row| std::cmp::Reverse((row.created_at_ms, row.match_id)));
}

impl MatchDetail {
    /// The players who registered this session key: one, unless somebody copied another's.
    pub fn players_of_session(&self, session: &SessionKey) -> impl Iterator<Item = &PlayerInfo> {
        let session = *session;
        self.players
            .iter()
            .filter(move |player| player.session == session)
    }

    /// The player whose session key this is.
    pub fn player_of_session(&self, session: &SessionKey) -> Option<&PlayerInfo> {
        self.players.iter().find(|player| player.session == *session)
    }

    /// The player whose wallet this is.
    pub fn player_of_wallet(&self, wallet: &WalletKey) -> Option<&PlayerInfo> {
        self.players.iter().find(|player| player.wallet == *wallet)
    }

    /// The player in this slot.
    pub fn player_in(&self, slot: PlayerSlot) -> Option<&PlayerInfo> {
        self.players.iter().find(|player| player.slot == slot)
    }
}

/// Something that happened to a match outside the arena. What happens inside is in the frames.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MatchEvent {
    /// The status on chain changed.
    Status {
        /// To what.
        #[serde(with = "crate::word")]
        status: MatchStatus,
        /// In which transaction.
        signature: Option<Signature>,
    },
    /// A player entered.
    Entered(PlayerInfo),
    /// A player left and was refunded.
    Left {
        /// The slot that is free again.
        slot: PlayerSlot,
        /// Who left.
        wallet: WalletKey,
    },
    /// The seed is revealed: tick 0 is at `starts_at_ms`.
    Started {
        /// The match's seed.
        seed: Hash,
        /// Hash of the genesis state.
        genesis_leaf: Hash,
        /// Milliseconds since 1970.
        starts_at_ms: u64,
    },
    /// A checkpoint was computed (no signature yet) or landed (with signature).
    Checkpoint(CheckpointInfo),
    /// The arena stands still: the outcome is known and not yet on chain.
    Ended {
        /// The last tick.
        tick: Tick,
    },
    /// The outcome is on chain, or final.
    Result(ResultInfo),
    /// A player was paid, or paid back.
    Paid {
        /// Whose slot.
        slot: PlayerSlot,
        /// How much.
        amount: Amount,
        /// Whether it is a refund.
        refund: bool,
        /// In which transaction.
        signature: Signature,
    },
    /// The chain stands still, and the arena waits for the slot that decides its next rolls.
    Paused {
        /// The last tick made.
        tick: Tick,
    },
    /// The arena goes on after a pause; what was waited is not made up.
    Resumed {
        /// The last tick made.
        tick: Tick,
    },
}

impl MatchDetail {
    /// Brings the detail up to date with an event, so that whoever holds a detail and hears the events needs
    /// no other source. Applying an event twice changes nothing more.
    pub fn apply(&mut self, event: &MatchEvent) {
        match event {
            MatchEvent::Status { status, signature } => {
                self.summary.status = *status;
                let slot = match status {
                    MatchStatus::Open => &mut self.created_in,
                    MatchStatus::Locked => &mut self.locked_in,
                    MatchStatus::Live => &mut self.started_in,
                    _ => return,
                };
                *slot = signature.or(*slot);
            }
            MatchEvent::Entered(player) => {
                upsert(&mut self.players, player, |known| known.slot);
                self.count_players();
            }
            MatchEvent::Left { slot, .. } => {
                self.players.retain(|player| player.slot != *slot);
                self.count_players();
            }
            MatchEvent::Started {
                seed,
                genesis_leaf,
                starts_at_ms,
            } => {
                self.seed = Some(*seed);
                self.genesis_leaf = Some(*genesis_leaf);
                self.summary.starts_at_ms = Some(*starts_at_ms);
            }
            MatchEvent::Checkpoint(checkpoint) => {
                upsert(&mut self.checkpoints, checkpoint, |known| known.index)
            }
            MatchEvent::Ended { tick } => self.summary.tick = *tick,
            MatchEvent::Result(result) => self.result = Some(result.clone()),
            MatchEvent::Paid {
                slot,
                amount,
                refund,
                signature,
            } => {
                if let Some(player) = self.players.iter_mut().find(|player| player.slot == *slot) {
                    player.payout = Some(*amount);
                    player.refunded = *refund;
                    player.claimed_in = Some(*signature);
                }
            }
            // Frames tell the tick; a pause is over when they come again.
            MatchEvent::Paused { .. } | MatchEvent::Resumed { .. } => {}
        }
    }

    fn count_players(&mut self) {
        self.summary.players = self.players.len().min(usize::from(u8::MAX)) as u8;
        self.summary.warriors = self
            .players
            .iter()
            .fold(0, |sum, player| sum.saturating_add(player.warriors));
        self.summary.pot = Amount(
            self.players
                .iter()
                .fold(0, |sum, player| sum.saturating_add(player.paid.0)),
        );
    }
}

/// Replaces the element with the same key, or inserts it in the order of the keys.
fn upsert<T: Clone, K: Ord>(all: &mut Vec<T>, one: &T, key: impl Fn(&T) -> K) {
    match all.binary_search_by_key(&key(one), &key) {
        Ok(index) => all[index] = one.clone(),
        Err(index) => all.insert(index, one.clone()),
    }
}

#[cfg(test)]
#[path = "directory_tests.rs"]
mod tests;

//! From the chain's accounts to what players see: details, and events where something changed.
//!
//! Pure. Invariant: applying the events between two views to the detail of the first gives the detail of the
//! second, as far as views go; session keys and signatures come from elsewhere and are kept.

use std::collections::BTreeMap;

use anchor_lang::prelude::Pubkey;
use client::view::{EntryView, MatchView, Player};
use protocol::directory::{
    Amount, CheckpointInfo, MatchDetail, MatchEvent, MatchStatus, MatchSummary, PlayerInfo, ResultInfo,
};
use protocol::{Hash, MatchKey, PlayerSlot, PublicKey, SessionKey, Signature, Tick, WalletKey};
use store::{IntentKind, MatchRecord};

use crate::chain::carrier::Landed;
use crate::live::Checkpoint;

/// What is known of a mint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MintInfo {
    /// How amounts are shown.
    pub decimals: u8,
    /// What people call it.
    pub symbol: String,
}

/// What the match account does not say of a player.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownEntry {
    /// Their wallet: a slot may have had another player before.
    pub player: Pubkey,
    /// The key that signs their inputs.
    pub session_key: Pubkey,
    /// The transaction by which they entered, where it could be found.
    pub entered_in: Option<Signature>,
}

impl KnownEntry {
    /// As an entry account says it.
    pub fn new(entry: &EntryView, entered_in: Option<Signature>) -> Self {
        Self {
            player: entry.player,
            session_key: entry.session_key,
            entered_in,
        }
    }

    /// Whether it is of this entry, and not of an earlier one of the same slot.
    pub fn is(&self, entry: &EntryView) -> bool {
        (self.player, self.session_key) == (entry.player, entry.session_key)
    }
}

/// Whether the entries tell of every player of a match.
pub fn knows_all(view: &MatchView, entries: &BTreeMap<u8, KnownEntry>) -> bool {
    view.players().all(|player| {
        entries
            .get(&player.index)
            .is_some_and(|known| known.player == player.wallet)
    })
}

/// A step whose transaction is not known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// What brought the match to its status, in this slot.
    Status(u64),
    /// What paid the player with this entry account.
    Payment(Pubkey),
}

/// Own steps that the chain shows, by kind.
pub type LandedMap = BTreeMap<IntentKind, Landed>;

/// Everything about a match as a view and the store show it.
pub fn detail(
    view: &MatchView,
    record: &MatchRecord,
    mint: &MintInfo,
    entries: &BTreeMap<u8, KnownEntry>,
    landed: &LandedMap,
) -> MatchDetail {
    let header = &view.header;
    let set = |digest: [u8; 32]| (digest != [0; 32]).then_some(Hash(digest));
    let signature = |kind| landed.get(&kind).and_then(signature_of);
    let players: Vec<PlayerInfo> = view
        .players()
        .filter_map(|player| player_info(&player, is_placed(view), entries.get(&player.index), landed))
        .collect();
    let mut detail = MatchDetail {
        summary: MatchSummary {
            match_key: MatchKey(view.address.to_bytes()),
            match_id: header.match_id,
            mode: view.mode,
            status: view.status,
            mint: PublicKey(header.mint.to_bytes()),
            decimals: mint.decimals,
            symbol: mint.symbol.clone(),
            stake_per_warrior: Amount(header.stake_per_warrior),
            players: header.players_count,
            players_max: header.players_max,
            warriors: header.warriors_total,
            warriors_max: header.warriors_max,
            pot: Amount(header.deposited),
            tick: Tick(0),
            length_ticks: view.rules.length_ticks.into(),
            created_at_ms: u64::try_from(record.created_at_ms).unwrap_or(0),
            starts_at_ms: record.start_unix_us.and_then(|us| u64::try_from(us / 1_000).ok()),
        },
        operator: PublicKey(header.operator_authority.to_bytes()),
        rules_hash: Hash(header.rules_hash),
        rules: record.rules.clone(),
        drip_root: Hash(header.drip_root),
        seed: set(header.seed),
        genesis_leaf: set(header.genesis_leaf),
        players,
        checkpoints: Vec::new(),
        result: None,
        created_in: signature(IntentKind::Create),
        locked_in: signature(IntentKind::Lock),
        started_in: signature(IntentKind::Start),
        deaths: Vec::new(),
    };
    detail.result = result(view, landed);
    detail
}

/// Whether warriors have their places: from the start on.
fn is_placed(view: &MatchView) -> bool {
    view.header.genesis_leaf != [0; 32]
}

/// A player; none as long as their session key is not known, because nobody could play as them. `placed`:
/// whether the order of warriors is fixed.
pub fn player_info(
    player: &Player,
    placed: bool,
    known: Option<&KnownEntry>,
    landed: &LandedMap,
) -> Option<PlayerInfo> {
    let known = known.filter(|known| known.player == player.wallet)?;
    let paid_back = [IntentKind::Claim(player.index), IntentKind::Refund(player.index)];
    let decided = player.claimed || player.refunded || player.payout > 0;
    Some(PlayerInfo {
        slot: PlayerSlot(player.index),
        wallet: WalletKey(player.wallet.to_bytes()),
        session: SessionKey(known.session_key.to_bytes()),
        warriors: player.warriors,
        first_warrior: placed.then_some(player.first_warrior),
        late: player.late,
        paid: Amount(player.paid),
        payout: decided.then_some(Amount(owed_to(player))),
        refunded: player.refunded,
        place: None,
        entered_in: known.entered_in,
        claimed_in: paid_back
            .iter()
            .find_map(|kind| landed.get(kind))
            .and_then(signature_of),
    })
}

/// What a player gets out: their payout, or their stake back where there is none.
pub fn owed_to(player: &Player) -> u64 {
    if player.refunded && player.payout == 0 {
        player.paid
    } else {
        player.payout
    }
}

/// The outcome, once it is on chain.
pub fn result(view: &MatchView, landed: &LandedMap) -> Option<ResultInfo> {
    if !matches!(view.status, MatchStatus::Proposed | MatchStatus::Settled) {
        return None;
    }
    let header = &view.header;
    Some(ResultInfo {
        leaf: Hash(header.last_leaf),
        pot: Amount(header.pot),
        fee: Amount(header.fee),
        burn: Amount(header.burn),
        proposed_in: landed.get(&IntentKind::SubmitResult).and_then(signature_of),
        finalized_in: landed.get(&IntentKind::Finalize).and_then(signature_of),
    })
}

/// A checkpoint as the outside sees it.
pub fn checkpoint_info(checkpoint: &Checkpoint, landed: Option<&Landed>) -> CheckpointInfo {
    CheckpointInfo {
        index: checkpoint.index,
        tick: Tick(checkpoint.tick),
        digest: Hash(checkpoint.digest),
        leaf: Hash(checkpoint.leaf()),
        posted_in: landed.and_then(signature_of),
        slot: landed.map(|landed| landed.slot),
    }
}

/// What changed between two views, as events. Players come from the entries, see [`roster_events`].
pub fn events(before: Option<&MatchView>, after: &MatchView, landed: &LandedMap) -> Vec<MatchEvent> {
    let mut events = Vec::new();
    let (was, is) = (before.map(|view| view.status), after.status);
    if was != Some(is) {
        events.push(MatchEvent::Status {
            status: is,
            signature: status_signature(is, landed),
        });
        events.extend(result(after, landed).map(MatchEvent::Result));
    }
    events
}

/// The own transaction that brought a match to a status, if it was an own one.
fn status_signature(status: MatchStatus, landed: &LandedMap) -> Option<Signature> {
    let kind = match status {
        MatchStatus::Open => IntentKind::Create,
        MatchStatus::Locked => IntentKind::Lock,
        MatchStatus::Live => IntentKind::Start,
        MatchStatus::Proposed => IntentKind::SubmitResult,
        MatchStatus::Settled => IntentKind::Finalize,
        MatchStatus::Cancelled => IntentKind::Cancel,
        MatchStatus::Voided => IntentKind::Void,
    };
    landed.get(&kind).and_then(signature_of)
}

/// Players who came and went between what is published and what the chain shows.
pub fn roster_events(
    published: &MatchDetail,
    view: &MatchView,
    entries: &BTreeMap<u8, KnownEntry>,
    landed: &LandedMap,
) -> Vec<MatchEvent> {
    let now: BTreeMap<u8, PlayerInfo> = view
        .players()
        .filter_map(|player| {
            Some((
                player.index,
                player_info(&player, is_placed(view), entries.get(&player.index), landed)?,
            ))
        })
        .collect();
    let left = published.players.iter().filter(|old| {
        let same = view
            .players()
            .any(|new| new.index == old.slot.0 && new.wallet.to_bytes() == old.wallet.0);
        !same
    });
    let mut events: Vec<_> = left
        .map(|player| MatchEvent::Left {
            slot: player.slot,
            wallet: player.wallet,
        })
        .collect();
    for (slot, player) in now {
        let known = published.players.iter().find(|old| old.slot.0 == slot);
        // Places and payouts are published as results and payments.
        let same = known.is_some_and(|old| {
            old.wallet == player.wallet
                && old.session == player.session
                && old.first_warrior == player.first_warrior
                && old.entered_in == player.entered_in
        });
        if !same {
            events.push(MatchEvent::Entered(player));
        }
    }
    events
}

/// What an own landed step tells the outside, beyond what the account shows.
pub fn landed_event(
    landed: &Landed,
    view: &MatchView,
    checkpoints: &BTreeMap<u32, Checkpoint>,
    all: &LandedMap,
) -> Option<MatchEvent> {
    match landed.kind {
        IntentKind::Checkpoint(index) => Some(MatchEvent::Checkpoint(checkpoint_info(
            checkpoints.get(&index)?,
            Some(landed),
        ))),
        IntentKind::Claim(slot) | IntentKind::Refund(slot) => {
            let player = view.players().find(|player| player.index == slot)?;
            Some(MatchEvent::Paid {
                slot: PlayerSlot(slot),
                amount: Amount(match landed.kind {
                    IntentKind::Claim(_) => player.payout,
                    _ => player.paid,
                }),
                refund: player.refunded || matches!(landed.kind, IntentKind::Refund(_)),
                signature: signature_of(landed)?,
            })
        }
        IntentKind::SubmitResult | IntentKind::Finalize => result(view, all).map(MatchEvent::Result),
        IntentKind::Create | IntentKind::Lock | IntentKind::Start => {
            let status = match landed.kind {
                IntentKind::Create => MatchStatus::Open,
                IntentKind::Lock => MatchStatus::Locked,
                _ => MatchStatus::Live,
            };
            (view.status == status).then(|| MatchEvent::Status {
                status,
                signature: signature_of(landed),
            })
        }
        _ => None,
    }
}

/// What a transaction of somebody else tells the outside.
pub fn found_event(view: &MatchView, missing: &Missing, signature: Signature) -> Option<MatchEvent> {
    match missing {
        Missing::Status(_) => Some(MatchEvent::Status {
            status: view.status,
            signature: Some(signature),
        }),
        Missing::Payment(entry) => {
            let paid = |player: &Player| client::address::entry(&view.address, &player.wallet) == *entry;
            let player = view.players().find(paid)?;
            Some(MatchEvent::Paid {
                slot: PlayerSlot(player.index),
                amount: Amount(owed_to(&player)),
                refund: player.refunded,
                signature,
            })
        }
    }
}

fn signature_of(landed: &Landed) -> Option<Signature> {
    landed.signature.map(Signature)
}

//! An export's JSON objects and CSV lines.
//!
//! Keys and signatures are base 58, digests times milliseconds since 1970, amounts base units of the
//! mint; in JSON amounts are strings, because its numbers end at 2⁵³.

use client::Pubkey;
use serde_json::{json, Value};
use solana_keypair::Signature;
use store::{EntryRow, Intent, IntentState, Key, PlacementRow};

use super::kept::{Kept, Table};

/// The line of names of a table.
pub(super) fn header(table: Table) -> &'static str {
    match table {
        Table::Matches => {
            "match,operator,match_id,game,phase,status,mint,stake_per_warrior,players,warriors,pot,fee,burn,winner,ticks,created_at_ms,started_at_ms,ended_at_ms,replay_file"
        }
        Table::Payouts => {
            "match,match_id,mint,slot,player,place,paid,payout,refunded,warriors,eliminations,claim_signature"
        }
        Table::Intents => {
            "match,intent,kind,ordinal,state,attempts,signature,chain_slot,reason,created_at_ms,updated_at_ms"
        }
    }
}

/// The lines of a match in a table.
pub(super) fn rows(table: Table, kept: &Kept) -> Vec<String> {
    match table {
        Table::Matches => vec![line(match_cells(kept))],
        Table::Payouts => {
            let Some(history) = &kept.history else {
                return Vec::new();
            };
            let (id, mint) = (history.row.match_id, address(&history.row.mint));
            let cells = |placement: &PlacementRow| {
                vec![
                    address(&kept.key),
                    id.to_string(),
                    mint.clone(),
                    placement.slot.to_string(),
                    address(&placement.player),
                    placement.place.to_string(),
                    placement.paid.to_string(),
                    placement.payout.to_string(),
                    placement.refunded.to_string(),
                    placement.warriors.to_string(),
                    placement.eliminations.to_string(),
                    text(placement.claim_signature.as_ref().map(signature)),
                ]
            };
            history.placements.iter().map(cells).map(line).collect()
        }
        Table::Intents => kept
            .intents
            .iter()
            .map(|intent| line(intent_cells(kept, intent)))
            .collect(),
    }
}

fn match_cells(kept: &Kept) -> Vec<String> {
    let record = kept.record.as_ref();
    let row = kept.history.as_ref().map(|history| &history.row);
    // The public row is younger where there is one.
    let either = |of_row: Option<String>, of_record: Option<String>| text(of_row.or(of_record));
    vec![
        address(&kept.key),
        text(record.map(|record| address(&record.operator))),
        either(
            row.map(|row| row.match_id.to_string()),
            record.map(|record| record.match_id.to_string()),
        ),
        either(
            row.map(|row| row.mode.name().to_owned()),
            record.map(|record| record.mode.name().to_owned()),
        ),
        text(record.map(|record| record.phase.name().to_owned())),
        text(row.map(|row| row.status.name().to_owned())),
        either(
            row.map(|row| address(&row.mint)),
            record.map(|record| address(&record.mint)),
        ),
        either(
            row.map(|row| row.stake_per_warrior.to_string()),
            record.map(|record| record.stake_per_warrior.to_string()),
        ),
        text(row.map(|row| row.players.to_string())),
        text(row.map(|row| row.warriors.to_string())),
        text(row.map(|row| row.pot.to_string())),
        text(row.map(|row| row.fee.to_string())),
        text(row.map(|row| row.burn.to_string())),
        text(row.and_then(|row| row.winner).map(|winner| address(&winner))),
        text(row.map(|row| row.ticks.to_string())),
        either(
            row.map(|row| row.created_at_ms.to_string()),
            record.map(|record| record.created_at_ms.to_string()),
        ),
        text(row.and_then(|row| row.started_at_ms).map(|at| at.to_string())),
        text(row.and_then(|row| row.ended_at_ms).map(|at| at.to_string())),
        text(row.and_then(|row| row.replay_file.clone())),
    ]
}

fn intent_cells(kept: &Kept, intent: &Intent) -> Vec<String> {
    let fate = Fate::of(&intent.state);
    vec![
        address(&kept.key),
        intent.id.to_string(),
        intent.kind.name().to_owned(),
        intent.kind.ordinal().to_string(),
        intent.state.name().to_owned(),
        intent.attempts.to_string(),
        text(fate.signature),
        text(fate.slot.map(|slot| slot.to_string())),
        text(fate.reason),
        intent.created_at_ms.to_string(),
        intent.updated_at_ms.to_string(),
    ]
}

/// What became of an intent.
#[derive(Default)]
struct Fate {
    /// The transaction that did it, in base58; none when it was never sent.
    signature: Option<String>,
    /// The slot in which it landed.
    slot: Option<u64>,
    /// Why it failed.
    reason: Option<String>,
}

impl Fate {
    fn of(state: &IntentState) -> Fate {
        match state {
            IntentState::Queued => Fate::default(),
            IntentState::Sent(attempt) | IntentState::Unknown(attempt) => Fate {
                signature: Some(signature(&attempt.signature)),
                ..Fate::default()
            },
            IntentState::Landed { signature: by, slot } => Fate {
                signature: by.as_ref().map(signature),
                slot: Some(*slot),
                ..Fate::default()
            },
            IntentState::Failed { reason } => Fate {
                reason: Some(reason.clone()),
                ..Fate::default()
            },
        }
    }
}

/// Everything of a match.
pub(super) fn as_json(kept: &Kept) -> Value {
    let intents: Vec<Value> = kept.intents.iter().map(intent_as_json).collect();
    let history = kept.history.as_ref();
    let row = history.map(|history| &history.row);
    let entries: Vec<Value> = history
        .map(|history| history.entries.iter().map(entry_as_json).collect())
        .unwrap_or_default();
    let payouts: Vec<Value> = history
        .map(|history| history.placements.iter().map(payout_as_json).collect())
        .unwrap_or_default();
    json!({
        "match": address(&kept.key),
        "own": kept.record.as_ref().map(|record| json!({
            "operator": address(&record.operator),
            "match_id": record.match_id,
            "game": record.mode.name(),
            "phase": record.phase.name(),
            "mint": address(&record.mint),
            "stake_per_warrior": record.stake_per_warrior.to_string(),
            "players_max": record.players_max,
            "warriors_max": record.warriors_max,
            "scheduled_slot": record.scheduled_slot,
            "created_at_ms": record.created_at_ms,
        })),
        "history": row.map(|row| json!({
            "match_id": row.match_id,
            "game": row.mode.name(),
            "status": row.status.name(),
            "mint": address(&row.mint),
            "stake_per_warrior": row.stake_per_warrior.to_string(),
            "rules_hash": hex::encode(row.rules_hash),
            "players": row.players,
            "warriors": row.warriors,
            "pot": row.pot.to_string(),
            "fee": row.fee.to_string(),
            "burn": row.burn.to_string(),
            "winner": row.winner.as_ref().map(address),
            "ticks": row.ticks,
            "created_at_ms": row.created_at_ms,
            "started_at_ms": row.started_at_ms,
            "ended_at_ms": row.ended_at_ms,
            "replay_file": row.replay_file,
        })),
        "entries": entries,
        "payouts": payouts,
        "intents": intents,
    })
}

fn entry_as_json(entry: &EntryRow) -> Value {
    json!({
        "slot": entry.slot,
        "player": address(&entry.player),
        "warriors": entry.warriors,
        "paid": entry.paid.to_string(),
        "late": entry.late,
        "signature": entry.signature.as_ref().map(signature),
    })
}

fn payout_as_json(placement: &PlacementRow) -> Value {
    json!({
        "slot": placement.slot,
        "player": address(&placement.player),
        "place": placement.place,
        "paid": placement.paid.to_string(),
        "payout": placement.payout.to_string(),
        "refunded": placement.refunded,
        "warriors": placement.warriors,
        "eliminations": placement.eliminations,
        "claim_signature": placement.claim_signature.as_ref().map(signature),
    })
}

fn intent_as_json(intent: &Intent) -> Value {
    let fate = Fate::of(&intent.state);
    json!({
        "intent": intent.id.0,
        "kind": intent.kind.name(),
        "ordinal": intent.kind.ordinal(),
        "state": intent.state.name(),
        "attempts": intent.attempts,
        "signature": fate.signature,
        "slot": fate.slot,
        "reason": fate.reason,
        "created_at_ms": intent.created_at_ms,
        "updated_at_ms": intent.updated_at_ms,
    })
}

fn address(key: &Key) -> String {
    Pubkey::new_from_array(*key).to_string()
}

fn signature(bytes: &store::Signature) -> String {
    Signature::from(*bytes).to_string()
}

fn text(value: Option<String>) -> String {
    value.unwrap_or_default()
}

/// A line of CSV (RFC 4180): quoted where a value has a comma, a quote or a line break.
fn line(cells: Vec<String>) -> String {
    let quoted: Vec<String> = cells
        .into_iter()
        .map(|cell| {
            if cell.contains([',', '"', '\n', '\r']) {
                format!("\"{}\"", cell.replace('"', "\"\""))
            } else {
                cell
            }
        })
        .collect();
    quoted.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::{IntentId, IntentKind};

    fn kept() -> Kept {
        Kept {
            key: [1; 32],
            record: None,
            history: None,
            intents: vec![Intent {
                id: IntentId(7),
                match_key: [1; 32],
                kind: IntentKind::Claim(3),
                state: IntentState::Failed {
                    reason: "a \"frozen\" account, for ever".into(),
                },
                attempts: 2,
                created_at_ms: 5,
                updated_at_ms: 6,
            }],
        }
    }

    #[test]
    fn every_line_has_as_many_values_as_names() {
        let columns = |line: &str| line.split(',').count();
        assert_eq!(
            columns(&rows(Table::Matches, &kept())[0]),
            columns(header(Table::Matches))
        );
        assert_eq!(
            intent_cells(&kept(), &kept().intents[0]).len(),
            columns(header(Table::Intents))
        );
        assert!(rows(Table::Payouts, &kept()).is_empty());
    }

    #[test]
    fn values_with_commas_and_quotes_are_quoted() {
        let key = Pubkey::new_from_array([1; 32]);
        assert_eq!(
            rows(Table::Intents, &kept()),
            [format!(
                "{key},7,claim,3,failed,2,,,\"a \"\"frozen\"\" account, for ever\",5,6"
            )]
        );
        assert_eq!(
            as_json(&kept())["intents"][0]["reason"],
            "a \"frozen\" account, for ever"
        );
    }
}

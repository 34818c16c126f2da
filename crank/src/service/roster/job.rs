//! Reading who plays, from wherever it can still be had.

use std::sync::Arc;

use client::history::{self, HistoryError, HistoryOptions};
use client::view::{fetch, EntryView, MatchStatus, MatchView};
use client::Event;
use protocol::Signature;

use super::super::flow::account::is_over;
use super::super::flow::players::Entries;
use super::super::tools::{Tools, TRANSACTIONS_OF_AN_ENTRY};
use crate::publish::{self, KnownEntry};

/// What was found out about the players of a match.
pub(crate) struct Roster {
    /// The status that the match had.
    pub(crate) status: MatchStatus,
    pub(crate) entries: Entries,
}

/// Finds out who the players are, and which transactions entered those that are new; nothing if that failed.
pub(super) async fn read(tools: Tools, view: Arc<MatchView>, known: Entries) -> Option<Roster> {
    match try_read(&tools, &view, known).await {
        Ok(entries) => Some(Roster {
            status: view.status,
            entries,
        }),
        Err(error) => {
            tracing::warn!(%error, "the players could not be read; trying again");
            None
        }
    }
}

async fn try_read(tools: &Tools, view: &MatchView, known: Entries) -> Result<Entries, HistoryError> {
    let rpc = &tools.carrier.reader.rpc;
    let open = fetch::entries_of(rpc, view).await?;
    let mut all = Entries::new();
    for entry in &open {
        let before = known.get(&entry.slot_index).filter(|known| known.is(entry));
        let entered_in = match before.and_then(|known| known.entered_in) {
            Some(signature) => Some(signature),
            None => entered_in(tools, entry).await,
        };
        all.insert(entry.slot_index, KnownEntry::new(entry, entered_in));
    }
    if is_over(view.status) {
        add(&mut all, view, known);
        if !publish::knows_all(view, &all) {
            let past = history::of_match(rpc, view.address, HistoryOptions::default(), |_| {}).await?;
            let events = past.items.iter().flat_map(|item| {
                item.events
                    .iter()
                    .map(|event| (Signature(item.signature.into()), event))
            });
            add(&mut all, view, of_events(events));
        }
    }
    Ok(all)
}

/// The first transaction that names an entry account is the one that made it.
async fn entered_in(tools: &Tools, entry: &EntryView) -> Option<Signature> {
    let rpc = &tools.carrier.reader.rpc;
    let answer = rpc.signatures_of(&entry.address, TRANSACTIONS_OF_AN_ENTRY).await;
    let all = answer
        .map_err(|error| tracing::debug!(%error, "an entry's transaction was not found"))
        .ok()?;
    let made = all
        .iter()
        .rev()
        .find(|one| !one.failed && one.slot == entry.entered_slot)?;
    Some(Signature(made.signature.into()))
}

/// Adds players of the match who are not known yet.
fn add(all: &mut Entries, view: &MatchView, found: Entries) {
    for player in view.players() {
        if let Some(known) = found
            .get(&player.index)
            .filter(|known| known.player == player.wallet)
        {
            all.entry(player.index).or_insert(*known);
        }
    }
}

/// Entries as the chain's history tells them, oldest event first: who entered a slot last is in it.
fn of_events<'a>(events: impl Iterator<Item = (Signature, &'a Event)>) -> Entries {
    let entered = events.filter_map(|(signature, event)| match event {
        Event::Entered(entered) => Some((
            entered.slot_index,
            KnownEntry {
                player: entered.player,
                session_key: entered.session_key,
                entered_in: Some(signature),
            },
        )),
        _ => None,
    });
    entered.collect()
}

#[cfg(test)]
mod tests {
    use anchor_lang::prelude::Pubkey;
    use client::aurelius::event::{Entered, Left};

    use super::*;

    fn entered(slot_index: u8, player: u8, session: u8) -> Event {
        Event::Entered(Entered {
            match_key: Pubkey::default(),
            player: Pubkey::new_from_array([player; 32]),
            slot_index,
            warriors: 1,
            first_warrior: 255,
            session_key: Pubkey::new_from_array([session; 32]),
            paid: 1,
            late: false,
        })
    }

    #[test]
    fn who_entered_a_slot_last_is_in_it() {
        let left = Event::Left(Left {
            match_key: Pubkey::default(),
            player: Pubkey::new_from_array([1; 32]),
            slot_index: 0,
            refunded: 1,
        });
        let events = [entered(0, 1, 11), entered(1, 2, 12), left, entered(0, 3, 13)];
        let signed = (0u8..).map(|number| Signature([number; 64])).zip(&events);
        let found = of_events(signed);
        let sessions: Vec<_> = found
            .iter()
            .map(|(slot, known)| {
                (
                    *slot,
                    known.player.to_bytes()[0],
                    known.session_key.to_bytes()[0],
                    known.entered_in,
                )
            })
            .collect();
        assert_eq!(
            sessions,
            [
                (0, 3, 13, Some(Signature([3; 64]))),
                (1, 2, 12, Some(Signature([1; 64]))),
            ]
        );
    }
}

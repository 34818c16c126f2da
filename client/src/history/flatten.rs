//! From a transaction with its inner instructions to the program's instructions in the order of execution.

use anchor_lang::prelude::Pubkey;
use serde_json::Value;
use solana_signature::Signature;

use super::item::HistoryItem;
use super::record::{read, LedgerTransaction};
use super::tokens::TokenMovement;
use super::unreadable::UnreadableTransaction;
use crate::call::Call;
use crate::event::Event;

/// The program's instructions that name `match_key` in a transaction as `getTransaction` gives it, in the order of
/// execution.
///
/// # Errors
/// [`UnreadableTransaction`].
pub fn items_of(
    signature: Signature,
    record: &Value,
    match_key: &Pubkey,
) -> Result<Vec<HistoryItem>, UnreadableTransaction> {
    match read(record)? {
        Some(transaction) => items_in(signature, transaction, match_key),
        None => Ok(Vec::new()),
    }
}

/// The program's instructions in `transaction` that name `match_key`, in the order of execution.
pub(super) fn items_in(
    signature: Signature,
    transaction: LedgerTransaction,
    match_key: &Pubkey,
) -> Result<Vec<HistoryItem>, UnreadableTransaction> {
    let mut items: Vec<HistoryItem> = Vec::new();
    // The innermost call of the program around the instruction at hand: its height, and its item if it concerns us.
    let mut within: Option<(u32, Option<usize>)> = None;
    for executed in transaction.executed {
        if within.is_some_and(|(height, _)| height >= executed.height) {
            within = None;
        }
        let item = within.and_then(|(_, index)| items.get_mut(index?));
        if executed.program != aurelius::ID {
            if let Some(item) = item {
                let movement = TokenMovement::decode(&executed.program, &executed.accounts, &executed.data);
                item.movements.extend(movement);
            }
            continue;
        }
        if let Some(event) = Event::decode(&executed.data) {
            if let Some(item) = item {
                item.events.push(event?);
            }
            continue;
        }
        let mut index = None;
        if executed.accounts.contains(match_key) {
            let call = Call::decode(&executed.data)?;
            // Anybody can name a match behind the accounts that an instruction takes; that makes it none of its own.
            let place = call.match_account_index();
            if place.and_then(|place| executed.accounts.get(place)) == Some(match_key) {
                index = Some(items.len());
                items.push(HistoryItem {
                    slot: transaction.slot,
                    signature,
                    call,
                    accounts: executed.accounts,
                    events: Vec::new(),
                    movements: Vec::new(),
                });
            }
        }
        within = Some((executed.height, index));
    }
    Ok(items)
}

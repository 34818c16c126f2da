//! From a transaction with its inner instructions to the program's instructions in the order of execution.

use anchor_lang::prelude::Pubkey;
use solana_message::VersionedMessage;
use solana_signature::Signature;
use solana_transaction_status_client_types::option_serializer::OptionSerializer;
use solana_transaction_status_client_types::{
    EncodedConfirmedTransactionWithStatusMeta, UiInstruction, UiLoadedAddresses, UiTransactionStatusMeta,
};

use super::{HistoryItem, TokenMovement};
use crate::call::{Call, CallError};
use crate::event::{Event, EventError};

/// A transaction that does not make sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UnreadableTransaction {
    /// The bytes.
    #[error("its bytes are not a transaction")]
    Encoding,
    /// Without them there is no telling what happened.
    #[error("the endpoint recorded no {0}; use one that does")]
    Unrecorded(&'static str),
    /// An index without a key.
    #[error("it names account number {0}, which it does not have")]
    AccountIndex(u8),
    /// Instruction data.
    #[error("inner instruction data that is not base58")]
    InnerData,
    /// An inner instruction in a form we did not ask for.
    #[error("an inner instruction is parsed; raw ones were asked for")]
    Parsed,
    /// An instruction of the program that this client cannot read.
    #[error(transparent)]
    Call(#[from] CallError),
    /// An event of the program that this client cannot read.
    #[error(transparent)]
    Event(#[from] EventError),
}

/// An instruction as it was executed.
struct Executed {
    program: Pubkey,
    accounts: Vec<Pubkey>,
    data: Vec<u8>,
    /// 1 for the transaction's own instructions, one more for each level of calls.
    height: u32,
}

/// The program's instructions in `transaction` that name `match_key`, in the order of execution.
pub fn items_of(
    signature: Signature,
    transaction: &EncodedConfirmedTransactionWithStatusMeta,
    match_key: &Pubkey,
) -> Result<Vec<HistoryItem>, UnreadableTransaction> {
    let meta = transaction
        .transaction
        .meta
        .as_ref()
        .ok_or(UnreadableTransaction::Unrecorded("outcome"))?;
    if meta.err.is_some() {
        return Ok(Vec::new());
    }
    let decoded = transaction
        .transaction
        .transaction
        .decode()
        .ok_or(UnreadableTransaction::Encoding)?;
    let mut items: Vec<HistoryItem> = Vec::new();
    // The innermost call of the program around the instruction at hand: its height, and its item if it concerns us.
    let mut within: Option<(u32, Option<usize>)> = None;
    for executed in executed(&decoded.message, meta)? {
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

fn executed(
    message: &VersionedMessage,
    meta: &UiTransactionStatusMeta,
) -> Result<Vec<Executed>, UnreadableTransaction> {
    let keys = account_keys(message, meta)?;
    let key = |index: u8| {
        keys.get(usize::from(index))
            .copied()
            .ok_or(UnreadableTransaction::AccountIndex(index))
    };
    let resolve = |program: u8, accounts: &[u8], data: Vec<u8>, height: u32| {
        Ok::<_, UnreadableTransaction>(Executed {
            program: key(program)?,
            accounts: accounts
                .iter()
                .map(|index| key(*index))
                .collect::<Result<_, _>>()?,
            data,
            height,
        })
    };
    let inner = match &meta.inner_instructions {
        OptionSerializer::Some(inner) => inner.as_slice(),
        OptionSerializer::None | OptionSerializer::Skip => {
            return Err(UnreadableTransaction::Unrecorded("inner instructions"));
        }
    };
    let mut all = Vec::new();
    for (index, top) in message.instructions().iter().enumerate() {
        all.push(resolve(top.program_id_index, &top.accounts, top.data.clone(), 1)?);
        for group in inner.iter().filter(|group| usize::from(group.index) == index) {
            for instruction in &group.instructions {
                let UiInstruction::Compiled(compiled) = instruction else {
                    return Err(UnreadableTransaction::Parsed);
                };
                let data = bs58::decode(&compiled.data)
                    .into_vec()
                    .map_err(|_| UnreadableTransaction::InnerData)?;
                // Nodes before 1.14.6 recorded no height; their inner instructions count as direct calls.
                let height = compiled.stack_height.unwrap_or(2).max(2);
                all.push(resolve(
                    compiled.program_id_index,
                    &compiled.accounts,
                    data,
                    height,
                )?);
            }
        }
    }
    Ok(all)
}

/// The message's own keys, then those of its lookup tables, writable ones first: the order that indexes count in.
fn account_keys(
    message: &VersionedMessage,
    meta: &UiTransactionStatusMeta,
) -> Result<Vec<Pubkey>, UnreadableTransaction> {
    let mut keys = message.static_account_keys().to_vec();
    if let OptionSerializer::Some(UiLoadedAddresses { writable, readonly }) = &meta.loaded_addresses {
        for text in writable.iter().chain(readonly) {
            keys.push(text.parse().map_err(|_| UnreadableTransaction::Encoding)?);
        }
    }
    Ok(keys)
}

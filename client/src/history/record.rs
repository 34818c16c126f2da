//! A ledger's record of a transaction, as `getTransaction` gives it: what was executed, in which order.
//!
//! Invariants: of a transaction that failed, or whose accounts do not include the program, nothing but that is read, so that
//! no stranger's oddity is in the way; of an error only whether there is one matters.

use anchor_lang::prelude::Pubkey;
use base64::prelude::{Engine, BASE64_STANDARD};
use serde_json::Value;

use super::unreadable::UnreadableTransaction;
use super::wire::{self, CompiledInstruction, Message};
use crate::rpc::answers::{list, number, number_at, shown, text_at};

/// An instruction as it was executed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Executed {
    pub(super) program: Pubkey,
    pub(super) accounts: Vec<Pubkey>,
    pub(super) data: Vec<u8>,
    /// 1 for the transaction's own instructions, one more for each level of calls.
    pub(super) height: u32,
}

/// A transaction that succeeded and names the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LedgerTransaction {
    pub(super) slot: u64,
    /// In the order of execution.
    pub(super) executed: Vec<Executed>,
}

/// Reads a record. `None`: the transaction did nothing that concerns the program.
///
/// # Errors
/// [`UnreadableTransaction`].
pub(super) fn read(record: &Value) -> Result<Option<LedgerTransaction>, UnreadableTransaction> {
    let meta = record
        .get("meta")
        .filter(|meta| meta.is_object())
        .ok_or(UnreadableTransaction::Unrecorded("outcome"))?;
    if meta.get("err").is_some_and(|error| !error.is_null()) {
        return Ok(None);
    }
    let slot = number_at(record, "slot").map_err(UnreadableTransaction::Record)?;
    let mut message = message(record.get("transaction").unwrap_or(&Value::Null))?;
    message.keys.extend(loaded_keys(meta)?);
    if !message.keys.contains(&aurelius::ID) {
        return Ok(None);
    }
    let executed = executed(&message, meta)?;
    Ok(Some(LedgerTransaction { slot, executed }))
}

/// The message, out of base64 or, for formats that only the node knows, out of its JSON.
fn message(transaction: &Value) -> Result<Message, UnreadableTransaction> {
    match transaction.as_array().map(Vec::as_slice) {
        Some([Value::String(text), Value::String(encoding)]) if encoding == "base64" => {
            let bytes = BASE64_STANDARD
                .decode(text)
                .map_err(|_| UnreadableTransaction::Encoding)?;
            wire::parse(&bytes)
        }
        Some(_) => Err(UnreadableTransaction::Encoding),
        None => message_of_json(transaction).map_err(UnreadableTransaction::Record),
    }
}

fn message_of_json(transaction: &Value) -> Result<Message, String> {
    let message = transaction.get("message").unwrap_or(&Value::Null);
    let keys = list(message.get("accountKeys").unwrap_or(&Value::Null))?
        .iter()
        .map(key)
        .collect::<Result<_, _>>()?;
    let instructions = list(message.get("instructions").unwrap_or(&Value::Null))?
        .iter()
        .map(|instruction| compiled(instruction).map_err(|error| error.to_string()))
        .collect::<Result<_, _>>()?;
    Ok(Message { keys, instructions })
}

fn key(value: &Value) -> Result<Pubkey, String> {
    let text = value.as_str().unwrap_or_default();
    text.parse()
        .map_err(|_| format!("an address was expected, found {}", shown(value)))
}

/// The addresses of its lookup tables, writable ones first: the order that indexes count in.
fn loaded_keys(meta: &Value) -> Result<Vec<Pubkey>, UnreadableTransaction> {
    let loaded = meta.get("loadedAddresses").unwrap_or(&Value::Null);
    let kinds = ["writable", "readonly"].into_iter();
    kinds
        .filter_map(|kind| loaded.get(kind)?.as_array())
        .flatten()
        .map(|value| key(value).map_err(UnreadableTransaction::Record))
        .collect()
}

fn executed(message: &Message, meta: &Value) -> Result<Vec<Executed>, UnreadableTransaction> {
    let groups = meta
        .get("innerInstructions")
        .and_then(Value::as_array)
        .ok_or(UnreadableTransaction::Unrecorded("inner instructions"))?;
    let mut all = Vec::new();
    for (index, top) in message.instructions.iter().enumerate() {
        all.push(resolve(&message.keys, top, 1)?);
        let of_this = |group: &&Value| group.get("index").and_then(number) == Some(index as u64);
        for group in groups.iter().filter(of_this) {
            let inner = list(group.get("instructions").unwrap_or(&Value::Null))
                .map_err(UnreadableTransaction::Record)?;
            for instruction in inner {
                // Nodes before 1.14.6 recorded no height; their inner instructions count as direct calls.
                let height = instruction.get("stackHeight").and_then(number).unwrap_or(2);
                let height = u32::try_from(height).unwrap_or(u32::MAX).max(2);
                all.push(resolve(&message.keys, &compiled(instruction)?, height)?);
            }
        }
    }
    Ok(all)
}

fn resolve(
    keys: &[Pubkey],
    instruction: &CompiledInstruction,
    height: u32,
) -> Result<Executed, UnreadableTransaction> {
    let key = |index: u8| {
        keys.get(usize::from(index))
            .copied()
            .ok_or(UnreadableTransaction::AccountIndex(index))
    };
    Ok(Executed {
        program: key(instruction.program)?,
        accounts: instruction
            .accounts
            .iter()
            .map(|index| key(*index))
            .collect::<Result<_, _>>()?,
        data: instruction.data.clone(),
        height,
    })
}

/// An instruction as nodes show it: indexes, and data in base58.
fn compiled(instruction: &Value) -> Result<CompiledInstruction, UnreadableTransaction> {
    let index = |value: &Value| number(value).and_then(|index| u8::try_from(index).ok());
    let program = instruction
        .get("programIdIndex")
        .and_then(index)
        .ok_or(UnreadableTransaction::Parsed)?;
    let accounts = instruction
        .get("accounts")
        .and_then(Value::as_array)
        .and_then(|accounts| accounts.iter().map(index).collect::<Option<Vec<u8>>>())
        .ok_or(UnreadableTransaction::Parsed)?;
    let data = text_at(instruction, "data").map_err(|_| UnreadableTransaction::InnerData)?;
    let data = bs58::decode(data)
        .into_vec()
        .map_err(|_| UnreadableTransaction::InnerData)?;
    Ok(CompiledInstruction {
        program,
        accounts,
        data,
    })
}

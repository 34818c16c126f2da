//! From a method's JSON to what it means, or a reason why it means nothing.
//!
//! Invariants: nothing here panics, whatever an endpoint says; what nobody needs is not looked at, so that unknown fields,
//! rounded numbers and new kinds of errors do no harm.

use std::time::Duration;

use anchor_lang::prelude::Pubkey;
use base64::prelude::{Engine, BASE64_STANDARD};
use serde_json::Value;
use solana_account::Account;
use solana_commitment_config::CommitmentLevel;
use solana_signature::Signature;

use super::types::{RecentBlockhash, SignatureAt, SignatureStatus, Simulation, Tip};

/// What a decoder gives: the reason is for people.
pub(super) type Decoded<T> = Result<T, String>;

/// Integers up to here are exact in the floating-point numbers that some proxies turn them into.
const EXACT_FLOAT_MAX: f64 = 9_007_199_254_740_992.0;

/// A whole number that is not negative, even if something on the way has made `5.0` of it.
pub(crate) fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| {
        let float = value.as_f64()?;
        // In range and whole, so the cast is exact.
        (float.fract() == 0.0 && (0.0..=EXACT_FLOAT_MAX).contains(&float)).then_some(float as u64)
    })
}

/// The member `name`, which must be a number.
pub(crate) fn number_at(value: &Value, name: &str) -> Decoded<u64> {
    let member = value.get(name).unwrap_or(&Value::Null);
    number(member).ok_or_else(|| format!("`{name}` should be a whole number, found {}", shown(member)))
}

/// The member `name`, which must be a text.
pub(crate) fn text_at<'a>(value: &'a Value, name: &str) -> Decoded<&'a str> {
    let member = value.get(name).unwrap_or(&Value::Null);
    let text = member.as_str();
    text.ok_or_else(|| format!("`{name}` should be a text, found {}", shown(member)))
}

/// A list.
pub(crate) fn list(value: &Value) -> Decoded<&[Value]> {
    let items = value.as_array().map(Vec::as_slice);
    items.ok_or_else(|| format!("a list was expected, found {}", shown(value)))
}

/// The beginning of something unexpected.
pub(crate) fn shown(value: &Value) -> String {
    const SHOWN_MAX: usize = 60;
    let text = value.to_string();
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// A value and the slot at which it held.
pub(super) fn with_context(answer: &Value) -> Decoded<(u64, &Value)> {
    let context = answer.get("context").unwrap_or(&Value::Null);
    let value = answer.get("value").ok_or("it holds no `value`")?;
    Ok((number_at(context, "slot")?, value))
}

/// An account; null is none.
pub(super) fn optional_account(value: &Value) -> Decoded<Option<Account>> {
    match value {
        Value::Null => Ok(None),
        value => account(value).map(Some),
    }
}

/// An account whose data is in base64, as it was asked for.
pub(crate) fn account(value: &Value) -> Decoded<Account> {
    let owner = text_at(value, "owner")?;
    let data = value.get("data").unwrap_or(&Value::Null);
    let (text, encoding) = match data.as_array().map(Vec::as_slice) {
        Some([Value::String(text), Value::String(encoding)]) => (text, encoding),
        _ => return Err(format!("an account's `data` is {}", shown(data))),
    };
    if encoding != "base64" {
        return Err(format!(
            "an account's data is in `{encoding}`; base64 was asked for"
        ));
    }
    let data = BASE64_STANDARD
        .decode(text)
        .map_err(|error| format!("an account's data is not base64 ({error})"))?;
    Ok(Account {
        lamports: number_at(value, "lamports")?,
        data,
        owner: owner
            .parse()
            .map_err(|_| format!("an account's owner `{owner}` is not an address"))?,
        executable: value.get("executable").and_then(Value::as_bool).unwrap_or(false),
        // Nobody needs it, and 2^64 - 1 does not survive every proxy.
        rent_epoch: u64::MAX,
    })
}

/// The accounts of one `getMultipleAccounts`, with their slot.
pub(super) fn accounts(answer: &Value, expected: usize) -> Decoded<(u64, Vec<Option<Account>>)> {
    let (slot, value) = with_context(answer)?;
    let items = list(value)?;
    if items.len() != expected {
        return Err(format!("{} accounts for {expected} addresses", items.len()));
    }
    let accounts = items.iter().map(optional_account).collect::<Decoded<_>>()?;
    Ok((slot, accounts))
}

/// Accounts with their addresses.
pub(super) fn keyed_accounts(answer: &Value) -> Decoded<Vec<(Pubkey, Account)>> {
    // Some nodes put a context around the list although none was asked for.
    let items = list(answer.get("value").unwrap_or(answer))?;
    let keyed = items.iter().map(|item| {
        let address = text_at(item, "pubkey")?;
        let address = address
            .parse()
            .map_err(|_| format!("`{address}` is not an address"))?;
        Ok((address, account(item.get("account").unwrap_or(&Value::Null))?))
    });
    keyed.collect()
}

pub(super) fn tip(answer: &Value) -> Decoded<Tip> {
    Ok(Tip {
        slot: number_at(answer, "absoluteSlot")?,
        block_height: number_at(answer, "blockHeight")?,
    })
}

pub(super) fn blockhash(answer: &Value) -> Decoded<RecentBlockhash> {
    let (_, value) = with_context(answer)?;
    let text = text_at(value, "blockhash")?;
    Ok(RecentBlockhash {
        blockhash: text.parse().map_err(|_| format!("`{text}` is not a blockhash"))?,
        last_valid_block_height: number_at(value, "lastValidBlockHeight")?,
    })
}

pub(super) fn hash_bytes(answer: &Value) -> Decoded<[u8; 32]> {
    let text = answer.as_str().unwrap_or_default();
    let hash: solana_hash::Hash = text
        .parse()
        .map_err(|_| format!("a hash was expected, found {}", shown(answer)))?;
    Ok(hash.to_bytes())
}

pub(super) fn whole_number(answer: &Value) -> Decoded<u64> {
    number(answer).ok_or_else(|| format!("a whole number was expected, found {}", shown(answer)))
}

/// What transactions of the last slots have bid, in micro-lamports per compute unit.
pub(super) fn recent_fees(answer: &Value) -> Decoded<Vec<u64>> {
    let fees = list(answer)?.iter();
    fees.map(|fee| number_at(fee, "prioritizationFee")).collect()
}

/// The mean length of slots in samples; none where they hold no slot.
pub(super) fn slot_time(answer: &Value) -> Decoded<Option<Duration>> {
    let (mut seconds, mut slots) = (0u64, 0u64);
    for sample in list(answer)? {
        seconds = seconds.saturating_add(number_at(sample, "samplePeriodSecs")?);
        slots = slots.saturating_add(number_at(sample, "numSlots")?);
    }
    Ok(seconds
        .saturating_mul(1_000_000)
        .checked_div(slots)
        .filter(|us| *us > 0)
        .map(Duration::from_micros))
}

pub(super) fn signature(answer: &Value) -> Decoded<Signature> {
    let text = answer.as_str().unwrap_or_default();
    text.parse()
        .map_err(|_| format!("a signature was expected, found {}", shown(answer)))
}

/// One page of `getSignaturesForAddress`. Of an error only whether there is one matters.
pub(super) fn signatures(answer: &Value) -> Decoded<Vec<SignatureAt>> {
    let listed = list(answer)?.iter().map(|line| {
        Ok(SignatureAt {
            signature: signature(line.get("signature").unwrap_or(&Value::Null))?,
            slot: number_at(line, "slot")?,
            failed: line.get("err").is_some_and(|error| !error.is_null()),
        })
    });
    listed.collect()
}

/// The statuses of so many signatures, with the slot the node was at.
pub(super) fn statuses(answer: &Value, expected: usize) -> Decoded<(u64, Vec<Option<SignatureStatus>>)> {
    let (slot, value) = with_context(answer)?;
    let items = list(value)?;
    if items.len() != expected {
        return Err(format!("{} statuses for {expected} signatures", items.len()));
    }
    let statuses = items.iter().map(|item| match item {
        Value::Null => Ok(None),
        item => status(item).map(Some),
    });
    Ok((slot, statuses.collect::<Decoded<_>>()?))
}

fn status(item: &Value) -> Decoded<SignatureStatus> {
    let failure = item.get("err").filter(|error| !error.is_null());
    let reached = match item.get("confirmationStatus").and_then(Value::as_str) {
        Some("processed") => CommitmentLevel::Processed,
        Some("confirmed") => CommitmentLevel::Confirmed,
        Some("finalized") => CommitmentLevel::Finalized,
        // Old nodes say nothing of it; no count of confirmations means that it is rooted.
        _ if item.get("confirmations").is_some_and(Value::is_null) => CommitmentLevel::Finalized,
        _ => CommitmentLevel::Processed,
    };
    Ok(SignatureStatus {
        slot: number_at(item, "slot")?,
        reached,
        failure: failure.cloned(),
    })
}

pub(super) fn simulation(answer: &Value) -> Decoded<Simulation> {
    let (_, value) = with_context(answer)?;
    Ok(Simulation {
        failure: value.get("err").filter(|error| !error.is_null()).cloned(),
        logs: logs(value),
        units_consumed: value.get("unitsConsumed").and_then(number),
    })
}

/// Log lines, as far as there are any.
pub(crate) fn logs(value: &Value) -> Vec<String> {
    let lines = value.get("logs").and_then(Value::as_array);
    let lines = lines.into_iter().flatten().filter_map(Value::as_str);
    lines.map(str::to_owned).collect()
}

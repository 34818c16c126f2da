//! Positional parameters, taken one by one with errors that name them.

use std::str::FromStr;

use serde::de::DeserializeOwned;
use serde_json::Value;
use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_hash::Hash;
use solana_keypair::Address;
use solana_signature::Signature;

use super::error::RpcError;
use crate::ledger::{Ledger, LedgerState, Tip};

/// The parameters of one call.
pub(crate) struct Params {
    values: std::vec::IntoIter<Value>,
    taken: usize,
}

impl Params {
    /// From the request's `params`: an array, or nothing.
    pub(crate) fn new(params: Option<Value>) -> Result<Self, RpcError> {
        let values = match params {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(values)) => values,
            Some(_) => {
                return Err(RpcError::invalid_params(
                    "Invalid params: `params` must be an array",
                ))
            }
        };
        Ok(Self {
            values: values.into_iter(),
            taken: 0,
        })
    }

    /// The next parameter, which must be there.
    pub(crate) fn required<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, RpcError> {
        let position = self.taken;
        match self.optional(name)? {
            Some(value) => Ok(value),
            None => Err(RpcError::invalid_params(format!(
                "`params` should have at least {} argument(s): `{name}` is missing",
                position + 1
            ))),
        }
    }

    /// The next parameter; absent and `null` are the same.
    pub(crate) fn optional<T: DeserializeOwned>(&mut self, name: &str) -> Result<Option<T>, RpcError> {
        self.taken += 1;
        match self.values.next() {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                check_commitment(&value)?;
                serde_json::from_value(value)
                    .map(Some)
                    .map_err(|error| RpcError::invalid_params(format!("Invalid params: `{name}`: {error}.")))
            }
        }
    }

    /// The next parameter, or the default of its type.
    pub(crate) fn config<T: DeserializeOwned + Default>(&mut self) -> Result<T, RpcError> {
        Ok(self.optional("config")?.unwrap_or_default())
    }

    pub(crate) fn address(&mut self, name: &str) -> Result<Address, RpcError> {
        parse_address(&self.required::<String>(name)?)
    }

    /// Nothing may be left.
    pub(crate) fn finish(mut self) -> Result<(), RpcError> {
        match self.values.next() {
            None => Ok(()),
            Some(_) => Err(RpcError::invalid_params(format!(
                "Expected at most {} parameters",
                self.taken
            ))),
        }
    }
}

/// The configuration types take any commitment for none where theirs is flattened; the real node refuses it.
fn check_commitment(config: &Value) -> Result<(), RpcError> {
    match config.get("commitment") {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(level)) if ["processed", "confirmed", "finalized"].contains(&level.as_str()) => {
            Ok(())
        }
        Some(other) => Err(RpcError::invalid_params(format!(
            "Invalid params: unknown commitment {other}, expected `processed`, `confirmed` or `finalized`."
        ))),
    }
}

pub(crate) fn parse_address(text: &str) -> Result<Address, RpcError> {
    Address::from_str(text)
        .map_err(|error| RpcError::invalid_params(format!("Invalid param: {error}: `{text}`")))
}

pub(crate) fn parse_signature(text: &str) -> Result<Signature, RpcError> {
    Signature::from_str(text)
        .map_err(|error| RpcError::invalid_params(format!("Invalid param: {error}: `{text}`")))
}

pub(crate) fn parse_hash(text: &str) -> Result<Hash, RpcError> {
    Hash::from_str(text)
        .map_err(|error| RpcError::invalid_params(format!("Invalid param: {error}: `{text}`")))
}

/// The level asked for; like the real node, `finalized` when none is.
pub(crate) fn level(commitment: Option<CommitmentConfig>) -> CommitmentLevel {
    commitment.unwrap_or_default().commitment
}

/// The newest slot that has reached a level.
pub(crate) fn slot_at(tip: Tip, level: CommitmentLevel) -> u64 {
    match level {
        CommitmentLevel::Processed | CommitmentLevel::Confirmed => tip.slot,
        CommitmentLevel::Finalized => tip.root(),
    }
}

/// The newest slot at a level that has a block: the open slot has none yet.
pub(crate) fn block_at(tip: Tip, level: CommitmentLevel) -> u64 {
    slot_at(tip, level).min(tip.slot.saturating_sub(1))
}

/// History methods refuse `processed`, as the real node does.
pub(crate) fn history_level(commitment: Option<CommitmentConfig>) -> Result<CommitmentLevel, RpcError> {
    match level(commitment) {
        CommitmentLevel::Processed => Err(RpcError::invalid_params(
            "Method does not support commitment below `confirmed`",
        )),
        at_least_confirmed => Ok(at_least_confirmed),
    }
}

/// A short look-up, refused when the ledger is older than the slot the reader demands.
pub(crate) fn read_at<T>(
    ledger: &Ledger,
    min_context_slot: Option<u64>,
    look_up: impl FnOnce(&LedgerState) -> Result<T, RpcError>,
) -> Result<T, RpcError> {
    ledger.read(|state| match min_context_slot {
        Some(min) if min > state.tip.slot => Err(RpcError::min_context_slot_not_reached(state.tip.slot)),
        _ => look_up(state),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]
mod tests {
    use serde_json::json;

    use super::*;

    fn params(value: Value) -> Params {
        Params::new(Some(value)).unwrap()
    }

    #[test]
    fn missing_wrong_and_superfluous_parameters_are_named() {
        let error = params(json!([])).address("pubkey").unwrap_err();
        assert_eq!(error.code, -32602);
        assert!(error.message.contains("at least 1 argument(s): `pubkey`"));

        let error = params(json!([7])).address("pubkey").unwrap_err();
        assert!(error.message.contains("`pubkey`: invalid type"), "{error:?}");

        let error = params(json!(["zz0"])).address("pubkey").unwrap_err();
        assert!(error.message.contains("`zz0`"), "{error:?}");

        let mut two = params(json!([1, 2]));
        assert_eq!(two.required::<u64>("a").unwrap(), 1);
        assert_eq!(two.finish().unwrap_err().message, "Expected at most 1 parameters");
    }

    #[test]
    fn null_is_absent_and_objects_are_refused() {
        assert_eq!(params(json!([null])).optional::<u64>("a").unwrap(), None);
        assert!(Params::new(None).unwrap().finish().is_ok());
        let error = Params::new(Some(json!({"a": 1}))).err().unwrap();
        assert_eq!(error.code, -32602);
    }

    #[test]
    fn levels() {
        let tip = Tip {
            slot: 100,
            height: 100,
        };
        assert_eq!(slot_at(tip, CommitmentLevel::Processed), 100);
        assert_eq!(slot_at(tip, CommitmentLevel::Finalized), 68);
        assert_eq!(block_at(tip, CommitmentLevel::Confirmed), 99);
        assert_eq!(level(None), CommitmentLevel::Finalized);
        assert!(history_level(Some(CommitmentConfig::processed())).is_err());
    }
}
